"""What one reader's page knows: state and address, who it is, cached results, running work.

In: the address, widgets, the record. Out: params, analyses, buttons that act, banners.
Every cached call of the pages stands in `cache`.
"""
