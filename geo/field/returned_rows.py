"""Rows of a returned file as the field wrote them: what each says of which site, whatever its columns are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from geo.cells.cell_error import RISKY, CellError
from geo.cells.cell_parsers import MISSING
from geo.cells.position_text import angle
from geo.cells.vocabulary import meant
from geo.checking.layouts import SHAPES
from geo.checking.places import check_coordinates
from geo.checking.proposals import columns_found
from geo.model.sites import SITE_TABLES
from geo.reading.raw_table import Fault, RawTable

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
    "accuracy": (
        "accuracy",
        "akurasi",
        "gps_accuracy",
        "_location_precision",
        "location-accuracy",
        "_geolocation_precision",
        "precision",
        "presisi",
    ),
    "photo": ("photo", "foto", "photo_url"),
    "note": ("note", "catatan"),
    "name": ("name", "nama"),
    "desc": ("desc", "description"),
    "place_shifted": ("place_shifted", "tempat digeser", "place shifted"),
}


#: The same with blanks for underscores, and what people make of them in a sheet of their own.
_SPELT = {
    "id": ("site id", "id titik", "id_titik", "id site", "kode titik", "titik", "id sarana"),
    "status": ("status new", "new status", "status baru", "kondisi baru", "kondisi sekarang", "kondisi kunjungan"),
    "date": ("visited on", "tanggal kunjungan", "tgl kunjungan", "date of visit"),
}


@dataclass(frozen=True)
class Row:
    number: int
    site_id: str | None
    cells: dict[str, str | None]
    place: tuple[float, float] | None
    accuracy_m: float | None = None


#: Shapes in which a returned file may say where its sites are and in what state, as any other table.
_SHAPES = ("parts", "sides", "hemispheres", "shapes_in_cells", "grid_cell", "geopoint", "utm", "ticks", "answered")
_OF_STATE = ("ticks", "answered")
#: Keys that a form or a program gives to each answer: no id of a site.
_KEYS = frozenset({"uuid", "_uuid", "instanceid", "key", "meta/instanceid"})
#: What a row says, and the column of ours under whose usual heads it may stand.
_OURS = {
    "id": ("point_id", "facility_id"),
    "status": ("status",),
    "technology": ("technology", "kind"),
    "date": ("reported_on",),
    "lat": ("lat",),
    "lon": ("lon",),
    "photo": ("photo_url",),
    "name": ("name",),
}


def in_plain_columns(raw: RawTable) -> RawTable:
    """The file with what other heads and shapes say under our names, where it has none of its own for it."""
    named = {str(name).rsplit("/", 1)[-1].lower() for name in raw.cells.columns}
    raw = _with_accuracy(raw, named)
    states = {*_COLUMNS["status"], *_SPELT["status"]}
    for name in _SHAPES:
        if not (named & states if name in _OF_STATE else _placed(raw)):
            raw = SHAPES[name](raw, "water_points") or raw
    return raw


#: A position of a form: latitude, longitude, height and how sure the receiver was, metres.
_GEOPOINT = re.compile(r"^\s*-?\d+\.\d+ -?\d+\.\d+ -?\d+(?:\.\d+)? (\d+(?:\.\d+)?)\s*$")


def _with_accuracy(raw: RawTable, named: set[str]) -> RawTable:
    """The table with how sure a receiver was as a column, where it stands behind the position in one cell."""
    if named & set(_COLUMNS["accuracy"]):
        return raw
    for column in raw.cells.columns:
        found = raw.cells[column].map(lambda text: _GEOPOINT.match(text) if isinstance(text, str) else None)
        if found.notna().any():
            values = found.map(lambda match: None if match is None else match[1])
            return replace(raw, cells=raw.cells.assign(accuracy=values.astype(object)))
    return raw


def _metres(text: str | None) -> float | None:
    try:
        return None if text is None else float(text.replace(",", "."))
    except ValueError:
        return None


def _placed(raw: RawTable) -> bool:
    return raw.geometry is not None or {"lat", "lon"} <= set(columns_of_return(raw))


def columns_of_return(raw: RawTable) -> dict[str, list[str]]:
    by_name = {str(name).rsplit("/", 1)[-1].lower(): str(name) for name in reversed(raw.cells.columns)}
    found = {what: [by_name[name] for name in names if name in by_name] for what, names in _COLUMNS.items()}
    guessed = {table: columns_found(raw, table) for table in SITE_TABLES.values()}
    for what, names in _OURS.items():
        found.setdefault(what, [])
        usual = [found_[name] for name in names for found_ in guessed.values() if name in found_]
        if what == "id":
            usual = [column for column in usual if column.rsplit("/", 1)[-1].lower() not in _KEYS]
        named = [by_name[name] for name in _SPELT.get(what, ()) if name in by_name]
        found[what] += [column for column in dict.fromkeys(named + usual) if column not in found[what]]
    return {what: names for what, names in found.items() if names}


def rows_of(
    raw: RawTable, columns: dict[str, list[str]], faults: list[Fault], photos: Mapping[str, str | None]
) -> list[Row]:
    rows = []
    for number, record in zip(raw.cells.index, raw.cells.to_dict("records"), strict=True):
        cells = {what: _first(record, names) for what, names in columns.items()}
        photo = cells.get("photo")
        if photo is not None:
            cells["photo"] = photos.get(base_name(photo), photo)
        said = cells.get("desc") or ""
        ours = said.split(" · ")[0].strip() if " · " in said or " " not in said.strip() else ""
        site_id = cells.get("id") or ours or _made_id(cells.get("uuid"))
        shape = None if raw.geometry is None else raw.geometry.get(number)
        place = _place(int(number), shape, cells, faults)
        rows.append(Row(int(number), site_id, cells, place, _metres(cells.get("accuracy"))))
    faults += [fault for fault, _ in raw.broken]
    return rows


def _made_id(key: str | None) -> str | None:
    """Id of a site that the field added: of the key its form gave it, so that it stays the same at the next visit."""
    return f"baru-{key.strip('{}')[:8]}" if key else None


def _first(record: Mapping[Any, Any], names: list[str]) -> str | None:
    return next((text for name in names if (text := text_of(record.get(name))) is not None), None)


def base_name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def unguarded(text: str) -> str:
    """Take off the quote that our CSV puts before a text that a spreadsheet would run.

    Examples
    --------
    >>> unguarded("'=H1"), unguarded("'kampung"), unguarded("-7.2")
    ('=H1', "'kampung", '-7.2')
    """
    return text[1:] if text.startswith("'") and text[1:].startswith(RISKY) else text


def text_of(value: Any) -> str | None:
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


def bare_ids(known: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """The ids of known sites (service → id → site) by what is left of them without blanks and case."""
    found: dict[str, set[str]] = {}
    for site in (site for sites in known.values() for site in sites):
        found.setdefault(_bare(site), set()).add(site)
    return found


def _bare(site_id: str) -> str:
    return site_id.strip().casefold()


def by_phone(row: Row, ids: Mapping[str, set[str]]) -> Row:
    """A waypoint of a phone: its name is the site's id, what it says beside it the state and the note."""
    name, said = row.cells.get("name"), row.cells.get("desc")
    if row.cells.get("id") or not name:
        return row
    cells = dict(row.cells)
    first, _, rest = name.strip().partition(" ")  # "cj002a08 baik"
    if rest and not said and meant(rest, "status") is not None:
        name, said = first, rest
    site_id = str(spelt(replace(row, site_id=name.strip()), ids).site_id)
    if site_id not in ids.get(_bare(site_id), ()):
        return row
    if said and " · " not in said:
        word = meant(re.split(r"[,;:.]|\s[-–]\s", said)[0], "status")
        if word is not None and not cells.get("status"):
            cells["status"] = word.value
        cells["note"] = cells.get("note") or said
    return replace(row, site_id=site_id, cells=cells)


def spelt(row: Row, ids: Mapping[str, set[str]]) -> Row:
    """The row with its id as the sites have it (`bare_ids`), where only blanks or case differ and one alone fits."""
    if row.site_id is None or row.site_id in ids.get(_bare(row.site_id), ()):
        return row
    unguarded_id = re.sub(r"^[='\"]+|\"+$", "", row.site_id.strip())  # as spreadsheets guard an id
    fits = ids.get(_bare(unguarded_id), set())
    return replace(row, site_id=next(iter(fits))) if len(fits) == 1 else row
