"""Files become raw tables: cells as text, with the row they stood in.

In: a path. Out: `RawTable`. Nothing is converted, judged or left out here.
What a file can do to the reader is guarded here.
"""
