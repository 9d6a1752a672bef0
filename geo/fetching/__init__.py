"""Open data of an area over the net: a window of what others publish becomes files to look at, and to import.

In: an area's ground, entries of data/open_data.toml. Out: files in a folder with `fetched.json` beside them (source,
licence, version, bytes). Nothing is imported here; what was read before a break is not read again.
"""
