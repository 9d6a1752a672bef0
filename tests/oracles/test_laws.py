"""Laws that need no oracle: what must happen to the figures when the ground is changed in a way whose effect is known."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.affinity import translate

from geo.model.params import Params
from geo.model.results import Analysis

from .engine import WORLDS, differing, found_by, params_of, world_of
from .states import STATES
from .worlds import World

seeds = pytest.mark.parametrize("seed", range(WORLDS))
SHOWN = [*STATES, "gap", "share", "best_share", "worst_share", "share_wet", "share_dry"]
SHOWN += [f"sanitation_{name}" for name in (*STATES, "share", "best_share", "worst_share")]


def villages(found: Analysis) -> pd.DataFrame:
    """Villages by code."""
    return pd.DataFrame(found.villages).set_index("village_code")[SHOWN].astype(float)


def listed(found: Analysis) -> pd.DataFrame:
    """Sites by id."""
    rows = pd.DataFrame(found.priorities)
    return rows.set_index("site_id") if len(rows) else pd.DataFrame()


def each(made: World, change: object) -> World:
    """A world with every table changed alike."""
    return World(*(change(table) for table in vars(made).values()))  # type: ignore[operator]


@seeds
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    turned = each(made, lambda table: table.sample(frac=1, random_state=seed).reset_index(drop=True))
    one, other = found_by(made, params), found_by(turned, params)
    assert differing(villages(one), villages(other), 1e-9) == []
    if len(one.priorities):
        names = ["gain_people", "score", "rank", "rank_low", "rank_high", "top_n_share", "topsis"]
        assert differing(listed(one)[names], listed(other), 1e-9) == []


@seeds
def test_a_place_in_two_parts_is_the_same_people(seed: int) -> None:
    made, params = world_of(seed, missing_counts=0.0, spread_villages=False), params_of(seed)
    first = made.settlements.iloc[[0]]
    people = float(first["population"].iloc[0])
    parts = gpd.GeoDataFrame(
        pd.concat(
            [first.assign(population=people - people // 3), first.assign(settlement_id="s0!", population=people // 3)]
        ),
        crs=4326,
    )
    rest = made.settlements.iloc[1:]
    split = replace(made, settlements=gpd.GeoDataFrame(pd.concat([parts, rest], ignore_index=True), crs=4326))
    whole, divided = found_by(made, params), found_by(split, params)
    assert differing(villages(whole), villages(divided)) == []
    if len(whole.priorities):
        names = [
            "gain_people",
            "gain_unmapped",
            "local_population",
            "potential_users",
            "relief_people",
            "person_km_saved",
        ]
        assert differing(listed(whole)[names], listed(divided)) == []


@seeds
def test_the_ground_moved_east_has_the_same_figures(seed: int) -> None:
    made, params = world_of(seed, spread_villages=False), params_of(seed)
    moved = each(made, lambda table: table.set_geometry(table.geometry.map(lambda shape: translate(shape, xoff=8.0))))
    assert differing(villages(found_by(made, params)), villages(found_by(moved, params))) == []


@seeds
def test_twice_the_people_and_capacities_are_twice_the_figures(seed: int) -> None:
    made, params = world_of(seed), params_of(seed, standard=("id", "jmp")[seed % 2])  # without figures of a standard
    twice = World(
        made.villages.assign(population=made.villages["population"] * 2),
        made.settlements.assign(population=made.settlements["population"] * 2),
        made.water.assign(capacity_people=made.water["capacity_people"] * 2),
        made.sanitation.assign(capacity_people=made.sanitation["capacity_people"] * 2),
        made.institutions,
    )
    one, two = found_by(made, params), found_by(twice, params)
    shares = [name for name in SHOWN if "share" in name]
    doubled = villages(one) * 2
    doubled[shares] /= 2
    assert differing(doubled, villages(two)) == []
    if len(one.priorities):
        names = ["gain_people", "gain_unmapped", "local_population", "person_km_saved"]
        assert differing(listed(one)[names].astype(float) * 2, listed(two)) == []


@seeds
def test_a_broken_point_added_changes_nobodys_state(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    broken = made.water.iloc[[0]].assign(point_id="zz", status="non_functional", technology="borehole", improved=True)
    more = replace(made, water=gpd.GeoDataFrame(pd.concat([made.water, broken], ignore_index=True), crs=4326))
    one, other = found_by(made, params), found_by(more, params)
    assert differing(villages(one), villages(other), 1e-9) == []
    assert set(listed(other).index) - set(listed(one).index) <= {"zz"}


@seeds
def test_knowing_more_never_widens_best_and_worst(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)
    random = np.random.default_rng(seed)
    found = found_by(made, params, priorities=False)
    for told in (learned(made, random) for _ in range(2)):
        after = found_by(told, params, priorities=False)
        for prefix in ("", "sanitation_"):
            before, now = villages(found), villages(after)
            within = before[f"{prefix}worst_share"].notna()
            for name, sign in (("worst_share", 1), ("best_share", -1)):
                less = sign * (now[prefix + name] - before[prefix + name])
                assert (less[within] >= -1e-9).all(), (prefix, name)
            share = now[f"{prefix}share"][within]
            assert (share >= before[f"{prefix}worst_share"][within] - 1e-9).all()
            assert (share <= before[f"{prefix}best_share"][within] + 1e-9).all()


def learned(made: World, random: np.random.Generator) -> World:
    """The world when statuses, capacities and protection that nobody knew are known, some of them."""
    water, sanitation = made.water.copy(), made.sanitation.copy()
    for table in (water, sanitation):
        for row in table.index:
            if table.at[row, "status"] == "unknown" and random.random() < 0.7:
                table.at[row, "status"] = str(random.choice(["functional", "abandoned"]))
            if pd.isna(table.at[row, "capacity_people"]) and random.random() < 0.7:
                table.at[row, "capacity_people"] = float(random.integers(0, 900))
    for row in water.index:
        if water.at[row, "improved"] is None and water.at[row, "technology"] == "unknown":
            water.at[row, "improved"] = bool(random.random() < 0.5)
    return replace(made, water=water, sanitation=sanitation)


@seeds
def test_no_capacity_and_more_reach_never_serve_fewer(seed: int) -> None:
    made, params = world_of(seed), params_of(seed)

    def served(some: Params) -> float:
        total = found_by(made, some, priorities=False).totals["water"]
        return float((total["on_premises"] or 0.0) + (total["served"] or 0.0))

    free = params.with_(capacity=False)
    assert served(free) >= served(params) - 1e-9
    assert served(free.with_(radius_m=5000.0)) >= served(free) - 1e-9
