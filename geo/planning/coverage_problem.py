"""From sites in reach of places to the arrays of a maximal coverage problem, both services together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.model.areas import area_mask
from geo.model.arrays import Bools, Floats, Ints
from geo.model.errors import CallError
from geo.planning.cover import Cover, Floor, Present, components, touched
from geo.planning.options import Options
from geo.priorities.candidates import Candidates

UNITS = ("idr", "actions")
#: Worth of a person who does not count: so little that all of them together never weigh against one who does.
UNCOUNTED = 1e-6


@dataclass(frozen=True)
class Wish:
    """What a plan should keep.

    `limit` is what may be spent, in rupiah or (``unit="actions"``) in number of actions; without one, `target_share`
    asks for the cheapest plan that serves this share of the people. `poor_weight` makes a poor person count 1 + weight;
    `floor_share` is the least share of each village's people with service, as far as the choices can bring it;
    `committed` sites are in, whatever they bring. `seconds` is the time to prove the best. What is sought are people
    moved out of a gap state; people of unmapped villages only decide between equal plans, unless `count_unmapped`.
    """

    limit: float | None = None
    unit: str = "idr"
    target_share: float | None = None
    poor_weight: float = 0.0
    floor_share: float = 0.0
    committed: tuple[str, ...] = ()
    seconds: float = 60.0
    count_unmapped: bool = False

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise CallError("error.option", name="unit", value=self.unit, known=", ".join(UNITS))
        if (self.limit is None) == (self.target_share is None):
            raise CallError("error.limit_or_target")
        for name in ("limit", "target_share", "poor_weight", "floor_share", "seconds"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < float("inf"):
                raise CallError("error.not_negative", name=name, value=value)
        for name in ("target_share", "floor_share"):
            if (getattr(self, name) or 0.0) > 1:
                raise CallError("error.option", name=name, value=getattr(self, name), known="0 … 1")


@dataclass(frozen=True, eq=False)
class Problem:
    """The cover of both services; its first `choices` are the rows of the table of options; the floors to keep;
    and what the people of its groups who are served as things stand are worth."""

    cover: Cover
    choices: int
    floors: tuple[Floor, ...]
    served_now: float


@dataclass(frozen=True, eq=False)
class _Part:
    """One service's groups: pairs of (choice, group); people, worth and village of each group, and whether it lies in
    the area; the full working sites; which places are in a group at all; and the people served now of each group."""

    choice: Ints
    group: Ints
    people: Floats
    worth: Floats
    village: np.ndarray
    inside: Bools
    old: Ints
    placed: Bools
    served: Floats


def problem_of(options: Options, wish: Wish, cost: Floats, forced: Bools) -> Problem:
    """Put the services' parts into one cover; choices first, in the order of the table, then full working sites."""
    parts: dict[str, _Part] = {}
    for name, c in options.lists.items():
        mine = np.flatnonzero((options.table["service"] == name).to_numpy(dtype=bool))
        parts[name] = _part(options, c, mine.astype(np.int64), wish)
    choices = len(options.table)
    pairs, people, worth, old_capacity = [], [], [], []
    groups, old = 0, choices
    for name, part in parts.items():
        choice = np.where(part.choice >= choices, part.choice - choices + old, part.choice)
        pairs.append(np.column_stack([choice, part.group + groups]))
        people.append(part.people)
        worth.append(part.worth)
        old_capacity.append(load_of(options.lists[name])[part.old])
        groups += len(part.people)
        old += len(part.old)
    both = np.concatenate(pairs)
    both = both[np.argsort(both[:, 0], kind="stable")]
    capacity = np.concatenate([_capacity(options), *old_capacity])
    start = np.searchsorted(both[:, 0], np.arange(old + 1)).astype(np.int64)
    fixed = np.concatenate([forced, np.ones(old - choices, dtype=bool)])
    costs = np.concatenate([cost, np.zeros(old - choices)])
    cover = Cover(
        start, both[:, 1].astype(np.int64), np.concatenate(people), np.concatenate(worth), costs, capacity, fixed
    )
    served = np.concatenate([part.served for part in parts.values()])
    if old > choices:
        cover = replace(cover, present=_present(cover, choices, served))
    return Problem(cover, choices, _floors(options, wish, parts), float((served * cover.worth).sum()))


def _present(cover: Cover, choices: int, served: Floats) -> Present:
    """What stands: the first so many of a cover's choices are new."""
    every = np.ones(cover.choices, dtype=bool)
    label = components(cover, every, np.ones(len(cover.people), dtype=bool))
    number = np.unique(label, return_inverse=True)[1]
    part = np.zeros(len(cover.people), dtype=np.int64)
    part[cover.group] = number[cover.owner]
    count = int(number.max(initial=-1)) + 1
    # whom they serve in places that are left out, since a site with room is in reach: that room may come to the others
    served_by = np.bincount(number[choices:], weights=cover.capacity[choices:], minlength=count)
    slack = np.maximum(served_by - np.bincount(part, weights=served, minlength=count), 0.0)
    return Present(served, part, np.arange(cover.choices) < choices, slack, np.full(count, np.inf))


def with_most(problem: Problem, worth_of: Callable[[Ints], float]) -> Problem:
    """The problem with what all choices of each part together are worth, which no choice of them exceeds.

    Parameters
    ----------
    problem
        Of a ground where sites stand.
    worth_of
        The worth of rows of the table of options, by the engine's sharing, beside what is served now.
    """
    cover, now = problem.cover, problem.cover.present
    if now is None:
        return problem
    rows = np.flatnonzero(np.diff(cover.start)[: problem.choices]).astype(np.int64)
    part = now.part[cover.group[cover.start[rows]]]
    most = np.bincount(now.part, weights=now.served * cover.worth, minlength=len(now.slack)).astype(float)
    for number in np.unique(part).tolist():
        most[number] += worth_of(rows[part == number])
    return replace(problem, cover=replace(cover, present=replace(now, most=most)))


def load_of(c: Candidates) -> Floats:
    """People whom each site serves now: it never serves more of them, whatever is built beside it."""
    sharing = c.service.sharing
    return np.bincount(sharing.pairs.site, weights=sharing.flow, minlength=len(c.service.ids)).astype(float)


def _capacity(options: Options) -> Floats:
    people = pd.to_numeric(options.table["capacity_people"], errors="coerce")
    return np.asarray(people.fillna(np.inf), dtype=float)


def _part(options: Options, c: Candidates, mine: Ints, wish: Wish) -> _Part:
    """Group the places of a service by the choices and full sites in reach (and by village and worth where they count).

    Places in reach of a working site that has room for all around it are served whatever is chosen: left out.
    """
    service, pairs = c.service, c.service.pairs
    choices = len(options.table)
    of_site = np.full(len(service.ids), -1, dtype=np.int64)
    of_site[c.rows[options.table["number"].to_numpy(dtype=np.int64)[mine]]] = mine
    load = np.bincount(pairs.site, weights=service.need[pairs.place], minlength=len(service.ids))
    room = service.capacity >= load * (1 - 1e-12)
    sure = np.zeros(len(service.need), dtype=bool)
    sure[pairs.place[service.active & room[pairs.site]]] = True
    old = np.flatnonzero(service.working & ~room & (load > 0)).astype(np.int64)
    of_site[old] = choices + np.arange(len(old))
    keep = (of_site[pairs.site] >= 0) & ~sure[pairs.place] & (service.need[pairs.place] > 0)
    if len(old):
        keep[keep] = touched(pairs.place[keep], pairs.site[keep], (of_site >= 0) & (of_site < choices))
    place, choice = pairs.place[keep], of_site[pairs.site[keep]]
    worth = _worth(options, wish, c)
    codes = c.places["village_code"].fillna("").to_numpy(dtype=str)
    inside = area_mask(c.places["village_code"], c.params.area)
    marks = np.unique(codes, return_inverse=True)[1] * 2 if wish.floor_share > 0 else np.zeros(len(codes), dtype=int)
    label = _labels(place, choice, len(service.need), worth, marks + inside)
    used = label >= 0
    count = int(label.max()) + 1 if used.any() else 0
    people = np.bincount(label[used], weights=service.need[used], minlength=count).astype(float)
    first = np.full(count, -1, dtype=np.int64)
    first[label[used][::-1]] = np.flatnonzero(used)[::-1]
    _, once = np.unique(choice * max(count, 1) + label[place], return_index=True)
    once = np.sort(once)  # in order of distance still
    served = np.bincount(label[used], weights=(service.need - service.sharing.left)[used], minlength=count).astype(
        float
    )
    where = (codes[first], inside[first])
    return _Part(choice[once], label[place[once]], people, worth[first], *where, old, used, served)


def _worth(options: Options, wish: Wish, c: Candidates) -> Floats:
    """What a person of each place is worth: next to nothing in an unmapped village, unless those count."""
    worth = 1.0 + wish.poor_weight * options.poor_share[c.service.name]
    counted = np.ones(len(worth), dtype=bool) if wish.count_unmapped else c.gap_places
    return np.asarray(np.where(counted, worth, UNCOUNTED), dtype=float)


def _labels(place: Ints, choice: Ints, places: int, worth: Floats, apart: Ints) -> Ints:
    """Number the places by what they have in reach: equal random sums of two 64-bit numbers per choice.

    Places of different worth, or with different marks in `apart`, are never put together.
    """
    label = np.full(places, -1, dtype=np.int64)
    if not len(place):
        return label
    random = np.random.default_rng(0)
    marks = random.integers(1, 2**63, (int(choice.max()) + 1, 2), dtype=np.uint64)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.r_[True, place[order][1:] != place[order][:-1]])
    sums = np.add.reduceat(marks[choice[order]], starts, axis=0)
    there = place[order][starts]
    columns = [sums[:, 0], sums[:, 1], worth[there], apart[there]]
    alike = np.lexsort(columns[::-1])
    differs = np.zeros(len(there), dtype=bool)
    for column in columns:
        differs[1:] |= column[alike][1:] != column[alike][:-1]
    label[there[alike]] = np.cumsum(differs)
    return label


def _floors(options: Options, wish: Wish, parts: Mapping[str, _Part]) -> tuple[Floor, ...]:
    """People that some groups should have served: a floor per village, a target per service, within the area."""
    floors: list[Floor] = []
    sizes = [len(part.people) for part in parts.values()]
    for number, (name, part) in enumerate(parts.items()):
        c = options.lists[name]
        if not (options.table["service"] == name).any():
            continue
        before = np.zeros(sum(sizes[:number]), dtype=bool)
        after = np.zeros(sum(sizes[number + 1 :]), dtype=bool)
        codes = c.places["village_code"].fillna("").to_numpy(dtype=str)
        inside = area_mask(c.places["village_code"], c.params.area)
        if wish.target_share is not None:
            groups = np.concatenate([before, part.inside, after])
            floors.append(Floor("target", name, groups, _least(c, part, inside, wish.target_share)))
        if wish.floor_share > 0:
            for code in np.unique(codes[inside]):
                groups = np.concatenate([before, part.inside & (part.village == code), after])
                floors.append(Floor(str(code), name, groups, _least(c, part, codes == code, wish.floor_share)))
    return tuple(floor for floor in floors if floor.people > 0)


def _least(c: Candidates, part: _Part, places: Bools, share: float) -> float:
    """People of the groups to be served so that a share of all people of the places is: less those served anyway."""
    service = c.service
    people = float(service.people[places].sum())
    owned = float((service.people - service.need)[places].sum())
    anyway = places & ~part.placed
    return share * people - owned - _served(c, anyway)


def _served(c: Candidates, places: Bools) -> float:
    """People of the places who are served as things stand."""
    return float((c.service.need - c.service.sharing.left)[places].sum())
