"""Which of a file's columns is which of ours, where nobody has said it: by the names other inventories use.

A proposal never goes before a mapping file nor before a column that has our own name, and each one is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.cell_parsers import MISSING, PARSERS
from geo.cells.heads import (
    ENDINGS,
    SEXES,
    cut_off,
    of_another_measure,
    of_flowing_water,
    of_questions,
    whose,
    without_units,
)
from geo.cells.vocabulary import asked_state, meant, of_its_state, of_the_water, truth
from geo.checking.column_mapping import POSITION, ColumnMapping
from geo.model.facts import columns_of, facts
from geo.model.names import plain
from geo.reading.raw_table import RawTable

#: Our names that are also written otherwise, whatever the table.
ALIASES = {
    "lat": ("lat", "latitude", "lintang", "y"),
    "lon": ("lon", "lng", "long", "longitude", "bujur", "x"),
    "wkt": (
        "wkt",
        "geometry",
        "geom",
        "the_geom",
        "ewkt",
        "wkb",
        "geojson",
        "shape",
        "geoshape",
        "batas",
        "polygon",
        "st_astext",
    ),
}


def plain_names(columns: Iterable[object]) -> dict[str, str]:
    """Plain name → column, the first of equal ones; a group of a form (``group/question``) that several share is cut.

    Examples
    --------
    >>> plain_names(["titik/nama", "titik/kondisi", "No. HP/ID"])
    {'nama': 'titik/nama', 'kondisi': 'titik/kondisi', 'no hp id': 'No. HP/ID'}
    """
    names = [str(column) for column in columns]
    of_form = [name for name in names if name.lower() in facts("synonyms")["of_form"]["columns"]]
    if len(of_form) > 1:  # Kobo's own: "_status" says how an answer came in
        names = [name for name in names if name not in of_form]
    groups = Counter(name.rpartition("/")[0] for name in names if "/" in name)
    found: dict[str, str] = {}
    for name in names:
        group, _, last = name.rpartition("/")
        cut = groups[group] > 1 and group not in names and not last.isdigit()
        found.setdefault(plain((last if cut else name).replace("%", " persen ")), name)
    dashed = Counter(name.split("-")[0] for name in names if "-" in name)
    for name in names:  # of a form by ODK Central: what no column is called by its whole name
        group, _, last = name.partition("-")
        if last and dashed[group] > 1 and whose(plain(group)) != 2:  # "_start-geopoint": where a form was begun
            found.setdefault(plain(last), name)
    return found


def wanted(table: str) -> list[str]:
    """Names of ours that a file of this table can have: declared columns and the position."""
    return [*columns_of(table), *POSITION]


def direct(name: str, columns: Iterable[str]) -> str | None:
    """The column that carries our own name (or a usual name of a position), or None."""
    lower = {str(column).strip().lower(): str(column) for column in reversed(list(columns))}
    for alias in ALIASES.get(name, (name,)):
        if alias in lower:
            return lower[alias]
    return None


def proposed(raw: RawTable, table: str, mapping: ColumnMapping) -> dict[str, str]:
    """Return our column → the file's, for those that neither the mapping nor their own name settles.

    Parameters
    ----------
    raw
        As read.
    table
        What it is to become.
    mapping
        Goes before every proposal.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"Kode Desa": ["32.03.18.2001"], "functional_status": ["baik"], "lat": ["-7.2"]})
    >>> proposed(RawTable("f", cells), "water_points", ColumnMapping())
    {'village_code': 'Kode Desa', 'status': 'functional_status'}
    """
    names = wanted(table)
    settled = {name: mapping.columns.get(name, _settled(name, raw, table)) for name in names}
    used = {source for source in settled.values() if source}
    by_plain = plain_names(raw.cells.columns)
    own = {name: _filled(name, raw) for name in names if name not in mapping.columns}
    found = {name: source for name in own if (source := settled[name]) is not None and source != own[name]}
    for name in names:
        if settled[name] is not None or name in mapping.constants or (name in POSITION and raw.geometry is not None):
            continue
        declared = columns_of(table).get(name)
        synonyms = [plain(name), *map(plain, facts("synonyms").get(table, {}).get(name, ()))]
        synonyms += [plain(declared[lang]) for lang in ("id", "en") if declared]  # as our own exports head them
        if name == "population" and any(two <= set(by_plain) for two in SEXES):
            synonyms += ["jumlah", "total", "l p", "jml"]  # of a table with both sexes and their sum
        if name in ("lat", "lon"):  # of a question in a form: "_letak_latitude"
            synonyms += of_questions(by_plain, ENDINGS[name])
        known = without_units(raw.cells.columns, declared, position=name in POSITION) | by_plain
        known |= cut_off(raw.cells.columns, synonyms, known)
        named = [known[synonym] for synonym in synonyms if known.get(synonym) not in (None, *used)]
        named = [source for source in named if not of_another_measure(source, declared)]
        if name == "name":  # "Sumber" full of kinds of sources is no name
            named = [source for source in named if not _says_kinds(raw, table, source)]
        fits = [source for source in named if _fits(raw.cells[source], declared)]
        sure = [source for source in named if plain(source) not in facts("synonyms")["unsure"]["heads"]]
        filled = [source for source in sure if _fits(raw.cells[source], None)]  # what it cannot hold is told by row
        if not (fits or filled) and declared and "choices" in declared:
            fits = _by_words(raw, table, name, declared, used)
        if fits or filled:
            found[name] = (fits or filled)[0]
            used.add(found[name])
    key = facts("tables")[table]["key"]
    if key not in found and settled.get(key) is None and key not in mapping.constants:
        found |= {key: codes[0]} if (codes := [one for one in _keys(raw, table, by_plain) if one not in used]) else {}
    return found


def _keys(raw: RawTable, table: str, named: dict[str, str]) -> list[str]:
    """The column under a head like "Kode" whose codes tell every thing from every other; none is a bare count."""
    heads = facts("synonyms")["keys"]
    for head in heads["heads"] if table in heads["tables"] else ():
        texts = raw.cells[named[head]] if head in named else pd.Series(dtype=object)
        if len(texts) and texts.notna().all() and texts.is_unique and texts.str.contains(heads["code"]).all():
            return [named[head]]
    return []


def _says_kinds(raw: RawTable, table: str, source: str) -> bool:
    """Whether a column is full of words for what a thing is."""
    texts = [text for text in raw.cells[source].dropna().unique()[:_TRIED] if text.strip().lower() not in MISSING]
    choices = _OWN_LISTS.get(table, ())[:1]
    known = [meant(text.strip(), choices[0]) for text in texts] if choices else []
    return bool(known) and sum(word is not None and word.value != "unknown" for word in known) * 5 >= len(known) * 4


def _by_words(raw: RawTable, table: str, name: str, declared: dict[str, Any], used: set[str]) -> list[str]:
    """Columns under a head that no list has, but with a word of what is wanted, full of words for its values.

    None that speaks of another time or another thing ("kondisi jalan", "previous status"), and for a state none that is
    answered with yes or no, unless its head asks whether the thing works.
    """
    entry = facts("synonyms").get("heads", {}).get(name)
    if entry is None:
        return []
    return [one for one in _full_of(raw, entry, declared, used) if name != "status" or _of_state(raw, table, one)]


def _of_state(raw: RawTable, table: str, column: str) -> bool:
    """Whether a column of words for states tells the state of the thing itself."""
    texts = [text.strip() for text in raw.cells[column].dropna().unique()[:_TRIED]]
    answers = all(truth(text, "status") is not None for text in texts if text.lower() not in MISSING)
    asked = asked_state(column, table)
    words_of_it = asked in ("non_functional", "needs_repair") and not answers  # "Status Rusak": "Rusak berat"
    own = (of_its_state(column, table) and not of_the_water(column, texts)) or words_of_it
    return own and (not answers or asked in (None, "functional"))


def of_another_thing(raw: RawTable, table: str, used: Collection[str]) -> list[str]:
    """Columns full of words for a state that were not taken, since their heads speak of something else."""
    entry, declared = facts("synonyms")["heads"]["status"], columns_of(table).get("status")
    if declared is None or "choices" not in declared:
        return []
    return [one for one in _full_of(raw, entry, declared, used) if not _of_state(raw, table, one)]


def _full_of(raw: RawTable, entry: dict[str, Any], declared: dict[str, Any], used: Collection[str]) -> list[str]:
    """Columns whose head has a word of `entry`, and four fifths of whose words are values."""
    found = []
    for column in map(str, raw.cells.columns):
        words = set(plain(column).split())
        if column in used or not words & set(entry["with"]) or words & set(entry["without"]):
            continue
        texts = [text for text in raw.cells[column].dropna().unique()[:_TRIED] if text.strip().lower() not in MISSING]
        known = [meant(text.strip(), declared["choices"]) for text in texts]
        if texts and sum(word is not None for word in known) * 5 >= len(texts) * 4:
            found.append(column)
    return found


def other_questions(raw: RawTable, sources: dict[str, str], guessed: dict[str, str]) -> list[str]:
    """Columns of latitude that a form asked for besides the one that is taken."""
    if "lat" not in guessed:
        return []
    by_plain = plain_names(raw.cells.columns)
    return [by_plain[name] for name in of_questions(by_plain, ENDINGS["lat"]) if by_plain[name] != sources["lat"]]


def persons_place(sources: dict[str, str]) -> str | None:
    """The column of latitude that is taken, if its name says that it is a person's place, not the thing's."""
    source = sources.get("lat")
    return source if source is not None and whose(plain(source)) == 2 else None


def _filled(name: str, raw: RawTable) -> str | None:
    """The column of our own name, unless it is empty."""
    source = direct(name, raw.cells)
    return source if source is not None and raw.cells[source].notna().any() else None


def _settled(name: str, raw: RawTable, table: str) -> str | None:
    """The same, unless its words are no values of ours and those of another column are ("status: Milik Desa")."""
    source, declared = _filled(name, raw), columns_of(table).get(name)
    if (
        source is not None and name in ("lat", "lon") and _of_metres(raw.cells[source])
    ):  # beside them the same in degrees
        by_plain = plain_names(raw.cells.columns)
        others = [by_plain.get(plain(one)) for one in facts("synonyms").get(table, {}).get(name, ())]
        return next((one for one in others if one not in (None, source) and not _of_metres(raw.cells[one])), source)
    if source is None or declared is None or "choices" not in declared or _means(raw.cells[source], declared):
        return source
    by_plain = plain_names(raw.cells.columns)
    others = [by_plain.get(plain(one)) for one in facts("synonyms").get(table, {}).get(name, ())]
    better = [one for one in others if one not in (None, source) and _means(raw.cells[one], declared)]
    return better[0] if better else source


def _of_metres(cells: pd.Series) -> bool:
    """Whether the first cells of a column are metres of a map's grid, no degrees."""
    first = cells.dropna().astype(str).head(_TRIED)
    return bool(len(first)) and bool(first.str.match(r"\s*-?\d{4,}").all())


def _means(cells: pd.Series, declared: dict[str, Any]) -> bool:
    """Whether most of the different words of a column are values of ours."""
    texts = [text for text in cells.dropna().unique()[:_TRIED] if text.strip().lower() not in MISSING]
    return sum(map(partial(_readable, column=declared), texts)) * 2 > len(texts)


#: So many different cells of a column are tried before it is proposed.
_TRIED = 50


def _fits(cells: pd.Series, column: dict[str, Any] | None) -> bool:
    """A column with content; and where dates or numbers are wanted, most of what it holds is such."""
    texts = [text for text in cells.dropna().unique()[:_TRIED] if text.strip().lower() not in MISSING]
    if column is None or column["type"] not in ("date", "number", "integer"):
        return bool(texts)
    return sum(map(partial(_readable, column=column), texts)) * 2 > len(texts)


def _readable(text: str, column: dict[str, Any]) -> bool:
    try:
        PARSERS[column["type"]](text.strip(), column, {"propose": False})
    except CellError:
        return False
    return True


def sources_of(raw: RawTable, table: str, mapping: ColumnMapping, guessed: dict[str, str]) -> dict[str, str]:
    """Our columns and the file's that hold them: as mapped, by our own name, else as guessed."""
    found = {}
    for name in wanted(table):
        source = mapping.columns.get(name, guessed.get(name) or direct(name, raw.cells))
        if source and name not in mapping.constants:
            found[name] = source
    return found


def columns_found(raw: RawTable, table: str, mapping: ColumnMapping | None = None) -> dict[str, str]:
    """`sources_of` with what is proposed."""
    given = mapping or ColumnMapping()
    return sources_of(raw, table, given, proposed(raw, table, given))


def likeliest(raw: RawTable) -> str:
    """The table that a file most likely is: the one with the largest part of its own columns in the file (`fit`)."""
    return "villages" if _counts_alone(raw) else max(facts("tables"), key=partial(fit, raw))


def _counts_alone(raw: RawTable) -> bool:
    """Whether a file has no places and counts something of villages: these join the villages that are known."""
    if raw.geometry is not None:
        return False
    found = columns_found(raw, "villages")
    words = set(plain(found.get("name", "")).split())
    named = {"village_code", "bps_code"} & set(found) or words & {"desa", "kelurahan", "village", "nagari", "gampong"}
    counts = [name for name, column in columns_of("villages").items() if column.get("unit") in ("people", "households")]
    if not named or not set(counts) & set(found) or {"lat", "lon"} <= set(found) or "wkt" in found:
        return False
    return not any(_of_words(raw, table) for table in _OWN_LISTS)


#: So much better than the second the best table fits where it is sure.
_SURE = 0.5


def sure(raw: RawTable) -> bool:
    """Tell whether a file fits one table clearly better than any other, and has what that needs."""
    best, second = sorted((fit(raw, table) for table in facts("tables")), reverse=True)[:2]
    return best - second >= _SURE and best > 0


def best_fit(raw: RawTable) -> float:
    """How well a file fits the table that it fits best."""
    return max(fit(raw, table) for table in facts("tables"))


def fit(raw: RawTable, table: str) -> float:
    """How well a file fits a table: the part of its columns that the file has and that hold what they should.

    A required column that is missing counts against it, words of the table's own lists for it; shapes decide where all
    else is equal (lines are roads).
    """
    columns = columns_of(table)
    found = {name for name, source in columns_found(raw, table).items() if _says(raw, source, columns.get(name))}
    required = [name for name, column in columns.items() if column.get("required") or column.get("expected")]
    missing = sum(name not in found for name in required)
    part = len(found & set(columns)) / float(np.sqrt(len(columns)))
    part += 1.0 if _has_places(raw) else 0.0  # a legend has the words of a list, and no place
    return part + 0.3 * (len(required) - missing) - 2.0 * missing + _of_words(raw, table) + _of_shape(raw, table)


#: Words of which a column of a table's own lists is full, by table: status and technology are of no settlement.
_OWN_LISTS = {
    "water_points": ("technology", "status"),
    "sanitation": ("facility_kind",),
    "institutions": ("institution_kind",),
}


def _of_words(raw: RawTable, table: str) -> float:
    """Something for each column, heads included, that is full of the words of the table's own lists."""
    found = 0.0
    for choices in _OWN_LISTS.get(table, ()):
        for column in raw.cells.columns:
            texts = [
                text for text in raw.cells[column].dropna().unique()[:_TRIED] if text.strip().lower() not in MISSING
            ]
            known = [meant(text.strip(), choices) for text in texts]
            sure = [word for word in known if word is not None and word.value != "unknown"]
            if texts and len(sure) * 2 > len(texts) and any(len(text.strip()) > 2 for text in texts):
                found += 0.5
                break
    if table == "rivers":
        return 1.0 if of_flowing_water([*raw.cells.columns, *raw.cells.head(_TRIED).stack()]) else -1.0
    own = {head for heads in facts("synonyms")["own_heads"].get(table, {}).values() for head in heads}
    found += 2.0 if any(plain(str(column)) in own for column in raw.cells.columns) else 0.0
    heads = sum(plain(str(column)) in facts("ticks").get(table, {}) for column in raw.cells.columns)
    return found + (1.0 if heads > 1 else 0.0)


def _has_places(raw: RawTable) -> bool:
    """Whether a table seems to say where its things are: shapes, latitude and longitude, or a column called a place."""
    if raw.geometry is not None:
        return True
    words = set(facts("places")["place"])
    names = [set(plain(str(name)).split()) for name in raw.cells.columns]
    axes = [any({plain(one) for one in ALIASES[axis]} & one_name for one_name in names) for axis in ("lat", "lon")]
    return all(axes) or any(words & one_name for one_name in names)


def _says(raw: RawTable, source: str, column: dict[str, Any] | None) -> bool:
    """Tell whether a column of ours with a list of words holds any of them."""
    if column is None or column["type"] not in ("choice", "code"):
        return True
    texts = raw.cells[source].dropna().unique()[:_TRIED] if source in raw.cells else []
    return any(_readable(text, column) for text in texts)


def _of_shape(raw: RawTable, table: str) -> float:
    """A thousand less where the table takes none of the file's shapes."""
    if raw.geometry is None:
        return 0.0 if "Point" in facts("tables")[table]["geometry"] else -1000.0
    kinds = {shape.geom_type for shape in raw.geometry.dropna().head(200)}
    return 0.0 if not kinds or kinds & set(facts("tables")[table]["geometry"]) else -1000.0
