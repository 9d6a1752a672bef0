"""How sure a rank is: seeds, ties, laws of the draws; and which visits would change the plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.model.params import Params
from geo.planning.options import options_of
from geo.planning.plans import Wish, best_plan
from geo.planning.visits import worth_visiting
from geo.priorities.uncertainty import Draws, _Criteria, _Room, _seeds, needless, rank_spread
from tests.builders import inputs, offset, point, settlement

PARAMS = Params(standard="wpdx", radius_m=600.0, draws=50)
PEOPLE = {"gain_people": 1.0, "evidence": 0.0}


def table(count: int = 6) -> pd.DataFrame:
    values = np.linspace(1, 0, count)
    return pd.DataFrame({"gain_people": values, "evidence": values}, index=[f"s{i}" for i in range(count)])


def test_the_same_seed_gives_the_same_spread() -> None:
    weights = {"gain_people": 1.0, "evidence": 1.0}
    one = rank_spread(table(), np.zeros(6), weights, Draws(300, "simplex", 2))
    two = rank_spread(table(), np.zeros(6), weights, Draws(300, "simplex", 2))
    pd.testing.assert_frame_equal(one, two)
    assert (one["rank_low"] <= one["rank_high"]).all()
    assert one["top_n_share"].sum() >= 2 - 1e-9, "two places at the top in every draw"


def test_as_many_draws_are_made_as_were_asked_for() -> None:
    """In one draw a site is among the first or is not: its share is all or nothing."""
    one = rank_spread(table(), np.zeros(6), {"gain_people": 1.0, "evidence": 1.0}, Draws(1, "simplex", 2))
    assert set(one["top_n_share"]) == {0.0, 1.0}


def test_a_site_draws_by_its_id_whatever_stands_around_it() -> None:
    """The same site has the same people in the same draw in another order, beside others, among many."""
    room, one = _Room(40, 3, compiled=False), {}
    for ids in (["b", "a", "c"], ["zzz", "c", "a"], ["000", "a", "b"]):
        scaled = pd.DataFrame({"gain_people": [1.0] * 3}, index=ids)
        scores = room.scores(
            np.ones((40, 1), dtype=np.float32), 0, _seeds(scaled.index), _Criteria.of(scaled, np.zeros(3))
        )
        late = room.scores(
            np.ones((20, 1), dtype=np.float32), 20, _seeds(scaled.index), _Criteria.of(scaled, np.zeros(3))
        )
        for n, site in enumerate(ids):
            assert one.setdefault(site, scores[:, n].tolist()) == scores[:, n].tolist()
            assert late[:, n].tolist() == one[site][20:]
    assert one["a"] != one["b"]


def test_people_vary_as_the_assumption_says() -> None:
    """Log-normal with σ 0.2, no site with another, no draw with the next."""
    ids = pd.Index([f"site-{n}" for n in range(400)])
    scaled = pd.DataFrame({"gain_people": np.ones(400)}, index=ids)
    room = _Room(2000, 400, compiled=False)
    found = room.scores(np.ones((2000, 1), dtype=np.float32), 0, _seeds(ids), _Criteria.of(scaled, np.full(400, 0.3)))
    assert (found == 0).mean() == pytest.approx(0.3, abs=0.003)
    logs = np.log(
        room.scores(np.ones((2000, 1), dtype=np.float32), 0, _seeds(ids), _Criteria.of(scaled, np.zeros(400)))
    )
    assert logs.mean() == pytest.approx(0.0, abs=0.002)
    assert logs.std() == pytest.approx(0.2, abs=0.001)
    across, along = np.corrcoef(logs.T[:60]), np.corrcoef(logs[:60])
    for matrix, size in ((across, 2000), (along, 400)):
        rest = matrix[np.triu_indices(60, 1)]
        assert abs(rest).max() < 5 / np.sqrt(size)
        assert rest.std() == pytest.approx(1 / np.sqrt(size), rel=0.1)


def test_equal_sites_share_the_better_rank() -> None:
    same = pd.DataFrame({"evidence": [0.5, 0.5, 0.1]})
    found = rank_spread(same, np.zeros(3), {"evidence": 1.0}, Draws(60, "around", 1))
    assert found["rank_low"].tolist() == [1, 1, 3]
    assert found["rank_high"].tolist() == [1, 1, 3]
    assert found["top_n_share"].tolist() == [1.0, 1.0, 0.0]


def test_an_unknown_status_and_an_old_report_make_a_rank_unsure() -> None:
    doubt = np.array([0.5, 0, 0, 0, 0, 0])
    sure = rank_spread(table(), np.zeros(6), PEOPLE, Draws(4000, top_n=1)).loc["s0"]
    doubtful = rank_spread(table(), doubt, PEOPLE, Draws(4000, top_n=1)).loc["s0"]
    assert doubtful["rank_high"] > sure["rank_high"]
    assert doubtful["top_n_share"] == pytest.approx(0.5 * sure["top_n_share"], abs=0.05)
    chance = needless(np.array([True, False, False]), np.array([1.0, 1.0, np.nan]))
    assert chance.tolist() == [0.5, 0.0, 0.45]


def test_any_weights_at_all_spread_wider_than_around_the_agreed() -> None:
    cross = pd.DataFrame({"institutions": [1.0, 0.6, 0.0], "evidence": [0.0, 0.5, 1.0]})
    weights = {"institutions": 4.0, "evidence": 1.0}
    around = rank_spread(cross, np.zeros(3), weights, Draws(1000, "around", 1))
    simplex = rank_spread(cross, np.zeros(3), weights, Draws(1000, "simplex", 1))
    assert around.loc[0, "top_n_share"] > 0.9
    assert 0.4 < simplex.loc[0, "top_n_share"] < 0.7
    assert (simplex["rank_high"] - simplex["rank_low"]).sum() > (around["rank_high"] - around["rank_low"]).sum()


def test_the_visit_that_changes_the_plan_comes_first() -> None:
    """Money for one: the unknown site in the plan may work already, then the other should have been chosen."""
    data = inputs(
        [settlement("a", offset(0), 100.0), settlement("b", offset(3000), 90.0), settlement("c", offset(-3000), 20.0)],
        [
            point("doubt", offset(0), "unknown", rehab_cost_idr=10e6, reported_on="2026-01-01"),
            point("sure", offset(3000), "non_functional", rehab_cost_idr=10e6, reported_on="2026-11-01"),
            point("small", offset(-3000), "unknown", rehab_cost_idr=10e6, reported_on="2026-01-01"),
        ],
    )
    params = PARAMS.with_(as_of=pd.Timestamp("2026-11-24").date())
    options = options_of(data, params)
    plan = best_plan(options, Wish(limit=10e6))
    assert [step.site_id for step in plan.steps] == ["doubt"]
    visits = worth_visiting(data, params, (), options, plan)
    assert visits[0].site_id == "doubt"
    assert (visits[0].chance, visits[0].people, visits[0].in_plan) == (0.5, 90.0, True)
    assert "small" not in {visit.site_id for visit in visits}, "knowing it changes nothing"
