"""The shipped areas: their facts, and figures that only change on purpose."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.sites import STATES
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


def test_approximate_boundaries_have_the_villages_size_and_do_not_overlap() -> None:
    villages = shipped_villages()
    assert set(villages["boundary"]) == {"approximate"}
    for code, group in villages.groupby(villages["village_code"].str[:8]):
        flat = group.to_crs(group.estimate_utm_crs())
        ratio = flat.area / 1e6 / flat["area_km2"]
        assert ratio.between(0.3, 1.02).all(), (code, ratio.min(), ratio.max())
        assert ratio.median() > 0.9
        shared = flat.geometry.union_all().area / flat.area.sum()
        assert shared > 0.995
    assert villages.geometry.is_valid.all()


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
