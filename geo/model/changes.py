"""What the forum's record may change: a status, a capacity, a new site, a cost. New inputs, never edits of a result."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from geo.model.errors import CallError
from geo.model.sites import SERVICES, STATUSES

#: What a plan may do (DESIGN.md 6), and the service each serves (None: both).
ACTIONS: dict[str, str | None] = {
    "repair": None,
    "upgrade": None,
    "new": "water",
    "latrine": "sanitation",
    "mck": "sanitation",
}


def _known(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise CallError("error.option", name=name, value=value, known=", ".join(known))


def _amount(name: str, value: float, *, above_zero: bool = False) -> None:
    if not (0 <= value < float("inf")) or (above_zero and value == 0):
        raise CallError("error.number", name=name, value=value)


def _on_earth(lon: float, lat: float) -> None:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise CallError("error.number", name="lon, lat", value=f"{lon}, {lat}")


@dataclass(frozen=True)
class Change:
    """A site's status."""

    service: str
    site_id: str
    status: str
    reported_on: date | None = None

    def __post_init__(self) -> None:
        _known("service", self.service, SERVICES)
        _known("status", self.status, STATUSES)


@dataclass(frozen=True)
class Upgrade:
    """A site serves so many people more than its capacity until now."""

    service: str
    site_id: str
    people: float

    def __post_init__(self) -> None:
        _known("service", self.service, SERVICES)
        _amount("people", self.people)


@dataclass(frozen=True)
class NewSite:
    """A working site that was not there before. `technology` is the facility's kind for sanitation."""

    service: str
    site_id: str
    technology: str
    lon: float
    lat: float
    capacity_people: float | None = None
    village_code: str | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        _known("service", self.service, SERVICES)
        _on_earth(self.lon, self.lat)
        if self.capacity_people is not None:
            _amount("capacity_people", self.capacity_people)


@dataclass(frozen=True)
class Move:
    """A site stands elsewhere than the inventory said."""

    service: str
    site_id: str
    lon: float
    lat: float

    def __post_init__(self) -> None:
        _known("service", self.service, SERVICES)
        _on_earth(self.lon, self.lat)


@dataclass(frozen=True)
class Photo:
    """A newer picture of a site."""

    service: str
    site_id: str
    photo_url: str

    def __post_init__(self) -> None:
        _known("service", self.service, SERVICES)


@dataclass(frozen=True)
class Note:
    """What somebody wrote down at a site."""

    service: str
    site_id: str
    note: str

    def __post_init__(self) -> None:
        _known("service", self.service, SERVICES)


@dataclass(frozen=True)
class CostChange:
    """A line of the cost sheet as the forum knows it: with year, source and region."""

    action: str
    technology: str
    cost_idr: float
    capacity_people: float | None
    life_years: float
    upkeep_idr: float
    major_idr: float
    year: int
    source: str
    region: str

    def __post_init__(self) -> None:
        _amount("cost_idr", self.cost_idr, above_zero=True)
        for name in ("upkeep_idr", "major_idr"):
            _amount(name, getattr(self, name))
        _amount("life_years", self.life_years, above_zero=True)
        if self.capacity_people is not None:
            _amount("capacity_people", self.capacity_people, above_zero=True)
        if not self.source.strip():
            raise CallError("error.no_source")


#: Changes of one site, and all changes.
SiteChange = Change | Upgrade | NewSite | Move | Photo | Note
AnyChange = SiteChange | CostChange
Changes = tuple[AnyChange, ...]
_KINDS: dict[str, type] = {
    "status": Change,
    "upgrade": Upgrade,
    "new": NewSite,
    "move": Move,
    "photo": Photo,
    "note": Note,
    "cost": CostChange,
}
CHANGE_KINDS = tuple(_KINDS)


def as_record(change: AnyChange) -> dict[str, Any]:
    """Return a change as plain values with its `kind`.

    Examples
    --------
    >>> as_record(Upgrade("water", "p1", 100.0))
    {'kind': 'upgrade', 'service': 'water', 'site_id': 'p1', 'people': 100.0}
    """
    kind = next(name for name, cls in _KINDS.items() if type(change) is cls)
    values = {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(change).items()}
    return {"kind": kind, **values}


def from_record(values: dict[str, Any]) -> AnyChange:
    """Return the change that `as_record` wrote down.

    Raises
    ------
    CallError
        If its kind or one of its values is not known.

    Examples
    --------
    >>> from_record({"kind": "upgrade", "service": "water", "site_id": "p1", "people": 100.0})
    Upgrade(service='water', site_id='p1', people=100.0)
    """
    _known("kind", str(values.get("kind")), tuple(_KINDS))
    rest = {name: value for name, value in values.items() if name != "kind"}
    if rest.get("reported_on"):
        rest["reported_on"] = date.fromisoformat(rest["reported_on"])
    try:
        change: AnyChange = _KINDS[values["kind"]](**rest)
    except TypeError as error:
        raise CallError("error.option", name="change", value=str(error), known=", ".join(_KINDS)) from error
    return change
