"""What is wrong with a cell that cannot be read, and what a spreadsheet would run."""

from __future__ import annotations

#: Beginnings of a text that a spreadsheet would run.
RISKY = ("=", "+", "-", "@", "\t", "\r")


class CellError(Exception):
    """A cell that cannot be read; `key` names the fault, `values` fill its sentence."""

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(key)
