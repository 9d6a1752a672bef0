"""Faults as the check finds them: rejected rows by row, equal fixes as one line, cells left empty by word."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from geo.reading.raw_table import Fault

#: Fixes of which each text is told: a word may be taken for the wrong value.
_EACH = frozenset({"synonym", "missing_word"})
#: So many texts of a column that were understood in one way are told by line.
_MOST_ALIKE = 4
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
