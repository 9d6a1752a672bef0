"""Ballots over a budget, counted side by side: most votes, most votes per rupiah, and equal shares.

Each ballot names projects that a person approves. *Equal shares* (Peters, Pierczyński and Skowron 2021, with cost
utilities, as cities use it): the budget is split equally among all who voted; a project is bought while its supporters
can pay for it, always the one whose supporters pay least for a rupiah of it, each as much as the others or all they
have left; of equal ones that with the lesser id. What is left then is spent by raising the equal shares in steps of a
fiftieth until nothing more could be bought or the real budget would be overspent (Add-k completion), and by votes.

It is sought in floating point; where two are as near to each other as `NEAR`, exact fractions decide, and if they
decide otherwise the whole count is done again in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from geo.model.errors import CallError

#: Differences smaller than this part are looked at in exact fractions.
NEAR = 1e-9
#: The shares are raised by this part of the first ones, at most so often.
STEP, STEPS = Fraction(1, 50), 250


@dataclass(frozen=True)
class Project:
    """Something that can be bought: its id and its cost in whole rupiah."""

    key: str
    cost: int


@dataclass(frozen=True)
class Count:
    """What a rule buys, in its order, what it costs, and how many approved each project."""

    rule: str
    chosen: tuple[str, ...]
    cost: int
    votes: Mapping[str, int]


def checked(projects: Sequence[Project], ballots: Iterable[Iterable[str]], budget: int) -> list[frozenset[str]]:
    """Return ballots as sets.

    Raises
    ------
    CallError
        If a project has no id of its own or no cost, the budget is nothing, or a ballot names an unknown project.
    """
    keys = [one.key for one in projects]
    if len(set(keys)) < len(keys) or not all(keys):
        raise CallError("error.ballot_projects")
    for one in projects:
        if one.cost <= 0:
            raise CallError("error.number", name=one.key, value=one.cost)
    if budget <= 0:
        raise CallError("error.number", name="budget", value=budget)
    found = [frozenset(ballot) for ballot in ballots]
    for ballot in found:
        if not ballot <= set(keys):
            raise CallError("error.ballot_unknown", value=", ".join(sorted(ballot - set(keys))[:5]))
    return found


def votes_of(projects: Sequence[Project], ballots: Sequence[frozenset[str]]) -> dict[str, int]:
    """How many approved each project."""
    found = {one.key: 0 for one in projects}
    for ballot in ballots:
        for key in ballot:
            found[key] += 1
    return found


def _greedy(
    rule: str, projects: Sequence[Project], ballots: Sequence[frozenset[str]], budget: int,
    worth: Callable[[Project, int], Fraction],
) -> Count:  # fmt: skip
    """Buy by worth while it can be paid, what nobody approved never; of equal ones the cheaper, then by id."""
    votes = votes_of(projects, ballots)
    order = sorted(
        (one for one in projects if votes[one.key]), key=lambda one: (-worth(one, votes[one.key]), one.cost, one.key)
    )
    chosen, left = [], budget
    for one in order:
        if one.cost <= left:
            chosen.append(one.key)
            left -= one.cost
    return Count(rule, tuple(chosen), budget - left, votes)


def by_votes(projects: Sequence[Project], ballots: Sequence[frozenset[str]], budget: int) -> Count:
    """Most votes first.

    Examples
    --------
    >>> projects = [Project("well", 60), Project("tap", 50), Project("toilet", 50)]
    >>> by_votes(projects, [frozenset({"well"})] * 3 + [frozenset({"tap", "toilet"})] * 2, 100).chosen
    ('well',)
    """
    return _greedy("votes", projects, ballots, budget, lambda _, votes: Fraction(votes))


def by_votes_per_rupiah(projects: Sequence[Project], ballots: Sequence[frozenset[str]], budget: int) -> Count:
    """Most votes for a rupiah first."""
    return _greedy("votes_per_rupiah", projects, ballots, budget, lambda one, votes: Fraction(votes, one.cost))


def equal_shares(
    projects: Sequence[Project], ballots: Sequence[frozenset[str]], budget: int, *, complete: bool = True
) -> Count:
    """Equal shares; `complete`: what is left is spent too.

    Examples
    --------
    >>> projects = [Project("well", 60), Project("tap", 50), Project("toilet", 50)]
    >>> ballots = [frozenset({"well"})] * 6 + [frozenset({"tap"})] * 5
    >>> equal_shares(projects, ballots, 110).chosen
    ('well', 'tap')
    """
    votes = votes_of(projects, ballots)
    wanted = [one for one in projects if votes[one.key]]
    if not wanted:
        return Count("equal_shares", (), 0, votes)
    chosen = bought(wanted, ballots, budget, complete=complete)
    cost = {one.key: one.cost for one in projects}
    if complete:
        left = budget - sum(cost[key] for key in chosen)
        rest = [one for one in wanted if one.key not in chosen]
        names = {one.key for one in rest}
        chosen += by_votes(rest, [ballot & names for ballot in ballots], left).chosen
    return Count("equal_shares", tuple(chosen), sum(cost[key] for key in chosen), votes)


def bought(projects: Sequence[Project], ballots: Sequence[frozenset[str]], budget: int, *, complete: bool) -> list[str]:
    """The last purchase that the real budget pays for, the shares raised step by step; each is as fractions say.

    Parameters
    ----------
    projects
        Each approved by somebody.
    """
    first = Fraction(budget, len(ballots))
    cost = {one.key: one.cost for one in projects}
    look = _Look(projects, ballots)
    chosen = look.bought(first)
    for step in range(1, STEPS + 1) if complete else ():
        left = budget - sum(cost[key] for key in chosen)
        if all(one.key in chosen or one.cost > left for one in projects):
            break
        more = look.bought(first * (1 + STEP * step))
        if sum(cost[key] for key in more) > budget:
            break
        chosen = more
    return chosen


def _bought_exactly(projects: Sequence[Project], ballots: Sequence[frozenset[str]], share: Fraction) -> list[str]:
    """Equal shares in exact fractions; of equal projects that with the lesser id."""
    left = _Left(share, len(ballots))
    supporters = {one.key: [n for n, ballot in enumerate(ballots) if one.key in ballot] for one in projects}
    open_ = {one.key: one for one in projects if supporters[one.key]}
    chosen: list[str] = []
    while True:
        best: tuple[Fraction, str] | None = None
        for key, one in open_.items():
            rate = left.rate(supporters[key], one.cost)
            if rate is not None and (best is None or (rate, key) < best):
                best = (rate, key)
        if best is None:
            return chosen
        rate, key = best
        left.pay(supporters[key], rate * open_[key].cost)
        chosen.append(key)
        del open_[key]


class _Left:
    """What each voter has left, in exact fractions of one denominator: whole numbers are compared ten times as fast."""

    def __init__(self, share: Fraction, voters: int) -> None:
        self._left, self._unit = [share.numerator] * voters, share.denominator

    def rate(self, supporters: Sequence[int], cost: int) -> Fraction | None:
        """What a supporter pays at most for a rupiah of a project; None where all together cannot pay it."""
        shares = [self._left[n] for n in supporters]
        rest, count = cost * self._unit, len(shares)
        if sum(shares) < rest:
            return None
        for share in sorted(shares):
            if share * count >= rest:
                return Fraction(rest, count * self._unit * cost)
            rest, count = rest - share, count - 1
        return None

    def pay(self, supporters: Sequence[int], most: Fraction) -> None:
        """Take from each supporter so much, or all they have left."""
        each = most * self._unit
        if each.denominator > 1:
            self._left = [share * each.denominator for share in self._left]
            self._unit *= each.denominator
        for n in supporters:
            self._left[n] -= min(self._left[n], each.numerator)


@dataclass(frozen=True)
class _Round:
    """One purchase as floating point sees it: what is bought, and those so near that fractions must say."""

    best: int
    near: tuple[int, ...]


class _Look:
    """An election looked at in floating point, many times with other shares; doubts are settled in fractions."""

    def __init__(self, projects: Sequence[Project], ballots: Sequence[frozenset[str]]) -> None:
        self.projects = sorted(projects, key=lambda one: one.key)
        self.ballots = ballots
        approve: NDArray[np.bool_] = np.zeros((len(projects), len(ballots)), dtype=bool)
        number = {one.key: n for n, one in enumerate(self.projects)}
        for n, ballot in enumerate(ballots):
            for key in ballot & number.keys():
                approve[number[key], n] = True
        self.supporters = [np.flatnonzero(row) for row in approve]
        self._voters = [one.tolist() for one in self.supporters]
        self.cost = np.array([one.cost for one in self.projects], dtype=float)

    def bought(self, share: Fraction) -> list[str]:
        """What equal shares of that size buy, in order."""
        rounds, doubtful = self._rounds(float(share))
        if (doubtful or any(one.near for one in rounds)) and not self._hold(rounds, doubtful, share):
            return _bought_exactly(self.projects, self.ballots, share)
        return [self.projects[one.best].key for one in rounds]

    def _rounds(self, unit: float) -> tuple[list[_Round], dict[int, list[int]]]:
        """Purchases, in units of the share; by round the projects of which it is doubtful whether they can be paid."""
        left, cost = np.ones(len(self.ballots)), self.cost / unit
        bound = np.array([1.0 / len(one) for one in self.supporters])  # no rate is below it
        alive, rounds = np.ones(len(cost), dtype=bool), list[_Round]()
        doubtful: dict[int, list[int]] = {}
        while True:
            best, rates = -1, dict[int, float]()
            for n in np.argsort(bound, kind="stable").tolist():
                if not alive[n]:
                    continue
                if best >= 0 and bound[n] > rates[best] * (1 + 2 * NEAR):
                    break
                rate, sure = _near_rate(left[self.supporters[n]], cost[n])
                if not sure:
                    doubtful.setdefault(len(rounds), []).append(n)
                if rate is None:
                    alive[n] = False
                    continue
                bound[n] = rates[n] = rate
                if best < 0 or (rate, n) < (rates[best] * (1 + NEAR * (n < best)), best):
                    best = n
            if best < 0:
                return rounds, doubtful
            near = tuple(n for n, rate in rates.items() if n != best and abs(rate - rates[best]) <= NEAR * rates[best])
            best = min((best, *near))
            mine = self.supporters[best]
            left[mine] -= np.minimum(left[mine], rates[best] * cost[best])
            alive[best] = False
            rounds.append(_Round(best, near))

    def _hold(self, rounds: Sequence[_Round], doubtful: Mapping[int, list[int]], share: Fraction) -> bool:
        """Whether fractions say the same: of those that are near that with the lesser id; what could not be paid."""
        left = _Left(share, len(self.ballots))
        for n, one in enumerate([*rounds, None]):
            paid = {k: self._exact_rate(k, left) for k in doubtful.get(n, ())}
            if one is None:
                return all(rate is None for rate in paid.values())
            mine = self._exact_rate(one.best, left)
            rivals = {k: self._exact_rate(k, left) for k in (one.best, *one.near)} | paid
            if mine is None or any(rate is not None and (rate, k) < (mine, one.best) for k, rate in rivals.items()):
                return False
            if any((rate is None) != (k not in self._later(rounds, n)) for k, rate in paid.items() if k != one.best):
                return False
            left.pay(self._voters[one.best], mine * self.projects[one.best].cost)
        return True

    @staticmethod
    def _later(rounds: Sequence[_Round], n: int) -> set[int]:
        return {one.best for one in rounds[n:]}

    def _exact_rate(self, n: int, left: _Left) -> Fraction | None:
        return left.rate(self._voters[n], self.projects[n].cost)


def _near_rate(shares: NDArray[np.float64], cost: float) -> tuple[float | None, bool]:
    """What a supporter pays at most for a rupiah, None where all together cannot; and whether that is sure."""
    together = float(shares.sum())
    sure = abs(together - cost) > NEAR * cost
    if together < cost and sure:
        return None, True
    shares = np.sort(shares)
    before = np.concatenate([[0.0], np.cumsum(shares)[:-1]])
    count = np.arange(len(shares), 0, -1)
    pays = shares * count >= (cost - before) * (1 - NEAR)
    if not pays.any():
        return None, sure
    n = int(np.argmax(pays))
    return float((cost - before[n]) / count[n] / cost), sure


#: Every rule, as it is counted side by side.
RULES: dict[str, Callable[[Sequence[Project], Sequence[frozenset[str]], int], Count]] = {
    "votes": by_votes,
    "votes_per_rupiah": by_votes_per_rupiah,
    "equal_shares": equal_shares,
}


def served(count: Count, ballots: Sequence[frozenset[str]]) -> tuple[int, float]:
    """How many who voted got at least one project they approved, and how many of theirs they got on average."""
    got = [len(ballot & set(count.chosen)) for ballot in ballots]
    return sum(one > 0 for one in got), sum(got) / len(got) if got else 0.0
