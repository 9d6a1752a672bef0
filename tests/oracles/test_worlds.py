"""Every figure beside a brute-force version of it, on random worlds: 20 of them in `make test`, 500 by `make oracles`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.analysis.maxflow import most_of
from geo.model.params import Params
from geo.planning.options import options_of
from geo.planning.plans import Wish, best_plan, curve
from geo.priorities.weights import topsis

from . import bounds, demand, indicators, ladders, maxflow, plans, scores, states
from .engine import TODAY, WORLDS, differing, found_by, grounds_of, inputs_of, params_of, world_of, yard_of
from .ground import Place

SERVICES = ("water", "sanitation")
seeds = pytest.mark.parametrize("seed", range(WORLDS))


@seeds
def test_states_shares_and_distances(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    found = found_by(made, params, priorities=False)
    theirs = pd.DataFrame(found.villages).set_index("village_code")
    columns = [*states.STATES, "gap", "share"]
    for service, ground in grounds_of(made, params).items():
        prefix = "" if service == "water" else "sanitation_"
        mine = states.village_states(ground)[columns].add_prefix(prefix)
        assert differing(mine, theirs.loc[mine.index]) == []
        total = states.total_states(ground)[columns].to_frame().T.set_index(pd.Index(["total"]))
        assert differing(total, pd.DataFrame([found.totals[service]], index=["total"])) == []
        load = pd.Series(states.loads(ground), name="load_people", dtype=float).to_frame()
        sites = found.water_points if service == "water" else found.sanitation
        key = "point_id" if service == "water" else "facility_id"
        assert differing(load, pd.DataFrame(sites).set_index(key).loc[load.index]) == []
    water = grounds_of(made, params)["water"]
    figures = {code: states.distance_figures(water, code) for code in sorted({p.village_code for p in water.places})}
    far = pd.DataFrame.from_dict(figures, orient="index")
    people = sorted({p.village_code for p in water.places if p.people > 0 and far.notna().any(axis=None)})
    assert differing(far.loc[people], theirs.loc[people]) == []


@seeds
def test_best_and_worst_case(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    found = found_by(made, params, priorities=False)
    theirs = pd.DataFrame(found.villages).set_index("village_code")
    for service, ground in grounds_of(made, params).items():
        prefix = "" if service == "water" else "sanitation_"
        mine = bounds.bounds(ground).dropna()
        assert (
            differing(
                mine.drop(index="total", errors="ignore").add_prefix(prefix),
                theirs.loc[mine.index.drop("total", errors="ignore")],
            )
            == []
        )
        if "total" in mine.index:
            assert differing(mine.loc[["total"]], pd.DataFrame([found.totals[service]], index=["total"])) == []


@seeds
def test_indicators_scores_and_ranks(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    found, weights = found_by(made, params).priorities, params.weight_of()
    for service, ground in grounds_of(made, params).items():
        counted = replace(ground, sites=[site for site in ground.sites if site.eligible])
        ours = indicators.indicators(counted, made.institutions, pd.Timestamp(TODAY))
        listed = pd.DataFrame(found[found["service"] == service] if len(found) else found)
        assert len(ours) == len(listed)
        if not len(ours):
            continue
        listed = listed.set_index("site_id")
        assert differing(ours.astype(float), listed) == []
        listed = listed.loc[ours.index]
        table = {name: listed[name].tolist() for name in weights}
        score = scores.scores(table, weights)
        mine = pd.DataFrame(
            {"score": score, "rank": scores.shared_ranks(score), "tied": scores.tied(score)}, index=ours.index
        )
        mine["topsis"] = scores.topsis(table, weights)
        assert differing(mine.astype(float), listed, 1e-8) == []
        assert (listed["rank_low"] <= listed["rank"]).all()
        assert (listed["rank"] <= listed["rank_high"]).all()


def test_a_repair_for_nobody_is_the_dearest_for_topsis() -> None:
    table = {"gain_people": [0.0, 50.0, 100.0], "cost_per_person_idr": [np.nan, 10.0, 30.0]}
    weights = {"gain_people": 1.0, "cost_per_person_idr": 1.0}
    theirs = topsis({name: np.array(values) for name, values in table.items()}, weights)
    assert theirs.tolist() == pytest.approx(scores.topsis(table, weights))


@seeds
def test_ladders_schools_and_tanks(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    found, yard = found_by(made, params, priorities=False), yard_of(params)
    theirs = pd.DataFrame(found.villages).set_index("village_code")
    ground = grounds_of(made, params)["water"]
    beside = {
        str(row["point_id"])
        for row in made.water.to_dict("records")
        if yard.separated
        and states.in_conflict(
            Place("", "", row["geometry"].x, row["geometry"].y, 0), str(row["technology"]), made.sanitation
        )
    }
    for village in made.villages.to_dict("records"):
        code = village["village_code"]
        mine = pd.DataFrame([ladders.water_ladder(village, ground.places, ground.sites, yard, params.season, beside)])
        mine = mine.add_prefix("rung_").join(
            pd.DataFrame([ladders.sanitation_ladder(village)]).add_prefix("sanitation_rung_")
        )
        mine = mine.join(pd.DataFrame([ladders.hygiene_ladder(village)]).add_prefix("hygiene_rung_")).set_axis([code])
        assert differing(mine, theirs.loc[[code]]) == []
        assert (theirs.at[code, "odf"] or None) == ladders.odf(village)
    near = indicators.serving_sites(ground)
    for row in made.institutions.to_dict("records"):
        spot = Place("", "", row["geometry"].x, row["geometry"].y, 0)
        reached = any(indicators.distance_m(ground, spot, site) <= ground.reach_m for site in near)
        mine = pd.DataFrame([ladders.school_row(row, reached)], index=[row["institution_id"]])
        theirs_ = pd.DataFrame(found.institutions).set_index("institution_id").loc[mine.index]
        assert differing(mine, theirs_) == []
    today = pd.Timestamp(TODAY)
    kept = pd.DataFrame(found.sanitation).set_index("facility_id")["emptying"]
    for row in made.sanitation.to_dict("records"):
        assert kept[row["facility_id"]] == ladders.emptying(row, today)


@seeds
def test_the_most_that_could_be_served(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    told = most_of(inputs_of(made), params)
    for service, ground in grounds_of(made, params).items():
        if not ground.places:
            continue
        mine = maxflow.most_served(ground)
        assert told[service]["most"] == pytest.approx(mine, abs=0.002 * len(ground.places))
        assert told[service]["most"] >= told[service]["served"]
        assert told[service]["served"] == pytest.approx(float(states.total_states(ground)["served"]), abs=1e-6)


def spread_of(seed: int) -> list[float]:
    """Budgets in rupiah, from little to all."""
    return [float(budget) * 1e6 for budget in np.random.default_rng(seed).integers(5, 120, 2)]


def repairs_of(seed: int) -> tuple[Any, list[Any], Any]:
    """A small world's ground and its repairs, as the oracle has them, and the engine's options of the same."""
    made = world_of(seed, villages=2, points=6, facilities=2, missing=0.15)
    params = params_of(seed, standard="wpdx", radius_m=700.0)
    ground = grounds_of(made, params)["water"]
    actions = [one for one in plans.repairs(ground) if one.site.eligible]
    options = options_of(inputs_of(replace(made, sanitation=made.sanitation.iloc[:0])), params)
    return ground, actions, options


@seeds
def test_plans_beside_every_set_of_repairs(seed: int) -> None:
    ground, actions, options = repairs_of(seed)
    every = list(plans.every_plan(ground, actions, plans.Wishes()))
    so_far = 0.0
    for budget in sorted(spread_of(seed)):
        best = max(one.people_gained for one in every if one.cost_idr <= budget)
        plan = best_plan(options, Wish(limit=budget))
        assert plan.optimal
        assert plan.people_gained == pytest.approx(best, abs=1e-6)
        assert plan.people_bound == pytest.approx(best, abs=1e-6)
        replayed = plans.valued(
            ground, [one for one in actions if one.site.site_id in {s.site_id for s in plan.steps}], plans.Wishes()
        )
        assert plan.people_gained == pytest.approx(replayed.people_gained, abs=1e-6)
        assert plan.cost_idr == pytest.approx(replayed.cost_idr)
        assert plan.cost_idr <= budget
        assert plan.people_gained >= so_far - 1e-9, "more money never gains fewer"
        assert sum(step.gain_in_plan for step in plan.steps) == pytest.approx(plan.people_gained)
        so_far = plan.people_gained
        for point in curve(options, Wish(limit=budget), 3, most=budget, known=plan):
            most = max(one.people_gained for one in every if one.cost_idr <= point.limit + 1e-6)
            assert point.people_gained == pytest.approx(most, abs=1e-6)


@seeds
def test_floors_targets_and_weights_beside_every_set(seed: int) -> None:
    ground, actions, options = repairs_of(seed)
    budget = spread_of(seed)[0]
    for wishes, wish in (
        (plans.Wishes(count_unmapped=True), Wish(limit=budget, count_unmapped=True)),
        (plans.Wishes(poor_weight=2.0), Wish(limit=budget, poor_weight=2.0)),
    ):
        best = max(one.worth for one in plans.every_plan(ground, actions, wishes) if one.cost_idr <= budget)
        plan = best_plan(options, wish)
        mine = plans.valued(ground, chosen(actions, plan), wishes)
        assert mine.worth == pytest.approx(best, abs=1e-4)
    codes = sorted({p.village_code for p in ground.places})
    wishes = plans.Wishes(floors=dict.fromkeys(codes, 0.5))
    plan = best_plan(options, Wish(limit=budget, floor_share=0.5))
    mine = plans.valued(ground, chosen(actions, plan), wishes)
    within = [one for one in plans.every_plan(ground, actions, wishes) if one.cost_idr <= budget]
    least = min(one.shortfall for one in within)
    assert mine.shortfall <= least + 0.5 * max(len(codes), 1), "half a person a village is nobody"
    assert mine.people_gained >= max(one.people_gained for one in within if one.shortfall <= least + 1e-6) - 0.5 * len(
        codes
    )
    if not ground.places:
        return
    plan = best_plan(options, Wish(target_share=0.6))
    mine = plans.valued(ground, chosen(actions, plan), plans.Wishes())
    cheapest = plans.cheapest_plan(ground, actions, 0.6)
    people = sum(p.people for p in ground.places)
    assert max(0.6 - mine.share, 0) * people <= max(0.6 - cheapest.share, 0) * people + 0.5 + 1e-6
    assert mine.cost_idr <= cheapest.cost_idr + 1e-6


def chosen(actions: list[plans.Action], plan: object) -> list[plans.Action]:
    """The actions of a plan of the engine."""
    ids = {step.site_id for step in plan.steps}  # type: ignore[attr-defined]
    return [one for one in actions if one.site.site_id in ids]


@seeds
def test_where_the_people_are(seed: int) -> None:
    made = world_of(seed)
    theirs = pd.DataFrame(found_by(made, Params(as_of=TODAY), priorities=False).places).set_index("place_id")
    mine = pd.DataFrame([vars(p) for p in demand.places_of(made.villages, made.settlements)])
    if len(mine):
        mine = mine.set_index("place_id")[["people", "lon", "lat"]]
        assert differing(mine, theirs[theirs["people"].notna()], 1e-9) == []
