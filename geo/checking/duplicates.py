"""Points that may be one thing recorded twice: told, never merged."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo.coverage.states import xy_of
from geo.model.facts import facts
from geo.reach.distance import earth_centred
from geo.reading.raw_table import Fault

#: So near to each other (metres), two points of one kind may be one.
NEAR_M = 25.0
#: Which tables are looked through, and the column that tells the kind.
_KINDS = {"water_points": "technology", "sanitation": "kind", "institutions": "kind"}


def possible_duplicates(rows: gpd.GeoDataFrame, table: str) -> list[Fault]:
    """Return a note for each point with another of its kind within 25 m: the nearest one, each pair once.

    Parameters
    ----------
    rows
        Accepted rows with `source_row`.
    table
        What they are; tables without points of kinds have no duplicates.
    """
    if table not in _KINDS or len(rows) < 2:
        return []
    key = facts("tables")[table]["key"]
    xyz = earth_centred(*xy_of(rows).T)
    number, ids = rows["source_row"].to_numpy(), rows[key].astype(str).to_numpy()
    found = []
    for places in rows.groupby(_KINDS[table], dropna=False).indices.values():
        if len(places) < 2:
            continue
        metres, nearest = cKDTree(xyz[places]).query(xyz[places], k=2, distance_upper_bound=NEAR_M + 1e-6)
        for own in np.flatnonzero(np.isfinite(metres[:, 1])):
            pair = nearest[own]
            other = int(pair[1] if pair[0] == own else pair[0])
            if nearest[other][1 if nearest[other][0] == other else 0] == own and other > own:
                continue  # each is the other's nearest: told at the later of the two
            one, two = places[own], places[other]
            far = float(np.linalg.norm(xyz[one] - xyz[two]))
            values = {"far": round(far), "other": ids[two], "other_row": int(number[two])}
            found.append(Fault("possible_duplicate", "note", int(number[one]), key, ids[one], values))
    return sorted(found, key=lambda fault: fault.row or 0)


def duplicates_of_known(rows: gpd.GeoDataFrame, known: gpd.GeoDataFrame, table: str) -> list[Fault]:
    """Return a note for each new point with a known one of its kind within 25 m; of one id they are the same point.

    Parameters
    ----------
    rows
        Accepted rows with `source_row`.
    known
        Rows that are there already.
    table
        What both are.
    """
    if table not in _KINDS or rows.empty or known.empty:
        return []
    key, kind = facts("tables")[table]["key"], _KINDS[table]
    old, new = known[key].astype(str).to_numpy(), rows[key].astype(str).to_numpy()
    fresh = ~pd.Index(new).isin(pd.Index(old))
    found = []
    for word in rows.loc[fresh, kind].dropna().unique():
        mine, theirs = np.flatnonzero(fresh & (rows[kind] == word)), np.flatnonzero(known[kind] == word)
        if not len(theirs):
            continue
        tree = cKDTree(earth_centred(*xy_of(known.iloc[theirs]).T))
        metres, nearest = tree.query(earth_centred(*xy_of(rows.iloc[mine]).T), distance_upper_bound=NEAR_M + 1e-6)
        for own in np.flatnonzero(np.isfinite(metres)):
            values = {"far": round(float(metres[own])), "other": old[theirs[nearest[own]]]}
            row = int(rows["source_row"].iloc[mine[own]])
            found.append(Fault("duplicate_of_known", "note", row, key, new[mine[own]], values))
    return sorted(found, key=lambda fault: fault.row or 0)
