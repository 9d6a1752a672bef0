"""Out to the sites and back: visiting order, photos, what came back.

In: chosen sites, returned files. Out: tours, differences to accept or refuse.
Nothing is changed here: differences become changes in the forum's record.
"""
