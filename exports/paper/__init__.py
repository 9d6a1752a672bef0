"""What is printed: maps, site sheets, minutes.

In: a `Sheet`, an `Analysis`, a meeting. Out: PDF, DOCX, PNG.
"""
