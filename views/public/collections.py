"""What other programs are given: villages, sites, priorities, decisions, as anybody with a key may have them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import pandas as pd

from exports.tables.plain import to_geojson
from exports.tables.sheet import Sheet, sheet_of
from forum.meetings import meetings
from forum.public.village import decided_in, numbers_that_hold, persons_in
from forum.record import Event
from geo.analysis.analyse import analyse
from geo.analysis.privacy import coarse_rows
from geo.model.areas import district_of
from geo.model.errors import CallError
from geo.model.results import Analysis
from geo.workspace.versions import load, versions
from texts import t
from views.public.told import names_somebody
from views.session import cache, state
from views.session.record import whole_record

#: So many villages are analysed as one for the interface; of more, the area must be said.
MOST_VILLAGES = 3_000


@dataclass(frozen=True)
class Collection:
    """A collection: its rows, the column that names a feature, the column of its day, the key of its title."""

    rows: Callable[[Analysis, tuple[Event, ...]], gpd.GeoDataFrame]
    key: str
    day: str | None
    title: str


def _decisions(analysis: Analysis, events: tuple[Event, ...]) -> gpd.GeoDataFrame:
    """Decisions on sites of the area, without anybody's name."""
    area = analysis.provenance["params"].area
    told = [one for meeting in meetings(events).values() for one in decided_in(meeting, date.today())]
    mine = [one for one in told if area is None or one.item.village_code.startswith(area)]
    known = persons_in(events)
    hold = numbers_that_hold(mine)
    rows = [
        {
            "decision_id": f"{one.meeting}-{one.item.service}-{one.item.site_id}",
            "service": one.item.service,
            "site_id": one.item.site_id,
            "village_code": one.item.village_code,
            "village": one.item.village,
            "technology": one.item.technology,
            "decision": one.decision.decision,
            "way": one.decision.way,
            "lead": _of_nobody(one.decision.lead, known),
            "fund": one.decision.fund,
            "amount_idr": one.decision.amount_idr,
            "year": one.decision.year,
            "reason": _of_nobody(one.decision.reason, known),
            "holds": one.decision.number in hold,
            "step": one.step or None,
            "late": one.late,
            "decided_on": one.on.isoformat(),
        }
        for one in mine
    ]
    names = list(rows[0]) if rows else ["decision_id", "service", "site_id", "decision", "decided_on"]
    points = gpd.points_from_xy([one.item.lon for one in mine], [one.item.lat for one in mine])
    frame = gpd.GeoDataFrame(pd.DataFrame(rows, columns=names), geometry=points, crs="EPSG:4326")
    return coarse_rows(frame)


def _of_nobody(text: str, known: frozenset[str]) -> str | None:
    """A text, unless it names a person."""
    return None if names_somebody(text, known) else text


COLLECTIONS = {
    "villages": Collection(lambda a, _: a.villages[a.villages["village_code"].notna()], "village_code", "surveyed_on",
                           "title.coverage"),
    "water_points": Collection(lambda a, _: a.water_points, "point_id", "reported_on", "table.water_points"),
    "sanitation": Collection(lambda a, _: a.sanitation, "facility_id", "reported_on", "table.sanitation"),
    "priorities": Collection(lambda a, _: a.priorities, "site_id", "reported_on", "title.priorities"),
    "decisions": Collection(_decisions, "decision_id", "decided_on", "public.decided"),
}  # fmt: skip


def known_versions() -> list[str]:
    """Data versions that can be asked for, the newest first."""
    return versions(cache.workspace())


def analysed(area: str | None, version: str | None) -> Analysis:
    """The analysis under the usual yardstick: of the data in use with the record's changes, or of a version as it was.

    Raises
    ------
    CallError
        If there is no such version, no village in the area, or too many without one.
    """
    if version is not None and version not in known_versions():
        raise CallError("error.option", name="version", value=version, known=", ".join(known_versions()[:5]))
    data = cache.inputs() if version is None else load(cache.workspace(), version)
    codes = data.villages["village_code"]
    if area is None and len(codes) > MOST_VILLAGES:
        regencies = sorted({district_of(district_of(code)) for code in codes})
        raise CallError("error.option", name="area", value="–", known=", ".join(regencies[:20]))
    if area is not None and not codes.str.startswith(area).any():
        raise CallError(
            "error.option", name="area", value=area, known=", ".join(sorted({district_of(code) for code in codes})[:20])
        )
    params = state.params({**state.DEFAULTS, "area": area or state.EVERYWHERE})
    return cache.analysis(params) if version is None else _as_it_was(cache.workspace(), version, params)


@lru_cache(maxsize=4)
def _as_it_was(folder: Path, version: str, params) -> Analysis:  # type: ignore[no-untyped-def]
    return analyse(load(folder, version), params)


@lru_cache(maxsize=24)
def _sheet(folder: Path, name: str, area: str | None, version: str | None, lang: str, stamp: str) -> Sheet:
    del folder, stamp  # of the cache's key: what was recorded and when
    one = COLLECTIONS[name]
    analysis = analysed(area, version)
    events = whole_record(cache.workspace()).standing() if name == "decisions" else ()
    made = sheet_of(analysis, one.rows(analysis, tuple(events)), t(one.title, lang), lang)
    return replace(made, rows=made.rows.reset_index(drop=True))


def _stamp() -> str:
    return f"{cache.inputs().version}|{whole_record(cache.workspace()).last()}|{date.today()}"


def sheet(name: str, area: str | None, version: str | None, lang: str) -> Sheet:
    """The rows of a collection as they are handed out: households' places moved, nobody's number, marks as columns."""
    return _sheet(cache.workspace(), name, area, version, lang, _stamp())


@lru_cache(maxsize=12)
def _written(folder: Path, name: str, area: str | None, version: str | None, lang: str, stamp: str) -> list[str]:
    told = json.loads(to_geojson(_sheet(folder, name, area, version, lang, stamp)))
    key = COLLECTIONS[name].key
    return [json.dumps(one | {"id": one["properties"][key]}, ensure_ascii=False) for one in told["features"]]


def written(name: str, area: str | None, version: str | None, lang: str) -> list[str]:
    """Each feature of a collection as GeoJSON text, by the row of `sheet`: written once, handed out many times."""
    return _written(cache.workspace(), name, area, version, lang, _stamp())
