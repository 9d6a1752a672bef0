"""What a user may turn, and the same as one line of text: a file that left can be asked under which it was made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from geo.model.areas import area_code
from geo.model.errors import CallError, DataError
from geo.model.facts import criteria, standard_keys

_NUMBERS = ("radius_m", "detour", "walking_kmh", "queue_min")
_FLAGS = ("capacity", "assume_mapped")
_TEXTS = ("area", "standard", "metric", "season")
_COUNTS = ("top_n", "draws")
SEASONS = ("wet", "dry")
#: No reach is longer, metres.
_FARTHEST = 1_000_000
METRICS = ("line", "walk")
#: How draws vary the weights: around the agreed ones, or over all there could be.
SPREADS = ("around", "simplex")


@dataclass(frozen=True)
class Params:
    """What a user may turn: yardstick, reach, season, capacity, weights.

    `radius_m` is the reach of water points in metres (None: the standard's); `weights` are pairs of criterion and
    weight; `as_of` is the day ages are counted to. Unknown names are refused.
    """

    area: str | None = None
    standard: str = "id"
    radius_m: float | None = None
    metric: str = "line"
    season: str = "wet"
    capacity: bool = True
    detour: float = 1.0
    walking_kmh: float = 4.0
    queue_min: float = 0.0
    assume_mapped: bool = False
    top_n: int = 10
    draws: int = 2000
    spread: str = "around"
    weights: tuple[tuple[str, float], ...] = ()
    as_of: date = field(default_factory=date.today)

    def __post_init__(self) -> None:
        if self.area is not None:
            object.__setattr__(self, "area", area_code(self.area))
        _one_of("standard", self.standard, standard_keys())
        _one_of("metric", self.metric, list(METRICS))
        _one_of("season", self.season, list(SEASONS))
        _one_of("spread", self.spread, list(SPREADS))
        _at_least("walking_kmh", self.walking_kmh, above=0)
        if not 1 <= self.detour < float("inf"):  # no way is shorter than its straight line
            raise CallError("error.option", name="detour", value=self.detour, known="≥ 1")
        for name, value in (("queue_min", self.queue_min), *self.weights):
            _at_least(name, value, above=-1e-300)
        if self.radius_m is not None and self.radius_m > _FARTHEST:
            raise CallError("error.option", name="radius_m", value=self.radius_m, known=f"0 … {_FARTHEST}")
        if self.radius_m is not None:
            _at_least("radius_m", self.radius_m, above=0)
        for name, _ in self.weights:
            _one_of("weights", name, list(criteria()))

    def weight_of(self) -> dict[str, float]:
        """Return the weight of every criterion: the shipped one unless set."""
        shipped = {name: float(entry["weight"]) for name, entry in criteria().items()}
        return shipped | {name: float(value) for name, value in self.weights}

    def with_(self, **changes: Any) -> Params:
        """Return a copy with some values changed."""
        return replace(self, **changes)


def _one_of(name: str, value: object, known: list[str]) -> None:
    if value not in known:
        raise CallError("error.option", name=name, value=value, known=", ".join(known))


def _at_least(name: str, value: float, *, above: float) -> None:
    if not (value > above and value < float("inf")):
        raise CallError("error.number" if above == 0 else "error.not_negative", name=name, value=value)


def params_as_text(params: Params, but: Collection[str] = ()) -> str:
    """Return the parameters that figures and ranks hang on, the weights as set; without those of `but`.

    Examples
    --------
    >>> told = params_as_text(Params(radius_m=500, as_of=date(2026, 1, 1), weights=(("evidence", 2.0),))).split(";")
    >>> told[:7]
    ['standard=id', 'metric=line', 'season=wet', 'radius_m=500', 'detour=1', 'walking_kmh=4', 'queue_min=0']
    >>> told[9:]
    ['top_n=10', 'draws=2000', 'spread=around', 'as_of=2026-01-01', 'weights=evidence:2']
    """
    told = {name: getattr(params, name) for name in _TEXTS}
    told |= {name: None if (v := getattr(params, name)) is None else f"{v:g}" for name in _NUMBERS}
    told |= {name: "yes" if getattr(params, name) else "no" for name in _FLAGS}
    told |= {name: str(getattr(params, name)) for name in _COUNTS}
    weights = ",".join(f"{name}:{value:g}" for name, value in params.weights)
    told |= {"spread": params.spread, "as_of": params.as_of.isoformat(), "weights": weights}
    return ";".join(f"{name}={value}" for name, value in told.items() if value not in (None, "") and name not in but)


def params_of_text(text: str) -> Params:
    """Read what `params_as_text` wrote.

    Raises
    ------
    DataError
        If it was written by another version of Mata Air, or by hand.

    Examples
    --------
    >>> params_of_text("area=32.03.18;standard=jmp;capacity=no;weights=evidence:2").capacity
    False
    """
    try:
        parts = dict(part.split("=", 1) for part in text.split(";") if part)
        found: dict[str, object] = {name: parts.pop(name) for name in _TEXTS if name in parts}
        found |= {name: float(parts.pop(name)) for name in _NUMBERS if name in parts}
        found |= {name: {"yes": True, "no": False}[parts.pop(name)] for name in _FLAGS if name in parts}
        found |= {name: int(parts.pop(name)) for name in _COUNTS if name in parts}
        found |= {"spread": parts.pop("spread")} if "spread" in parts else {}
        found |= {"as_of": date.fromisoformat(parts.pop("as_of"))} if "as_of" in parts else {}
        pairs = (pair.split(":", 1) for pair in parts.pop("weights", "").split(",") if pair)
        found["weights"] = tuple((name, float(value)) for name, value in pairs)
        if parts:
            raise ValueError(", ".join(parts))
        return Params(**found)  # type: ignore[arg-type]
    except (KeyError, ValueError, LookupError) as error:
        raise DataError("error.parameters", value=text[:200]) from error
