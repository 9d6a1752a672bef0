"""The shipped areas: their facts, and figures that only change on purpose."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.analysis.analyse import analyse
from geo.model.facts import DATA_DIR
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.sites import STATES
from geo.workspace.boundaries import power_cells
from geo.workspace.importing import check_file
from geo.workspace.sample import build
from geo.workspace.shipped import shipped_villages

GOLDEN = Path(__file__).parent / "shipped.json"
AREAS = ("32.03.18", "35.07.33", "36.01.09", "18.10.05")


def figures(shipped: Inputs) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for area in AREAS:
        for standard in ("id", "sphere"):
            result = analyse(shipped, Params(area=area, standard=standard, as_of=date(2026, 11, 24), draws=50))
            totals = {s: {n: round(result.totals[s][n], 3) for n in (*STATES, "population")} for s in result.totals}
            first = result.priorities.groupby("service").head(3)["site_id"].tolist()
            found[f"{area} {standard}"] = {"totals": totals, "first": first, "sites": len(result.priorities)}
    return found


def test_golden_figures(shipped: Inputs) -> None:
    assert figures(shipped) == json.loads(GOLDEN.read_text())


def test_fifty_nine_villages_with_their_facts() -> None:
    villages = shipped_villages()
    assert len(villages) == 59
    assert villages["village_code"].str[:8].value_counts().to_dict() == {
        "18.10.05": 22,
        "32.03.18": 14,
        "36.01.09": 13,
        "35.07.33": 10,
    }
    assert villages["bps_code"].notna().all()
    assert villages["name"].str.len().min() > 2
    unknown = villages[villages["population"].isna()]
    assert unknown["name"].tolist() == ["Pagelaran"], "no household count and no kecamatan total: no figure"
    assert villages.loc[villages["population"].notna(), "population_estimated"].all()
    totals = villages.groupby(villages["village_code"].str[:8])["population"].sum()
    assert totals["35.07.33"] == pytest.approx(67412, abs=10)
    assert totals["18.10.05"] == pytest.approx(56839, abs=15)


def test_approximate_boundaries_have_the_villages_size_and_fill_one_outline() -> None:
    """Each as large as known to 1 %, holding its place or nearly; together one ground without gaps, nothing over anything."""
    villages = shipped_villages()
    places = check_file(DATA_DIR / "areas" / "villages.csv", "villages").rows
    assert set(villages["boundary"]) == {"approximate"}
    for code, group in villages.groupby(villages["village_code"].str[:8]):
        flat = group.to_crs(group.estimate_utm_crs())
        ratio = flat.area / 1e6 / flat["area_km2"]
        assert ratio.between(0.99, 1.01).all(), (code, ratio.min(), ratio.max())
        whole = flat.geometry.union_all()
        assert whole.geom_type == "Polygon", code
        gaps = sum(
            shapely.Polygon(ring).area for ring in whole.interiors
        )  # where corners round apart, on some machines
        assert gaps < 1e-3, code
        assert whole.area == pytest.approx(flat.area.sum(), rel=1e-4)
        assert flat.geometry.distance(places.geometry.loc[group.index].to_crs(flat.crs)).max() < 60
    assert villages.geometry.is_valid.all()


def test_what_is_made_up_lies_in_its_village(shipped: Inputs) -> None:
    areas = shipped.villages.set_index("village_code").geometry
    for name in ("settlements", "water_points", "sanitation"):
        table = shipped.tables()[name]
        inside = [
            areas[code].distance(at) < 1e-4 for code, at in zip(table["village_code"], table.geometry, strict=True)
        ]
        assert all(inside), name


def test_cells_of_a_power_diagram_are_those_that_a_search_through_all_finds() -> None:
    """Random places and areas: of random points in the outline each lies in the cell of the least power distance."""
    random = np.random.default_rng(5)
    for count in (1, 2, 7, 16):
        points = random.uniform(-1700, 1700, (count, 2))
        whole = shapely.box(-2000, -2000, 2000, 2000)
        areas = random.uniform(0.5, 2, count)
        areas *= whole.area / areas.sum()
        cells, weights = power_cells(points, areas, whole)
        assert shapely.area(cells) == pytest.approx(areas, rel=0.01)
        assert shapely.union_all(cells).area == pytest.approx(whole.area, rel=1e-6)
        for at in random.uniform(-1700, 1700, (200, 2)):
            power = ((points - at) ** 2).sum(axis=1) - weights
            mine, *others = np.argsort(power)
            sure = not others or power[others[0]] - power[mine] > 100
            assert not sure or cells[mine].contains(shapely.Point(at))


def test_the_sample_says_so_and_comes_from_its_seed(shipped: Inputs) -> None:
    for name in ("settlements", "water_points", "sanitation", "institutions"):
        assert set(shipped.tables()[name]["data_source"]) == {"sample"}, name
    again = build(shipped_villages())
    assert len(again["water_points"]) == len(shipped.water_points)
    assert (again["water_points"]["data_source"] == "sample").all()
    assert shipped.villages["surveyed_on"].isna().sum() > 3, "some inventories are not complete"
    sums = shipped.settlements.groupby("village_code")["population"].sum(min_count=1)
    official = shipped.villages.set_index("village_code")["population"]
    assert sums.reindex(official.index).equals(official.rename("population"))
