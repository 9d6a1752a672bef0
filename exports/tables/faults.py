"""What a check found, as rows to read and as a file to work through."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from exports.tables.sheet import defused
from geo.checking.checked_table import Checked
from geo.reading.raw_table import Fault, cell_text
from texts import fault_text

_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)*$")


#: A cell, and a sentence on it, are told up to so many letters.
_CELL, _SENTENCE = 500, 2000
#: Kinds of faults of which one each is told before others are told again.
_KINDS = 200


def fault_rows(checked: Checked, lang: str, most: int | None = None) -> list[dict[str, Any]]:
    """Return every fault with file, row, column, value, what is wrong and what to do.

    Parameters
    ----------
    checked
        A table with its faults.
    lang
        Language of the sentences.
    most
        At most so many: one of each kind, then the gravest, in their order in the file; None: all.
    """
    rows = []
    for fault in checked.faults if most is None else _chosen(checked.faults, most):
        message, remedy = fault_text(fault, lang, checked.table)
        kept = {
            "key": fault.key,
            "severity": fault.severity,
            "row": fault.row,
            "column": fault.column,
            "value": _cut(fault.value, _CELL),
        }
        rows.append({"file": checked.path} | kept | {"message": _cut(message, _SENTENCE), "remedy": remedy})
    return rows


def _cut(text: str | None, most: int) -> str | None:
    return text if text is None or len(text) <= most else text[:most] + "…"


def _chosen(faults: Sequence[Fault], most: int) -> list[Fault]:
    """One fault of each kind (of unknown words: one of each word), then the gravest."""
    grave = ("rejected", "blanked", "fixed", "note")
    first: dict[tuple[str, str | None, str | None], int] = {}
    for n, fault in enumerate(faults):
        first.setdefault((fault.key, fault.column, fault.value if fault.key == "unknown_value" else None), n)
    shown = sorted(first.values())[: min(_KINDS, most)]
    taken = set(shown)
    rest = sorted((n for n in range(len(faults)) if n not in taken), key=lambda n: grave.index(faults[n].severity))
    return [faults[n] for n in sorted([*shown, *rest[: most - len(shown)]])]


def preview_rows(checked: Checked, count: int = 10) -> list[dict[str, Any]]:
    """Return the first accepted rows as they were understood: our names, our values, empty columns left out."""
    rows = checked.rows.head(count)
    points = rows.geometry.representative_point()
    plain = rows.drop(columns="geometry").assign(lat=points.y.round(6), lon=points.x.round(6))
    plain = plain.dropna(axis="columns", how="all")
    return [{name: _cut(cell_text(value), _CELL) for name, value in row.items()} for row in plain.to_dict("records")]


#: So many cells of a column are shown as they were read, and so many of those in doubt; so many places.
_RIGHT, _DOUBTFUL, _PLACES = 3, 4, 2000


#: What is read without a doubt, though it is not written as our lists have it.
_PLAIN = ("synonym", "missing_word")


def sample_cells(checked: Checked, lang: str) -> list[dict[str, Any]]:
    """Return what was taken for what: each column of ours that the file fills, with cells as examples.

    Returns
    -------
    list of dict
        `column` of ours and `source` in the file; `right`: pairs of a cell as written and as read; `doubtful`: triples
        of a cell as written, as read (None: left empty, or its row stays out) and why.
    """
    raw = checked.raw
    if raw is None:
        return []
    doubts: dict[str, list[Fault]] = {}
    for fault in checked.faults:
        if fault.column and fault.value is not None and fault.severity != "note" and fault.key not in _PLAIN:
            doubts.setdefault(fault.column, []).append(fault)
    written = raw.as_written
    rows = checked.rows.set_index("source_row")
    rows = rows[rows.index.isin(written.index)]
    shown = []
    for name, source in checked.sources.items():
        known = {fault.value for fault in doubts.get(name, ())}
        cells = written[source] if source in written else raw.cells[source]
        right = []
        if name in rows:
            given = cells[rows.index[: 50 * _RIGHT]].drop_duplicates()
            pairs = ((text, cell_text(rows.at[row, name])) for row, text in given.items() if isinstance(text, str))
            right = [[_cut(text, 60), read] for text, read in pairs if read is not None and text not in known][:_RIGHT]
        doubtful = [_doubt(fault, lang) for fault in doubts.get(name, ())][:_DOUBTFUL]
        shown.append({"column": name, "source": source, "right": right, "doubtful": doubtful})
    return shown


def _doubt(fault: Fault, lang: str) -> list[str | None]:
    read = fault.values.get("read") if fault.severity == "fixed" else None
    return [_cut(fault.value, 60), None if read is None else str(read), _cut(fault_text(fault, lang)[0], 200)]


def places_of(checked: Checked) -> dict[str, list[Any]]:
    """Return where rows that would go in lie: `lat`, `lon`, `row` and `status` of an even choice of them."""
    rows = checked.rows.iloc[:: max(1, -(-len(checked.rows) // _PLACES))]
    points = rows.geometry.representative_point()
    status = (
        rows["status"].astype(object).where(rows["status"].notna(), None) if "status" in rows else [None] * len(rows)
    )
    return {
        "lat": points.y.round(5).tolist(),
        "lon": points.x.round(5).tolist(),
        "row": rows["source_row"].astype(int).tolist(),
        "status": list(status),
    }


def _guard_raw(cell: Any) -> Any:
    """Guard a raw cell unless it reads as a number: those are harmless, and must come back as they were."""
    return cell if isinstance(cell, str) and _NUMBER.match(cell) else defused(cell)


def rejects_csv(tables: Mapping[str, Checked], lang: str) -> bytes:
    """Return all rejected rows in one CSV, whole, with file, table, row number, reason and explanation."""
    parts = []
    for name, checked in tables.items():
        words: dict[int, list[str]] = {}
        for fault in checked.faults:
            if fault.severity == "rejected" and fault.row is not None:
                words.setdefault(fault.row, []).append(" ".join(fault_text(fault, lang, name)))
        part = checked.rejects.copy()
        part.insert(0, "file", checked.path)
        part.insert(1, "table", name)
        part.insert(4, "explanation", [" ".join(words.get(int(row), [])) for row in part["row"]])
        if len(part):
            parts.append(part)
    names = ["file", "table", "row", "reason", "explanation"]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
    data: bytes = frame.map(_guard_raw).to_csv(index=False).encode("utf-8-sig")
    return data
