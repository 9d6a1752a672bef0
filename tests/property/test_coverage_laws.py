"""Laws that hold for any inputs, and the brute-force engine."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.sites import STATES, STATUSES
from tests.builders import brute_served, inputs, offset, point, settlement, village

METRES = st.integers(-1500, 1500).map(float)
PLACES = st.lists(
    st.tuples(METRES, METRES, st.integers(0, 300), st.sampled_from(["2001", "2002", None])), min_size=1, max_size=10
)
POINTS = st.lists(
    st.tuples(METRES, METRES, st.sampled_from(STATUSES), st.one_of(st.none(), st.integers(0, 400))), max_size=8
)
PARAMS = Params(standard="wpdx", radius_m=700.0, draws=50)
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def build(places, points) -> Inputs:
    rows = [
        settlement(f"s{n}", offset(x, y), float(people), village_code=code and f"32.03.18.{code}")
        for n, (x, y, people, code) in enumerate(places)
    ]
    sites = [
        point(
            f"p{n}",
            offset(x, y),
            status,
            technology="unknown",
            capacity_people=None if capacity is None else float(capacity),
        )
        for n, (x, y, status, capacity) in enumerate(points)
    ]
    return inputs(rows, sites, [village(households=10, households_piped=1), village("32.03.18.2002", surveyed_on=None)])


@SETTINGS
@given(PLACES, POINTS)
def test_people_are_conserved_at_every_level_and_the_cases_bracket(places, points) -> None:
    result = analyse(build(places, points), PARAMS)
    total = result.totals["water"]
    people = sum(people for *_, people, _ in places)
    assert total["population"] == pytest.approx(people, abs=1e-6)
    assert sum(total[name] for name in STATES) == pytest.approx(people, abs=1e-6)
    for frame in (result.villages.dropna(subset=["population"]), result.places):
        assert frame[list(STATES)].sum(axis=1).to_list() == pytest.approx(frame["population"].to_list(), abs=1e-6)
        assert (frame[list(STATES)] >= -1e-9).all(axis=None)
    if total["share"] is not None:
        assert total["worst_share"] <= total["share"] + 1e-12 <= total["best_share"] + 2e-12
    load = result.water_points["load_people"]
    assert (load <= result.water_points["capacity"].fillna(float("inf")) + 1e-6).all()
    assert load.sum() == pytest.approx(total["served"], abs=1e-6)


@SETTINGS
@given(PLACES, POINTS)
def test_equal_to_brute_force(places, points) -> None:
    data = build(places, points)
    result = analyse(data, PARAMS, priorities=False)
    rows = result.places.set_index("place_id")
    need = (rows["population"] - rows["on_premises"]).to_dict()
    where = {place: (row.geometry.x, row.geometry.y) for place, row in rows.iterrows()}
    works = {"functional", "needs_repair", "dry_season"}
    sites = {
        row.point_id: (
            (row.geometry.x, row.geometry.y),
            row.capacity_people if row.capacity_people == row.capacity_people else float("inf"),
        )
        for row in data.water_points.itertuples()
        if row.status in works
    }
    assert rows["served"].to_dict() == pytest.approx(brute_served(need, where, sites, 700.0), abs=1e-6)


@SETTINGS
@given(PLACES, POINTS, METRES, METRES, st.one_of(st.none(), st.integers(0, 400)))
def test_adding_a_working_point_never_lowers_coverage(places, points, x, y, capacity) -> None:
    before = analyse(build(places, points), PARAMS, priorities=False)
    after = analyse(build(places, [*points, (x, y, "functional", capacity)]), PARAMS, priorities=False)
    assert (after.places["served"] >= before.places["served"] - 1e-6).all()


@SETTINGS
@given(PLACES, POINTS, st.floats(10, 3000), st.floats(0, 2000))
def test_without_capacity_a_larger_reach_never_lowers_coverage(places, points, radius, more) -> None:
    near = analyse(build(places, points), PARAMS.with_(radius_m=radius, capacity=False), priorities=False)
    far = analyse(build(places, points), PARAMS.with_(radius_m=radius + more, capacity=False), priorities=False)
    assert (far.places["served"] >= near.places["served"] - 1e-6).all()
