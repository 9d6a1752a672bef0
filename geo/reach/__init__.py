"""How far it is: by line, over roads, over slope; who is in reach of what.

In: positions in degrees, roads, heights. Out: metres, and pairs of place and site within a limit.
Nothing here knows what a service or a standard is.
"""
