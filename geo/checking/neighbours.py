"""What is wrong between the boundaries of villages: overlaps and gaps, told and left as they are."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.reading.raw_table import Fault

#: An overlap smaller than this part of the smaller village is the thickness of a line.
_PART = 0.005
#: Gaps are looked for among at most so many villages (their union takes long for a country).
_MOST = 5_000
_KM2_PER_DEGREE2 = 111.32**2  # only to say about how large a gap is


def neighbour_faults(villages: gpd.GeoDataFrame) -> list[Fault]:
    """Return a note for each overlap of two villages, and one for all gaps between them.

    A person in an overlap is counted for the village with the lower code, one in a gap for none, unless the settlement
    says its village itself.
    """
    areas = villages[villages.geom_type.isin(("Polygon", "MultiPolygon")).to_numpy()]
    if len(areas) < 2:
        return []
    return [*_overlaps(areas), *_gaps(areas)]


def _overlaps(areas: gpd.GeoDataFrame) -> list[Fault]:
    shapes, codes = areas.geometry.to_numpy(), areas["village_code"].to_numpy()
    rows = areas["source_row"].to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    part = common / np.maximum(np.minimum(shapely.area(shapes[one]), shapely.area(shapes[other])), 1e-300)
    found = []
    for k in np.flatnonzero(part > _PART):
        values = {"other": str(codes[other[k]]), "percent": f"{part[k]:.0%}".rstrip("%")}
        found.append(Fault("overlap", "note", int(rows[one[k]]), "geometry", str(codes[one[k]]), values))
    return found


def _gaps(areas: gpd.GeoDataFrame) -> list[Fault]:
    if len(areas) > _MOST:
        return []
    whole = shapely.union_all(areas.geometry.to_numpy())
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(whole) for ring in part.interiors]
    sizes = [hole.area * np.cos(np.radians(hole.centroid.y)) * _KM2_PER_DEGREE2 for hole in holes]
    if not sizes:
        return []
    middle = holes[int(np.argmax(sizes))].representative_point()
    values = {"count": len(sizes), "km2": f"{sum(sizes):.3g}", "place": f"{middle.y:.4f}, {middle.x:.4f}"}
    return [Fault("boundary_gaps", "note", column="geometry", values=values)]
