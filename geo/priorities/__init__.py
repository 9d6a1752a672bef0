"""Which site first, and how sure that is.

In: a service shared out. Out: one row a repairable site: indicators, score, rank and its range.
Costs and weights stand here too.
"""
