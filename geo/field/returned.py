"""What came back from the field, as differences that somebody accepts or refuses; nothing is applied by itself.

Rows of a returned file are matched by id with the sites as they stand (data version and record together). A status, a
position, a photo that differ, a site nobody knew, and a site that the file should have and has not, are differences.
Accepting one makes changes for the record; the same file a second time then differs in nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import floor
from typing import Any

import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.cell_parsers import PARSERS
from geo.cells.dates import Order, day_order, parse_date, possible
from geo.cells.vocabulary import likely, meant, normal
from geo.field.returned_rows import (
    Row,
    bare_ids,
    base_name,
    by_phone,
    columns_of_return,
    in_plain_columns,
    rows_of,
    spelt,
    text_of,
)
from geo.model.changes import AnyChange, Change, Move, NewSite, Note, Photo
from geo.model.errors import DataError
from geo.model.facts import facts
from geo.model.inputs import Inputs
from geo.model.sites import SERVICES, SITE_TABLES, kind_column, site_id_column
from geo.reach.distance import GEOD
from geo.reading.raw_table import Fault, RawTable

#: A position this near is the same place: receivers are no better.
SAME_PLACE_M = 10.0
#: A site that moved farther than this was more likely misread: somebody has to look before it is accepted.
FAR_M = 2000.0
#: A position that a receiver was surer of is a good one, metres.
POOR_M = 30.0


@dataclass(frozen=True)
class Difference:
    """One difference: its kind, the site, what stands (`old`) and what came back (`new`), as text; the row of the file.

    `newer` is the date of a report younger than the row's, if there is one: then the two disagree, and somebody has to
    decide. `doubtful` marks what should be looked at before it is accepted: against a newer report, a move of
    kilometres, a site that is missing, two rows that say different things. `changes` is what accepting it would record,
    `on` the day on which it was seen, `file` where it came from (`together`).
    """

    kind: str
    service: str
    site_id: str
    old: str
    new: str
    row: int | None
    newer: str | None
    changes: tuple[AnyChange, ...]
    doubtful: bool = False
    on: str | None = None
    file: str = ""


def differences(
    inputs: Inputs,
    raw: RawTable,
    *,
    on: date,
    expected: Sequence[str] = (),
    photos: Mapping[str, str | None] | None = None,
) -> tuple[list[Difference], list[Fault]]:
    """Compare a returned file with the sites as they stand.

    Parameters
    ----------
    inputs
        The data version with the record's changes replayed.
    raw
        The returned file, as read.
    on
        The day of the visit where a row does not tell it.
    expected
        Ids that the file should have: those that went out. What is not there is missing.
    photos
        Pictures that came along: file name → name under which the workspace keeps it (None: it could not be
        read, and counts as not there); from `geo.field.photos.keep_photos`.

    Returns
    -------
    found, faults
        Differences in the order of the file; cells that could not be read, with row and remedy.

    Raises
    ------
    DataError
        If the file has neither ids nor places.
    """
    raw = in_plain_columns(raw)
    columns = columns_of_return(raw)
    if "id" not in columns and "desc" not in columns and raw.geometry is None and not {"lat", "lon"} <= set(columns):
        raise DataError("error.returned_columns", path=raw.path)
    known = {name: _known(inputs, name) for name in SERVICES}
    # the package we sent has layers to look at beside the one that is filled in
    faults = [note for note in raw.notes if note.key != "layer_taken"] + _other_version(raw, inputs)
    found: list[Difference] = []
    seen: set[str] = set()
    order = day_order(text for name in columns.get("date", ()) for text in raw.cells[name].dropna().astype(str))
    ids, cells = bare_ids(known), {name: _by_cell(known[name]) for name in SERVICES}
    for written in rows_of(raw, columns, faults, photos or {}):
        row = spelt(by_phone(written, ids), ids)
        service = next((name for name in SERVICES if row.site_id in known[name]), None)
        if service is None:
            found += _new(row, known, cells, faults, on, order)
        else:
            assert row.site_id is not None
            seen.add(row.site_id)
            found += _changed(row, service, known[service][row.site_id], faults, on, order)
    for site_id in expected:
        service = next((name for name in SERVICES if site_id in known[name]), None)
        if site_id in seen or service is None or known[service][site_id]["status"] == "abandoned":
            continue
        gone = Change(service, site_id, "abandoned", on)
        old = str(known[service][site_id]["status"])
        found.append(Difference("missing", service, site_id, old, "", None, None, (gone,), doubtful=True))
    return _contradictions(found), faults


def together(files: Mapping[str, Sequence[Difference]]) -> list[Difference]:
    """Put the differences of several files side by side, of several teams on one day, in whatever order they came.

    What two files say alike stands once, with the names of both. Where they say different things of one site, all
    stand, doubtful; so do new sites of different files at one place. A site is missing only if it is in none of them.

    Parameters
    ----------
    files
        File name → its differences (`differences` with the same `expected`).
    """
    alike: dict[tuple[str, str, str, str], list[tuple[str, Difference]]] = {}
    for name, found in sorted(files.items()):
        for one in found:
            alike.setdefault((one.service, one.site_id, one.kind, one.new), []).append((name, one))
    whole = []
    for (_, _, kind, _), told in alike.items():
        if kind == "missing" and len(told) < len(files):
            continue
        newest = max((one for _, one in told), key=lambda one: one.on or "")
        whole.append(replace(newest, file=", ".join(dict.fromkeys(name for name, _ in told))))
    whole.sort(key=lambda one: (one.service, one.site_id, one.kind, one.file))
    places = {one: (change.lon, change.lat) for one in whole for change in one.changes if isinstance(change, NewSite)}
    return [replace(one, doubtful=one.doubtful or _beside(one, places)) for one in _contradictions(whole)]


def _beside(one: Difference, places: Mapping[Difference, tuple[float, float]]) -> bool:
    """Whether another file has a new site at the place of this one."""
    mine = places.get(one)
    return mine is not None and any(
        other.file != one.file and GEOD.inv(*mine, *place)[2] <= SAME_PLACE_M for other, place in places.items()
    )


def _contradictions(found: list[Difference]) -> list[Difference]:
    """Two rows of a file that say different things of one site are doubtful, both; two places that are one are not."""
    said: dict[tuple[str, str], list[Difference]] = {}
    for one in found:
        said.setdefault((one.kind, one.site_id), []).append(one)
    return [replace(one, doubtful=one.doubtful or _against(one, said[one.kind, one.site_id])) for one in found]


def _against(one: Difference, others: Sequence[Difference]) -> bool:
    """Whether another row says something else of the same site."""
    for other in others:
        if other.new == one.new:
            continue
        mine, theirs = ([move for move in row.changes if isinstance(move, Move)] for row in (one, other))
        if not (mine and theirs) or _metres(mine[0], theirs[0]) > SAME_PLACE_M:
            return True
    return False


def _metres(one: Move, other: Move) -> float:
    return float(GEOD.inv(one.lon, one.lat, other.lon, other.lat)[2])


def _other_version(raw: RawTable, inputs: Inputs) -> list[Fault]:
    """A file that went out of another data version is told: its sites may have other ids here."""
    column = next((name for name in raw.cells.columns if str(name).lower() in ("data_version", "data_versi")), None)
    told = set() if column is None else {str(v) for v in raw.cells[column].dropna()} - {inputs.version}
    values = {"theirs": ", ".join(sorted(told)), "ours": inputs.version}
    return [Fault("returned_version", "note", values=values)] if told else []


def _known(inputs: Inputs, service: str) -> dict[str, dict[str, Any]]:
    table = inputs.tables()[SITE_TABLES[service]]
    records = pd.DataFrame(table.drop(columns="geometry")).to_dict("records")
    return {
        str(record[site_id_column(service)]): record | {"place": (shape.x, shape.y)}
        for record, shape in zip(records, table.geometry, strict=True)
    }


def _parsed(row: Row, what: str, choices: str, faults: list[Fault]) -> str | None:
    text = row.cells.get(what)
    if text is None:
        return None
    try:
        return str(PARSERS["choice"](text, {"choices": choices}, {})[0])
    except CellError as fault:
        faults.append(Fault(fault.key, "rejected", row.number, what, text, fault.values))
        return None


def _shifted(row: Row) -> bool:
    """Whether the file that was sent out did not tell the real place: it cannot tell a move either."""
    return (text_of(row.cells.get("place_shifted")) or "").lower() in ("true", "1", "ya", "yes")


def _visited(row: Row, faults: list[Fault], on: date, order: Order) -> tuple[date, bool]:
    """The day of a visit, and whether it is sure: one that cannot be read is not today's, and needs a look."""
    text = row.cells.get("date")
    if text is None:
        return on, True
    try:
        return possible(parse_date(text, order=order)[0]), True
    except CellError as fault:
        faults.append(Fault(fault.key, "rejected", row.number, "date", text, fault.values))
        return on, False


def _other_kind(row: Row, service: str, site: Mapping[str, Any], faults: list[Fault]) -> None:
    """What the file says of a known site's kind is told where it differs: a visit changes none."""
    name = kind_column(service)
    text = row.cells.get("technology")
    word = meant(text, _CHOICES[service]) if text is not None else None
    if word is not None and word.value not in ("unknown", site[name]):
        values = {"known": str(site[name]), "said": word.value}
        faults.append(Fault("returned_kind", "note", row.number, "technology", text, values))


#: What a site may be, by service.
_CHOICES = {"water": "technology", "sanitation": "facility_kind"}


def _changed(
    row: Row, service: str, site: dict[str, Any], faults: list[Fault], on: date, order: Order
) -> list[Difference]:
    found = []
    site_id = str(row.site_id)
    reported = site["reported_on"]
    known_on = None if reported is None or reported != reported else pd.Timestamp(reported).date()
    told_on, sure = _visited(row, faults, on, order)
    _other_kind(row, service, site, faults)
    # what is edited beside the old date of the export was seen on the visit, not then
    when = on if known_on is not None and told_on == known_on else told_on
    day = when.isoformat()
    status = _parsed(row, "status", "status", faults)
    if status is not None and status != site["status"]:
        newer = known_on.isoformat() if known_on is not None and known_on > told_on else None
        change = Change(service, site_id, status, when)
        old = str(site["status"])
        doubtful = newer is not None or not sure
        found.append(Difference("status", service, site_id, old, status, row.number, newer, (change,), doubtful, day))
    if row.place is not None and not _shifted(row):
        (x, y), (lon, lat) = site["place"], row.place
        _, _, metres = GEOD.inv(x, y, lon, lat)
        if metres > SAME_PLACE_M:
            within = "" if row.accuracy_m is None else f", ±{row.accuracy_m:.0f} m"
            new = f"{lat:.6f}, {lon:.6f} ({metres:.0f} m{within})"
            move = (Move(service, site_id, lon, lat),)
            was = f"{y:.6f}, {x:.6f}"
            doubtful = metres > FAR_M or (row.accuracy_m or 0.0) >= min(metres, POOR_M)
            found.append(Difference("moved", service, site_id, was, new, row.number, None, move, doubtful, day))
    photo, had = row.cells.get("photo"), text_of(site.get("photo_url"))
    if photo is not None and base_name(photo) != base_name(had or ""):
        change_ = (Photo(service, site_id, photo),)
        found.append(Difference("photo", service, site_id, had or "", photo, row.number, None, change_, on=day))
    note, noted = row.cells.get("note"), text_of(site.get("note"))
    if note is not None and note != noted:
        told = (Note(service, site_id, note),)
        found.append(Difference("note", service, site_id, noted or "", note, row.number, None, told, on=day))
    return found


def _new(
    row: Row,
    known: dict[str, dict[str, dict[str, Any]]],
    cells: Mapping[str, _Cells],
    faults: list[Fault],
    on: date,
    order: Order,
) -> list[Difference]:
    """A site nobody knew: it needs a place; its id is the file's, else made of the place."""
    if row.place is None:
        faults.append(Fault("returned_unknown", "rejected", row.number, "id", row.site_id))
        return []
    lon, lat = row.place
    site_id = row.site_id or f"baru-{lat:.5f}-{lon:.5f}"
    if any(site_id in sites for sites in known.values()):
        return []
    technology = row.cells.get("technology")
    kinds = {"sanitation": "facility_kind", "water": "technology"}
    service = "water"
    what = "unknown"
    for name, choices in kinds.items():
        try:
            what = str(PARSERS["choice"](technology or "", {"choices": choices}, {})[0])
            service = name
            break
        except CellError:
            continue
    else:
        if technology is not None:
            words = ", ".join(facts("choices")["technology"])
            values = {"known": words, "likely": ", ".join(likely(technology, "technology")) or "–"}
            faults.append(Fault("unknown_value", "note", row.number, "technology", technology, values))
    status = _parsed(row, "status", "status", faults) or "unknown"
    called = row.cells.get("name")
    changes: list[AnyChange] = [NewSite(service, site_id, what, lon, lat, name=called)]
    seen_on, sure = _visited(row, faults, on, order)
    changes.append(Change(service, site_id, status, seen_on))
    if row.cells.get("photo"):
        changes.append(Photo(service, site_id, str(row.cells["photo"])))
    if row.cells.get("note"):
        changes.append(Note(service, site_id, str(row.cells["note"])))
    told = " · ".join(part for part in (row.cells.get("name"), what, status, f"{lat:.6f}, {lon:.6f}") if part)
    near = _nearest(row, cells[service])
    if near:  # most likely the same thing, of which the file did not say the id
        told += " · " + near
    day = seen_on.isoformat()
    return [
        Difference("new", service, site_id, "", told, row.number, None, tuple(changes), bool(near) or not sure, day)
    ]


#: Sites by cell of the ground, each with its number in the table.
_Cells = Mapping[tuple[int, int], Sequence[tuple[int, str, Mapping[str, Any]]]]
#: Side of a cell, degrees: no site that is near lies beyond the next one.
_CELL = 0.002


def _cell(lon: float, lat: float) -> tuple[int, int]:
    return floor(lon / _CELL), floor(lat / _CELL)


def _by_cell(sites: Mapping[str, Mapping[str, Any]]) -> _Cells:
    found: dict[tuple[int, int], list[tuple[int, str, Mapping[str, Any]]]] = {}
    for number, (site_id, site) in enumerate(sites.items()):
        found.setdefault(_cell(*site["place"]), []).append((number, site_id, site))
    return found


def _nearest(row: Row, cells: _Cells) -> str:
    """Id and distance of a known site at the same place, or of the same name close by; empty if there is none."""
    assert row.place is not None
    lon, lat = row.place
    x, y = _cell(lon, lat)
    name = normal(row.cells.get("name") or "")
    around = [one for dx in (-1, 0, 1) for dy in (-1, 0, 1) for one in cells.get((x + dx, y + dy), ())]
    for _, site_id, site in sorted(around, key=lambda one: one[0]):
        at = site["place"]
        _, _, metres = GEOD.inv(at[0], at[1], lon, lat)
        if metres <= SAME_PLACE_M or (name and metres <= 10 * SAME_PLACE_M and normal(str(site["name"])) == name):
            return f"≈ {site_id} ({metres:.0f} m)"
    return ""
