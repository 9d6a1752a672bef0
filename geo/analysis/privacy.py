"""Places of single households, moved before anything is shared: a file tells the neighbourhood, not the door.

A household's own pit or tank, and a settlement of a few people, stand for a family. In what is passed on they lie at
the middle of a cell of some 500 m, the same for all in it, so that nothing can be counted back. Who goes into the field
takes the exact places.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.model.facts import facts
from geo.model.results import Analysis

#: Side of a cell in degrees: 500 m from south to north, a little less from west to east over Indonesia.
CELL_DEG = 0.0045
#: A settlement of fewer people than this is a family or two (Indonesian households have 3.7 people; BPS 2024).
FEW_PEOPLE = 10.0


def of_households(rows: pd.DataFrame) -> pd.Series:
    """Tell which rows stand for a single household, whatever the table: facilities, priorities, places.

    Examples
    --------
    >>> of_households(pd.DataFrame({"kind": ["excreta_storage", "public_toilet"]})).tolist()
    [True, False]
    """
    own = [name for name, entry in facts("facilities").items() if name != "rules" and entry.get("household")]
    found = pd.Series(False, index=rows.index)
    if "kind" in rows:
        found |= rows["kind"].isin(own)
    if "technology" in rows:  # in a list of both services a facility's kind stands there; a source is unknown, too
        of_facility = rows["service"] == "sanitation" if "service" in rows else rows["technology"] != "unknown"
        found |= rows["technology"].isin(own) & of_facility
    if "population" in rows and "place_id" in rows:
        few = pd.to_numeric(rows["population"], errors="coerce") < FEW_PEOPLE
        found |= few & (rows["kind"] == "settlement" if "kind" in rows else True)
    return found


def coarse_rows(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows with the places of households moved; where there are any, `place_shifted` says which.

    Parameters
    ----------
    rows
        In EPSG:4326; points with or without columns `lat`, `lon`.
    """
    private = of_households(rows) & (rows.geom_type == "Point")
    if not private.any():
        return rows
    mine = private.to_numpy(bool)
    lon, lat = (_middle(np.asarray(axis)) for axis in (rows.geometry.x[mine], rows.geometry.y[mine]))
    shapes = rows.geometry.copy()
    shapes[private] = gpd.points_from_xy(lon, lat)
    moved = rows.assign(place_shifted=private).set_geometry(shapes)
    for name, values in (("lon", lon), ("lat", lat)):
        if name in moved:
            moved.loc[private, name] = values
    return moved


def _middle(degrees: np.ndarray) -> np.ndarray:
    """The middle of the cell that each number lies in."""
    return np.asarray(np.round((np.floor(degrees / CELL_DEG) + 0.5) * CELL_DEG, 6))


def coarsened(analysis: Analysis) -> Analysis:
    """Return an analysis as it may be passed on: same figures, households' places moved; its provenance says so."""
    names = ("places", "sanitation", "priorities")
    moved = {name: coarse_rows(table) for name in names if len(table := getattr(analysis, name))}
    many = sum(int(table["place_shifted"].sum()) for table in moved.values() if "place_shifted" in table)
    told = {**analysis.provenance, "shifted": many} if many else analysis.provenance
    return replace(analysis, **moved, provenance=told)
