"""What came back from the field, as differences that somebody accepts or refuses; nothing is applied by itself.

Rows of a returned file are matched by id with the sites as they stand (data version and record together). A status, a
position, a photo that differ, a site nobody knew, and a site that the file should have and has not, are differences.
Accepting one makes changes for the record; the same file a second time then differs in nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.cell_parsers import MISSING, PARSERS, RISKY
from geo.cells.dates import parse_date, possible
from geo.cells.position_text import angle
from geo.checking.geometry import check_coordinates
from geo.model.changes import AnyChange, Change, Move, NewSite, Note, Photo
from geo.model.errors import DataError
from geo.model.facts import facts
from geo.model.inputs import Inputs
from geo.model.sites import SERVICES, SITE_TABLES, site_id_column
from geo.reach.distance import GEOD
from geo.reading.raw_table import Fault, RawTable

#: A position this near is the same place: receivers are no better.
SAME_PLACE_M = 10.0
#: A site that moved farther than this was more likely misread: somebody has to look before it is accepted.
FAR_M = 2000.0
#: Names a column may have in a returned file, after the last "/" of a Kobo group and without case. Of several, the
#: first that a row fills in counts: what the form asked for goes before what was on record.
_COLUMNS = {
    "id": ("site_id", "point_id", "facility_id", "full_id"),
    "uuid": ("uuid", "_uuid"),
    "service": ("service", "layanan"),
    "status": ("status_new", "status_baru", "new_status", "status"),
    "technology": ("technology", "kind", "teknologi", "jenis"),
    "date": ("visited_on", "tanggal_kunjungan", "reported_on", "tanggal", "end", "start", "_submission_time"),
    "lat": ("lat", "latitude", "lintang", "_location_latitude", "location-latitude", "_geolocation_latitude"),
    "lon": ("lon", "longitude", "bujur", "_location_longitude", "location-longitude", "_geolocation_longitude"),
    "photo": ("photo", "foto", "photo_url"),
    "note": ("note", "catatan"),
    "name": ("name", "nama"),
    "desc": ("desc", "description"),
    "place_shifted": ("place_shifted", "tempat digeser", "place shifted"),
}


@dataclass(frozen=True)
class Difference:
    """One difference: its kind, the site, what stands (`old`) and what came back (`new`), as text; the row of the file.

    `newer` is the date of a report younger than the row's, if there is one: then the two disagree, and somebody has to
    decide. `doubtful` marks what should be looked at before it is accepted: against a newer report, a move of
    kilometres, a site that is missing, two rows that say different things. `changes` is what accepting it would record.
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


@dataclass(frozen=True)
class _Row:
    number: int
    site_id: str | None
    cells: dict[str, str | None]
    place: tuple[float, float] | None


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
    columns = _columns(raw)
    if "id" not in columns and "desc" not in columns and raw.geometry is None and not {"lat", "lon"} <= set(columns):
        raise DataError("error.returned_columns", path=raw.path)
    known = {name: _known(inputs, name) for name in SERVICES}
    # the package we sent has layers to look at beside the one that is filled in
    faults = [note for note in raw.notes if note.key != "layer_taken"] + _other_version(raw, inputs)
    found: list[Difference] = []
    seen: set[str] = set()
    for written in _rows(raw, columns, faults, photos or {}):
        row = _spelt(written, known)
        service = next((name for name in SERVICES if row.site_id in known[name]), None)
        if service is None:
            found += _new(row, known, faults, on)
        else:
            assert row.site_id is not None
            seen.add(row.site_id)
            found += _changed(row, service, known[service][row.site_id], faults, on)
    for site_id in expected:
        service = next((name for name in SERVICES if site_id in known[name]), None)
        if site_id in seen or service is None or known[service][site_id]["status"] == "abandoned":
            continue
        gone = Change(service, site_id, "abandoned", on)
        old = str(known[service][site_id]["status"])
        found.append(Difference("missing", service, site_id, old, "", None, None, (gone,), doubtful=True))
    return _contradictions(found), faults


def _contradictions(found: list[Difference]) -> list[Difference]:
    """Two rows of a file that say different things of one site are doubtful, both."""
    said: dict[tuple[str, str], set[str]] = {}
    for one in found:
        said.setdefault((one.kind, one.site_id), set()).add(one.new)
    return [replace(one, doubtful=one.doubtful or len(said[one.kind, one.site_id]) > 1) for one in found]


def _other_version(raw: RawTable, inputs: Inputs) -> list[Fault]:
    """A file that went out of another data version is told: its sites may have other ids here."""
    column = next((name for name in raw.cells.columns if str(name).lower() in ("data_version", "data_versi")), None)
    told = set() if column is None else {str(v) for v in raw.cells[column].dropna()} - {inputs.version}
    values = {"theirs": ", ".join(sorted(told)), "ours": inputs.version}
    return [Fault("returned_version", "note", values=values)] if told else []


def _columns(raw: RawTable) -> dict[str, list[str]]:
    by_name = {str(name).rsplit("/", 1)[-1].lower(): str(name) for name in reversed(raw.cells.columns)}
    found = {what: [by_name[name] for name in names if name in by_name] for what, names in _COLUMNS.items()}
    return {what: names for what, names in found.items() if names}


def _known(inputs: Inputs, service: str) -> dict[str, dict[str, Any]]:
    table = inputs.tables()[SITE_TABLES[service]]
    records = pd.DataFrame(table.drop(columns="geometry")).to_dict("records")
    return {
        str(record[site_id_column(service)]): record | {"place": (shape.x, shape.y)}
        for record, shape in zip(records, table.geometry, strict=True)
    }


def _rows(
    raw: RawTable, columns: dict[str, list[str]], faults: list[Fault], photos: Mapping[str, str | None]
) -> list[_Row]:
    rows = []
    for number, record in zip(raw.cells.index, raw.cells.to_dict("records"), strict=True):
        cells = {what: _first(record, names) for what, names in columns.items()}
        photo = cells.get("photo")
        if photo is not None:
            cells["photo"] = photos.get(_base(photo), photo)
        site_id = cells.get("id") or (cells.get("desc") or "").split(" · ")[0].strip() or _made_id(cells.get("uuid"))
        shape = None if raw.geometry is None else raw.geometry.get(number)
        place = _place(int(number), shape, cells, faults)
        rows.append(_Row(int(number), site_id, cells, place))
    faults += [fault for fault, _ in raw.broken]
    return rows


def _made_id(key: str | None) -> str | None:
    """Id of a site that the field added: of the key its form gave it, so that it stays the same at the next visit."""
    return f"baru-{key.strip('{}')[:8]}" if key else None


def _first(record: Mapping[Any, Any], names: list[str]) -> str | None:
    return next((text for name in names if (text := _text(record.get(name))) is not None), None)


def _base(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def unguarded(text: str) -> str:
    """Take off the quote that our CSV puts before a text that a spreadsheet would run.

    Examples
    --------
    >>> unguarded("'=H1"), unguarded("'kampung"), unguarded("-7.2")
    ('=H1', "'kampung", '-7.2')
    """
    return text[1:] if text.startswith("'") and text[1:].startswith(RISKY) else text


def _text(value: Any) -> str | None:
    text = None if value is None else unguarded(str(value).strip())
    return None if text is None or text.lower() in MISSING else text


def _place(number: int, shape: Any, cells: dict[str, str | None], faults: list[Fault]) -> tuple[float, float] | None:
    """The place of a row: its geometry, which an engineer moves in a map, before the columns beside it."""
    try:
        if shape is not None and getattr(shape, "geom_type", "") == "Point" and not shape.is_empty:
            check_coordinates(shape.y, shape.x)
            return float(shape.x), float(shape.y)
        if cells.get("lat") is None or cells.get("lon") is None:
            return None
        lat, lon = (angle(str(cells[name]), name)[0] for name in ("lat", "lon"))
        check_coordinates(lat, lon)
        return lon, lat
    except CellError as fault:
        told = f"{cells.get('lat')}, {cells.get('lon')}"
        faults.append(Fault(fault.key, "rejected", number, "lat/lon", told, fault.values))
        return None


def _parsed(row: _Row, what: str, choices: str, faults: list[Fault]) -> str | None:
    text = row.cells.get(what)
    if text is None:
        return None
    try:
        return str(PARSERS["choice"](text, {"choices": choices}, {})[0])
    except CellError as fault:
        faults.append(Fault(fault.key, "rejected", row.number, what, text, fault.values))
        return None


def _spelt(row: _Row, known: Mapping[str, Mapping[str, Any]]) -> _Row:
    """The row with its id as the sites have it, where only blanks or its case differ and one site alone fits."""
    if row.site_id is None or any(row.site_id in sites for sites in known.values()):
        return row
    bare = row.site_id.strip().casefold()
    fits = {site for sites in known.values() for site in sites if str(site).strip().casefold() == bare}
    return replace(row, site_id=fits.pop()) if len(fits) == 1 else row


def _shifted(row: _Row) -> bool:
    """Whether the file that was sent out did not tell the real place: it cannot tell a move either."""
    return (_text(row.cells.get("place_shifted")) or "").lower() in ("true", "1", "ya", "yes")


def _visited(row: _Row, faults: list[Fault], on: date) -> date:
    text = row.cells.get("date")
    if text is None:
        return on
    try:
        return possible(parse_date(text)[0])
    except CellError as fault:
        faults.append(Fault(fault.key, "rejected", row.number, "date", text, fault.values))
        return on


def _changed(row: _Row, service: str, site: dict[str, Any], faults: list[Fault], on: date) -> list[Difference]:
    found = []
    site_id = str(row.site_id)
    reported = site["reported_on"]
    known_on = None if reported is None or reported != reported else pd.Timestamp(reported).date()
    told_on = _visited(row, faults, on)
    status = _parsed(row, "status", "status", faults)
    if status is not None and status != site["status"]:
        newer = known_on.isoformat() if known_on is not None and known_on > told_on else None
        # a status edited beside the old date of the export was seen on the visit, not then
        when = on if known_on is not None and told_on == known_on else told_on
        change = Change(service, site_id, status, when)
        old = str(site["status"])
        doubtful = newer is not None
        found.append(Difference("status", service, site_id, old, status, row.number, newer, (change,), doubtful))
    if row.place is not None and not _shifted(row):
        (x, y), (lon, lat) = site["place"], row.place
        _, _, metres = GEOD.inv(x, y, lon, lat)
        if metres > SAME_PLACE_M:
            new = f"{lat:.6f}, {lon:.6f} ({metres:.0f} m)"
            move = (Move(service, site_id, lon, lat),)
            was = f"{y:.6f}, {x:.6f}"
            found.append(Difference("moved", service, site_id, was, new, row.number, None, move, metres > FAR_M))
    photo, had = row.cells.get("photo"), _text(site.get("photo_url"))
    if photo is not None and _base(photo) != _base(had or ""):
        change_ = (Photo(service, site_id, photo),)
        found.append(Difference("photo", service, site_id, had or "", photo, row.number, None, change_))
    note, noted = row.cells.get("note"), _text(site.get("note"))
    if note is not None and note != noted:
        told = (Note(service, site_id, note),)
        found.append(Difference("note", service, site_id, noted or "", note, row.number, None, told))
    return found


def _new(row: _Row, known: dict[str, dict[str, dict[str, Any]]], faults: list[Fault], on: date) -> list[Difference]:
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
            faults.append(Fault("unknown_value", "note", row.number, "technology", technology, {"known": words}))
    status = _parsed(row, "status", "status", faults) or "unknown"
    called = row.cells.get("name")
    changes: list[AnyChange] = [NewSite(service, site_id, what, lon, lat, name=called)]
    changes.append(Change(service, site_id, status, _visited(row, faults, on)))
    if row.cells.get("photo"):
        changes.append(Photo(service, site_id, str(row.cells["photo"])))
    if row.cells.get("note"):
        changes.append(Note(service, site_id, str(row.cells["note"])))
    told = " · ".join(part for part in (row.cells.get("name"), what, status, f"{lat:.6f}, {lon:.6f}") if part)
    return [Difference("new", service, site_id, "", told, row.number, None, tuple(changes))]
