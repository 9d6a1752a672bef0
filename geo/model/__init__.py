"""The words everybody uses: inputs, params, changes, results, areas, facts, errors.

In: facts of `data/`. Out: frozen dataclasses and small functions on names and codes.
It imports no other room.
"""
