"""Files for others' tools: a table and its provenance in, bytes out. `exports.formats` lists the formats.

In: an `Analysis`, chosen rows, a meeting. Out: bytes that were read back before they are handed out.
Rooms: `tables` (rows and words), `gis`, `paper`.
"""
