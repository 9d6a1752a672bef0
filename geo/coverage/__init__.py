"""Who is served: states, ladders, institutions, conflicts.

In: `Inputs`, `Params`, reach. Out: people by state per place and village, loads of sites.
The rule of sharing capacity stands here alone.
"""
