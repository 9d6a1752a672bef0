"""The map and everything on it or beside it.

In: an `Analysis`, the state. Out: the drawn map, its search, filters, details, years, paper.
Many features go through `many` and `in_view`.
"""
