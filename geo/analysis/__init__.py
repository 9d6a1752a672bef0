"""`analyse`: inputs, params and changes go in, an `Analysis` comes out; and what is asked of it afterwards.

In: `Inputs`, `Params`, `Changes`. Out: `Analysis`, scenarios, comparisons of standards, filters, drawn areas.
From an `Analysis` alone come maps, tables and files.
"""
