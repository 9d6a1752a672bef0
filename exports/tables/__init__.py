"""Sheets: rows, columns and words of a file, and the table formats.

In: an `Analysis` and chosen rows. Out: a `Sheet`, XLSX, CSV, lists of faults and fixes, forms.
"""
