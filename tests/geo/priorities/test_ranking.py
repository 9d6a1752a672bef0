"""Priorities: hand-computed cases and a brute-force gain."""

from __future__ import annotations

import numpy as np
import pytest

from geo.analysis.analyse import analyse
from geo.model.changes import Change
from geo.model.params import Params
from geo.model.sites import REPAIRABLE
from tests.builders import inputs, offset, point, settlement, village
from texts import why

PARAMS = Params(standard="wpdx", radius_m=1000.0, draws=100)


def rows(data, params=PARAMS):
    return analyse(data, params).priorities.set_index("site_id")


def test_wpdx_measures_by_hand() -> None:
    """100 people at 100 m of the broken point and 300 m of a working one; 50 people at 500 m of the broken one alone."""
    data = inputs(
        [settlement("a", offset(0), 100), settlement("b", offset(-400), 50)],
        [point("broken", offset(100), "non_functional", capacity_people=120.0), point("works", offset(0, 950))],
    )
    to_b = 500.0
    site = rows(data).loc["broken"]
    w = (1 / 100) / (1 / 100 + 1 / 950)
    assert site["local_population"] == 150
    assert site["potential_users"] == pytest.approx(100 * w + 50)
    assert site["crucialness"] == pytest.approx((100 * w + 50) / 150)
    assert site["pressure"] == pytest.approx((100 * w + 50) / 120)
    assert site["gain_people"] == pytest.approx(20), "nearest first: the 100 at 100 m come before the 50 at 500 m"
    now_b = float(np.hypot(400, 950))
    assert site["person_km_saved"] == pytest.approx((100 * (950 - 100) + 50 * (now_b - to_b)) / 1000, rel=1e-4)


def test_gain_equals_coverage_after_less_before() -> None:
    """Every site's gain is the difference of two whole analyses, capacity cascades included."""
    random = np.random.default_rng(7)
    for trial in range(8):
        places = [
            settlement(f"s{i:02d}", offset(*random.uniform(-1500, 1500, 2)), float(random.integers(5, 200)))
            for i in range(25)
        ]
        points = [
            point(f"p{j:02d}", offset(*random.uniform(-1500, 1500, 2)), str(random.choice(["functional", "non_functional", "unknown", "dry_season"])), capacity_people=float(random.integers(20, 300)))
            for j in range(14)
        ]  # fmt: skip
        data = inputs(places, points, [village(surveyed_on="2026-01-01" if trial % 2 else None)])
        for season in ("wet", "dry"):
            params = PARAMS.with_(season=season, draws=50)
            result = analyse(data, params)
            before = result.totals["water"]
            for site in result.priorities.itertuples():
                after = analyse(data, params, (Change("water", site.site_id, "functional"),), priorities=False).totals[
                    "water"
                ]
                assert site.gain_people + site.gain_unmapped == pytest.approx(
                    after["served"] - before["served"], abs=1e-6
                )


def test_rival_among_full_points_by_brute_force() -> None:
    """What a rival leaves is the site's gain in an analysis in which the rival works; working points are overloaded."""
    random = np.random.default_rng(21)
    told = 0
    for _ in range(6):
        places = [
            settlement(f"s{i:02d}", offset(*random.uniform(-900, 900, 2)), float(random.integers(40, 300)))
            for i in range(20)
        ]
        points = [
            point(f"p{j:02d}", offset(*random.uniform(-900, 900, 2)), str(random.choice(["functional", "non_functional"])), capacity_people=float(random.integers(100, 700)))
            for j in range(14)
        ]  # fmt: skip
        data = inputs(places, points, [village(surveyed_on="2026-01-01")])
        found = rows(data)
        for name, site in found[found["rival_id"].notna()].iterrows():
            told += 1
            repaired = analyse(data, PARAMS, (Change("water", site["rival_id"], "functional"),)).priorities
            then = repaired.set_index("site_id").loc[name, "gain_people"]
            assert site["gain_after_rival"] == pytest.approx(then, abs=1e-6)
    assert told > 10


def test_rival_tells_what_is_left() -> None:
    data = inputs(
        [settlement("a", offset(0), 100)],
        [point("x", offset(100), "non_functional", capacity_people=80.0), point("y", offset(200), "non_functional", capacity_people=60.0)],
    )  # fmt: skip
    found = rows(data)
    assert found.loc["x", ["rival_id", "gain_people", "gain_after_rival"]].tolist() == ["y", 80.0, 40.0]
    assert found.loc["y", ["rival_id", "gain_people", "gain_after_rival"]].tolist() == ["x", 60.0, 20.0]


def test_of_equal_rivals_the_first_by_id_is_told_in_any_order_of_rows() -> None:
    broken = [point(name, offset(100), "non_functional", capacity_people=50.0) for name in ("x", "b", "c", "a", "d")]
    places = [settlement("s", offset(0), 60)]
    one, other = rows(inputs(places, broken)), rows(inputs(places, broken[::-1]))
    assert one["rival_id"].to_dict() == other["rival_id"].to_dict() == {"a": "b"} | dict.fromkeys("xbcd", "a")


def test_only_repairable_sites_are_listed() -> None:
    statuses = ["functional", "needs_repair", "not_in_use", "dry_season", "non_functional", "abandoned", "unknown"]
    data = inputs([settlement("a", offset(0), 10)], [point(status, offset(10), status) for status in statuses])
    assert set(rows(data).index) == set(REPAIRABLE)


def test_equal_sites_tie_and_ranks_hold_their_range() -> None:
    twins = [point(name, offset(100), "non_functional", capacity_people=50.0) for name in ("x", "y")]
    other = point("z", offset(3000), "non_functional", capacity_people=5.0)
    data = inputs([settlement("a", offset(0), 100), settlement("b", offset(3000), 10)], [*twins, other])
    found = rows(data)
    assert found.loc[["x", "y"], "rank"].tolist() == [1, 1]
    assert found.loc[["x", "y"], "tied"].all()
    assert (found["rank_low"] <= found["rank_high"]).all()
    assert found["top_n_share"].between(0, 1).all()
    assert rows(data)[["rank_low", "rank_high", "top_n_share"]].equals(found[["rank_low", "rank_high", "top_n_share"]])


def test_weights_change_the_order() -> None:
    many = point("many", offset(0), "non_functional", capacity_people=90.0, rehab_cost_idr=90e6)
    cheap = point("cheap", offset(3000), "non_functional", capacity_people=10.0, rehab_cost_idr=1e6)
    data = inputs([settlement("a", offset(0), 90), settlement("b", offset(3000), 10)], [many, cheap])
    only = dict.fromkeys(PARAMS.weight_of(), 0.0)
    by_people = PARAMS.with_(weights=tuple((only | {"gain_people": 1.0}).items()))
    by_cost = PARAMS.with_(weights=tuple((only | {"cost_per_person_idr": 1.0}).items()))
    assert rows(data, by_people).index[0] == "many"
    assert rows(data, by_cost).index[0] == "cheap"


def test_missing_is_left_out_and_a_repair_for_nobody_is_not_cheap() -> None:
    nobody = point("nobody", offset(4500), "non_functional")
    useful = point("useful", offset(0), "non_functional", capacity_people=10.0)
    found = rows(inputs([settlement("a", offset(0), 10)], [nobody, useful]))
    assert found.index[0] == "useful"
    assert np.isnan(found.loc["nobody", "cost_per_person_idr"])
    assert np.isnan(found.loc["nobody", "crucialness"])
    assert np.isnan(found.loc["useful", "report_age_years"])


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_site_has_its_sentence(shipped, lang: str) -> None:
    result = analyse(shipped, Params(area="32.03.18"))
    for site in result.priorities.drop(columns="geometry").to_dict("records"):
        sentence = why(site, lang)
        assert sentence.endswith(".")
        assert "nan" not in sentence.lower().replace("tanpa", "").split()
        assert "{" not in sentence
