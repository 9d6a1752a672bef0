"""XML looked through piece by piece before a reader of shapes or sheets opens it."""

from __future__ import annotations

import re
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


#: The position of a point in KML, a number of it, and how it should be: longitude, latitude and perhaps a height.
_POINT = re.compile(
    r"(<(?:\w+:)?Point\b(?:(?!</(?:\w+:)?Point>).){0,500}?<(?:\w+:)?coordinates>)([^<]*)(?=</)", re.DOTALL
)
_AS_IT_SHOULD_BE = re.compile(r"\s*[-+]?[\d.]+(?:[eE]-?\d+)?(?:\s*,\s*[-+]?[\d.]+(?:[eE]-?\d+)?){1,2}\s*")
#: With commas for points ("107,12,-7,22,0"), and with a semicolon, a bar or a space between the two.
_COMMAS = re.compile(r"\s*([-+]?\d{1,3}),(\d+)[\s,;|]\s*([-+]?\d{1,2}),(\d+)(?:\s*[,;]\s*[-+]?\d+(?:[.,]\d+)?)?\s*")
_OTHER_SIGN = re.compile(r"\s*([-+]?\d{1,3}\.\d+)\s*[;|\s]\s*([-+]?\d{1,2}\.\d+)(?:\s*[;|\s]\s*[-+]?\d+(?:\.\d+)?)?\s*")


def with_points(text: str) -> tuple[str, int]:
    """Return KML whose points have commas for decimal points, or other signs between their numbers, as they are meant.

    Examples
    --------
    >>> with_points("<Point><coordinates>107,12,-7,22,0</coordinates></Point>")
    ('<Point><coordinates>107.12,-7.22</coordinates></Point>', 1)
    >>> with_points("<Point><coordinates>107.12 -7.22</coordinates></Point>")[0]
    '<Point><coordinates>107.12,-7.22</coordinates></Point>'
    >>> with_points("<Point><coordinates>107.12, -7.22, 0</coordinates></Point>")[1]
    0
    """
    mended = 0

    def meant(found: re.Match[str]) -> str:
        nonlocal mended
        said = found[2]
        if _AS_IT_SHOULD_BE.fullmatch(said):
            return found[0]
        commas, sign = _COMMAS.fullmatch(said), _OTHER_SIGN.fullmatch(said)
        if commas is None and sign is None:
            return found[0]
        mended += 1
        both = f"{commas[1]}.{commas[2]},{commas[3]}.{commas[4]}" if commas else f"{sign[1]},{sign[2]}" if sign else ""
        return f"{found[1]}{both}"

    return _POINT.sub(meant, text), mended
