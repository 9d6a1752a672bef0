"""Votes that nobody can join to a person: secret votes of a meeting, and ballots over a budget by one-time codes.

In: what is voted. Out: events that say who has voted or which code is spent, and what was in an urn once it is opened.
"""
