"""People from grids, polygons and buildings: where they are put, and that none is lost."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from shapely.geometry import Point, Polygon, box

from geo.analysis.analyse import analyse
from geo.coverage.demand import demand_places
from geo.model.errors import DataError
from geo.model.params import Params
from geo.workspace.importing import import_files
from geo.workspace.population_grid import settlements_of
from geo.workspace.versions import load
from tests.builders import LAT, LON, inputs, offset, settlement, table, village


def raster(
    path: Path,
    values: np.ndarray,
    *,
    west: float = LON,
    north: float = LAT,
    size: float = 0.01,
    nodata: float | None = None,
) -> Path:
    rows, columns = values.shape
    place = from_origin(west, north, size, size)
    options = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=place, nodata=nodata, **options) as file:
        file.write(values.astype("float32"), 1)
    return path


def villages(*shapes: Polygon) -> gpd.GeoDataFrame:
    return table("villages", [village(f"32.03.18.200{n}", geometry=shape) for n, shape in enumerate(shapes, start=1)])


def test_cells_are_split_at_a_border_by_area(tmp_path: Path) -> None:
    grid = raster(tmp_path / "p.tif", np.array([[100.0, 40.0], [0.0, 8.0]]))
    left, right = box(LON, LAT - 0.02, LON + 0.0125, LAT), box(LON + 0.0125, LAT - 0.02, LON + 0.02, LAT)
    done = settlements_of(grid, villages(left, right))
    people = done.rows.groupby("village_code")["population"].sum()
    assert people.to_dict() == pytest.approx({"32.03.18.2001": 112.0, "32.03.18.2002": 36.0}, rel=1e-5)
    assert len(done.rows) == 5, "one whole cell, two halves of two"
    for code, shape in (("32.03.18.2001", left), ("32.03.18.2002", right)):
        assert done.rows[done.rows["village_code"] == code].within(shape).all(), "a part lies on its own side"


def test_undeclared_no_data_is_told_and_counts_for_nobody(tmp_path: Path) -> None:
    grid = raster(tmp_path / "p.tif", np.array([[100.0, -9999.0]]))
    done = settlements_of(grid, None)
    assert done.rows["population"].tolist() == [100.0]
    assert done.rows["village_code"].isna().all()
    (fault,) = done.faults
    assert (fault.key, fault.values["count"], fault.values["value"]) == ("nodata_undeclared", 1, "-9999")
    declared = settlements_of(raster(tmp_path / "q.tif", np.array([[100.0, -9999.0]]), nodata=-9999), None)
    assert declared.faults == ()
    with pytest.raises(DataError, match="raster_empty"):
        settlements_of(raster(tmp_path / "r.tif", np.array([[0.0, -1.0]])), None)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=12, max_size=12), st.floats(0.001, 0.029), st.floats(0.001, 0.029))
def test_nobody_is_lost_between_grid_and_places(tmp_path_factory, counts, cut, end) -> None:
    values = np.array(counts, dtype=float).reshape(3, 4)
    if values.sum() == 0:
        values[0, 0] = 1
    grid = raster(tmp_path_factory.mktemp("g") / "p.tif", values)
    # villages with a gap between them, and one over a part of another
    shapes = [box(LON, LAT - 0.03, LON + cut, LAT), box(LON + end, LAT - 0.02, LON + 0.04, LAT)]
    done = settlements_of(grid, villages(*shapes))
    assert done.rows["population"].sum() == pytest.approx(values.sum(), abs=0.5)
    assert done.rows["settlement_id"].is_unique


def test_imported_and_reconciled_with_the_mismatch_shown(tmp_path: Path) -> None:
    grid = raster(tmp_path / "p.tif", np.array([[100.0, 100.0]]))
    shapes = villages(box(LON, LAT - 0.01, LON + 0.02, LAT)).assign(population=300.0)
    shapes.drop(columns=["source_row"]).to_file(tmp_path / "v.gpkg")
    done = import_files(tmp_path / "w", {"villages": tmp_path / "v.gpkg", "settlements": grid})
    assert done.tables["settlements"].counts() == {"read": 2, "accepted": 2, "rejected": 0, "fixed": 0, "blanked": 0}
    result = analyse(load(tmp_path / "w"), Params())
    row = result.villages.iloc[0]
    assert (row["population"], row["population_counted"]) == (pytest.approx(300.0), pytest.approx(200.0))
    assert any(problem.key == "problem.population_mismatch" for problem in result.notices)


def test_people_go_where_the_buildings_are() -> None:
    def house(name: str, east: float, size: float, **more):
        x, y = offset(east)
        return {"building_id": name, "geometry": box(x, y, x + size, y + size)} | more

    rows = [house("big", 0, 2e-4), house("small", 2000, 1e-4), house("none", 3000, 1e-4, weight=0)]
    data = inputs([], villages=[village(population=500)], buildings=rows)
    places, problems = demand_places(data)
    assert sorted(places["people"].tolist()) == pytest.approx([100.0, 400.0], rel=1e-3), "by footprint, 4 to 1"
    assert not problems
    assert places["kind"].eq("cell").all()
    assert places["counted"].isna().all(), "buildings say where people live, not how many"
    points = [{"building_id": str(n), "geometry": Point(*offset(n * 500.0))} for n in range(4)]
    even, _ = demand_places(inputs([], villages=[village(population=500)], buildings=points))
    assert even["people"].tolist() == pytest.approx([125.0] * 4)
    settled, _ = demand_places(
        inputs([settlement("s", offset(0), 10)], villages=[village(population=500)], buildings=rows)
    )
    assert settled["place_id"].tolist() == ["s"], "settlements come first"


def test_a_settlement_drawn_as_a_polygon_is_spread_over_it() -> None:
    shape = box(LON, LAT, LON + 0.01, LAT + 0.01)
    rows = [
        {"settlement_id": "area", "population": 90.0, "village_code": "32.03.18.2001", "geometry": shape},
        settlement("dot", offset(-2000), 10),
    ]
    places, _ = demand_places(inputs(rows, villages=[village(population=200)]))
    spread = places[places["place_id"] != "dot"]
    assert len(spread) > 10
    assert spread["people"].sum() == pytest.approx(180.0)
    assert spread.within(shape).all()
    assert places["people"].sum() == pytest.approx(200.0)
