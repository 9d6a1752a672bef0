"""On which side of the globe a position lies, and its parts in columns: said by heads, or by a column of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial, reduce

import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.position_text import angle
from geo.cells.vocabulary import normal
from geo.checking.proposals import columns_found, plain_names
from geo.model.facts import columns_of, facts
from geo.reading.raw_table import Fault, RawTable, with_cells

#: Words of an axis that say no side.
AXES = {
    "lat": frozenset({"lat", "latitude", "latitud", "lintang"}),
    "lon": frozenset({"lon", "long", "lng", "longitude", "longitud", "bujur"}),
}


def sides(raw: RawTable, table: str) -> RawTable | None:
    """Columns headed LS, LU, BT, BB: the head says the side, where the cells do not say it themselves."""
    if raw.geometry is not None:
        return None
    heads = facts("places")["sides"]
    named = {normal(str(column)): str(column) for column in reversed(raw.cells.columns.tolist())}
    shaped: dict[str, pd.Series] = {}
    told = {}
    for axis in ("lat", "lon"):
        for head, side in heads[axis].items():
            if head in named and axis not in shaped and not _own(raw, axis, named[head]) and _degrees(raw, named[head]):
                shaped[axis] = raw.cells[named[head]].map(lambda text, side=side: _with_side(text, side))
                told[named[head]] = side
    if set(shaped) != {"lat", "lon"}:
        return None
    note = Fault("side_in_head", "note", values={"columns": ", ".join(f"{a}: {b}" for a, b in told.items())})
    own = raw.cells.drop(columns=[name for name in shaped if name in raw.cells and name not in told])
    return with_cells(replace(raw, cells=own), shaped, note, out_of=told)


def second_place(raw: RawTable, table: str) -> RawTable | None:
    """Two pairs of columns for the place of a row: where the one that is taken says nothing, the other does."""
    if raw.geometry is not None:
        return None
    sources = columns_found(raw, table)
    if not {"lat", "lon"} <= set(sources):
        return None
    others = {axis: _other_axes(raw, axis, {*sources.values(), *raw.used}) for axis in AXES}
    both = next(((lat, others["lon"][rest]) for rest, lat in others["lat"].items() if rest in others["lon"]), None)
    if both is None:
        return None
    lat, lon = both
    taken = raw.cells[[sources["lat"], sources["lon"]]]
    bare = (taken.isna() | taken.isin(_NOUGHT)).all(axis=1)
    there = bare & raw.cells[lat].notna() & raw.cells[lon].notna()
    if not there.any():
        return None
    made = {
        sources[axis]: raw.cells[sources[axis]].where(~there, raw.cells[one])
        for axis, one in zip(AXES, both, strict=True)
    }
    told = Fault("second_place", "note", int(raw.cells.index[there.to_numpy(bool)][0]), f"{lat}, {lon}",
                 values={"count": int(there.sum())})  # fmt: skip
    return with_cells(raw, made, told, out_of=[lat, lon])


#: What a form or a receiver writes where it took no position.
_NOUGHT = ("0", "0.0", "0,0")
#: Words that a head of an axis may have besides, and none else: "lintang_manual"; not "lat min", nobody's house.
_BESIDE_AXIS = frozenset({"manual", "gps", "koordinat", "titik", "koreksi", "kedua", "2", "center"})


def _other_axes(raw: RawTable, axis: str, taken: set[str]) -> dict[frozenset[str], str]:
    """Columns of an axis that are not taken, by the other words of their heads; of equal heads the first."""
    found: dict[frozenset[str], str] = {}
    for column in map(str, raw.cells.columns):
        words = frozenset(normal(re.sub(r"(?<=[^\W\d])_\d+$", "", column)).split())
        rest = words - AXES[axis]
        if column not in taken and len(words) == len(rest) + 1 and rest <= _BESIDE_AXIS:
            found.setdefault(rest, column)
    return found


def heads_of_axes(raw: RawTable, table: str) -> RawTable | None:
    """Latitude and longitude under heads of several words ("Koordinat Lintang (Y)", "Garis Bujur (BT)", "lat_sumur").

    Taken where no other column is known to be one, and most of the cells are angles; a side in the head counts as in
    `sides`.
    """
    if raw.geometry is not None or {"lat", "lon"} & set(found := columns_found(raw, table)) or "wkt" in found:
        return None
    entry = facts("places")
    beside = {*entry["place"], *entry["thing"], *entry["axis_words"]}
    shaped, told = {}, {}
    for column in map(str, raw.cells.columns):
        words = normal(_signs_as_words(column)).split()
        axis, side = _axis_of(words)
        own = {*AXES.get(axis or "", ()), *(one for head in entry["sides"].get(axis, ()) for one in head.split())}
        if axis is None or axis in shaped or not set(words) <= beside | own or not _angles(raw.cells[column]):
            continue
        shaped[axis] = raw.cells[column].map(lambda text, side=side: _with_side(text, side) if side else text)
        told[column] = axis
    if set(shaped) != {"lat", "lon"}:
        return None
    note = Fault(
        "column_as", "note", values={"columns": ", ".join(f"{column} → {axis}" for column, axis in told.items())}
    )
    return with_cells(raw, shaped, note, out_of=told)


def _axis_of(words: list[str]) -> tuple[str | None, str]:
    """The one axis that words of a head name, and the side; None where they name none, or both."""
    heads, plainly = facts("places")["sides"], f" {' '.join(words)} "
    sides_of = {
        axis: next((side for head, side in heads[axis].items() if f" {head} " in plainly), None) for axis in AXES
    }
    named = {axis for axis, own in AXES.items() if own & set(words)}
    axes = named or {axis for axis, side in sides_of.items() if side}
    if len(axes) != 1:
        return None, ""
    axis = axes.pop()
    return axis, sides_of[axis] or ""


def _angles(cells: pd.Series) -> bool:
    """Whether most of the first cells of a column are latitudes or longitudes, no metres."""
    texts = [text for text in cells.dropna().head(50) if isinstance(text, str)]

    def fits(text: str) -> bool:
        try:
            return abs(angle(text)[0]) <= 180
        except CellError:
            return False

    return bool(texts) and sum(map(fits, texts)) * 2 > len(texts)


#: No word for a side has more letters.
_LONGEST_SIDE = 40


def hemispheres(raw: RawTable, table: str) -> RawTable | None:
    """A column that says of each row on which side it lies (N/S, "lat_dir"): its word goes to the number beside it."""
    entry, shaped, told = facts("places")["hemispheres"], {}, {}
    if raw.geometry is not None:
        return None
    headed = [column for column in map(str, raw.cells.columns) if normal(column) in entry["heads"]]
    headed += [column for column in _of_sides(raw) if column not in headed]
    if not headed:
        return None
    sources = columns_found(raw, table)
    if not {"lat", "lon"} <= set(sources):
        return None
    for column in headed:
        if column in sources.values():
            continue
        written = raw.cells[column].dropna().unique()
        plain = {text: normal(text) for text in written if isinstance(text, str) and len(text) < _LONGEST_SIDE}
        for axis in ("lat", "lon"):
            words = entry[axis]
            if axis in shaped or not len(written) or not all(plain.get(text) in words for text in written):
                continue
            sides_of = raw.cells[column].map({text: words[word] for text, word in plain.items()})
            both = zip(raw.cells[sources[axis]], sides_of, strict=True)
            cells = [text if side is None or side != side else _with_side(text, side) for text, side in both]
            shaped[axis] = pd.Series(cells, index=raw.cells.index, dtype=object)
            told[column] = axis
    if not shaped:
        return None
    note = Fault("side_in_column", "note", values={"columns": ", ".join(told)})
    made = {sources[axis]: cells for axis, cells in shaped.items()}
    return with_cells(raw, made, note, out_of=told)


def _of_sides(raw: RawTable) -> list[str]:
    """Columns that hold nothing but words for a side, beside a column of degrees or under a head that names an axis.

    Single letters may be answers as well (Sí and No, Oui and Non, Baik and Tidak): they are sides only under a head
    that says nothing else, or where each of the two axes has its own beside it.
    """
    entry, columns = facts("places")["hemispheres"], [str(column) for column in raw.cells.columns]
    found: dict[str, set[str]] = {}
    letters: list[str] = []
    names = [normal(column).split() for column in columns]
    of_axis = [_axis(words)[0] is not None or bool({"x", "y"} & set(words)) for words in names]
    for n, column in enumerate(columns):
        if not any(of_axis[max(n - 1, 0) : n + 2]):
            continue
        written = raw.cells[column].dropna().unique()[:10]
        words = {normal(text) for text in written if isinstance(text, str) and len(text) < _LONGEST_SIDE}
        axes = {axis for axis in ("lat", "lon") if words and words <= set(entry[axis])}
        if axes:
            found[column] = axes
            if min(map(len, words)) == 1 and not (of_axis[n] or set(names[n]) <= {*entry["beside"], *_NO_NAME}):
                letters.append(column)
    both = len(found) > 1 and set().union(*found.values()) == {"lat", "lon"}
    return [column for column in found if both or column not in letters]


#: How tables name a column without a head.
_NO_NAME = frozenset({"unnamed", "column", "kolom", "col", "field", *map(str, range(100))})


def _degrees(raw: RawTable, column: str) -> bool:
    """Whether a column's first cells are no metres of a map's grid."""
    return not any(re.match(r"\s*\d{5,}", str(text)) for text in raw.cells[column].dropna().head(20))


def _own(raw: RawTable, axis: str, column: str) -> bool:
    """Whether another column carries the axis's plain name and says anything."""
    return any(
        normal(str(name)) in (axis, {"lat": "latitude", "lon": "longitude"}[axis])
        and str(name) != column
        and raw.cells[name].notna().any()
        for name in raw.cells.columns
    )


def _with_side(text: object, side: str) -> object:
    """A cell with the side that its column's head says, unless it says one, or a minus, itself."""
    if not isinstance(text, str):
        return text
    try:
        value, own, _ = angle(text)
    except CellError:
        return text
    if own is not None or (value < 0 and side in ("LS", "BB")):
        return text
    return f"{text} {side}"  # a minus against it is told as the contradiction it is


def parts(raw: RawTable, table: str) -> RawTable | None:
    """Degrees, minutes and seconds in columns of their own ("LS derajat", "LS menit" …): put together."""
    if raw.geometry is not None:
        return None
    words = facts("places")
    found: dict[str, dict[str, str]] = {"lat": {}, "lon": {}}
    side: dict[str, str] = {}
    for column in map(str, raw.cells.columns):
        names = normal(_signs_as_words(column)).split()
        part, word = next(
            ((part, head) for part, heads in words["parts"].items() for head in heads if head in names), (None, "")
        )
        axis, said = _axis([name for n, name in enumerate(names) if n != _last(names, word)])
        if part is not None and axis is not None:
            found[axis].setdefault(part, column)
            side.setdefault(axis, said)
    for axis, columns in found.items():  # "lat", "lat_min": the first are the degrees
        bare = next((one for one in map(str, raw.cells.columns) if normal(one) in AXES[axis]), None)
        if "degrees" not in columns and "minutes" in columns and bare is not None and _whole(raw.cells[bare]):
            columns["degrees"] = bare
            side.setdefault(axis, "")
    if any(not {"degrees", "minutes"} <= set(columns) for columns in found.values()):
        return None
    shaped = {axis: _put_together(raw.cells, columns, side[axis]) for axis, columns in found.items()}
    told = ", ".join(column for columns in found.values() for column in columns.values())
    used = [column for columns in found.values() for column in columns.values()]
    return with_cells(raw, shaped, Fault("read_as", "note", values={"shape": told}), out_of=used)


def _signs_as_words(head: str) -> str:
    """A head whose signs for degrees, minutes and seconds are words.

    Examples
    --------
    >>> _signs_as_words("Lintang (°)"), _signs_as_words("Bujur (')")
    ('Lintang ( degrees )', 'Bujur ( minutes )')
    """
    for signs, word in (("°º˚", "degrees"), ("''", "seconds"), ('"″”“', "seconds"), ("'′’‘", "minutes")):
        for sign in [signs] if signs == "''" else signs:
            head = head.replace(sign, f" {word} ")
    return head


def _whole(cells: pd.Series) -> bool:
    """Whether all cells are whole numbers of degrees."""
    return bool(cells.dropna().astype(str).str.fullmatch(r"\s*-?\d{1,3}\s*").all())


def _axis(names: list[str]) -> tuple[str | None, str]:
    """The axis that the words of a head name, and the side."""
    heads = facts("places")["sides"]
    named = [axis for axis, words in AXES.items() if words & set(names)]
    for axis in named or ("lat", "lon"):
        for head, side in heads[axis].items():
            if head in names:
                return axis, side
    return (named[0], "") if named else (None, "")


def _last(names: list[str], word: str) -> int:
    """Where a word stands last ("s s": the seconds of the south)."""
    return len(names) - 1 - names[::-1].index(word) if word in names else -1


def _put_together(cells: pd.DataFrame, columns: dict[str, str], side: str) -> pd.Series:
    def one(row: tuple[object, ...]) -> str | None:
        texts = [str(cell).strip() if isinstance(cell, str) else "" for cell in row]
        if not texts[0]:
            return None
        signs = "°'\""
        return " ".join(f"{text}{sign}" for text, sign in zip(texts, signs, strict=False) if text) + (
            f" {side}" if side else ""
        )

    taken = [columns[part] for part in ("degrees", "minutes", "seconds") if part in columns]
    return pd.Series([one(row) for row in cells[taken].itertuples(index=False)], index=cells.index, dtype=object)


def code_parts(raw: RawTable, table: str) -> RawTable | None:
    """Province, regency, district and village each as a number in a column of its own: a village's code is all four.

    Numbers of fewer digits have lost their zeros; a part that has more than its digits is no part, and where the
    last column has the whole code it stays as it is.
    """
    if "village_code" not in columns_of(table):
        return None
    named = plain_names(raw.cells.columns)
    heads = facts("places")["code_parts"]
    columns = [next((named[head] for head in heads[part] if head in named and _is_number(raw.cells[named[head]])), None)
               for part in _PARTS]  # fmt: skip
    found = [column for column in columns if column is not None]
    sizes, name = dict(_PARTS), "village_code"
    if len(found) < len(_PARTS):
        both = _district_and_village(raw, named, columns[-1])
        if both is None:
            return None
        found, sizes = both, {"district": _DISTRICT, "village": 4}
    elif _of_bps(raw, found) and "bps_code" in columns_of(table):
        sizes, name = _BPS_PARTS, "bps_code"
    written: list[pd.Series] = []
    for column, (part, digits) in zip(found, sizes.items(), strict=True):
        cells = raw.cells[column].map(_bare).astype(object)
        if cells.str.len().max() > digits or (part == "village" and digits == 4 and cells.str.len().max() < digits):
            return None
        written.append(cells.map(partial(_padded, digits=digits)))
    dot = "." if name == "village_code" else ""
    codes = reduce(lambda one, other: one + dot + other, written)
    shape = " + ".join(found)
    told = Fault("read_as", "note", values={"shape": shape})
    if name == "bps_code":  # "kode desa" is a part here, no code
        raw = replace(raw, cells=raw.cells.drop(columns=found))
    return with_cells(raw, {name: codes.where(~codes.str.contains("?", regex=False))}, told, out_of=found)


#: Parts of a village's code of the statistics office and their digits.
_BPS_PARTS = {"province": 2, "regency": 2, "district": 3, "village": 3}


def _of_bps(raw: RawTable, found: list[str]) -> bool:
    """Whether the parts are those of a BPS code: three digits for the village, and for the kecamatan."""
    sizes = [raw.cells[column].map(_bare).astype("str").str.len().max() for column in found]
    return len(sizes) == len(_PARTS) and sizes[3] <= 3 and sizes[2] <= 3


#: Digits of a kecamatan's whole code.
_DISTRICT = 6


def _bare(text: object) -> str:
    """The digits of a part of a code, as a spreadsheet may have spoiled it."""
    plain = str(text).strip().removesuffix(".0") if isinstance(text, str) else ""
    return plain.replace(".", "") if plain.replace(".", "").isdigit() else plain


def _padded(text: str, digits: int) -> str:
    """A part of a code with its zeros, a kecamatan's whole one with its dots; "?" where it is none."""
    if not text.isdigit():
        return "?"
    whole = text.zfill(digits)
    return ".".join(re.findall("..", whole)) if digits == _DISTRICT else whole


def _district_and_village(raw: RawTable, named: dict[str, str], village: str | None) -> list[str] | None:
    """A kecamatan's whole code and the village's own number, each in a column; None where the file has not both."""
    if village is None or not raw.cells[village].dropna().astype(str).str.fullmatch(r"\s*\d{4}(?:\.0)?\s*").all():
        return None
    for head in facts("places")["code_parts"]["whole_district"]:
        cells = raw.cells[named[head]].dropna().astype(str) if head in named else pd.Series(dtype=object)
        if len(cells) and cells.str.fullmatch(r"\s*\d{2}\.?\d{2}\.?\d{2}(?:\.0)?\s*").all():
            return [named[head], village]
    return None


#: Parts of a village's code and their digits.
_PARTS = {"province": 2, "regency": 2, "district": 2, "village": 4}


def _is_number(cells: pd.Series) -> bool:
    told = cells.dropna().astype(str).str.strip()
    return bool(len(told)) and bool(told.str.fullmatch(r"\d{1,4}(?:\.0)?").all())
