"""What a plan over years should keep, and what it assumes of the years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from geo.model.errors import CallError
from geo.planning.coverage_problem import Wish
from geo.years.money import Grant, Purse

#: Years of the RPJMD, the regency's medium-term plan.
FIVE = 5
MOST_YEARS = 20


@dataclass(frozen=True)
class YearWish:
    """What is asked of a plan over years.

    `first` year and number of `years`; the money; `targets` (share of the people of the area served by the end of a
    year) and `floors` (least share of each village's); sites `committed` to a year, or to any (None). Prices and people
    grow by a share a year, from the first on; upkeep of what stands and of what is built is paid out of the money where
    `pay_upkeep`; `wear` has points stop working at the end of their life. The rest as in `geo.planning.plans.Wish`.
    """

    first: int
    years: int = FIVE
    grants: tuple[Grant, ...] = ()
    targets: Mapping[int, float] = field(default_factory=dict)
    floors: Mapping[int, float] = field(default_factory=dict)
    committed: Mapping[str, int | None] = field(default_factory=dict)
    price_growth: float = 0.0
    population_growth: float = 0.0
    pay_upkeep: bool = False
    wear: bool = False
    poor_weight: float = 0.0
    count_unmapped: bool = False
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if not 1 <= self.years <= MOST_YEARS:
            raise CallError("error.option", name="years", value=self.years, known=f"1–{MOST_YEARS}")
        for name in ("price_growth", "population_growth"):
            if not -0.5 <= getattr(self, name) <= 1:
                raise CallError("error.option", name=name, value=getattr(self, name), known="-0.5 … 1")
        asked = [*self.targets, *self.floors, *(year for year in self.committed.values() if year is not None)]
        asked += [one.year for one in self.grants]
        for year in asked:
            if year not in self.span:
                raise CallError("error.option", name="year", value=year, known=f"{self.span[0]}–{self.span[-1]}")
        for name, shares in (("target", self.targets), ("floor", self.floors)):
            for share in shares.values():
                if not 0 <= share <= 1:
                    raise CallError("error.option", name=name, value=share, known="0 … 1")

    @property
    def span(self) -> tuple[int, ...]:
        """The years."""
        return tuple(range(self.first, self.first + self.years))

    @property
    def purse(self) -> Purse:
        """The money."""
        return Purse(self.span, self.grants)

    def prices(self, number: int) -> float:
        """Prices of a year (from 0) in those of the first."""
        return float((1 + self.price_growth) ** number)

    def people(self, number: int) -> float:
        """People of a year (from 0) for each of the first."""
        return float((1 + self.population_growth) ** number)

    def within(self, limit: float | None, **more: float) -> Wish:
        """Return the wish of one year: so much money, the same weights."""
        return Wish(
            limit=limit,
            poor_weight=self.poor_weight,
            count_unmapped=self.count_unmapped,
            seconds=self.seconds / (3 * self.years),
            target_share=more.get("target_share"),
            floor_share=more.get("floor_share", 0.0),
        )
