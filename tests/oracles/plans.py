"""The best plan by trying every set of actions, each replayed through the sharing (DESIGN.md 6; methods, Plans)."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .facts import cost_line, repair_cost_idr
from .ground import Site, serves
from .indicators import REPAIRABLE, newly_served
from .states import Ground, place_states

TINY = 1e-7


@dataclass(frozen=True)
class Action:
    """One thing to pay for: the site as it is afterwards, in the place of the one with its id or beside the others."""

    action_id: str
    kind: str
    cost_idr: float
    site: Site


@dataclass(frozen=True)
class Wishes:
    """What a planner may ask of a plan. `floors`: the least share served, by village."""

    poor_weight: float = 0.0
    floors: Mapping[str, float] = field(default_factory=dict)
    committed: frozenset[str] = frozenset()
    count_unmapped: bool = False


@dataclass(frozen=True)
class Plan:
    """A set of actions and what the engine's sharing makes of it."""

    chosen: tuple[str, ...]
    cost_idr: float
    people_gained: float
    unmapped_gained: float
    worth: float
    shortfall: float
    share: float


def repairs(ground: Ground) -> list[Action]:
    """A repair for each site that does not serve now but may (methods: "broken ones")."""
    made = []
    for site in ground.sites:
        cost = repair_cost_idr(site.status, site.technology, site.own_cost_idr)
        if site.status in REPAIRABLE and not serves(site, ground.season) and cost is not None:
            made.append(Action(f"repair:{site.site_id}", "repair", cost, replace(site, status="functional")))
    return made


def upgrade(site: Site) -> Action:
    """More capacity for a site, by the cost sheet's line for its technology."""
    line = cost_line("upgrade", site.technology)
    if line is None:
        raise ValueError(f"no upgrade of {site.technology}")
    larger = replace(site, capacity=site.capacity + line["capacity_people"])
    return Action(f"upgrade:{site.site_id}", "upgrade", line["cost_idr"], larger)


def new_site(kind: str, site_id: str, lon: float, lat: float, units: int = 1, technology: str = "borehole") -> Action:
    """A new point, latrine or MCK at a place, as many units as said."""
    line = cost_line(kind, technology)
    if line is None:
        raise ValueError(f"no {kind} of {technology}")
    site = Site(site_id, lon, lat, "functional", technology, capacity=line["capacity_people"] * units)
    return Action(f"{kind}:{site_id}", kind, line["cost_idr"] * units, site)


def after(ground: Ground, actions: Sequence[Action]) -> Ground:
    """The ground once these are done; a repair and an upgrade of one site add up."""
    sites = {site.site_id: site for site in ground.sites}
    for action in sorted(actions, key=lambda one: one.kind):  # "repair" comes before "upgrade"
        old = sites.get(action.site.site_id)
        if action.kind == "repair" and old is not None:
            sites[old.site_id] = replace(old, status="functional")
        else:
            sites[action.site.site_id] = action.site
    return replace(ground, sites=list(sites.values()))


def floor_shortfall(ground: Ground, floors: Mapping[str, float]) -> float:
    """People lacking to the floors, over villages."""
    states = place_states(ground)
    states["good"] = states["on_premises"] + states["served"]
    sums = states.groupby("village_code")[["people", "good"]].sum()
    lacking = [max(0.0, floors[v] * sums.at[v, "people"] - sums.at[v, "good"]) for v in sums.index if v in floors]
    return float(sum(lacking))


def share_served(ground: Ground) -> float:
    """Served and on premises over all people."""
    states = place_states(ground)
    return float((states["on_premises"] + states["served"]).sum() / states["people"].sum())


def valued(ground: Ground, actions: Sequence[Action], wishes: Wishes) -> Plan:
    """A set of actions, replayed: worth is 1 + poor_weight × the village's poor share per person out of the gap."""
    then = after(ground, actions)
    moved = newly_served(ground, then)
    poor = {p.place_id: 1 + wishes.poor_weight * (p.poor_share or 0.0) for p in ground.places}
    counted = moved if wishes.count_unmapped else moved[~moved["was_unmapped"]]
    worth = sum(more * poor[place] for place, more in counted["more"].items())
    return Plan(
        chosen=tuple(sorted(one.action_id for one in actions)),
        cost_idr=sum(one.cost_idr for one in actions),
        people_gained=float(moved.loc[~moved["was_unmapped"], "more"].sum()),
        unmapped_gained=float(moved.loc[moved["was_unmapped"], "more"].sum()),
        worth=worth,
        shortfall=floor_shortfall(then, wishes.floors),
        share=share_served(then),
    )


def every_plan(ground: Ground, actions: Sequence[Action], wishes: Wishes) -> Iterator[Plan]:
    """All subsets that hold the committed ones."""
    forced = [one for one in actions if one.action_id in wishes.committed]
    free = [one for one in actions if one.action_id not in wishes.committed]
    for count in range(len(free) + 1):
        for some in itertools.combinations(free, count):
            yield valued(ground, [*forced, *some], wishes)


def best_plan(
    ground: Ground, actions: Sequence[Action], budget_idr: float, wishes: Wishes | None = None
) -> Plan | None:
    """Least shortfall of the floors, then most worth, then most unmapped people, then least cost (last: assumed)."""
    plans = [p for p in every_plan(ground, actions, wishes or Wishes()) if p.cost_idr <= budget_idr]
    order = [lambda p: p.shortfall, lambda p: -p.worth, lambda p: -p.unmapped_gained, lambda p: p.cost_idr]
    for measure in order:
        least = min((measure(p) for p in plans), default=0.0)
        plans = [p for p in plans if measure(p) <= least + TINY * max(1.0, abs(least))]
    return min(plans, key=lambda p: p.chosen, default=None)


def cheapest_plan(ground: Ground, actions: Sequence[Action], target_share: float, wishes: Wishes | None = None) -> Plan:
    """The target missed by as little as can be, then least cost, then most worth."""
    plans = list(every_plan(ground, actions, wishes or Wishes()))
    missed = min(max(0.0, target_share - p.share) for p in plans)
    near = [p for p in plans if max(0.0, target_share - p.share) <= missed + TINY]
    least = min(p.cost_idr for p in near)
    return max((p for p in near if p.cost_idr <= least + TINY), key=lambda p: p.worth)


def curve(
    ground: Ground, actions: Sequence[Action], budgets: Sequence[float], wishes: Wishes | None = None
) -> list[float]:
    """People of the best plan for each budget; it never falls as the budget grows (no floor, nothing committed)."""
    plans = list(every_plan(ground, actions, wishes or Wishes()))
    return [max((p.people_gained for p in plans if p.cost_idr <= budget), default=0.0) for budget in budgets]


def most_by_count(ground: Ground, actions: Sequence[Action], most: int) -> list[float]:
    """People of the best set of at most 0, 1, … `most` actions, without a budget."""
    plans = list(every_plan(ground, actions, Wishes()))
    return [max(p.people_gained for p in plans if len(p.chosen) <= count) for count in range(most + 1)]


def steps_of(ground: Ground, actions: Sequence[Action]) -> dict[str, float]:
    """`gain_in_plan`: what each adds after the larger ones (largest gained alone first, ties by id; order assumed)."""
    wishes = Wishes()
    alone = {one.action_id: valued(ground, [one], wishes).people_gained for one in actions}
    ranked = sorted(actions, key=lambda one: (-alone[one.action_id], one.action_id))
    sums = [valued(ground, ranked[:count], wishes).people_gained for count in range(len(ranked) + 1)]
    return {one.action_id: sums[n + 1] - sums[n] for n, one in enumerate(ranked)}
