"""Raw tables become tables one can trust, with every fault told by row and remedy.

In: `RawTable` and a mapping. Out: `Checked`: good rows typed, bad rows whole with their reason, notices.
After this room nobody checks a cell again.
"""
