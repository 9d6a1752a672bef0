"""Public registers and maps in plain columns: WPdx with its history, OpenStreetMap by its tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.dates import Order, day_order, parse_date
from geo.cells.heads import factors_in_heads, of_pupils
from geo.cells.vocabulary import meant
from geo.checking.proposals import columns_found, plain_names
from geo.checking.repeated import taken_out
from geo.model.facts import facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable, with_cells


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
    said = lower(cells[named["status id"]]).map(words["status_id"])
    clean = (
        lower(cells[named["status clean"]]).map(words["status"])
        if "status clean" in named
        else said.map(lambda _: None)
    )
    if "status" in named:  # WPdx v1: what is wrong, in words; only where nothing else says the state
        words_said = cells[named["status"]].map(_state_in_words)
        clean = clean.where(clean.notna(), words_said)
    status = clean.where(clean.notna(), said)
    status = status.where(status.notna(), _written(cells, named, ("status clean", "status id")))
    tech = _written(cells, named, ("water tech clean", "water tech"))
    source = _written(cells, named, ("water source clean", "water source"))
    technology = lower(tech).map(lambda text: _begins(text, words["technology"]))
    for rest in (lower(source).map(lambda text: _begins(text, words["source"])), tech, source):
        technology = technology.where(technology.notna(), rest)
    columns = {"status": status, "technology": technology, "source": source} | _month_first(cells, named)
    told = [Fault("read_as", "note", values={"shape": "WPdx"}), *_contradictions(said, clean, cells, named)]
    older, same_day = _older(cells, named)
    told += same_day
    ours = cells.drop(columns=[name for name in columns if name in cells])
    read = [column for name, column in named.items() if name.startswith(("status", "water tech", "water source"))]
    plain = with_cells(replace(raw, cells=ours), columns, *told, out_of=read)
    return taken_out(plain, older) or plain


def _state_in_words(text: object) -> str | None:
    """The status that a free text of the register means; None where it says none."""
    word = meant(text, "status") if isinstance(text, str) else None
    return None if word is None or word.value == "unknown" else word.value


def lower(values: pd.Series) -> pd.Series:
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
        other = named.get("status clean", named.get("status", named["status id"]))
        pairs = cells.loc[against, [named["status id"], other]]
        for row, one, other in pairs.itertuples(name=None):
            rows_of.setdefault(f"{one} / {other}", []).append(int(row))
        for pair, rows in rows_of.items():
            values = {"count": len(rows)}
            found.append(Fault("contradiction", "note", min(rows), f"{named['status id']} / {other}", pair, values))
    return found


def _older(cells: pd.DataFrame, named: dict[str, str]) -> tuple[list[int], list[Fault]]:
    """Rows of points that have a newer report, and a note for each of the same day as the one that is taken."""
    id_column, date_column = named.get("wpdx id"), named.get("report date")
    if id_column is None or date_column is None:
        return [], []
    ids = cells[id_column]
    again = ids.notna() & ids.duplicated(keep=False)
    order = day_order(cells[date_column].dropna().astype(str))
    days = cells.loc[again, date_column].map(partial(_day, order="month" if order == "unproven" else order))
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


def _month_first(cells: pd.DataFrame, named: dict[str, str]) -> dict[str, pd.Series]:
    """The register's dates as it writes them, the month first, where the column does not prove another order."""
    column = named.get("report date")
    if column is None or day_order(cells[column].dropna().astype(str)) != "unproven":
        return {}

    def iso(text: object) -> object:
        try:
            return parse_date(str(text).strip(), order="month")[0].isoformat() if isinstance(text, str) else text
        except CellError:
            return text

    return {column: cells[column].map(iso)}


def _day(text: object, order: Order) -> float:
    try:
        return float(parse_date(str(text).strip(), order=order)[0].toordinal())
    except CellError:
        return np.nan


#: One tag of a column that gathers them: "key"=>"value" of GDAL, 'key': 'value' of programs.
_OTHER_TAG = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_TAG = re.compile(r"""(?<=[{,\s])['"]([\w:]{1,60})['"]\s*:\s*['"]((?:[^'"\\]|\\.)*)['"]""")


def other_tags(raw: RawTable, table: str) -> RawTable | None:
    """OpenStreetMap by GDAL and others: tags gathered in one column, or in some ("tags/amenity"), become columns."""
    apart = {str(one): str(one)[5:] for one in raw.cells.columns if re.match(r"tags[/.:]", str(one))}
    if apart:
        columns = {new: raw.cells[old] for old, new in apart.items() if new not in raw.cells}
        return with_cells(raw, columns, out_of=list(apart)) if columns else None
    column, pattern = ("other_tags", _OTHER_TAG) if "other_tags" in raw.cells else ("tags", _TAG)
    if column not in raw.cells or not raw.cells[column].notna().any():
        return None
    tags = [dict(pattern.findall(text)) if isinstance(text, str) else {} for text in raw.cells[column]]
    names = {name for row in tags for name in row}
    columns = {name: pd.Series([row.get(name) for row in tags], index=raw.cells.index, dtype=object) for name in names}
    for name, values in columns.items():
        if name in raw.cells:
            columns[name] = raw.cells[name].where(raw.cells[name].notna(), values)
    return with_cells(raw, columns) if columns else None


def factors(raw: RawTable, table: str) -> RawTable | None:
    """Numbers whose head says in which multiple they count ("Biaya (juta)"): the multiple goes to each of them."""
    found = factors_in_heads(raw.cells.columns, table, columns_found(raw, table))
    if not found:
        return None
    shaped = {}
    for name, (column, factor) in found.items():
        bare = raw.cells[column].map(lambda text: isinstance(text, str) and bool(re.search(r"\d\s*$", text)))
        shaped[name] = raw.cells[column].where(~bare, raw.cells[column].astype(str).str.strip() + f" {factor}")
    told = ", ".join(f"{column} → {name} × {factor}" for name, (column, factor) in found.items())
    note = Fault("column_as", "note", values={"columns": told})
    return with_cells(raw, shaped, note, out_of=[column for column, _ in found.values()])


def pupils(raw: RawTable, table: str) -> RawTable | None:
    """Pupils and toilets of a school by sex, whatever their heads ("Siswa L", "boys_toilets", "WC L/P" with "2/3")."""
    if table != "institutions":
        return None
    found = {name for name, column in columns_found(raw, table).items() if raw.cells[column].notna().any()}
    shaped: dict[str, pd.Series] = {}
    used: list[str] = []
    for column in map(str, raw.cells.columns):
        said = of_pupils(column)
        names = [name for name in said if name not in found and name not in shaped]
        if not said or len(names) < len(said):
            continue
        if len(said) == 1:
            shaped[names[0]] = raw.cells[column]
        else:
            both = raw.cells[column].map(lambda text: _TWO.match(text) if isinstance(text, str) else None)
            if both.notna().sum() * 2 <= raw.cells[column].notna().sum():
                continue
            for n, name in enumerate(names, 1):
                shaped[name] = both.map(lambda pair, n=n: None if pair is None or pair != pair else pair[n]).astype(
                    object
                )
        used.append(column)
    bare = plain_names(raw.cells.columns)
    if {"toilets_boys", "toilets_girls"} <= set(shaped) and {"l", "p"} <= set(bare) and not {"boys", "girls"} & found:
        # beside toilets by sex these are pupils
        shaped |= {"boys": raw.cells[bare["l"]], "girls": raw.cells[bare["p"]]}
    if not shaped:
        return None
    told = Fault(
        "column_as", "note", values={"columns": ", ".join(f"{one} → {'/'.join(of_pupils(one))}" for one in used)}
    )
    return with_cells(raw, shaped, told, out_of=used)


#: "100/110": boys and girls in one cell.
_TWO = re.compile(r"^\s*(\d{1,5})\s*[/;|&+-]\s*(\d{1,5})\s*$")


def two_questions(heads: Mapping[str, str], marked: pd.DataFrame, filled: pd.DataFrame) -> pd.Series | None:
    """Two questions that are each answered ("Functional", "Needs repair" or "In use"), as one state; None: ticks.

    Parameters
    ----------
    heads
        Two columns and the state that "yes" means there.
    marked, filled
        Cells that say yes, and those that say anything.
    """
    if len(heads) != 2 or "functional" not in heads.values() or not filled.to_numpy().all():
        return None
    works = next(column for column, state in heads.items() if state == "functional" and not _used(column))
    other = next((column for column in heads if column != works), None)
    if other is None or not (heads[other] == "needs_repair" or _used(other)):
        return None
    state = pd.Series("functional", index=marked.index, dtype=object)
    state[(marked[other] if heads[other] == "needs_repair" else ~marked[other]).to_numpy(bool)] = (
        "needs_repair" if heads[other] == "needs_repair" else "not_in_use"
    )
    state[(~marked[works]).to_numpy(bool)] = "non_functional"
    return state


def _used(column: str) -> bool:
    """Whether a head asks for use, not for the state."""
    return plain(column) in {"in use", "used", "dipakai", "digunakan", "dimanfaatkan", "masih dipakai", "terpakai"}


def osm(raw: RawTable, table: str) -> RawTable | None:
    """OpenStreetMap tags: technology, status and kind of facility of them; other things of the map are rejected."""
    words = facts("osm")
    if table in words["lines"]:
        return _lines(raw, words["lines"][table])
    raw = _by_class(raw)
    columns = set(map(str, raw.cells.columns))
    bare = {name.rpartition(":")[2] for name in columns}
    keys = {"man_made", "amenity", "natural", "healthcare"} & bare
    if table not in ("water_points", "sanitation", "institutions") or not (
        {"osm_id", "@id", "full_id", "osmid"} & columns or "fclass" in columns or _of_the_map(raw.cells)
    ):
        return None
    if not keys:  # no tag of a thing of ours; what has a line's is none
        return _lines(raw, {})
    raw, gone_by = _lives(raw)
    columns = set(map(str, raw.cells.columns))
    nothing = pd.Series(None, index=raw.cells.index, dtype=object)
    keys |= {"man_made", "amenity", "natural", "water", "pump", "operational_status", "healthcare"}
    tags = {key: lower(raw.cells[key]) if key in columns else nothing for key in keys}
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
        told += _not_for_all(raw.cells, words["not_for_all"], ~other)
    told += [Fault("other_thing", "rejected", int(row), "amenity") for row in raw.cells.index[other.to_numpy(bool)]]
    prefixes = facts("vocab/status")["lifecycle"] if "status" in mine else {}
    for key, word in prefixes.items():
        if key in columns:
            mine["status"] = mine["status"].where(~lower(raw.cells[key]).eq("yes"), word)
    if "status" in mine:
        mine["status"] = mine["status"].where(gone_by.isna(), gone_by)
        if not {"operational_status", *prefixes} & columns and gone_by.isna().all():
            mine.pop("status")
    ours = raw.cells.drop(columns=[name for name in mine if name in raw.cells])
    return with_cells(replace(raw, cells=ours), mine, *told)


def _not_for_all(cells: pd.DataFrame, tags: dict[str, list[str]], mine: pd.Series) -> list[Fault]:
    """A note for points that the map marks as not to drink from, or not open to everybody."""
    hit = {
        f"{key}={value}": cells.index[(mine & lower(cells[key]).eq(value)).to_numpy(bool)]
        for key, values in tags.items()
        if key in cells
        for value in values
    }
    said = {tag: rows for tag, rows in hit.items() if len(rows)}
    if not said:
        return []
    values = {"tags": ", ".join(f"{tag} ({len(rows)})" for tag, rows in said.items())}
    return [Fault("not_for_all", "note", int(min(rows[0] for rows in said.values())), values=values)]


def _by_class(raw: RawTable) -> RawTable:
    """Geofabrik's extracts say what a thing is in `fclass`: as the tag that it is made of."""
    if "fclass" not in raw.cells or not raw.cells["fclass"].notna().any():
        return raw
    made: dict[str, pd.Series] = {}
    said = lower(raw.cells["fclass"])
    for word, (key, value) in facts("osm")["fclass"].items():
        now = made.get(key, raw.cells[key] if key in raw.cells else pd.Series(None, index=said.index, dtype=object))
        made[key] = now.where(now.notna() | ~said.eq(word), value)
    return with_cells(raw, made, out_of=["fclass"])


def _lines(raw: RawTable, own: dict[str, list[str]]) -> RawTable | None:
    """Lines of the map that are none of a table's by their tags: canals and rails among roads, what is not built."""
    others = [key for key in facts("osm")["lines"]["others"] if key in raw.cells and key not in own]
    gone = raw.cells[others].notna().any(axis=1) if others else pd.Series(False, index=raw.cells.index)
    for key, unbuilt in own.items():
        if key in raw.cells:
            gone = (gone & raw.cells[key].isna()) | lower(raw.cells[key]).isin(unbuilt)
    told = [Fault("other_thing", "rejected", int(row)) for row in raw.cells.index[gone.to_numpy(bool)]]
    return with_cells(raw, {}, *told) if told else None


def _of_the_map(cells: pd.DataFrame) -> bool:
    """Whether every id is one of OpenStreetMap ("node/123"), or stands beside a column of its kinds."""
    if {"id", "type"} <= set(cells) and cells["type"].isin(["node", "way", "relation"]).all():
        return True
    ids = cells["id"].dropna().astype(str) if "id" in cells else pd.Series(dtype=str)
    return bool(len(ids)) and bool(ids.str.fullmatch(r"(?:node|way|relation)/\d+").all())


#: Keys of the map that say what a thing is.
_THING_KEYS = ("man_made", "amenity", "natural", "water", "healthcare")


def _stands(cells: pd.DataFrame) -> pd.Series:
    """Rows whose thing stands under a key of its own: `disused:amenity=pub` beside a well is about something else."""
    return cells[[key for key in _THING_KEYS if key in cells]].notna().any(axis=1)


def _lives(raw: RawTable) -> tuple[RawTable, pd.Series]:
    """Things of the map whose key says that they are no more (`disused:amenity`): their key, and the status."""
    cells, status = raw.cells, pd.Series(None, index=raw.cells.index, dtype=object)
    for column in map(str, raw.cells.columns):
        prefix, _, key = column.partition(":")
        said = facts("vocab/status")["lifecycle"].get(prefix)
        if said is None or key not in _THING_KEYS:
            continue  # of the pump or the name it says nothing of the well
        now = cells[key] if key in cells else pd.Series(None, index=cells.index, dtype=object)
        hit = cells[column].notna() & now.isna() & ~_stands(raw.cells)
        status[hit.to_numpy(bool)] = said
        cells = cells.assign(**{key: now.where(~hit, cells[column])})
    return replace(raw, cells=cells), status


def _by_rules(tags: dict[str, pd.Series], rules: list[dict[str, object]]) -> pd.Series:
    """The first rule whose tags all fit, row by row."""
    found = pd.Series(None, index=tags["amenity"].index, dtype=object)
    for rule in rules:
        fits = found.isna()
        for key, value in dict(rule["tags"]).items():  # type: ignore[call-overload]
            fits &= tags[str(key)].eq(value)
        found[fits.to_numpy(bool)] = rule["is"]
    return found
