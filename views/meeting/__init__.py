"""A meeting of the forum from agenda to minutes, and the promises after it.

In: the record. Out: new events in it, minutes.
"""
