"""The areas that ship with Mata Air: four kecamatan called Pagelaran, through the same door as anybody's files."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.model.facts import DATA_DIR
from geo.model.sites import SAMPLE_SURVEY
from geo.workspace.importing import check_file

_SAMPLES = ("settlements", "water_points", "sanitation", "institutions")


def shipped_villages() -> gpd.GeoDataFrame:
    """Return the 59 villages with approximate boundaries and estimated populations, without the sample's survey.

    A village without household count in a kecamatan without total keeps a missing population.
    """
    villages = check_file(DATA_DIR / "areas" / "villages.csv", "villages").rows
    kecamatan = pd.read_csv(DATA_DIR / "areas" / "kecamatan.csv", dtype={"kecamatan_code": str}).set_index(
        "kecamatan_code"
    )
    mine = villages["village_code"].str[:8]
    area_share = villages["area_km2"] / villages["area_km2"].groupby(mine).transform("sum")
    by_area = mine.map(kecamatan["population"]) * area_share
    by_households = villages["households"] * mine.map(kecamatan["people_per_household"])
    villages["population"] = by_area.fillna(by_households).round()
    villages["population_year"] = mine.map(kecamatan["population_year"]).astype("float64")
    villages["population_source"] = mine.map(kecamatan["population_source"]).where(villages["population"].notna(), None)
    villages["population_estimated"] = villages["population"].notna().astype(object)
    villages["boundary"] = "approximate"
    villages["data_source"] = "BIG/Kemendagri via cahyadsn/wilayah_boundaries (MIT)"
    for _, group in villages.groupby(mine):
        villages.loc[group.index, "geometry"] = approximate_boundaries(group)
    return villages


def shipped_tables() -> tuple[dict[str, gpd.GeoDataFrame], dict[str, str]]:
    """Return all shipped tables and where each comes from; points and survey columns are sample."""
    villages = shipped_villages()
    survey = pd.read_csv(DATA_DIR / "sample" / "survey.csv", dtype={"village_code": str}).set_index("village_code")
    columns = survey.reindex(villages["village_code"]).set_axis(villages.index)
    for name in ("households_piped", "poor_share", *(name for name in survey if name.startswith("hh_"))):
        villages[name] = columns[name].astype("float64")
    villages["households"] = villages["households"].fillna(columns["households"])
    villages["data_source"] += SAMPLE_SURVEY
    villages["surveyed_on"] = pd.to_datetime(columns["surveyed_on"]).astype("datetime64[s]")
    tables = {"villages": villages}
    for name in _SAMPLES:
        tables[name] = check_file(DATA_DIR / "sample" / f"{name}.csv", name).rows
    sources = {"villages": "data/areas/villages.csv", **{name: f"data/sample/{name}.csv (sample)" for name in _SAMPLES}}
    return tables, sources


#: Rounds of bisection for a clipping radius: 2^-30 of the first guess is far below a metre.
_ROUNDS = 30


def approximate_boundaries(places: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return a polygon per place, on the same index, in EPSG:4326.

    Each is the Voronoi cell of its place, cut by a circle around the place whose radius is chosen so that the cell has
    the village's area (or the whole cell, if that is smaller). An approximation for showing, not a legal boundary.

    Parameters
    ----------
    places
        Points with `area_km2`, of one neighbourhood (one kecamatan): the metric projection is chosen for it.
    """
    flat = places.to_crs(places.estimate_utm_crs())
    points = flat.geometry.to_numpy()
    radius = np.sqrt(flat["area_km2"].to_numpy(dtype=float) * 1e6 / np.pi)
    frame = shapely.union_all(shapely.buffer(points, radius * 3))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=frame, ordered=True))
    clipped = [
        _clipped(cell, point, area) for cell, point, area in zip(cells, points, flat["area_km2"] * 1e6, strict=True)
    ]
    return gpd.GeoSeries(clipped, index=places.index, crs=flat.crs).to_crs("EPSG:4326")


def _clipped(cell: shapely.Geometry, point: shapely.Point, area_m2: float) -> shapely.Geometry:
    low, high = 0.0, float(np.sqrt(area_m2 / np.pi) * 3)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if cell.intersection(point.buffer(middle)).area < area_m2:
            low = middle
        else:
            high = middle
    return cell.intersection(point.buffer(high)).simplify(5)
