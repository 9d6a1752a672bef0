"""Plans over years: which action in which year from whose money, and what every budget brings.

In: `Inputs`, `Params`, a `YearWish`. Out: a `YearPlan` with its accounts, its steps and what is proven of it.
People of a year are what the sharing of `coverage` gives for all that is built by its end.
"""
