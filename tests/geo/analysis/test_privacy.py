"""Places of single households do not leave in what is shared; those who go there take them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from exports.formats import EXPORTS, export
from exports.tables.sheet import about, sheet_of
from geo.analysis.analyse import analyse
from geo.analysis.privacy import CELL_DEG, coarse_rows, coarsened, of_households
from geo.field.returned import differences
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.results import Analysis
from geo.reading.readers import read_any
from tests.builders import LAT, LON
from texts import LANGUAGES, count, t


def table(**columns: list[object]) -> gpd.GeoDataFrame:
    many = len(next(iter(columns.values())))
    places = [Point(LON + 0.0001 * n, LAT - 0.0001 * n) for n in range(many)]
    told = {"lon": [p.x for p in places], "lat": [p.y for p in places]} | columns
    return gpd.GeoDataFrame(told, geometry=places, crs="EPSG:4326")


def test_who_is_a_household() -> None:
    assert of_households(table(kind=["excreta_storage", "public_toilet", "school_toilet"])).tolist() == [
        True,
        False,
        False,
    ]
    assert of_households(table(technology=["excreta_storage", "hand_pump"])).tolist() == [True, False]
    people = table(
        place_id=["a", "b", "c", "d"], kind=["settlement"] * 3 + ["institution"], population=[4.0, 10.0, None, 4.0]
    )
    assert of_households(people).tolist() == [True, False, False, False]


def test_the_place_is_that_of_the_cell_and_the_rest_stays() -> None:
    rows = table(kind=["excreta_storage"] * 2 + ["public_toilet"])
    moved = coarse_rows(rows)
    assert moved["place_shifted"].tolist() == [True, True, False]
    assert moved.geometry.iloc[0] == moved.geometry.iloc[1], "two of one cell are not told apart"
    assert moved.geometry.iloc[2] == rows.geometry.iloc[2]
    assert moved["lat"].tolist() == moved.geometry.y.tolist()
    assert moved["lon"].tolist() == moved.geometry.x.tolist()
    off = np.abs(moved.geometry.y - rows.geometry.y).to_numpy()[:2]
    assert (off <= CELL_DEG / 2 + 1e-9).all()
    assert rows.geometry.iloc[0] == Point(LON, LAT), "what came in is not changed"
    again = coarse_rows(moved)
    assert again.geometry.tolist() == moved.geometry.tolist(), "a cell's middle lies in the cell"


def test_without_households_nothing_is_said() -> None:
    rows = table(kind=["public_toilet"])
    assert coarse_rows(rows) is rows


@pytest.fixture(scope="module")
def data(shipped: Inputs) -> Inputs:
    """The sample with all of its household pits broken, so that they are on the list."""
    facilities = shipped.sanitation.copy()
    own = facilities["kind"] == "excreta_storage"
    assert own.any()
    facilities.loc[own, "status"] = "non_functional"
    return replace(shipped, sanitation=facilities)


@pytest.fixture(scope="module")
def found(data: Inputs) -> Analysis:
    return analyse(data, Params(area="32.03.18"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_shared_says_so(found: Analysis, lang: str) -> None:
    """A map that is printed or passed on, and every file, not only one whose rows are households."""
    shared = coarsened(found)
    told = t("about.shifted_rule", lang, count=count(shared.sanitation["place_shifted"].sum(), lang))
    assert told in about(shared, lang).values()
    assert told in sheet_of(found, found.villages, "t", lang).about.values()
    assert told not in about(found, lang).values()
    assert told not in sheet_of(found, found.villages, "t", lang, exact=True).about.values()


def test_figures_stay(found: Analysis) -> None:
    shared = coarsened(found)
    assert shared.totals == found.totals
    assert len(shared.sanitation) == len(found.sanitation)
    assert shared.sanitation["place_shifted"].sum() == (found.sanitation["kind"] == "excreta_storage").sum() > 0


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_no_format_tells_the_place(found: Analysis, name: str) -> None:
    rows = found.priorities[found.priorities["service"] == "sanitation"].head(1).assign(technology="excreta_storage")
    assert len(rows) == 1
    lat = f"{rows.geometry.y.iloc[0]:.5f}".rstrip("0")
    exact, shared = (export(sheet_of(found, rows, "t", "id", exact=told), name) for told in (True, False))
    assert exact != shared
    if name in ("csv", "hxl", "geojson", "gpx", "kml"):
        assert lat.encode() in exact
        assert lat.encode() not in shared
    if name == "csv":
        assert b"Tempat digeser" in shared or b"place_shifted" in shared


def test_a_shared_file_that_comes_back_moves_nothing(found: Analysis, data: Inputs, tmp_path: Path) -> None:
    rows = found.sanitation[found.sanitation["kind"] == "excreta_storage"].head(1)
    rows = rows.assign(lon=rows.geometry.x, lat=rows.geometry.y, service="sanitation", site_id=rows["facility_id"])
    sheet = sheet_of(found, rows, "t", "id")
    for name in ("geojson", "xlsx"):
        path = tmp_path / f"back.{name}"
        path.write_bytes(export(sheet, name))
        told, _ = differences(data, read_any(path), on=date(2026, 11, 1))
        assert [one.kind for one in told] == []


def test_a_source_of_unknown_technology_is_no_household() -> None:
    """A standpipe whose technology nobody wrote stays where it is, in every table that goes out."""
    points = pd.DataFrame({"point_id": ["a"], "technology": ["unknown"]})
    assert not of_households(points).any()
    listed = pd.DataFrame(
        {"service": ["water", "sanitation", "sanitation"], "technology": ["unknown", "unknown", "public_toilet"]}
    )
    assert of_households(listed).tolist() == [False, True, False]


def test_a_decided_toilet_of_unknown_kind_is_moved_and_a_source_is_not() -> None:
    rows = gpd.GeoDataFrame(
        {"service": ["sanitation", "sanitation", "water"], "technology": ["excreta_storage", "unknown", "unknown"]},
        geometry=gpd.points_from_xy([107.12345] * 3, [-7.21234] * 3), crs="EPSG:4326",
    )  # fmt: skip
    assert coarse_rows(rows)["place_shifted"].tolist() == [True, True, False]
