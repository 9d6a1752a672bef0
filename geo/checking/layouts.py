"""Shapes that inventories come in, each turned into plain columns before anything is checked, listed in `SHAPES`.

Each takes a raw table and the table it is to become, and returns it in plain columns with what there is to tell, or
None where the file has not that shape. The file's own columns stay beside the new ones, and no row is lost:
what is no row of the table is rejected with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.checking.cell_parsers import CellError, parse_date
from geo.checking.column_mapping import ColumnMapping
from geo.checking.positions import geopoint, geopoint_of, utm
from geo.checking.proposals import columns_found, plain_names
from geo.model.facts import columns_of, facts
from geo.reading.raw_table import Fault, RawTable, with_cells

Shape = Callable[[RawTable, str], RawTable | None]


def hxl(raw: RawTable, table: str) -> RawTable | None:
    """A row of HXL tags under the header: taken out, and its tags name the columns that they are of."""
    if not len(raw.cells):
        return None
    first = raw.cells.iloc[0].dropna()
    if len(first) < 2 or not first.astype(str).str.strip().str.match(r"#[a-zA-Z]").all():
        return None
    ours = {tag: name for name, tag in reversed(list(facts("hxl")["tags"].items())) if name in _own(table)}
    tags = {str(column): str(tag).replace(" ", "").lower() for column, tag in first.items()}
    named: dict[str, str] = {}
    for column, tag in tags.items():  # the first of columns that carry one tag
        if tag in ours and ours[tag] not in raw.cells and ours[tag] not in named.values():
            named[column] = ours[tag]
    row = int(raw.cells.index[0])
    told = Fault("hxl_tags", "note", row, values={"columns": ", ".join(f"{a} → {b}" for a, b in named.items()) or "–"})
    return _without_first(raw, told, named)


def _without_first(raw: RawTable, told: Fault, named: dict[str, str]) -> RawTable:
    """The table without its first row, some columns named anew."""
    geometry = None if raw.geometry is None else raw.geometry.iloc[1:]
    return replace(raw, cells=raw.cells.iloc[1:].rename(columns=named), geometry=geometry, notes=(*raw.notes, told))


def _own(table: str) -> list[str]:
    return [*columns_of(table), "lat", "lon"]


def numbered(raw: RawTable, table: str) -> RawTable | None:
    """A row under the header that only numbers the columns, 1, 2, 3 …: taken out."""
    if len(raw.cells) < 2 or raw.cells.shape[1] < 4:
        return None
    first = [str(cell).strip(" ().") for cell in raw.cells.iloc[0].tolist() if cell is not None]
    if len(first) < 4 or first != [str(n) for n in range(1, len(first) + 1)]:
        return None
    return _without_first(raw, Fault("numbered", "note", int(raw.cells.index[0])), {})


def wpdx(raw: RawTable, table: str) -> RawTable | None:
    """WPdx and WPdx+: status of two columns that may contradict, technology of two, newest report of a point."""
    named = plain_names(raw.cells.columns)
    if (
        table != "water_points"
        or "status id" not in named
        or not any(name.startswith(("water source", "water tech")) for name in named)
    ):
        return None
    words = facts("wpdx")
    cells = raw.cells
    said = _lower(cells[named["status id"]]).map(words["status_id"])
    clean = (
        _lower(cells[named["status clean"]]).map(words["status"])
        if "status clean" in named
        else said.map(lambda _: None)
    )
    status = clean.where(clean.notna(), said)
    status = status.where(status.notna(), _written(cells, named, ("status clean", "status id")))
    tech = _written(cells, named, ("water tech clean", "water tech"))
    source = _written(cells, named, ("water source clean", "water source"))
    technology = _lower(tech).map(lambda text: _begins(text, words["technology"]))
    for rest in (_lower(source).map(lambda text: _begins(text, words["source"])), tech, source):
        technology = technology.where(technology.notna(), rest)
    columns = {"status": status, "technology": technology, "source": source}
    told = [Fault("read_as", "note", values={"shape": "WPdx"}), *_contradictions(said, clean, cells, named)]
    older, same_day = _older(cells, named)
    told += same_day
    ours = cells.drop(columns=[name for name in columns if name in cells])
    return _apart(with_cells(replace(raw, cells=ours), columns, *told), older)


def _apart(raw: RawTable, older: list[int]) -> RawTable:
    """Take the rows of earlier reports out of a table, and keep them beside it."""
    if not older:
        return raw
    past = RawTable(raw.path, raw.cells.loc[older], typed=raw.typed)
    rest = raw.cells.drop(index=older)
    shapes = raw.geometry
    if shapes is not None:
        past, shapes = replace(past, geometry=shapes.loc[older]), shapes.drop(index=older)
    told = Fault("older_kept", "note", min(older), values={"count": len(older)})
    return replace(raw, cells=rest, geometry=shapes, older=past, faults=(*raw.faults, told))


def _lower(values: pd.Series) -> pd.Series:
    return values.map(lambda v: str(v).strip().lower() if isinstance(v, str) else None)


def _written(cells: pd.DataFrame, named: dict[str, str], wanted: tuple[str, ...]) -> pd.Series:
    """The first of some columns that says anything, row by row, as it is written."""
    found = pd.Series(None, index=cells.index, dtype=object)
    for name in wanted:
        if name in named:
            found = found.where(found.notna(), cells[named[name]])
    return found


def _begins(text: str | None, words: dict[str, str]) -> str | None:
    if not isinstance(text, str):
        return None
    return next((ours for theirs, ours in words.items() if text.startswith(theirs)), None)


#: Statuses at which a point gives water, as WPdx asks it in `status_id`.
_GIVES = ("functional", "needs_repair", "not_in_use")


def _contradictions(said: pd.Series, clean: pd.Series, cells: pd.DataFrame, named: dict[str, str]) -> list[Fault]:
    """Rows whose two statuses contradict each other, one fault for each pair of words."""
    both = said.notna() & clean.notna() & ~said.eq("unknown")
    against = both & (said.isin(_GIVES) != clean.isin(_GIVES))
    found = []
    if against.any():
        rows_of: dict[str, list[int]] = {}
        pairs = cells.loc[against, [named["status id"], named["status clean"]]]
        for row, one, other in pairs.itertuples(name=None):
            rows_of.setdefault(f"{one} / {other}", []).append(int(row))
        for pair, rows in rows_of.items():
            values = {"count": len(rows)}
            found.append(Fault("contradiction", "note", min(rows), "status_id / status_clean", pair, values))
    return found


def _older(cells: pd.DataFrame, named: dict[str, str]) -> tuple[list[int], list[Fault]]:
    """Rows of points that have a newer report, and a note for each of the same day as the one that is taken."""
    id_column, date_column = named.get("wpdx id"), named.get("report date")
    if id_column is None or date_column is None:
        return [], []
    ids = cells[id_column]
    again = ids.notna() & ids.duplicated(keep=False)
    days = cells.loc[again, date_column].map(_day)
    for name in ("lat deg", "lon deg"):  # a report without a place takes no point's place
        if name in named:
            days = days.where(cells.loc[again, named[name]].notna(), np.nan)
    newest = pd.DataFrame({"id": ids[again], "day": days}).sort_values("day", kind="stable", na_position="first")
    last = newest.drop_duplicates("id", keep="last").set_index("id")["day"]
    kept = set(newest.drop_duplicates("id", keep="last").index)
    older = newest[~newest.index.isin(list(kept))]
    same = older[older["day"].to_numpy() == last.reindex(older["id"]).to_numpy()]
    told = [Fault("same_day_report", "note", int(row), id_column, str(one)) for row, one in same["id"].items()]
    return sorted(map(int, older.index)), told


def _day(text: object) -> float:
    try:
        return float(parse_date(str(text).strip())[0].toordinal())
    except CellError:
        return np.nan


#: One tag of the column in which GDAL gathers what has no column of its own: "key"=>"value".
_OTHER_TAG = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')


def other_tags(raw: RawTable, table: str) -> RawTable | None:
    """OpenStreetMap by GDAL: the tags gathered in `other_tags` become columns."""
    if "other_tags" not in raw.cells or not raw.cells["other_tags"].notna().any():
        return None
    tags = [dict(_OTHER_TAG.findall(text)) if isinstance(text, str) else {} for text in raw.cells["other_tags"]]
    names = {name for row in tags for name in row}
    columns = {name: pd.Series([row.get(name) for row in tags], index=raw.cells.index, dtype=object) for name in names}
    for name, values in columns.items():
        if name in raw.cells:
            columns[name] = raw.cells[name].where(raw.cells[name].notna(), values)
    return with_cells(raw, columns) if columns else None


def osm(raw: RawTable, table: str) -> RawTable | None:
    """OpenStreetMap tags: technology, status and kind of facility of them; other things of the map are rejected."""
    columns = set(map(str, raw.cells.columns))
    keys = {"man_made", "amenity", "natural", "healthcare"} & columns
    if (
        table not in ("water_points", "sanitation", "institutions")
        or not keys
        or not {"osm_id", "@id", "full_id", "osmid"} & columns
    ):
        return None
    words = facts("osm")
    nothing = pd.Series(None, index=raw.cells.index, dtype=object)
    keys |= {"man_made", "amenity", "natural", "water", "pump", "operational_status", "healthcare"}
    tags = {key: _lower(raw.cells[key]) if key in columns else nothing for key in keys}
    status = tags["operational_status"].map(
        lambda v: words["status"].get(v.replace(" ", "_"), v) if isinstance(v, str) else None
    )
    told = [Fault("read_as", "note", values={"shape": "OpenStreetMap"})]
    toilets = tags["amenity"].map(lambda v: v in words["facility"])
    mine = {"status": status, "source": pd.Series(None, index=raw.cells.index, dtype=object)}
    if table == "institutions":
        kind = tags["amenity"].map(words["institution"])
        mine = {"kind": kind.where(kind.notna(), tags["healthcare"].map(words["institution"]))}
        other = mine["kind"].isna()
    elif table == "sanitation":
        mine["kind"] = tags["amenity"].map(words["facility"])
        other = ~toilets
    else:
        mine["technology"] = _by_rules(tags, words["technology"])
        known = mine["technology"].notna() | tags["amenity"].isin(["water_point", "drinking_water", "watering_place"])
        other = toilets | ~known
    told += [Fault("other_thing", "rejected", int(row), "amenity") for row in raw.cells.index[other.to_numpy(bool)]]
    gone = {"disused": "not_in_use", "abandoned": "abandoned"} if "status" in mine else {}
    for key, word in gone.items():
        if key in columns:
            mine["status"] = mine["status"].where(~_lower(raw.cells[key]).eq("yes"), word)
    if not {"operational_status", *gone} & columns:
        mine.pop("status", None)
    ours = raw.cells.drop(columns=[name for name in mine if name in raw.cells])
    return with_cells(replace(raw, cells=ours), mine, *told)


def _by_rules(tags: dict[str, pd.Series], rules: list[dict[str, object]]) -> pd.Series:
    """The first rule whose tags all fit, row by row."""
    found = pd.Series(None, index=tags["amenity"].index, dtype=object)
    for rule in rules:
        fits = found.isna()
        for key, value in dict(rule["tags"]).items():  # type: ignore[call-overload]
            fits &= tags[str(key)].eq(value)
        found[fits.to_numpy(bool)] = rule["is"]
    return found


def ticks(raw: RawTable, table: str) -> RawTable | None:
    """A condition spread over columns of ticks: one tick is the status; none or several is told, and not known."""
    entry = facts("ticks")
    named = plain_names(raw.cells.columns)
    heads = {named[head]: status for head, status in entry.get(table, {}).items() if head in named}
    known = columns_found(raw, table).get("status")
    if len(heads) < 2 or (known is not None and known not in heads and raw.cells[known].notna().any()):
        return None
    texts = raw.cells[list(heads)].apply(lambda column: _lower(column.str.replace("\ufe0f", "")))
    marked = texts.isin(entry["marks"])
    odd = ~(marked | texts.isna() | texts.isin(entry["none"]))
    if not marked.any().any() or odd.sum().sum() * 5 > texts.notna().sum().sum():
        return None
    count = marked.sum(axis=1).where(~odd.any(axis=1), -1)
    status = pd.Series(None, index=raw.cells.index, dtype=object)
    for column, ours in heads.items():
        status[(marked[column] & (count == 1)).to_numpy(bool)] = ours
    told = [Fault("read_as", "note", values={"shape": " / ".join(heads)})]
    shown = marked | odd
    for key, rows in (("no_tick", count == 0), ("several_ticks", count > 1), ("odd_tick", count < 0)):
        told += [
            Fault(key, "note", int(row), "status", " / ".join(shown.columns[shown.loc[row]]) or None)
            for row in raw.cells.index[rows.to_numpy(bool)]
        ]
    return with_cells(raw, {"status": status}, *told)


SHAPES: dict[str, Shape] = {
    "hxl": hxl,
    "numbered": numbered,
    "geopoint": geopoint,
    "utm": utm,
    "wpdx": wpdx,
    "other_tags": other_tags,
    "osm": osm,
    "ticks": ticks,
}


def understood(raw: RawTable, table: str, mapping: ColumnMapping) -> tuple[RawTable, ColumnMapping]:
    """Return the raw table in plain columns, every shape it has one after another, and what is left of the mapping.

    Parameters
    ----------
    raw
        As read.
    table
        What it is to become.
    mapping
        One column named as latitude and longitude is a position in one, and is taken apart.
    """
    written = raw.cells
    both = mapping.columns.get("lat")
    if both and both == mapping.columns.get("lon") and both in raw.cells:
        apart = geopoint_of(raw, both)
        if apart is not None:
            rest = {name: source for name, source in mapping.columns.items() if name not in ("lat", "lon")}
            raw, mapping = apart, replace(mapping, columns=rest)
    for shape in SHAPES.values():
        raw = shape(raw, table) or raw
    if raw.cells is written:
        return raw, mapping
    older = None if raw.older is None else replace(raw.older, written=written)
    return replace(raw, written=written, older=older), mapping


def changed(before: RawTable, after: RawTable) -> set[str]:
    """Columns that a shape made or made anew."""
    same = before.cells.reindex(after.cells.index)
    return {
        str(name)
        for name in after.cells.columns
        if name not in same.columns or not same[name].equals(after.cells[name])
    }
