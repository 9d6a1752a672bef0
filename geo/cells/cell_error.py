"""What is wrong with a cell that cannot be read."""

from __future__ import annotations


class CellError(Exception):
    """A cell that cannot be read; `key` names the fault, `values` fill its sentence."""

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(key)
