"""Immutable data versions on disk, and how files become one.

In: checked tables. Out: `Inputs` of a version; the shipped areas and their sample.
A version is never edited: an import makes a new one.
"""
