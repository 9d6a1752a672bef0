"""Money by year and source: what is left over is lost at the end of the year, or carried into the next."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo.model.errors import CallError

#: Less than this many rupiah is nothing.
NOTHING = 0.01
#: Whose money it is unless told.
ANY = "budget"


@dataclass(frozen=True)
class Grant:
    """Rupiah of one source for one year; `carried`: what is left of it may be spent later."""

    year: int
    source: str
    idr: float
    carried: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.idr < float("inf"):
            raise CallError("error.not_negative", name=f"{self.year} {self.source}", value=self.idr)


@dataclass(frozen=True)
class Account:
    """One source in one year: what came, what was brought over, spent, carried on and lost; rupiah."""

    year: int
    source: str
    granted_idr: float
    brought_idr: float
    spent_idr: float
    carried_idr: float
    lost_idr: float


@dataclass(frozen=True)
class Purse:
    """The grants of a number of years.

    Money that would be lost is spent first, then what is carried, the oldest first: so nothing that could be bought in
    any order is missed.
    """

    years: tuple[int, ...]
    grants: tuple[Grant, ...]

    def lasting(self, number: int) -> float:
        """Rupiah of a year (counted from 0) that may be carried."""
        return sum(one.idr for one in self.grants if one.year == self.years[number] and one.carried)

    def fleeting(self, number: int) -> float:
        """Rupiah of a year (counted from 0) that are lost at its end."""
        return sum(one.idr for one in self.grants if one.year == self.years[number] and not one.carried)

    def after(self, number: int, pool: float, bill: float, upkeep: float = 0.0) -> float:
        """What can be carried on after a year's bill; less than nothing where it cannot be paid.

        Upkeep is paid before, as far as the money goes: what works is not given up for what is new.

        Parameters
        ----------
        number
            Of the year, from 0.
        pool
            Carried from the year before.
        bill
            To be paid in the year, whole.
        upkeep
            To be paid in the year, as far as the money goes.
        """
        lasting, fleeting = self.lasting(number), self.fleeting(number)
        return pool + lasting - max(bill + min(upkeep, pool + lasting + fleeting) - fleeting, 0.0)

    def pays(self, bills: Sequence[float], upkeep: Sequence[float] | None = None) -> bool:
        """Whether every year's bill can be paid, after its upkeep as far as that goes."""
        pool = 0.0
        for number, bill in enumerate(bills):
            pool = self.after(number, pool, bill, upkeep[number] if upkeep else 0.0)
            if pool < -NOTHING:
                return False
        return True

    def lacks(self, number: int, bills: Sequence[float], upkeep: Sequence[float] | None = None) -> float:
        """Rupiah more in a year (from 0), carried on if need be, with which every bill can be paid; to a rupiah."""

        def enough(more: float) -> bool:
            granted = (*self.grants, Grant(self.years[number], ANY, more, carried=True))
            return Purse(self.years, granted).pays(bills, upkeep)

        low, high = 0.0, float(sum(bills)) + float(sum(upkeep or ()))
        if enough(low):
            return 0.0
        while high - low > 1.0:
            middle = (low + high) / 2
            low, high = (low, middle) if enough(middle) else (middle, high)
        return math.floor(high) if enough(math.floor(high)) else float(math.ceil(high))

    def paid(self, bills: Sequence[Sequence[float]]) -> tuple[list[list[dict[str, float]]], list[Account]]:
        """Pay bills year by year.

        Parameters
        ----------
        bills
            Of each year, in the order in which they are paid.

        Returns
        -------
        tuple
            Rupiah by source of each bill, and the accounts by year and source. A bill that cannot be paid whole is paid
            as far as the money goes.
        """
        pool: list[_Piece] = []
        payments: list[list[dict[str, float]]] = []
        accounts: list[Account] = []
        for year, owed in zip(self.years, bills, strict=True):
            brought: dict[str, float] = defaultdict(float)
            for piece in pool:
                brought[piece.source] += piece.idr
            mine = [one for one in self.grants if one.year == year]
            fleeting = [_Piece(one.source, one.idr) for one in mine if not one.carried]
            pool += [_Piece(one.source, one.idr) for one in mine if one.carried]
            paid = [_pay(bill, [*fleeting, *pool]) for bill in owed]
            payments.append(paid)
            accounts += _accounts(year, mine, brought, paid, pool, fleeting)
            pool = [piece for piece in pool if piece.idr > NOTHING]
        return payments, accounts


@dataclass
class _Piece:
    """Rupiah of a source that are left."""

    source: str
    idr: float


def _pay(bill: float, pieces: Sequence[_Piece]) -> dict[str, float]:
    """Take a bill out of the pieces, in their order; tell how much of each source."""
    found: dict[str, float] = defaultdict(float)
    for piece in pieces:
        taken = min(piece.idr, bill)
        if taken > 0:
            piece.idr -= taken
            found[piece.source] += taken
            bill -= taken
    return dict(found)


def _accounts(
    year: int,
    mine: Sequence[Grant],
    brought: Mapping[str, float],
    paid: Sequence[Mapping[str, float]],
    pool: Sequence[_Piece],
    fleeting: Sequence[_Piece],
) -> list[Account]:
    sources = dict.fromkeys([*(one.source for one in mine), *brought])

    def left(pieces: Sequence[_Piece], source: str) -> float:
        return sum(piece.idr for piece in pieces if piece.source == source)

    return [
        Account(
            year=year,
            source=source,
            granted_idr=sum(one.idr for one in mine if one.source == source),
            brought_idr=brought.get(source, 0.0),
            spent_idr=sum(one.get(source, 0.0) for one in paid),
            carried_idr=left(pool, source),
            lost_idr=left(fleeting, source),
        )
        for source in sources
    ]


def grants_of(texts: Sequence[str], first: int, years: int) -> tuple[Grant, ...]:
    """Read money as a call gives it: ``2027:APBD=500000000``, with ``+`` at the end where it is carried over.

    ``all`` in place of a year stands for each year.

    Raises
    ------
    CallError
        If a text is of another form, or names a year outside the plan.

    Examples
    --------
    >>> [(one.year, one.source, one.carried) for one in grants_of(["2027:APBD=5e8", "all:NGO=1e7+"], 2027, 2)]
    [(2027, 'APBD', False), (2027, 'NGO', True), (2028, 'NGO', True)]
    """
    found: list[Grant] = []
    span = range(first, first + years)
    for text in texts:
        when, _, rest = text.partition(":")
        source, _, amount = rest.rpartition("=")
        carried = amount.endswith("+")
        try:
            idr = float(amount.removesuffix("+"))
            asked = list(span) if when.strip() == "all" else [int(when)]
        except ValueError:
            raise CallError(
                "error.option", name="--money", value=text, known=f"{first}:APBD=500000000, all:NGO=1e7+"
            ) from None
        if not source.strip() or any(year not in span for year in asked):
            raise CallError("error.option", name="--money", value=text, known=f"{span[0]}–{span[-1]}:APBD=…")
        found += [Grant(year, source.strip(), idr, carried) for year in asked]
    return tuple(found)
