"""Positions in words and signs: degrees in any usual spelling, a pair in one cell, the place of a map's link."""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from urllib.parse import unquote

from geo.cells.cell_error import CellError
from geo.cells.place_codes import is_short, place_of_code, place_of_mgrs
from geo.cells.vocabulary import normal

_UNITS = (
    (
        re.compile(r"derajat|drjt\.?|degrees?|degrés?|grados?|graus?|nyuzi|digrii|deg(?![a-z]{2})\.?", re.IGNORECASE),
        "°",
    ),
    (re.compile(r"menit|minutes?|minutos?|dakika|mnt(?![a-z]{2})\.?|min(?![a-z]{2})\.?", re.IGNORECASE), "'"),
    (re.compile(r"detik|seconde?s?|segundos?|sekunde|dtk(?![a-z]{2})\.?|sec(?![a-z]{2})\.?", re.IGNORECASE), '"'),
)
_SIGNS = str.maketrans(
    dict.fromkeys("º˚⁰ᵒ", "°")
    | dict.fromkeys("′’‘`´ʹ", "'")
    | dict.fromkeys("″”“„ʺ", '"')
    | dict.fromkeys("−–—‐‑‒﹣－", "-")
    | dict.fromkeys("\xa0\u202f\u2007\t", " ")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", "")
)
#: What the words of a hemisphere say: the axis and the sign.
_SIDES: dict[str, tuple[str, int]] = {
    **dict.fromkeys(
        ("ls", "s", "selatan", "lintang selatan", "south", "sud", "sur", "sul", "lat s", "l s", "kusini"), ("lat", -1)
    ),
    **dict.fromkeys(
        ("lu", "n", "u", "utara", "lintang utara", "north", "nord", "norte", "l u", "kaskazini"), ("lat", 1)
    ),
    **dict.fromkeys(
        ("bt", "e", "t", "timur", "bujur timur", "east", "est", "este", "leste", "b t", "mashariki"), ("lon", 1)
    ),
    **dict.fromkeys(
        ("bb", "w", "b", "o", "barat", "bujur barat", "west", "ouest", "oeste", "b b", "magharibi"), ("lon", -1)
    ),
}
_LABELS: dict[str, tuple[str, int]] = {
    **dict.fromkeys(("lat", "latitude", "latitud", "lintang", "y"), ("lat", 0)),
    **dict.fromkeys(("lon", "long", "lng", "longitude", "longitud", "bujur", "x"), ("lon", 0)),
}
_WORD = r"[^\W\d_]+(?:[.\s]+[^\W\d_]+)?"
_BEFORE = re.compile(rf"^({_WORD})[.:=\s]*(?=[-+\d])")
_AFTER = re.compile(rf"(?<=[\d°'\".\s])\s*({_WORD})\.?$")
_LETTERED = re.compile(r"(\d{1,3})\s*d\s*(\d{1,2})\s*m\s*(\d{1,2}(?:[.,]\d+)?)\s*s", re.IGNORECASE)
#: Degrees, minutes and seconds without a sign between them, and the side: as NMEA 0183 has them, or ddmmss.
_PACKED = re.compile(
    r"^(\d{2,3}?)(\d{2}(?:\.\d{2,})?)((?<!\.)(?<!\.\d\d)\d{2})?\s*,?\s*([NSEW]|LS|LU|BT|BB)$", re.IGNORECASE
)
_PACKED_BEHIND = re.compile(r"^([NSEW])\s*(\d{2,3}?)(\d{2})(\d{2})$", re.IGNORECASE)
#: "L" of leste behind degrees, minutes and seconds.
_LESTE = re.compile(r"(?<=[°'\"])\s*L\.?$", re.IGNORECASE)
#: Groups of thousands made of decimals ("-7.210.000"), and a minus behind.
_GROUPED = re.compile(r"^([-+]?\d{1,3})\.(\d{3})\.(\d{3})$")
_MINUS_BEHIND = re.compile(r"^(\d{1,3}[.,]\d+)\s*-$")
#: A sentence of a GPS receiver (NMEA 0183): GGA, RMC, GLL.
_SENTENCE = re.compile(
    r"^\$?G[A-Z](?:GGA,[\d.]*,|RMC,[\d.]*,A,|GLL,)(\d{4}\.\d+,[NS]),(\d{5}\.\d+,[EW]),", re.IGNORECASE
)
#: Such a sentence without a fix (void, quality 0), and its sum of bits.
_NO_FIX = re.compile(r"^\$?G[A-Z](?:GLL,(?:[^,]*,){5}V|GGA,(?:[^,]*,){5}0(?:,|$))", re.IGNORECASE)
_SUMMED = re.compile(r"^\$?([^*$]*)\*([0-9A-F]{2})$", re.IGNORECASE)
#: A place as programs write it: {"lat": -7.21, "lng": 107.12}.
_NAMED = re.compile(
    r"^\s*\{\s*['\"](?:lat|latitude)['\"]\s*:\s*['\"]?(-?\d+(?:\.\d+)?)['\"]?\s*,"
    r"\s*['\"](?:lng|lon|long|longitude)['\"]\s*:\s*['\"]?(-?\d+(?:\.\d+)?)['\"]?\s*\}\s*$",
    re.IGNORECASE,
)
#: How sure a place is, behind it.
_SURENESS = re.compile(
    r"\s*\(?\s*(?:±|\+/-|\+-|akurasi|accuracy)\s*[:=]?\s*\d+(?:[.,]\d+)?\s*(?:m|meter)?\s*\)?\s*$", re.IGNORECASE
)
#: A cell in quotes of its own.
_QUOTED = re.compile(r"^(['\"])(.*?\d.*)\1$")
_DECIMAL = re.compile(r"^[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?\s*°?$")
_PARTED = re.compile(
    r"^([-+]?)\s*(\d{1,3})\s*[°:\s-]\s*(\d{1,2}(?:[.,]\d+)?)\s*['\s:-]?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|'')?)?$"
)
#: "o" and "*" where a keyboard has no sign of degrees.
_NO_SIGN = re.compile(r"(?<=\d)\s*(?:[o*]|\\?\^)\s*(?=\d{1,2}(?:[.,]\d+)?\s*['\s])", re.IGNORECASE)
_DOTTED = re.compile(r"^([-+]?)(\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:[.,]\d+)?)$")


def angle(text: str, axis: str | None = None) -> tuple[float, str | None, str | None]:
    """Read one latitude or longitude.

    Parameters
    ----------
    text
        Decimal degrees, or degrees, minutes and seconds, with or without the hemisphere.
    axis
        ``lat`` or ``lon`` where it is known; a hemisphere of the other is a fault then.

    Returns
    -------
    tuple
        Degrees, the axis that the text itself names (or None), and the key of what was done (None where plain).

    Raises
    ------
    CellError
        ``bad_number``; ``sign_contradicts`` for "-7.2 N"; ``other_axis`` for an eastern latitude.

    Examples
    --------
    >>> angle("-7.2101 LS"), angle("LS 07.12.36")[0], angle("7d12m36sS")[0], angle("-7,21")
    ((-7.2101, 'lat', 'dms'), -7.21, -7.21, (-7.21, None, 'decimal_comma'))
    """
    if len(text) > _LONGEST:
        raise CellError("bad_number")
    text = re.sub(r"^\s*['’](?=\s*[-+−–]?\d)", "", text)  # a sheet's sign that what follows is text
    plain = " ".join(text.translate(_SIGNS).replace("Â°", "°").replace("&deg;", "°").split()).rstrip(".,;")
    packed = _PACKED.match(plain)
    if packed is not None:  # NMEA's 0712.6000,S, and 071236S
        plain = f"{packed[1]}°{packed[2]}'{packed[3] or '0'}\" {packed[4]}"
    plain = _LESTE.sub(" BT", plain) if axis == "lon" else plain
    behind = _PACKED_BEHIND.match(plain)
    if behind is not None:
        plain = f"{behind[2]}°{behind[3]}'{behind[4]}\" {behind[1]}"
    plain = _MINUS_BEHIND.sub("-\\1", _GROUPED.sub("\\1.\\2\\3", plain))
    for pattern, sign in _UNITS:
        plain = pattern.sub(sign, plain)
    plain = _QUOTED.sub("\\2", re.sub(r"^([-+])\s+(?=\d)", "\\1", plain))
    plain = _LETTERED.sub("\\1°\\2'\\3\" ", plain)  # the s of 7d12m36s is the seconds'
    plain = _NO_SIGN.sub("°", plain)
    own, side, plain = _side(plain.replace("''", '"').strip(" ,;"))
    if own is not None and axis is not None and own != axis:
        raise CellError("other_axis")
    value, negative, plainly = _degrees(plain)
    if negative and side > 0:
        raise CellError("sign_contradicts")
    fix = "dms" if own is not None or not plainly else "decimal_comma" if "," in plain else None
    return (-value if negative or side < 0 else value), own, fix


def _side(text: str) -> tuple[str | None, int, str]:
    """The axis and the sign that the words before or behind the number say, and the rest of the text."""
    axis, side = None, 0
    for pattern, group in ((_BEFORE, 1), (_AFTER, 1)):
        found = pattern.search(text)
        if found is None:
            continue
        word = normal(found[group])
        said = _SIDES.get(word) or _LABELS.get(word)
        if said is None:
            raise CellError("bad_number")
        if axis not in (None, said[0]):
            raise CellError("other_axis")
        if side and said[1] and side != said[1]:
            raise CellError("sign_contradicts")
        axis, side = said[0], side or said[1]
        text = (text[found.end() :] if pattern is _BEFORE else text[: found.start()]).strip()
    return axis, side, text


def _degrees(text: str) -> tuple[float, bool, bool]:
    """Degrees without their sign, whether there was a minus, and whether they were plain decimals."""
    plain = text.strip()
    if _DECIMAL.match(plain):
        value = float(plain.rstrip(" °").replace(",", "."))
        return abs(value), plain.startswith("-"), "°" not in plain
    parts = _PARTED.match(plain.rstrip(" '")) or _PARTED.match(plain) or _DOTTED.match(plain)
    if parts is None:
        raise CellError("bad_number")
    sign, whole, minutes, seconds = parts.groups()
    values = [float((one or "0").replace(",", ".")) for one in (whole, minutes, seconds)]
    if values[1] >= 60 or values[2] >= 60:
        raise CellError("bad_number")
    return values[0] + values[1] / 60 + values[2] / 3600, sign == "-", False


_NUMBER = r"([-+]?\d{1,3}(?:\.\d+)?)"
#: Where a map's link holds the place of the mark itself, latitude first; behind "@" is only what is looked at.
_LINKS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"!3d{_NUMBER}!4d{_NUMBER}",
        rf"[?&](?:q|query|ll|destination|daddr|center|cp|sll|loc)=(?:loc:)?\s*{_NUMBER}\s*[,~+ ]\s*{_NUMBER}",
        rf"/(?:place|search|dir)/(?:[^/]*/)?{_NUMBER},\+?\s*{_NUMBER}",
        rf"mlat={_NUMBER}&mlon={_NUMBER}",
        rf"^geo:{_NUMBER},{_NUMBER}",
    )
)
_LINK = re.compile(r"^\s*(?:[^\W\d]{1,12}\s*:\s*)?(?:https?://|www\.|geo:|maps\.|goo\.gl)", re.IGNORECASE)
#: Where a link holds the place of the mark as people write it: degrees, minutes and sides.
_WRITTEN = (re.compile(r"/place/([^/@?]+)"), re.compile(r"[?&](?:q|query|ll|destination|daddr)=(?:loc:)?([^&]+)"))


def is_link(text: str) -> bool:
    """Whether a text is an address."""
    return bool(_LINK.match(text))


def place_in_link(text: str) -> tuple[float, float]:
    """Latitude and longitude of the mark that a map's link holds.

    Raises
    ------
    CellError
        ``link_without_place`` where the link only says what is looked at, or must be followed.

    Examples
    --------
    >>> place_in_link("https://maps.google.com/?q=-7.2202,107.1302")
    (-7.2202, 107.1302)
    """
    plain = unquote(text.strip())
    for pattern in _LINKS:
        found = pattern.search(plain)
        if found is not None:
            return float(found[1]), float(found[2])
    for written in _WRITTEN:
        found = written.search(plain)
        if found is not None and re.search(r"\d\D*[NSUE]|\d.*(?:LS|LU|BT|BB)", found[1]):
            try:
                return pair(found[1].replace("+", " "))[:2]
            except CellError:
                continue
    raise CellError("link_without_place")


def _told_whole(text: str) -> tuple[float, float, str | None] | None:
    """A place that a code, a program or a receiver's sentence says; None where the text is none of these."""
    code = place_of_code(text)
    if code is not None:
        return (*code, "plus_code")
    square = place_of_mgrs(text)
    if square is not None:
        return (*square, "mgrs")
    if is_short(text):
        raise CellError("code_without_place")
    named = _NAMED.match(text)
    if named is not None:
        return float(named[1]), float(named[2]), None
    sentence = _SENTENCE.match(text)
    if sentence is None:
        return None
    if not _fixed(text):
        raise CellError("bad_position")
    return angle(sentence[1])[0], angle(sentence[2])[0], "dms"


def _fixed(sentence: str) -> bool:
    """Whether a sentence of a receiver says that it had a fix, and its sum of bits, if it has one, is right."""
    if _NO_FIX.match(sentence):
        return False
    summed = _SUMMED.match(sentence)
    return summed is None or reduce(xor, summed[1].encode()) == int(summed[2], 16)


_ONE_NUMBER = re.compile(r"^[-+]?\d{1,3}[.,/]\d{1,3}$")
_GEOPOINT = re.compile(r"^\s*(-?\d{1,3}\.\d+)(?:\s+|\s*[,;]\s*)(-?\d{1,3}\.\d+)(?:[\s,;]+-?\d+(?:\.\d+)?){0,2}\s*$")
_BRACKETS = re.compile(r"^\s*(?:point|titik|koordinat)?\s*[:=]?\s*[(\[{<]?(.*?)[)\]}>]?\s*\.?\s*$", re.IGNORECASE)


#: Two numbers with a decimal comma each, and maybe a height behind them: nothing but a blank or a sign between.
_COMMAS = re.compile(
    r"^\s*([-+]?\d{1,3},\d+)\s*[\s,;/|]\s*([-+]?\d{1,3},\d+)(?:[\s,;/|]+-?\d+(?:[.,]\d+)?\s*(?:m|mdpl|masl|meter)?\.?)?\s*$",
    re.IGNORECASE,
)
#: A height behind a position: "650m", "655 mdpl".
_HEIGHT = re.compile(
    r"(?<=[\d°'\"\sA-Za-z])[\s,;/]+-?\d{1,4}(?:[.,]\d+)?\s*(?:mdpl|masl|meter|m)\.?\s*$", re.IGNORECASE
)
#: Two positions that stand together without a blank: "7.2101S107.1402E".
_TOGETHER = re.compile(r"^(.*\d\s*(?:[NSU]|LS|LU))\s*(\d.*)$", re.IGNORECASE)
#: No position is written in more letters, a map's link with all of its numbers included.
_LONGEST = 2000


def pair(text: str) -> tuple[float, float, str | None]:
    """Read latitude and longitude out of one cell.

    Returns
    -------
    tuple
        Latitude, longitude, and the key of what was done.

    Raises
    ------
    CellError
        ``bad_position`` where no two angles can be made of it; ``link_without_place`` of a link.

    Examples
    --------
    >>> pair("(-7.2101,107.1201)")[:2], pair("Lat: -7.2, Long: 107.1")[:2], pair("-7,2101; 107,1201")[:2]
    ((-7.2101, 107.1201), (-7.2, 107.1), (-7.2101, 107.1201))
    >>> pair("7°12'36\\"S 107°07'30\\"E")[:2], pair("107.12, -7.21")
    ((-7.21, 107.125), (-7.21, 107.12, 'longitude_first'))
    >>> pair("-7,21 107,14"), pair("-7.2101 107.1402 650m")[:2], pair("7.2101S107.1402E")[:2]
    ((-7.21, 107.14, 'decimal_comma'), (-7.2101, 107.1402), (-7.2101, 107.1402))
    """
    if len(text) > _LONGEST:
        raise CellError("bad_position")
    text = " ".join(text.split())  # a run of blanks is one
    if _ONE_NUMBER.match(text):  # "-7,21" is one number, "02/05" none of a place
        raise CellError("bad_position")
    if is_link(text):
        return (*place_in_link(text), "place_of_link")
    told = _told_whole(text)
    if told is not None:
        return told
    text = _SURENESS.sub("", text)
    known = _GEOPOINT.match(text)
    if known is not None:
        return _ordered((float(known[1]), None), (float(known[2]), None), None)
    inner = _BRACKETS.match(text.translate(_SIGNS))
    plain = _HEIGHT.sub("", inner[1] if inner is not None else text)
    commas = _COMMAS.match(plain)
    if commas is not None:
        north, east = (float(one.replace(",", ".")) for one in commas.groups())
        return _ordered((north, None), (east, None), "decimal_comma")
    together = _TOGETHER.match(plain)
    for one, other in [*_halves(plain), *([together.groups()] if together else [])]:
        try:
            first, second = angle(one), angle(other)
            return _ordered(first[:2], second[:2], first[2] or second[2])
        except CellError:
            continue
    loose = next((found for found in (_NAMED_BOTH.search(text), _AMONG_WORDS.match(text)) if found), None)
    record = text.startswith("{") and loose is not None and loose.re is _NAMED_BOTH  # with an address beside it
    if loose is None or (
        not record and _MEASURES.search(text.replace(loose[0], "", 1) if loose.re is _NAMED_BOTH else text)
    ):
        raise CellError("bad_position")
    return _ordered((float(loose[1]), None), (float(loose[2]), None), None)


#: Two decimal numbers among words without a figure: "Kp. Cibeber -7.21,107.12", "-7.21, 107.12 (perkiraan)".
_AMONG_WORDS = re.compile(r"^[^\d-]*(-?\d{1,3}\.\d{2,})\s*[,;]\s*(-?\d{1,3}\.\d{2,})\s*(?:\([^\d()]*\)|[^\d]*)$")
#: Words that say a side, or another measure: what stands beside them is not what it seems.
_MEASURES = re.compile(
    r"(?i)\b(?:ls|lu|bt|bb|lintang|bujur|utara|selatan|timur|barat|north|south|east|west|[nsew]|km|m|meter|jarak|akurasi"
    r"|accuracy|kedalaman|debit|elevasi|tinggi|luas|ha)\b"
)
#: "lat=-7.22&lon=107.13".
_NAMED_BOTH = re.compile(
    r"\blat\w*[\"']?\s*[=:]\s*[\"']?(-?\d{1,3}\.\d+)[^\d-]+l(?:on|ng)\w*[\"']?\s*[=:]\s*[\"']?(-?\d{1,3}\.\d+)",
    re.IGNORECASE,
)


def _halves(text: str) -> list[tuple[str, str]]:
    """Where a text can be cut into two: at the clearest separators first."""
    found = []
    for pattern in (
        r"\s*[;|\n]\s*",
        r"\s*,\s+",
        r"\s+/\s+|\s+dan\s+|\s+and\s+|\s+&\s+|(?<=[A-Za-z])\s+-\s+(?=\d)",
        r",",
        r"/",
        r"(?<=[A-Za-z°'\"\d.])\s+",
    ):
        for cut in re.finditer(pattern, text):
            found.append((text[: cut.start()], text[cut.end() :]))
    # a dash between blanks may part two numbers, or be a minus: nobody can tell
    return [
        (one, other)
        for one, other in found
        if re.search(r"\d", one) and re.search(r"\d", other) and not re.match(r"-\s", other)
    ]


#: No place where people live lies farther south or north, degrees.
INHABITED = (-56.0, 78.5)


def lived_at(lat: float) -> bool:
    """Whether people live at a latitude: what lies beyond is a longitude, or a slip of the pen."""
    return INHABITED[0] <= lat <= INHABITED[1]


def _ordered(
    first: tuple[float, str | None], second: tuple[float, str | None], fix: str | None
) -> tuple[float, float, str | None]:
    """Latitude before longitude: as they say, else latitude first, unless that cannot be."""
    (one, axis), (other, other_axis) = first, second
    if axis is not None and axis == other_axis:
        raise CellError("bad_position")
    if axis == "lon" or other_axis == "lat":
        return other, one, fix
    if axis is None and other_axis is None and not lived_at(one) and lived_at(other):
        return other, one, "longitude_first"
    return one, other, fix
