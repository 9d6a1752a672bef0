"""XML looked through piece by piece before a reader of shapes or sheets opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from xml.parsers import expat

from geo.model.errors import DataError

#: Elements in elements: KML has folders in folders, none so deep.
MAX_DEPTH = 100
_PART = 1 << 20


def look_through(
    path: Path,
    parts: Iterable[bytes],
    seen: Callable[[str, list[str]], None] = lambda name, attributes: None,
    *,
    nested: bool = True,
) -> None:
    """Read XML from its first to its last element.

    Parameters
    ----------
    path
        Named in errors.
    parts
        The text, in any of XML's encodings.
    seen
        Told each element: its name, and its attributes (name, value, name, …), both with their prefixes.
    nested
        Whether it is looked at how deep elements lie in each other; readers of sheets do not care.

    Raises
    ------
    DataError
        If it is not well formed, declares a document type (which may name other files), or is nested too deeply.
    """
    parser = expat.ParserCreate()
    depth = 0

    def start(name: str, attributes: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise DataError("error.nested", path=path.name)
        seen(name, attributes)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise DataError("error.doctype", path=path.name)

    parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start if nested else seen
    if nested:
        parser.EndElementHandler = end
    try:
        for part in parts:
            parser.Parse(part, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise error if isinstance(error, DataError) else DataError("error.unreadable", path=path.name) from error


def pieces(path: Path) -> Iterable[bytes]:
    """The bytes of a file, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(_PART):
            yield piece
