"""Numbers as people write them: thousands and decimals decided for a column, units and words beside them understood."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from geo.cells.cell_error import CellError
from geo.cells.vocabulary import normal
from geo.model.facts import facts

#: No number is written in more letters, what stands beside it included.
_LONGEST = 500
#: A blank before a group of three digits, and one that parts two numbers.
_GROUPED, _APART = re.compile(r"(?<=\d)\s+(?=\d{3}(?!\d))"), re.compile(r"\d\s+\d")
_PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_ID_GROUPS = re.compile(r"^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$")
_EN_GROUPS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_COMMA = re.compile(r"^[+-]?\d+,\d+$")
_TICK_GROUPS = re.compile(r"^[+-]?\d{1,3}(['’]\d{3})+([.,]\d+)?$")
#: The dash that stands for no sen.
_NO_SEN = re.compile(r",-+$|\.-+$|(?<=\d),00-?$")
_ABOUT = re.compile(r"^(?:\+\s*/?\s*[-−–]|[±~≈<>≤≥=+])+\s*|\s*\+$")
_BESIDE = re.compile(  # the point of an abbreviation ("Rp. 5") belongs to it, never to the number
    r"^(?P<before>(?:[^\d±+\-.,]|(?<=[^\W\d])[.:])*?)\s*"
    r"(?P<number>[+-]?(?:\d|(?<![^\W\d])[.,](?=\d))(?:[\d.,'’\s]*\d)?(?:[eE][+-]?\d+)?)\s*(?P<after>[^\d].*|²)?$"
)
_RANGE = re.compile(
    r"^(?P<low>[\d.,]+)\s*(?:-|–|—|/|s/d|sd|s\.d\.|to|sampai|hingga)\s*(?P<high>[\d.,]+)(?P<after>\D*)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Style:
    """What the signs of a column's numbers are proven to be: ``thousands``, ``decimal``, ``both``, or None."""

    point: str | None = None
    comma: str | None = None


def style_of(texts: Iterable[str], *, whole: bool = False) -> Style:
    """What a column proves of its points and commas: "12.5" and "1,234.5" prove a decimal point, "1.234.567" another.

    `whole`: the column counts people, households or rupiah. Where as many cells may be thousands as prove decimals,
    either may be meant.

    Examples
    --------
    >>> style_of(["1.234", "12.5"]), style_of(["1.234", "1.234.567"]), style_of(["1.234"])
    (Style(point='decimal', comma=None), Style(point='thousands', comma=None), Style(point=None, comma=None))
    >>> style_of(["2.5", "1.250", "310"], whole=True)
    Style(point='both', comma=None)
    """
    seen: dict[str, set[str]] = {".": set(), ",": set()}
    count = {".": [0, 0], ",": [0, 0]}  # cells that prove decimals, cells that may be thousands
    for text in texts:
        found = _BESIDE.match(_NO_SEN.sub("", " ".join(str(text)[:_LONGEST].split())))
        if found and _has_factor(found["after"] or ""):
            continue  # "2.5 juta" says nothing of a column in which 750.000 stands
        number = found["number"].replace(" ", "") if found else ""
        for sign, meaning in _proofs(number):
            seen[sign].add(meaning)
            count[sign][0] += meaning == "decimal"
        for sign, pattern in ((".", _ID_GROUPS), (",", _EN_GROUPS)):
            count[sign][1] += bool(pattern.match(number)) and number.count(sign) == 1
    for sign, (decimal, thousands) in count.items():
        if whole and 0 < decimal <= thousands:
            seen[sign].add("thousands")
    point, comma = (None if not one else "both" if len(one) > 1 else next(iter(one)) for one in seen.values())
    return Style(point, comma)


def _has_factor(after: str) -> bool:
    """Whether the words behind a number multiply or divide it."""
    factors = facts("vocab/units")["factors"]
    return "%" in after or any(float(factors.get(word, 0)) > 1 for word in normal(after).split())


#: A number that a sheet holds as such, as `geo.reading.raw_table.cell_text` writes it: it proves nothing of texts.
_TYPED = re.compile(r"^-?\d{1,3}\.\d{3}0$")


def _proofs(number: str) -> list[tuple[str, str]]:
    """What one number alone proves of its signs."""
    signs = [sign for sign in number if sign in ".,"]
    if not signs or _TYPED.match(number):
        return []
    if len(set(signs)) == 2:
        last = signs[-1]
        return [(last, "decimal"), (signs[0], "thousands")] if signs.count(last) == 1 else []
    sign = signs[0]
    if len(signs) > 1:
        return [(sign, "thousands")]
    whole, _, rest = number.partition(sign)
    grouped = len(rest) == 3 and 1 <= len(whole.lstrip("+-")) <= 3 and not whole.lstrip("+-").startswith("0")
    return [] if grouped or not rest.isdigit() else [(sign, "decimal")]


def parse_number(text: str, *, grouped: bool, style: Style = Style()) -> tuple[float, str | None]:
    """Read a number; `grouped` columns (people, households, rupiah, whole numbers) may carry thousands points.

    Parameters
    ----------
    text
        The number alone (`parse_measure` for words beside it).
    grouped
        Whether a lone point or comma before three digits is one of thousands where the column proves nothing.
    style
        What the column proves (`style_of`).

    Raises
    ------
    CellError
        ``bad_number``; ``number_two_ways`` where the column writes both ways, or as decimals the other sign.

    Examples
    --------
    >>> parse_number("12.5", grouped=False), parse_number("-7,2113", grouped=False)
    ((12.5, None), (-7.2113, 'decimal_comma'))
    >>> parse_number("2.122", grouped=True), parse_number("1.250.000,50", grouped=False)
    ((2122.0, 'thousands'), (1250000.5, 'thousands'))
    >>> parse_number("Rp 15.000.000,-", grouped=True)
    (15000000.0, 'thousands')
    """
    if len(text) > _LONGEST:
        raise CellError("bad_number")
    plain = _GROUPED.sub("", text.strip())
    if _APART.search(plain):  # "10 15" is two numbers
        raise CellError("bad_number")
    plain = re.sub(r"\s", "", plain).replace("−", "-").replace("–", "-")
    plain = _NO_SEN.sub("", re.sub(r"^(rp|idr)\.?", "", plain, flags=re.IGNORECASE))
    if _TICK_GROUPS.match(plain):
        plain = re.sub(r"['’]", "", plain)
    lone = _lone(plain, style, grouped)
    if lone is not None:
        return lone
    if _PLAIN.match(plain):
        value = float(plain)
        if value in (float("inf"), float("-inf")):
            raise CellError("bad_number")
        return value, None
    if _COMMA.match(plain):
        return float(plain.replace(",", ".")), "decimal_comma"
    if _ID_GROUPS.match(plain):
        return float(plain.replace(".", "").replace(",", ".")), "thousands"
    if _EN_GROUPS.match(plain):
        return float(plain.replace(",", "")), "thousands"
    raise CellError("bad_number")


def _lone(plain: str, style: Style, grouped: bool) -> tuple[float, str | None] | None:
    """A number with one sign before three digits, which may be thousands or decimals: as the column says."""
    for sign, pattern, said in ((".", _ID_GROUPS, style.point), (",", _EN_GROUPS, style.comma)):
        if not pattern.match(plain):
            continue
        if plain.count(sign) > 1 or len({c for c in plain if c in ".,"}) > 1:
            break
        if said == "both" or (not said and not grouped and "decimal" in (style.point, style.comma)):
            raise CellError("number_two_ways")
        if said == "decimal":
            return float(plain.replace(",", ".")), None if sign == "." else "decimal_comma"
        if said == "thousands" or grouped:
            return float(plain.replace(sign, "")), "thousands"
    else:
        return None
    # several signs: the last one of two kinds is the decimal's
    if _ID_GROUPS.match(plain):
        return float(plain.replace(".", "").replace(",", ".")), "thousands"
    return float(plain.replace(",", "")), "thousands"


def parse_measure(text: str, unit: str | None, *, grouped: bool, style: Style = Style()) -> tuple[float, str | None]:
    """Read a number with what stands beside it: its unit, "juta", "±", or a range (the lower end; of years the later).

    Parameters
    ----------
    text
        The cell.
    unit
        The column's unit; another one in the cell is a fault. None: any word that is no unit of its own.
    grouped, style
        As in `parse_number`.

    Raises
    ------
    CellError
        ``other_unit`` where the cell names another unit than the column's; else as `parse_number`.

    Examples
    --------
    >>> parse_measure("100 jiwa", "people", grouped=True), parse_measure("5 juta", "IDR", grouped=True)
    ((100.0, 'unit_beside'), (5000000.0, 'unit_beside'))
    >>> parse_measure("th 2011", "year", grouped=False), parse_measure("2010-2012", "year", grouped=False)
    ((2011.0, 'unit_beside'), (2012.0, 'range_end'))
    >>> parse_measure("±400", "people", grouped=True)
    (400.0, 'about')
    >>> parse_measure("2015 (rehab 2020)", "year", grouped=False)
    (2015.0, 'remark_beside')
    >>> parse_measure("25 KK (100 jiwa)", "people", grouped=True)
    (100.0, 'remark_beside')
    """
    try:
        return _one_measure(text, unit, grouped, style)
    except CellError as fault:
        remark = _REMARK.match(text[:_LONGEST])
        if remark is None or not (_DIGIT.search(remark[2]) or _says_nothing(remark[2])):
            raise
        # what stands in brackets is read only where it has the column's own unit and what stands before has another
        part = remark[2] if fault.key == "other_unit" or _other_unit(remark[1], unit) else remark[1]
        value, said = _one_measure(part, unit, grouped, style)
        if part is remark[2] and said != "unit_beside":
            raise
        return value, "remark_beside"


#: A year as budgets, registers and people write it: "TA 2014", "DAK 2017", "2.014", "'21", "2015 M".
_BUDGET_YEAR = re.compile(
    r"^\s*(?:(?:t\.?\s?a\.?|dak|apbdes|apbd|apbn|pamsimas|dana desa|dd|anggaran|proyek|dibangun|dibuat|bangun|built|in"
    r"|en|an|année?|annee|a[nñ]o|fy|ca?\.?|circa|vers|env\.?|environ|aprox\.?|approx\.?|around)\s+)*"
    r"(?:((?:19|20)\d{2}|2\.0\d{2})|['’](\d{2}))\s*(?:m|(?<=0)s)?\s*$",
    re.IGNORECASE,
)
#: What says that a number is of each day, and that it is a round one.
_PER_DAY = re.compile(r"\s*(?:/|per)\s*(?:hari|hr|day|jour|dia)\s*$|(?<=\d)\s*-?\s*an$", re.IGNORECASE)
#: A cell that ends in a remark with a letter in it, in brackets; a digit.
_REMARK = re.compile(r"^\s*([^()]*\d[^()]*?)\s*\(([^()]*[^\W\d_][^()]*)\)\s*$")
_DIGIT = re.compile(r"\d")


def _says_nothing(remark: str) -> bool:
    """Whether a remark without a number has no word that is a unit or a factor of the number before it."""
    known = _known()
    return not any(known.get(word, ("other", None))[0] in ("unit", "factor") for word in normal(remark).split())


def _other_unit(text: str, unit: str | None) -> bool:
    try:
        _one_measure(text, unit, True, Style())
    except CellError as fault:
        return fault.key == "other_unit"
    return False


def _one_measure(text: str, unit: str | None, grouped: bool, style: Style) -> tuple[float, str | None]:
    budget = _BUDGET_YEAR.match(text[:_LONGEST]) if unit == "year" and not text.strip().isdigit() else None
    if budget is not None:
        return float((budget[1] or "20" + budget[2]).replace(".", "")), "unit_beside"
    try:
        return parse_number(text, grouped=grouped, style=style)
    except CellError as fault:
        if fault.key != "bad_number" or len(text) > _LONGEST:
            raise
    text = _PER_DAY.sub("", " ".join(text.split()))
    several = _RANGE.match(
        re.sub(r"^(?:th\.?|thn\.?|tahun)\s*", "", text, flags=re.IGNORECASE) if unit == "year" else text
    )
    if several is not None and (unit == "year" or not re.search(r"\d\s*/\s*\d", text)):
        return _of_range(several, unit, grouped, style)
    plain = _ABOUT.sub("", text)
    parts = _BESIDE.match(plain)
    if parts is None:
        raise CellError("bad_number")
    if unit is not None and re.search(r"[$€£¥]", plain):
        raise CellError("other_unit")
    if "%" in plain:
        return _of_hundred(parts, unit, style)
    factor, said = _beside([normal(parts["before"] or ""), _unit_text(parts["after"] or "")], unit)
    number = parts["number"].strip()
    if unit == "km2" and factor < 1 and style.point is None and style.comma is None and _ONE_GROUP.fullmatch(number):
        raise CellError("number_two_ways")  # 1.250 ha: a thousand of hectares, or a little more than one
    value, _ = parse_number(number, grouped=grouped and factor == 1, style=style)
    return round(value * factor, 6), said or "about"


#: A bare number that is so many times more than all numbers with a part of a unit beside them is of that part.
_APART_TIMES = 30.0
_BARE = re.compile(r"[-+±]?[\d.,\s]+")


def bare_among_units(texts: Sequence[str], values: Sequence[float | None], refused: Collection[int]) -> set[int]:
    """Numbers of a column without a word, among numbers that have one which is not the column's own.

    Parameters
    ----------
    texts, values
        The different cells of a column, and what they were read as (None: not read).
    refused
        Which of them name another unit than the column's.

    Returns
    -------
    Which of them nobody can tell the unit of: all bare ones beside more of other units, of those beside factors
    ("500 rb", "750") the ones below a thousand.

    Examples
    --------
    >>> bare_among_units(["50 KK", "60 KK", "70"], [None, None, 70.0], {0, 1})
    {2}
    >>> bare_among_units(["50 jiwa", "70"], [50.0, 70.0], ())
    set()
    >>> bare_among_units(["500 rb", "750", "600.000"], [500000.0, 750.0, 600000.0], ())
    {1}
    """
    bare = {n for n, text in enumerate(texts) if _BARE.fullmatch(text.strip()) and values[n] is not None}
    worded = [n for n in range(len(texts)) if n not in bare and n not in refused and values[n] is not None]
    if not bare or (not refused and not worded):
        return set()
    if not worded:  # one cell of a foreign unit among many bare ones is the odd one, not they
        return bare if len(refused) > len(bare) else set()
    factors = [_times(texts[n]) for n in worded]
    if 1.0 in factors:
        return set()
    most = max(abs(values[n] or 0.0) for n in worded) * _APART_TIMES
    # "750" beside "500 rb" or "2 juta" is of thousands; "300" beside "250 ha" above all square kilometres
    below = 1000.0 if max(factors) >= 1000 else 0.0
    sizes = {n: abs(values[n] or 0.0) for n in bare if values[n]}
    return {n for n, size in sizes.items() if size < below or (min(factors) < 1 and size > most)}


def _times(text: str) -> float:
    """What the words beside a number multiply it by."""
    found = _BESIDE.match(" ".join(text[:_LONGEST].split()))
    parts = _split(_unit_text(found["after"] or "")) if found else []
    factors = facts("vocab/units")["factors"]
    return float(math.prod(factors[str(word)] for kind, word in parts if kind == "factor"))


#: One sign before three digits, which may be thousands or decimals.
_ONE_GROUP = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")


def _of_hundred(parts: re.Match[str], unit: str | None, style: Style) -> tuple[float, str]:
    """A share that is written in per cent; no other column holds one."""
    if unit != "share" or parts["before"].strip() or (parts["after"] or "").strip() != "%":
        raise CellError("other_unit")
    value, _ = parse_number(parts["number"].strip(), grouped=False, style=style)
    return round(value / 100, 6), "unit_beside"


def _unit_text(text: str) -> str:
    return normal(text.replace("²", "2").replace("³", "3"))


def _of_range(found: re.Match[str], unit: str | None, grouped: bool, style: Style) -> tuple[float, str]:
    low, _ = parse_number(found["low"], grouped=grouped, style=style)
    high, _ = parse_number(found["high"], grouped=grouped, style=style)
    factor, _ = _beside([_unit_text(found["after"])], unit)
    if high < low:
        raise CellError("bad_number")
    return (high, "range_end") if unit == "year" else (low * factor, "range_start")


def _beside(words: list[str], unit: str | None) -> tuple[float, str | None]:
    """The factor that the words beside a number mean, and whether they say a unit."""
    factor, said = 1.0, None
    for text in filter(None, words):
        for word in _split(text):
            kind, value = word
            if kind == "other" or (kind == "unit" and unit is not None and value != unit):
                raise CellError("other_unit" if kind == "unit" else "bad_number")
            if kind == "factor":
                factor *= _factor(str(value), unit)
            said = said if kind == "about" else "unit_beside"
    return factor, said


def _factor(word: str, unit: str | None) -> float:
    entry = facts("vocab/units")
    if entry["factor_of"].get(word, unit) != unit:
        raise CellError("other_unit")
    return float(entry["factors"][word])


def _split(text: str) -> list[tuple[str, str | None]]:
    """The words beside a number, longest known ones first: units, factors, words of doubt, others."""
    known = _known()
    found: list[tuple[str, str | None]] = []
    words = text.split()
    while words:
        for length in range(len(words), 0, -1):
            hit = known.get(" ".join(words[:length]))
            if hit is not None:
                found.append(hit)
                words = words[length:]
                break
        else:
            return [("other", text)]
    return found


@cache
def _known() -> dict[str, tuple[str, str | None]]:
    entry = facts("vocab/units")
    found: dict[str, tuple[str, str | None]] = dict.fromkeys(entry["about"]["words"], ("about", None))
    found |= {normal(word): ("unit", unit) for unit, words in entry["units"].items() for word in words}
    return found | {word: ("factor", word) for word in entry["factors"]}
