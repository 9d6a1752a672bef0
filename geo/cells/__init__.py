"""One cell of a table, read: numbers, dates, positions, words of a list, yes and no.

In: text, and what its column proves. Out: a value and what was done to read it, or `CellError`.
Words and units stand in `data/vocab`; nothing here knows of rows, files or tables.
"""
