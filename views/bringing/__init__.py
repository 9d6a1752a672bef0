"""How data come in: upload, assistant, OpenStreetMap, field returns, versions.

In: a user's file, only ever opened in a worker. Out: a new data version, or differences.
"""
