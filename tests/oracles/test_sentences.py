"""Every sentence is read back in both languages, and its figures and clauses are held to the brute-force ground."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from exports.paper.minutes import told as minutes_told
from exports.tables.plan_rows import plan_rows
from exports.tables.sheet import with_why
from geo.planning import by_replay
from geo.planning.options import options_of
from geo.planning.plans import Plan, Wish, best_plan
from texts import count, percent, t
from views.meeting.agenda import agenda
from views.planning.result import sentences, warnings

from . import facts, indicators, maxflow, plans, states
from .engine import TODAY, WORLDS, found_by, grounds_of, inputs_of, params_of, world_of
from .parsing import number, taken_apart

LANGS = ("id", "en")
seeds = pytest.mark.parametrize("seed", range(WORLDS))
NONE = ("nobody", "works", "works_nobody", "works_wet", "own", "no_capacity", "unmapped", "served", "alone")
WHY = [
    "why.gain.water", "why.gain.sanitation", *(f"why.none.{reason}" for reason in NONE), "why.unmapped", "why.cost",
    "why.cost_estimated", "why.rival", "why.unknown_status",
]  # fmt: skip
PLAN = [
    "plan.optimal", "plan.not_optimal", "plan.cheapest", "plan.not_cheapest", "plan.near_target", "plan.no_target",
    "plan.bound", "plan.bound_free", "plan.unmapped", "plan.unmapped_counted", "plan.only_unknown", "plan.without_cost", "plan.short_target",
    "plan.short",
]  # fmt: skip


@seeds
def test_every_why_is_true(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    found = found_by(made, params).priorities
    if not len(found):
        return
    grounds = grounds_of(made, params)
    for lang in LANGS:
        rows = pd.DataFrame(with_why(found, lang).drop(columns="geometry")).to_dict("records")
        for row in rows:
            clauses = taken_apart(row["why"], WHY, lang)
            check_why(dict(clauses), grounds[row["service"]], row["site_id"], made, lang)
            assert len(dict(clauses)) == len(clauses), "nothing is said twice"


def check_why(clauses: dict[str, dict[str, str]], ground: states.Ground, site_id: str, made: Any, lang: str) -> None:
    """Each clause beside the ground: its condition and its figures."""
    site = next(one for one in ground.sites if one.site_id == site_id)
    truth = indicators.indicators_of(ground, site, made.institutions, pd.Timestamp(TODAY))
    near = indicators.places_in_reach(ground, site)
    home = sum(states.connected_people(p, ground.service) for p in near)
    left = states.place_states(ground).set_index("place_id")
    left = left["people"] - left["on_premises"] - left["served"]
    load = states.loads(ground).get(site_id, 0.0)
    holds = {
        "why.gain.water": truth["gain_people"] >= 0.5 and ground.service == "water",
        "why.gain.sanitation": truth["gain_people"] >= 0.5 and ground.service == "sanitation",
        "why.none.nobody": truth["local_population"] < 0.5,
        "why.none.works": indicators.serves(site, ground.season) and load >= 0.5 and site.status != "dry_season",
        "why.none.works_nobody": indicators.serves(site, ground.season) and load < 0.5 and site.status != "dry_season",
        "why.none.works_wet": indicators.serves(site, ground.season) and site.status == "dry_season",
        "why.none.own": truth["local_population"] - home < 0.5,
        "why.none.no_capacity": site.capacity == 0,
        "why.none.unmapped": truth["gain_unmapped"] >= 0.5,
        "why.none.served": sum(left[p.place_id] for p in near) < 0.5,
        "why.none.alone": True,
        "why.unmapped": truth["gain_unmapped"] >= 0.5,
        "why.cost": site.own_cost_idr is not None,
        "why.cost_estimated": site.own_cost_idr is None,
        "why.rival": True,
        "why.unknown_status": site.status == "unknown",
    }
    figures = {
        "gain": truth["gain_people"], "local": truth["local_population"], "unmapped": truth["gain_unmapped"],
        "load": load, "cost": truth["cost_idr"], "each": truth["cost_per_person_idr"],
    }  # fmt: skip
    for key, values in clauses.items():
        assert holds[key], (site_id, key)
        if key.startswith("why.none"):
            assert truth["gain_people"] < 0.5, (site_id, key)
        for name in figures.keys() & values.keys():
            assert number(values[name], lang) == pytest.approx(figures[name], abs=0.5 + 1e-6), (site_id, key, name)
    said = clauses.get("why.gain.water", {})
    if "crucial" in said:
        assert said["crucial"] == percent(truth["crucialness"], lang)
    if "why.rival" in clauses:
        after = indicators.gain_after(ground, site_id, clauses["why.rival"]["rival"])
        assert number(clauses["why.rival"]["left"], lang) == pytest.approx(max(after, 0.0), abs=0.5 + 1e-6)
        assert after < truth["gain_people"]


@seeds
@pytest.mark.parametrize("every", [True, False], ids=["gone through", "by the model"])
def test_every_sentence_of_a_plan_is_true(seed: int, every: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not every:
        monkeypatch.setattr(by_replay, "MOST_CHOICES", 0)  # as where there are too many to go through
    made = world_of(seed, villages=2, points=6, facilities=2, missing=0.15)
    made = replace(made, sanitation=made.sanitation.iloc[:0])
    params = params_of(seed, standard="wpdx", radius_m=700.0)
    ground, analysis = grounds_of(made, params)["water"], found_by(made, params)
    actions = [one for one in plans.repairs(ground) if one.site.eligible]
    names = {p.village_code: f"Desa {p.village_code[-1]}" for p in ground.places}
    for wish in (Wish(limit=30e6), Wish(limit=80e6, count_unmapped=True), Wish(target_share=0.7)):
        plan = best_plan(options_of(inputs_of(made), params), wish)
        for lang in LANGS:
            text = " ".join([*sentences(plan, lang), *warnings(plan, names, lang)])
            check_plan(dict(taken_apart(text, PLAN, lang)), plan, ground, actions, lang)
            check_steps(plan, plan_rows(analysis, [vars(step) for step in plan.steps], lang), ground, actions, lang)


def check_plan(
    clauses: dict[str, dict[str, str]], plan: Plan, ground: states.Ground, actions: list[plans.Action], lang: str
) -> None:
    """The plan's sentences beside every set of repairs."""
    wishes = plans.Wishes(count_unmapped=plan.wish.count_unmapped)
    ids = {step.site_id for step in plan.steps}
    mine = plans.valued(ground, [one for one in actions if one.site.site_id in ids], wishes)
    all_plans = list(plans.every_plan(ground, actions, wishes))
    if plan.wish.limit is not None:
        within = [one for one in all_plans if one.cost_idr <= plan.wish.limit]
        best = max(one.worth for one in within)
        if "plan.optimal" in clauses:
            assert mine.worth >= best - 0.5
        else:
            assert mine.worth >= best * number(clauses["plan.not_optimal"]["least"], lang) / 100 - 0.5
        for key in clauses.keys() & {"plan.bound", "plan.bound_free"}:
            assert number(clauses[key]["people"], lang) >= best - 1e-6
            if all(p.mapped for p in ground.places):
                assert number(clauses[key]["people"], lang) >= led_best(ground, actions, plan.wish.limit) - 0.01
    else:
        people = sum(p.people for p in ground.places)
        missed = max(0.7 - mine.share, 0) * people
        least = min(max(0.7 - one.share, 0) * people for one in all_plans)
        reaching = [one.cost_idr for one in all_plans if max(0.7 - one.share, 0) * people <= 0.5]
        if clauses.keys() & {"plan.cheapest", "plan.not_cheapest"}:
            assert missed <= 0.5 + 1e-6
        if "plan.cheapest" in clauses:
            assert mine.cost_idr <= min(reaching) + 1
        if "plan.not_cheapest" in clauses:
            assert min(reaching) >= mine.cost_idr * (1 - number(clauses["plan.not_cheapest"]["gap"], lang) / 100) - 1
        if "plan.near_target" in clauses:
            assert missed <= least + 0.5
        if "plan.short_target" in clauses:
            assert number(clauses["plan.short_target"]["people"], lang) == pytest.approx(missed, abs=1.0)
    for key in clauses.keys() & {"plan.unmapped", "plan.unmapped_counted"}:
        assert number(clauses[key]["count"], lang) == pytest.approx(mine.unmapped_gained, abs=0.5 + 1e-6)

    if "plan.only_unknown" in clauses:
        mute = {step.site_id for step in plan.steps if step.gain_in_plan < 0.5}
        told = clauses["plan.only_unknown"]
        assert number(told["actions"], lang) == len(mute)
        assert number(told["cost"].removeprefix("Rp"), lang) == sum(
            step.cost_idr for step in plan.steps if step.site_id in mute
        )
        known = plans.Wishes(count_unmapped=False)
        whole = plans.valued(ground, [one for one in actions if one.site.site_id in ids], known)
        without = plans.valued(ground, [one for one in actions if one.site.site_id in ids - mute], known)
        assert without.worth >= whole.worth - 0.5 * len(mute), "nobody who is known to lack gains by them"
        assert without.unmapped_gained < whole.unmapped_gained, "they reach somebody"


def led_best(ground: states.Ground, actions: list[plans.Action], limit: float) -> float:
    """The most people gained by any choice, however people are led: the maximum flow after it, less those served now."""
    now = float(states.total_states(ground)["served"])
    found = 0.0
    for one in plans.every_plan(ground, actions, plans.Wishes()):
        if one.cost_idr <= limit:
            picked = [action for action in actions if action.action_id in one.chosen]
            found = max(found, maxflow.most_served(plans.after(ground, picked)) - now)
    return found


def check_steps(plan: Plan, rows: pd.DataFrame, ground: states.Ground, actions: list[plans.Action], lang: str) -> None:
    """The sentence of each step: its people alone and in the plan, and its cost."""
    ids = {step.site_id for step in plan.steps}
    if plan.wish.count_unmapped:
        return  # the oracle of steps counts people of gap states alone
    picked = [one for one in actions if one.site.site_id in ids]
    in_plan = plans.steps_of(ground, picked)
    for row in rows.to_dict("records"):
        ((_, said),) = taken_apart(row["why"], ["why.plan"], lang)
        action = next(one for one in picked if one.site.site_id == row["site_id"])
        alone = plans.valued(ground, [action], plans.Wishes()).people_gained
        assert number(said["alone"], lang) == pytest.approx(alone, abs=0.5 + 1e-6)
        assert number(said["people"], lang) == pytest.approx(in_plan[action.action_id], abs=0.5 + 1e-6)
        assert number(said["cost"], lang) == pytest.approx(action.cost_idr, abs=0.5)


@seeds
def test_the_minutes_say_what_the_list_said(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    analysis = found_by(made, params)
    if not len(analysis.priorities):
        return
    grounds = grounds_of(made, params)
    items = [vars(one) for one in agenda(analysis, ["water", "sanitation"], 6)]
    decisions = [
        {"item": f"{one['service']}:{one['site_id']}", "decision": "approved", "way": "vote", "lead": "Dinas", "fund": "apbd",
         "amount_idr": one["cost_idr"], "year": 2027, "person": "Ujang", "reason": ""} for one in items
    ]  # fmt: skip
    meeting = {
        "number": 1, "title": "Musyawarah", "place": "Balai", "on": date(2026, 11, 25), "chair": "Camat", "area": "",
        "version": "v", "basis": {}, "items": items, "votes": [], "decisions": decisions, "dissents": [],
        "attendees": [{"name": "A", "organisation": "B", "kind": "ngo"}] * 3, "closed_by": None, "of": {},
    }  # fmt: skip
    for lang in LANGS:
        made_of = minutes_told(meeting, lang)
        assert count(3, lang) in made_of["intro"]
        for item, decided, annex in zip(items, made_of["decisions"], made_of["priorities"], strict=True):
            ground = grounds[item["service"]]
            gain = indicators.gain_of_repair(ground, item["site_id"]).people
            assert number(decided[3], lang) == pytest.approx(gain, abs=0.5 + 1e-6)
            ((_, said),) = taken_apart(annex[5], ["minutes.people"], lang)
            assert number(said["count"], lang) == pytest.approx(gain, abs=0.5 + 1e-6)
            site = next(one for one in ground.sites if one.site_id == item["site_id"])
            cost = facts.repair_cost_idr(site.status, site.technology, site.own_cost_idr)
            assert number(annex[8], lang) == pytest.approx(cost, abs=0.5)
            check_why(dict(taken_apart(item["why"][lang], WHY, lang)), ground, item["site_id"], made, lang)


def test_a_false_figure_is_found_out() -> None:
    """The reader of sentences is itself held to a sentence that lies."""
    sentence = t("why.cost", "id", cost="Rp1.000", each="Rp10")
    assert taken_apart(sentence, WHY, "id") == [("why.cost", {"cost": "Rp1.000", "each": "Rp10"})]
    with pytest.raises(ValueError, match="no text"):
        taken_apart(sentence + " Selain itu semua baik.", WHY, "id")
