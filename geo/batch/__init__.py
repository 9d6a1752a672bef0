"""A whole country, in tiles.

In: very large tables on disk. Out: villages and priorities as Parquet, equal to those of one run.
Its parts read, sort, solve and gather; Dask spreads them over workers.
"""
