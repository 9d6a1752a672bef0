"""Parts of the pages of priorities and plan: wishes, results, scenarios, weights, standards, tours.

In: analyses and plans. Out: controls and tables.
"""
