"""A table after the check: its good rows, its faults as they were found, and each bad row whole."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.checking.notices import spoilt_ids
from geo.model.facts import columns_of, facts
from geo.model.tables import coerce
from geo.reading.raw_table import Fault, RawTable

#: Fixes of which each text is told: a word may be taken for the wrong value.
_EACH = frozenset({"synonym", "missing_word"})
#: So many texts of a column that were understood in one way are told by line.
_MOST_ALIKE = 4
#: What a row without an id is known by at its next import.
_LASTING = ("name", "kind", "technology", "village_code", "geometry")
#: Faults of a word: told once with its count, not row by row.
_WORDS = frozenset({"unknown_value", "doubtful_word", "sheet_error"})


@dataclass
class Findings:
    """Faults as they are found: rejected rows by row, fixes gathered so that a thousand equal ones are one line."""

    rejected: dict[int, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    fixes: dict[tuple[str, str | None, str | None], list[int]] = field(default_factory=lambda: defaultdict(list))
    read: dict[tuple[str, str | None, str | None], str] = field(default_factory=dict)
    notes: list[Fault] = field(default_factory=list)
    blanks: dict[tuple[str, str | None, str | None], list[Fault]] = field(default_factory=lambda: defaultdict(list))

    def fix(self, key: str, column: str | None, value: str | None, rows: list[int], read: str = "") -> None:
        """Something was understood that is not written as it should be; `read`: what it was taken for."""
        self.fixes[key, column, value].extend(rows)
        self.read[key, column, value] = read

    def reject(self, fault: Fault) -> None:
        assert fault.row is not None
        self.rejected[fault.row].append(fault)

    def faults(self) -> list[Fault]:
        found = list(self.notes)
        found += self._fixed()
        for faults in self.blanks.values():
            found += self._told(faults)
        besides = defaultdict(list)
        for fault in (fault for faults in self.blanks.values() for fault in faults):
            besides[fault.row].append(replace(fault, severity="rejected", values={**fault.values, "count": 1}))
        for row in sorted(self.rejected):
            found += [*self.rejected[row], *besides[row]]
        return found

    def _fixed(self) -> list[Fault]:
        """What was understood, a line for each text; of many texts of one kind in a column the first, then how many."""
        alike: dict[tuple[str, str | None], list[Fault]] = defaultdict(list)
        for (key, column, value), rows in self.fixes.items():
            read = self.read.get((key, column, value), "")
            alike[key, column].append(Fault(key, "fixed", min(rows), column, value, {"count": len(rows), "read": read}))
        found: list[Fault] = []
        for (key, column), faults in alike.items():
            if key in _EACH or len(faults) <= _MOST_ALIKE:
                found += faults
                continue
            rest = faults[_MOST_ALIKE - 1 :]
            count = sum(int(str(fault.values["count"])) for fault in rest)
            row = min(fault.row or 0 for fault in rest)
            found += faults[: _MOST_ALIKE - 1]
            found.append(Fault("more_alike", "fixed", row, column, rest[0].value, {"count": count, "texts": len(rest)}))
        return found

    def _told(self, faults: list[Fault]) -> list[Fault]:
        """Cells left empty, row by row; one line for a word that many rows have."""
        left = [fault for fault in faults if fault.row not in self.rejected]
        if len(left) < 2 or left[0].key not in _WORDS:
            return [replace(fault, values={**fault.values, "count": 1}) for fault in left]
        rows = ", ".join(str(fault.row) for fault in left[:20]) + (" …" if len(left) > 20 else "")
        return [replace(left[0], values={**left[0].values, "count": len(left), "rows": rows})]

    def blank(self, fault: Fault) -> None:
        """A cell that cannot be read and is left empty; its row goes in."""
        self.blanks[fault.key, fault.column, fault.value].append(replace(fault, severity="blanked"))

    def blanked(self) -> tuple[tuple[int, str], ...]:
        """Row and column of the cells that were left empty in rows that go in."""
        every = (fault for faults in self.blanks.values() for fault in faults)
        return tuple((fault.row or 0, fault.column or "") for fault in every if fault.row not in self.rejected)

    def fixed_rows(self) -> set[int]:
        return {row for rows in self.fixes.values() for row in rows}


@dataclass(frozen=True, eq=False)
class Checked:
    """A table after the check. `read` = `accepted` + `rejected`, always; `fixed` counts accepted rows read differently
    than written; `rejects` holds each bad row whole, with its row number and reasons. `raw` is the file as it was read;
    `sources` our columns and the file's they were read from; `joins` that its rows join those there are, whatever is
    asked; `history` the earlier reports of its sites that the file holds, as a table of their own; `blanks` row and
    column of the cells of rows that go in that could not be read and are left empty; `joined` rows that are part of
    another (of one village).
    """

    table: str
    path: str
    rows: gpd.GeoDataFrame
    faults: tuple[Fault, ...]
    rejects: pd.DataFrame
    read: int
    fixed_rows: frozenset[int] = frozenset()
    raw: RawTable | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    joins: bool = False
    history: Checked | None = None
    blanks: tuple[tuple[int, str], ...] = ()
    joined: int = 0

    @property
    def blanked(self) -> int:
        return len(self.blanks)

    @property
    def fixed(self) -> int:
        return len(self.fixed_rows)

    @property
    def accepted(self) -> int:
        return len(self.rows) + self.joined

    @property
    def rejected(self) -> int:
        return len(self.rejects)

    def counts(self) -> dict[str, int]:
        """Return the counts an import reports."""
        told = {"read": self.read, "accepted": self.accepted, "rejected": self.rejected, "fixed": self.fixed}
        return told | {"blanked": self.blanked}


#: Columns that a list of rejects adds: a file's own of that name is told with a "_" behind.
_OURS = ("row", "reason", "raw_line", "file", "table", "explanation", "geometry_wkt")


def _beside_ours(name: object) -> str:
    return f"{name}_" if str(name) in _OURS else str(name)


def reject_row(raw: RawTable, faults: list[Fault], cells: dict[Any, Any], line: str | None = None) -> dict[str, Any]:
    """A bad row whole, as it stood in the file: number, reasons, its cells or its broken line, its shape as WKT."""
    row = faults[0].row
    reason = "; ".join(f"{fault.column}: {fault.key}" if fault.column else fault.key for fault in faults)
    shape = raw.geometry.get(row) if raw.geometry is not None else None
    place = {} if shape is None or pd.isna(shape) else {"geometry_wkt": shape.wkt}
    own = {_beside_ours(name): cell for name, cell in cells.items()}
    return {"row": row, "reason": reason, "raw_line": line} | own | place


def with_rejects(checked: Checked, faults: Sequence[Fault]) -> Checked:
    """Return a checked table with more faults, the rows of those that reject taken out and kept whole.

    Rows that were not among those checked count as read.
    """
    raw = checked.raw
    assert raw is not None
    bad = {fault.row: fault for fault in faults if fault.severity == "rejected"}
    moved = [reject_row(raw, [fault], raw.as_written.loc[row].to_dict()) for row, fault in bad.items()]
    return replace(
        checked,
        rows=checked.rows[~checked.rows["source_row"].isin(list(bad))].reset_index(drop=True),
        faults=(*checked.faults, *faults),
        rejects=pd.concat([checked.rejects, pd.DataFrame(moved)], ignore_index=True) if moved else checked.rejects,
        read=checked.read + len(bad) - int(raw.cells.index.isin(list(bad)).sum()),
        fixed_rows=checked.fixed_rows - set(bad),
        blanks=tuple(one for one in checked.blanks if one[0] not in bad),
    )


def both(one: Checked, other: Checked) -> Checked:
    """Return two checked files as one table; rows of the second replace those of the same id."""
    key = facts("tables")[one.table]["key"]
    rest = one.rows[~one.rows[key].isin(set(other.rows[key]))]
    return replace(
        other,
        path=f"{one.path} + {other.path}",
        rows=gpd.GeoDataFrame(pd.concat([rest, other.rows], ignore_index=True), crs=other.rows.crs),
        faults=(*one.faults, *other.faults),
        rejects=pd.concat([one.rejects, other.rejects], ignore_index=True),
        read=one.read + other.read - (len(one.rows) - len(rest)),
        fixed_rows=one.fixed_rows | other.fixed_rows,
        blanks=one.blanks + other.blanks,
    )


def rejects_of(raw: RawTable, rejected: Mapping[int, list[Fault]]) -> pd.DataFrame:
    """Every rejected row whole: its number, the reasons (keys and columns), its cells; broken lines as raw text."""
    rows: list[dict[str, Any]] = []
    lines = {fault.row: line for fault, line in raw.broken}
    records = raw.as_written.loc[raw.as_written.index.isin(list(rejected))].to_dict("index")
    for row in sorted(rejected):
        rows.append(reject_row(raw, rejected[row], records.get(row, {}), lines.get(row)))
    names = ["row", "reason", "raw_line", *map(_beside_ours, raw.as_written.columns)]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=names)


def fill_keys(typed: pd.DataFrame, table: str, found: Findings) -> None:
    """Give rows without an id one made of their content, so that the same row keeps the same id at the next import."""
    key = facts("tables")[table]["key"]
    if columns_of(table)[key].get("required"):
        return
    found.notes += spoilt_ids(typed, key)
    empty = typed[key].isna()
    if not empty.any():
        return
    # what a thing is and where, not how it fares today; a report is all that it says
    told = [name for name in typed if name != key and (table == "reports" or name in _LASTING)]
    records = typed.loc[empty, told].itertuples(index=False)
    lines = ["|".join("" if pd.isna(cell) else str(cell) for cell in record) for record in records]
    digest = pd.Series(
        [hashlib.sha256(line.encode()).hexdigest()[:12] for line in lines], index=typed.index[empty], dtype=object
    )
    again = digest.groupby(digest).cumcount()
    typed.loc[empty, key] = table[0] + "-" + digest + again.map(lambda n: f"-{n + 1}" if n else "")
    made = int((empty & ~typed.index.isin(list(found.rejected))).sum())
    if made:
        found.notes.append(Fault("ids_made", "note", column=key, values={"count": made}))


def finished(good: pd.DataFrame, table: str, path: str) -> gpd.GeoDataFrame:
    """Typed columns, the row number of the file, and a source for every row."""
    rows = good.copy(deep=False)
    for name, declared in columns_of(table).items():
        rows[name] = coerce(rows[name], declared["type"])
    rows["data_source"] = rows["data_source"].where(rows["data_source"].notna(), path).astype(object)
    rows["source_row"] = np.asarray(good.index, dtype="int64")
    shapes = gpd.GeoSeries(list(good["geometry"]), index=rows.index, crs="EPSG:4326")
    return gpd.GeoDataFrame(rows.drop(columns="geometry"), geometry=shapes).reset_index(drop=True)
