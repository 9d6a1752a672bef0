"""The indicators of a repairable site, one function each, listed in `INDICATORS` (DESIGN.md 5).

Each takes the candidates and returns a Series on their ids; nothing is changed. What it is called, its unit, direction
and source stand in `data/indicators.toml`; column, dictionary and files follow from there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.sharing import COMPILED_FROM, GAINS_IN_THREADS
from geo.model.arrays import Floats, Ints
from geo.priorities.candidates import Candidates
from geo.reach.threads import in_threads, taken


def gain_people(c: Candidates) -> pd.Series:
    """People moved from a gap state to served if this site alone were repaired, capacity counted."""
    return _named(c, c.gain)


def gain_unmapped(c: Candidates) -> pd.Series:
    """People of unmapped villages, out of reach of every working site, whom the repair would reach.

    They are not in a gap state (nobody knows what else they use), so they stand beside `gain_people`, never in it.
    """
    return _named(c, c.gained.per_site((~c.gap_places).astype(float)))


def gain_poor(c: Candidates) -> pd.Series:
    """Poor people among `gain_people`: by the village's share; missing where a village in question has none."""
    return _share_of_gain(c, c.places["poor_share"].to_numpy(dtype=float))


def health_burden(c: Candidates) -> pd.Series:
    """Reported diarrhoea cases a year among `gain_people`; missing where a village in question reports none."""
    rate = c.places["diarrhoea_per_1000"].to_numpy(dtype=float) / 1000
    return _share_of_gain(c, rate)


def local_population(c: Candidates) -> pd.Series:
    """All people in reach, household connections or not (WPdx: local population)."""
    return _named(c, c.reached)


def potential_users(c: Candidates) -> pd.Series:
    """People in reach, each shared between the working sites in reach and this one by nearness."""
    return _named(c, c.users)


def crucialness(c: Candidates) -> pd.Series:
    """potential_users / local_population: 1 where there is no other working site; missing where nobody is in reach."""
    return _named(c, c.users / np.where(c.reached > 0, c.reached, np.nan))


def pressure(c: Candidates) -> pd.Series:
    """potential_users / capacity of the site; missing where its capacity is not limited."""
    capacity = c.service.capacity[c.rows]
    return _named(c, c.users / np.where(np.isfinite(capacity) & (capacity > 0), capacity, np.nan))


def relief_people(c: Candidates) -> pd.Series:
    """People taken off overloaded working sites.

    A working site is overloaded when its potential users exceed its capacity. The repaired site draws users from it by
    nearness; what it draws counts up to the excess.
    """
    active = c.service.sharing.pairs
    weight, total = c.nearness
    users = taken(c.service.people, active.place) * weight / taken(total, active.place)
    load = np.bincount(active.site, weights=users, minlength=len(c.service.ids))
    excess = np.where(np.isfinite(c.service.capacity), np.maximum(load - c.service.capacity, 0.0), 0.0)
    over = taken(excess, active.site) > 0
    if not over.any():
        return _named(c, np.zeros(len(c.rows)))
    relieved = np.zeros(len(c.places), dtype=bool)
    relieved[active.place[over]] = True
    drawing = taken(relieved, c.pairs.place) & ~taken(c.works_already, c.pairs.site)
    if len(active) >= COMPILED_FROM:
        return _named(c, _compiled_relief(c, drawing, users, excess))
    owner, drawn_from, people = _drawn(c, drawing, over, users)
    limited = np.minimum(people, excess[drawn_from])
    return _named(c, np.bincount(owner, weights=limited, minlength=len(c.rows)).astype(float))


def _drawn(
    c: Candidates, drawing: NDArray[np.bool_], over: NDArray[np.bool_], users: Floats
) -> tuple[Ints, Ints, Floats]:
    """Candidate, overloaded site, and the users the one draws from the other out of the places they have in common.

    Plain arrays, for few pairs: `sparse` of scipy takes longer to load than this takes to run.
    """
    order = np.flatnonzero(over)[np.argsort(c.service.sharing.pairs.place[over], kind="stable")]
    by_place = c.service.sharing.pairs.at(order)
    rows = np.flatnonzero(drawing)
    first = np.searchsorted(by_place.place, c.pairs.place[rows], side="left")
    count = np.searchsorted(by_place.place, c.pairs.place[rows], side="right") - first
    row = np.repeat(rows, count)
    at = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(len(row))
    key = c.pairs.site[row] * np.int64(len(c.service.ids)) + by_place.site[at]
    met, where = np.unique(key, return_inverse=True)
    people: Floats = np.bincount(where, weights=c.use_share[row] * users[order][at], minlength=len(met)).astype(float)
    return met // len(c.service.ids), met % len(c.service.ids), people


def _compiled_relief(c: Candidates, drawing: NDArray[np.bool_], users: Floats, excess: Floats) -> Floats:
    """What each candidate takes off overloaded sites, by compiled code, parts of them at the same time."""
    from geo.coverage import sharing_kernels as kernels

    starts, order = _only(*c.groups, drawing)
    place, share = taken(c.pairs.place, order), taken(c.use_share, order)
    active = c.service.sharing.pairs
    place_start, overloaded = kernels.overloaded_by_place(active.place, active.site, users, excess, len(c.places))
    relief = np.empty(len(c.rows))

    def work(mine: slice) -> None:
        edges = starts[mine.start : mine.stop + 1]
        kernels.relief(edges, place, share, place_start, overloaded, excess, relief[mine])

    in_threads(len(c.rows), work, least=GAINS_IN_THREADS)
    return relief


def _only(start: Ints, where: Ints, keep: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Some of the pairs that lie by place or site: ``where[start[n] : start[n + 1]]`` without those not kept."""
    kept = keep[where]
    before: Ints = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    return before[start], where[kept]


def person_km_saved(c: Candidates) -> pd.Series:
    """Kilometres of one-way walking saved: Σ people in reach without a connection × (nearest now − this site) / 1000.

    Missing for a site in whose reach somebody who walks has no working site anywhere to walk to.
    """
    now = c.service.nearest_m[c.pairs.place]
    saved = np.maximum(now - c.pairs.distance_m * c.params.detour, 0.0)
    walkers = c.service.need[c.pairs.place]
    return _named(c, c.per_site(np.where(walkers > 0, walkers * saved / 1000, 0.0)))


def institutions(c: Candidates) -> pd.Series:
    """Schools and health posts in reach."""
    sites = c.reach_of_institutions.site
    return _named(c, np.bincount(sites, minlength=len(c.rows)).astype(float))


def cost_idr(c: Candidates) -> pd.Series:
    """Cost of the repair: the inventory's figure, else the cost sheet's for technology and status (an estimate)."""
    return _named(c, c.repair_idr)


def cost_per_person_idr(c: Candidates) -> pd.Series:
    """cost_idr / gain_people; missing where nobody is gained."""
    return _named(c, c.repair_idr / np.where(c.gain > 0, c.gain, np.nan))


def report_age_years(c: Candidates) -> pd.Series:
    """Years from the last report to `params.as_of`; missing where no report is dated."""
    return _named(c, c.report_age)


def evidence(c: Candidates) -> pd.Series:
    """Worth of the report by its age: 0.1^(age/20), 1 today and a tenth after twenty years."""
    return _named(c, 0.1 ** (c.report_age / 20))


def _share_of_gain(c: Candidates, share: np.ndarray) -> pd.Series:
    """Sum over gained people of gap places of their village's share; missing where one of them is not known."""
    known = ~np.isnan(share)
    total = c.gained.per_site(np.where(c.gap_places & known, share, 0.0))
    blind = c.gained.per_site(np.where(c.gap_places & ~known, 1.0, 0.0)) > 0
    return _named(c, np.where(blind, np.nan, total))


def _named(c: Candidates, values: Floats) -> pd.Series:
    return pd.Series(values, index=c.index, dtype=float)


INDICATORS: dict[str, Callable[[Candidates], pd.Series]] = {
    "gain_people": gain_people,
    "gain_unmapped": gain_unmapped,
    "local_population": local_population,
    "potential_users": potential_users,
    "crucialness": crucialness,
    "pressure": pressure,
    "relief_people": relief_people,
    "person_km_saved": person_km_saved,
    "gain_poor": gain_poor,
    "health_burden": health_burden,
    "institutions": institutions,
    "cost_idr": cost_idr,
    "cost_per_person_idr": cost_per_person_idr,
    "report_age_years": report_age_years,
    "evidence": evidence,
}
