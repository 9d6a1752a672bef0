"""Reports of the community, partners, members, training.

In: the record, the plain report form. Out: new events in it.
"""
