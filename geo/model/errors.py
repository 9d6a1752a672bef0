"""The errors of Mata Air. Each carries a text key and values; `texts.error_text` puts it into the reader's language."""

from __future__ import annotations


class PlanningError(Exception):
    """Base of all errors that a user can act on.

    Parameters
    ----------
    key
        Key of the message in the catalogues, e.g. ``error.no_file``.
    values
        What the message names: file, row, value, remedy.

    Examples
    --------
    >>> str(PlanningError("error.no_file", path="a.csv"))
    "error.no_file (path='a.csv')"
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        inside = ", ".join(f"{name}={value!r}" for name, value in values.items())
        super().__init__(f"{key} ({inside})" if inside else key)


class DataError(PlanningError, ValueError):
    """The data are at fault: a file that cannot be read, a table without its columns (exit 1)."""


class CallError(PlanningError, LookupError):
    """The call is at fault: an unknown standard, area, format or option (exit 2)."""
