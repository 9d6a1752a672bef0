"""The areas that ship with Mata Air: four kecamatan called Pagelaran, through the same door as anybody's files."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geo.model.facts import DATA_DIR
from geo.model.sites import SAMPLE_FILE, SAMPLE_SURVEY
from geo.workspace.boundaries import approximate_boundaries
from geo.workspace.importing import check_file

_SAMPLES = {
    **{name: f"{name}.csv" for name in ("settlements", "water_points", "sanitation", "institutions")},
    **{name: f"{name}.geojson" for name in ("roads", "rivers")},
}
#: Heights of the shipped areas, made up as the other tables of the sample: whoever saves those keeps it with them.
SHIPPED_HEIGHTS = DATA_DIR / "sample" / "heights.tif"


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
    """Return all shipped tables and where each comes from; points, lines and survey columns are sample."""
    villages = shipped_villages()
    survey = pd.read_csv(DATA_DIR / "sample" / "survey.csv", dtype={"village_code": str}).set_index("village_code")
    columns = survey.reindex(villages["village_code"]).set_axis(villages.index)
    for name in ("households_piped", "poor_share", *(name for name in survey if name.startswith("hh_"))):
        villages[name] = columns[name].astype("float64")
    villages["households"] = villages["households"].fillna(columns["households"])
    villages["data_source"] += SAMPLE_SURVEY
    villages["surveyed_on"] = pd.to_datetime(columns["surveyed_on"]).astype("datetime64[s]")
    tables = {"villages": villages}
    for name, file in _SAMPLES.items():
        tables[name] = check_file(DATA_DIR / "sample" / file, name).rows
    made_up = _SAMPLES | {"elevation": SHIPPED_HEIGHTS.name}
    sources = {name: f"data/sample/{file}{SAMPLE_FILE}" for name, file in made_up.items()}
    return tables, {"villages": "data/areas/villages.csv", **sources}
