"""Which actions for this money.

In: `Inputs`, `Params`, a `Wish`. Out: a `Plan` with its proven gap, its steps and what each gains.
What is reported as gained is what the sharing of `coverage` gives.
"""
