"""On which side of the globe a position lies, and its parts in columns: said by heads, or by a column of its own."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.heads import nearness
from geo.cells.position_text import angle
from geo.cells.vocabulary import normal
from geo.checking.proposals import columns_found
from geo.model.facts import facts
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
    both = next(((lat, others["lon"][rest]) for rest, lat in others["lat"].items() if rest in others["lon"]), ("", ""))
    lat, lon = both
    if not lat:
        return None
    taken = raw.cells[[sources["lat"], sources["lon"]]]
    bare = (taken.isna() | taken.isin(NOUGHT)).all(axis=1)
    there = bare & raw.cells[lat].notna() & raw.cells[lon].notna()
    if not there.any():
        return None
    made = {
        sources[axis]: raw.cells[sources[axis]].where(~there, raw.cells[one])
        for axis, one in zip(AXES, both, strict=True)
    }
    row, values = int(raw.cells.index[there.to_numpy(bool)][0]), {"count": int(there.sum())}
    told = Fault("second_place", "note", row, f"{lat}, {lon}", values=values)
    return with_cells(raw, made, told, out_of=[lat, lon])


#: What a form or a receiver writes where it took no position.
NOUGHT = ("0", "0.0", "0,0")
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
    heads: dict[str, dict[str, tuple[str, str]]] = {"lat": {}, "lon": {}}
    for column in map(str, raw.cells.columns):
        words = normal(_signs_as_words(column)).split()
        axis, side = _axis_of(words)
        own = {*AXES.get(axis or "", ()), *(one for head in entry["sides"].get(axis, ()) for one in head.split())}
        if axis is not None and set(words) <= beside | own and _angles(raw.cells[column]):
            heads[axis].setdefault(" ".join(one for one in words if one not in own), (column, side))
    if not all(heads.values()):
        return None
    both = sorted((rest for rest in heads["lat"] if rest in heads["lon"]), key=nearness)
    taken = {axis: found[both[0]] if both else next(iter(found.values())) for axis, found in heads.items()}
    shaped = {
        axis: raw.cells[column].map(lambda text, side=side: _with_side(text, side) if side else text)
        for axis, (column, side) in taken.items()
    }
    told = [Fault("column_as", "note", values={"columns": ", ".join(f"{taken[axis][0]} → {axis}" for axis in AXES)})]
    if len(both) > 1:
        values = {"taken": taken["lat"][0], "others": ", ".join(heads["lat"][rest][0] for rest in both[1:])}
        told.append(Fault("gps_chosen", "note", column="lat/lon", values=values))
    return with_cells(raw, shaped, *told, out_of=[column for column, _ in taken.values()])


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
