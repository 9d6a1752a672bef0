"""Which village a site belongs to, and what is told where no boundary says it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.model.areas import area_mask
from geo.model.arrays import Bools
from geo.model.inputs import Inputs
from geo.model.per_version import per_version
from geo.model.results import Notice
from geo.model.sites import SITE_TABLES, site_id_column
from geo.reach.villages_at import assign_villages, nearest_village

#: Degrees around an area's villages in which sites of no village are told of (about 10 km).
_AROUND_DEG = 0.09


@per_version
def codes_of(inputs: Inputs, table: str) -> tuple[pd.Series, Bools]:
    """Return the village code of each row of a table of points, and whether it is a guess or missing.

    By a firm boundary, else as stated, else by an approximate boundary; where no boundary is known it is the nearest
    village (`nearest_village`), which is a guess.
    """
    points: gpd.GeoDataFrame = getattr(inputs, table)
    codes = assign_villages(points, inputs.villages, by_place=True)
    unsaid = np.asarray(codes.isna(), dtype=bool)
    if unsaid.any():
        codes.loc[unsaid] = nearest_village(points[unsaid], inputs.villages)
    return codes.where(codes.notna(), None), unsaid


def village_notices(inputs: Inputs, area: str | None) -> list[Notice]:
    """Return what is to be told: tables without a row, sites of a guessed village, sites near an area without one."""
    notices = [Notice("problem.no_table", name) for name in SITE_TABLES.values() if not len(getattr(inputs, name))]
    for service, name in SITE_TABLES.items():
        codes, unsaid = codes_of(inputs, name)
        if not unsaid.any():
            continue
        points = getattr(inputs, name)
        guessed = unsaid & codes.notna().to_numpy() & area_mask(codes, area)
        alone = unsaid & codes.isna().to_numpy() & _near(points, inputs.villages, area)
        for key, hit in (("problem.nearest_village", guessed), ("problem.without_village", alone)):
            if hit.any():
                ids = tuple(points.loc[hit, site_id_column(service)].astype(str))
                notices.append(Notice(key, name, ids, {"count": len(ids)}))
    return notices


def _near(points: gpd.GeoDataFrame, villages: gpd.GeoDataFrame, area: str | None) -> Bools:
    """Which points lie around the area's villages; none where everything is asked for, for then they are in it."""
    if area is None:
        return np.zeros(len(points), dtype=bool)
    shapes = villages[area_mask(villages["village_code"], area)].geometry
    around = shapely.box(*shapes.total_bounds).buffer(_AROUND_DEG, join_style="mitre")
    return np.asarray(shapely.intersects_xy(around, points.geometry.x, points.geometry.y), dtype=bool)
