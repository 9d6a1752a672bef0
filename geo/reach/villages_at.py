"""Which village a point lies in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.reach.distance import NearestIndex

#: Metres within which a site belongs to a village that is known as a point only.
NEAREST_M = 5_000.0


def village_at(points: gpd.GeoDataFrame, villages: gpd.GeoDataFrame) -> pd.Series:
    """Return the code of the village whose polygon each point lies in; missing outside of all.

    A point on a border goes to the village with the lower code, so the answer never depends on row order.
    """
    codes = pd.Series(None, index=points.index, dtype=object)
    areas = villages.loc[villages.geometry.geom_type != "Point", ["village_code", "geometry"]]
    if len(points) and len(areas):
        joined = gpd.sjoin(points[["geometry"]], areas, predicate="intersects", how="inner").sort_values("village_code")
        found = joined["village_code"][~joined.index.duplicated()]
        codes.loc[found.index] = found
    return codes


def assign_villages(points: gpd.GeoDataFrame, villages: gpd.GeoDataFrame, *, by_place: bool = False) -> pd.Series:
    """Return the village code of each point: the stated one if it exists, else the polygon it lies in, else missing.

    Parameters
    ----------
    points
        With `village_code`, as stated.
    villages
        With their boundaries.
    by_place
        The polygon goes before what is stated, unless the boundary is an approximate one.
    """
    stated = points["village_code"].astype(object)
    known = stated.isin(set(villages["village_code"])).to_numpy()
    codes = stated.where(known, None)
    firm = villages[villages["boundary"] != "approximate"] if by_place else villages.iloc[:0]
    if len(firm):
        placed = village_at(points, firm)
        codes = placed.where(placed.notna(), codes)
    todo = points.loc[codes.isna().to_numpy(), ["geometry"]]
    codes.loc[todo.index] = village_at(todo, villages)
    return codes.where(codes.notna(), None)


def nearest_village(points: gpd.GeoDataFrame, villages: gpd.GeoDataFrame) -> pd.Series:
    """Return the code of the village nearest to each point, of those known as a point only; missing beyond 5 km.

    A guess, for where no boundary says more: whoever uses it says so.

    Parameters
    ----------
    points
        Points, EPSG:4326.
    villages
        With `village_code`; those with a polygon are passed over.
    """
    codes = pd.Series(None, index=points.index, dtype=object)
    bare = villages[(villages.geometry.geom_type == "Point").to_numpy()].sort_values("village_code")
    if not len(points) or bare.empty:
        return codes
    at, to = (np.column_stack([table.geometry.x, table.geometry.y]) for table in (bare, points))
    number, metres = NearestIndex.of(at).find(to)
    near = metres <= NEAREST_M
    codes.loc[points.index[near]] = bare["village_code"].to_numpy(dtype=object)[number[near]]
    return codes
