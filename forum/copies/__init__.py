"""Copies of the record in stores that are no folder.

In: the record as it grows, an address. Out: parts of it there, their head and urns; a copy to restore from.
"""
