"""Best and worst case as sharp bounds over every filling-in of what is not known (methods, States; decision 0002).

A filling-in gives each unknown cell one value it could have: a status `unknown` works or does not; a capacity nobody
stated is anything from 0 to without end, also where the standard has a figure; protection nobody knows counts or not,
under a standard that asks for it; a facility of unknown kind is one that people walk to or is not, one whose containment
nobody stated stores excreta or does not (a tank does), a point of unknown technology is a well or is not; the share of households with the service at home is anything between the least and the
most it can be, the same for all places of the village; in an unmapped village everybody has a point of their own that
nobody recorded, or nobody has. Counts of people are as they are.

Why the ends suffice: with fewer people left and more capacity left before a pair, the same holds after it, so each of
these choices moves the people left of every place in one direction.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from .ground import Place, Site
from .states import Ground, place_states

WORKS, BROKEN = "functional", "abandoned"


def site_fillings(site: Site, ground: Ground) -> list[Site]:
    """The worst and the best a site may be, the worst first; one where all is known."""
    worst, best = site, site
    if site.status == "unknown":
        worst, best = replace(worst, status=BROKEN), replace(best, status=WORKS)
    if site.capacity_from in ("nobody", "standard"):
        worst, best = replace(worst, capacity=0.0), replace(best, capacity=math.inf)
    if site.counts_surely is not None and site.counts_maybe is not None:
        worst, best = replace(worst, eligible=site.counts_surely), replace(best, eligible=site.counts_maybe)
    elif ground.improved_only and site.protection is None and site.eligible:
        worst = replace(worst, eligible=False)
    return [worst] if worst == best else [worst, best]


def all_site_fillings(site: Site, ground: Ground) -> list[Site]:
    """Every combination of the cells' two ends, and a capacity between."""
    ends = site_fillings(site, ground)
    statuses = {one.status for one in ends}
    capacities = {one.capacity for one in ends} | ({40.0} if len({one.capacity for one in ends}) > 1 else set())
    chances = {one.eligible for one in ends}
    made = itertools.product(sorted(statuses), sorted(capacities), sorted(chances))
    return [replace(site, status=s, capacity=c, eligible=e) for s, c, e in made]


def home_range(place: Place, service: str) -> tuple[float, float]:
    """The least and the most of a place's people who can have the service at home."""
    if service == "water":
        least, most = (0.0, 1.0) if place.connected is None else (place.connected, place.connected)
    else:
        least = place.own_toilet or 0.0
        most = least if place.own_toilet_most is None else place.own_toilet_most
    return least, (most if place.mapped else 1.0)


def with_home(ground: Ground, shares: dict[str, float]) -> Ground:
    """The ground with the share of people with the service at home by village."""
    name = "connected" if ground.service == "water" else "own_toilet"
    return replace(ground, places=[replace(p, **{name: shares[p.village_code]}) for p in ground.places])


def shares_of(ground: Ground) -> pd.Series:
    """Share by village, and `total`."""
    states = place_states(ground)
    states["good"] = states["on_premises"] + states["served"]
    sums = states.groupby("village_code")[["people", "good"]].sum()
    sums.loc["total"] = sums.sum()
    return (sums["good"] / sums["people"]).where(sums["people"] > 0)


def home_ranges(ground: Ground) -> dict[str, tuple[float, float]]:
    """`home_range` by village."""
    return {p.village_code: home_range(p, ground.service) for p in ground.places}


def bounds(ground: Ground) -> pd.DataFrame:
    """Worst and best share by village and `total`, by the argument above."""
    found = []
    for end in (0, -1):
        sites = [site_fillings(site, ground)[end] for site in ground.sites]
        shares = {code: ends[end] for code, ends in home_ranges(ground).items()}
        found.append(shares_of(with_home(replace(ground, sites=sites), shares)))
    return pd.DataFrame({"worst_share": found[0], "best_share": found[1]})


def fillings(ground: Ground) -> Iterator[Ground]:
    """Every filling-in of a tiny ground: the ends of every cell, and something between."""
    ranges = home_ranges(ground)
    shares = [sorted({least, (least + most) / 2, most}) for least, most in ranges.values()]
    for share, *chosen in itertools.product(
        itertools.product(*shares), *(all_site_fillings(site, ground) for site in ground.sites)
    ):
        yield with_home(replace(ground, sites=list(chosen)), dict(zip(ranges, share, strict=True)))


def bounds_by_enumeration(ground: Ground) -> pd.DataFrame:
    """The same by trying every filling-in; for tiny worlds only."""
    table = pd.concat([shares_of(one) for one in fillings(ground)], axis=1)
    return pd.DataFrame({"worst_share": table.min(axis=1), "best_share": table.max(axis=1)})
