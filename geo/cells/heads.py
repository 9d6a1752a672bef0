"""What the head of a column says besides its name: a unit in brackets, a year, a share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from geo.model.facts import columns_of, facts
from geo.model.names import plain

#: Heads of the two sexes of a population.
SEXES = (
    {"laki laki", "perempuan"},
    {"l", "p"},
    {"lk", "pr"},
    {"male", "female"},
    {"pria", "wanita"},
    {"hommes", "femmes"},
)
#: What stands in the brackets of a position's head.
_OF_DEGREES = frozenset({"dd", "deg", "derajat", "degree", "degrees", "desimal", "decimal", "wgs", "84", "wgs84"})


def without_units(columns: Iterable[object], declared: dict[str, Any] | None, *, position: bool) -> dict[str, str]:
    """Heads without the brackets behind them, where these name the column's own unit, or it has none.

    Examples
    --------
    >>> people = {"type": "number", "unit": "people"}
    >>> without_units(["Jumlah Penduduk (Jiwa)", "Kapasitas (KK)"], people, position=False)
    {'jumlah penduduk': 'Jumlah Penduduk (Jiwa)'}
    """
    numeric = declared is None or declared["type"] in ("number", "integer")
    unit = None if declared is None else declared.get("unit")
    own = set(facts("vocab/units")["units"].get(unit, ())) if unit else _OF_DEGREES if position else set()
    own |= _OF_BOTH if unit == "people" else set()
    found: dict[str, tuple[int, str]] = {}
    for column in map(str, columns):
        counted = _OF_HOUSEHOLDS.match(column) if unit == "households" else None
        if counted is not None:  # "Sharing KK", "Jamban Sehat Permanen (JSP) KK"
            found.setdefault(plain(re.sub(r"\([^()]*\)", "", counted[1])), (0, column))
            continue
        head, bracket, within = column.replace("%", " persen ").partition("(")
        words = [word for word in plain(within).split() if not _YEAR.fullmatch(word)]
        if unit == "IDR" and _FOREIGN.search(column):
            continue
        if bracket and (not plain(head) or (numeric and not all(word in own for word in words)) or _of_one_sex(words)):
            continue
        bare, year = plain(head), max(map(int, _YEAR.findall(column)), default=0) if unit else 0
        if year:  # "Jumlah Penduduk Tahun 2022": of several the newest
            bare = " ".join(word for word in bare.split() if not _YEAR.fullmatch(word) and word not in _OF_YEARS)
        if (bracket or year) and bare and (bare not in found or year > found[bare][0]):
            found[bare] = (year, column)
    return {bare: column for bare, (_, column) in found.items()}


#: What is counted in households, with the unit behind it.
_OF_HOUSEHOLDS = re.compile(r"^(.{2,80}?)\s+(?:kk|households|hh)$", re.IGNORECASE)
#: Money that is not rupiah.
_FOREIGN = re.compile(r"[$€£¥]|\b(?:usd|eur|gbp|dollars?|euros?)\b", re.IGNORECASE)
#: Years as heads have them, words beside them, and what says of people that both sexes are meant.
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_OF_YEARS = frozenset({"tahun", "thn", "th", "year", "per", "data", "annee", "ano"})
_OF_BOTH = frozenset({"l", "p", "laki", "perempuan", "total", "jumlah", "semua"})


#: What says of people that one sex is meant.
_MEN, _WOMEN = {"l", "lk", "laki", "pria", "male"}, {"p", "pr", "perempuan", "wanita", "female"}


def _of_one_sex(words: list[str]) -> bool:
    """Whether words beside a head name one of the sexes alone: it is not all people."""
    return bool(_MEN & set(words)) != bool(_WOMEN & set(words))


def two_sexes(columns: Iterable[object]) -> tuple[str, str] | None:
    """The columns of men and of women, where a table counts both and nothing says their sum.

    Examples
    --------
    >>> two_sexes(["Desa", "Jumlah Penduduk (L)", "Jumlah Penduduk (P)"]), two_sexes(["L", "P", "Jumlah"])
    (('Jumlah Penduduk (L)', 'Jumlah Penduduk (P)'), None)
    """
    of: dict[str, list[str]] = {"men": [], "women": []}
    for column in map(str, columns):
        words = plain(column).split()
        said = set(words) - _OF_PEOPLE
        if words and said <= _MEN:
            of["men"].append(column)
        elif words and said <= _WOMEN:
            of["women"].append(column)
        if (set(words) <= _OF_PEOPLE and set(words) & _SUMS) or (
            said and said <= _MEN | _WOMEN and not _of_one_sex(words)
        ):
            return None
    return (of["men"][0], of["women"][0]) if len(of["men"]) == len(of["women"]) == 1 else None


_SUMS = frozenset({"jumlah", "total", "penduduk", "population", "jml"})
_OF_PEOPLE = _SUMS | {"jiwa", "orang", "people", "persons"}


def other_units(columns: Iterable[object], table: str, sources: dict[str, str]) -> list[str]:
    """Columns that would be ours but for the unit in their heads ("Biaya (juta)"), with the name they would have."""
    wanted = [name for name, one in columns_of(table).items() if one.get("unit") and name not in sources]
    known = facts("synonyms").get(table, {})
    named = {name: {plain(name), *map(plain, known.get(name, ()))} for name in wanted}
    found = []
    for column in map(str, columns):
        head, bracket, within = column.partition("(")
        if bracket and column not in sources.values() and plain(within):
            found += [f"{column} ({name})" for name, names in named.items() if plain(head) in names]
    return found


def factors_in_heads(columns: Iterable[object], table: str, sources: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Columns of ours whose heads say in which multiple they count ("Biaya (juta)"): name → column, factor.

    Examples
    --------
    >>> factors_in_heads(["Biaya (juta rupiah)", "Kapasitas (KK)"], "water_points", {})
    {'rehab_cost_idr': ('Biaya (juta rupiah)', 'juta')}
    """
    entry, known, found = facts("vocab/units"), facts("synonyms").get(table, {}), {}
    wanted = {name: one["unit"] for name, one in columns_of(table).items() if one.get("unit") and name not in sources}
    for column in map(str, columns):
        head, bracket, within = column.partition("(")
        words = [_MULTIPLES.get(word, word) for word in plain(within).split()]
        factors = [word for word in words if word in entry["factors"]]
        if not bracket or len(factors) != 1:
            continue
        for name, unit in wanted.items():
            names = {plain(name), *map(plain, known.get(name, ()))}
            own = {*entry["units"].get(unit, ()), *_BESIDE_FACTORS, *factors}
            fits = plain(head) in names and set(words) <= own and entry["factor_of"].get(factors[0], unit) == unit
            if fits and name not in found:
                found[name] = column, factors[0]
    return found


#: Other forms of factors in heads, and words beside them.
_MULTIPLES = {"jutaan": "juta", "ribuan": "ribu", "miliaran": "miliar", "thousands": "thousand", "millions": "million"}
_BESIDE_FACTORS = frozenset({"dalam", "in", "x", "satuan", "of", "rp", "idr", "rupiah"})
#: What a head says of shares.
_PERCENT = re.compile(r"%|\b(?:persen|persentase|percent|percentage|pct|pourcentage|porcentaje)\b", re.IGNORECASE)


def of_another_measure(source: str, declared: dict[str, Any] | None) -> bool:
    """Whether a head says per cent, and what is wanted is a number of people, households or rupiah."""
    unit = None if declared is None else declared.get("unit")
    if unit == "IDR" and _FOREIGN.search(source):
        return True
    return unit is not None and unit != "share" and _PERCENT.search(source) is not None


#: Letters of a column's name in a shapefile.
_LETTERS = 10


def cut_off(columns: Iterable[object], names: Iterable[str], known: dict[str, str]) -> dict[str, str]:
    """Names whose first ten letters are a column's whole name, as shapefiles cut them ("kondisi_sa")."""
    cut = {plain(str(column)): str(column) for column in columns if len(str(column)) == _LETTERS}
    # cut inside a word that is not the first: "functional" is no "functionality status"
    within = (name for name in names if len(name) > _LETTERS and name[_LETTERS] != " " and " " in name[:_LETTERS])
    heads = {name: name[:_LETTERS].strip() for name in within if name not in known}
    return {name: cut[head] for name, head in heads.items() if head in cut}


def of_flowing_water(texts: Iterable[object]) -> bool:
    """Tell whether more of some heads and cells name a river, stream or channel than a road (`flows`, `ways`).

    The words stand in data/places.toml. "Jalan Kali Malang" is a road: what names both is of a road.

    Examples
    --------
    >>> of_flowing_water(["name", "Sungai Cibuni"]), of_flowing_water(["name", "Jalan Desa"])
    (True, False)
    """
    water, road = (set(facts("places")[name]) for name in ("flows", "ways"))
    found = [set(plain(str(text)).split()) for text in texts]
    return sum(bool(words & water and not words & road) for words in found) > sum(bool(words & road) for words in found)


@cache
def of_pupils(head: str) -> tuple[str, ...]:
    """Our columns of a school that a head counts: pupils or toilets, of boys, of girls, or of both.

    Examples
    --------
    >>> of_pupils("Siswa L"), of_pupils("boys_toilets"), of_pupils("WC (L/P)"), of_pupils("Jumlah Siswa")
    (('boys',), ('toilets_boys',), ('toilets_boys', 'toilets_girls'), ('people',))
    >>> of_pupils("WC guru laki-laki"), of_pupils("WC rusak L")
    ((), ())
    """
    entry = facts("synonyms")["pupils"]
    words = set(plain(head).split())
    kinds = [kind for kind in ("toilets", "pupils") if words & set(entry[kind])][:1]  # "WC siswa" are toilets
    sexes = [sex for sex in ("boys", "girls") if words & set(entry[sex])]
    rest = words.difference(*(entry[name] for name in ("toilets", "pupils", "boys", "girls", "beside")))
    if rest or len(kinds) != 1 or (not sexes and kinds == ["toilets"]):
        return ()
    if not sexes:
        return ("people",)
    said = plain(head).split()  # "P/L" counts girls first
    sexes.sort(key=lambda sex: min(n for n, word in enumerate(said) if word in entry[sex]))
    return tuple(sexes if kinds == ["pupils"] else [f"toilets_{sex}" for sex in sexes])


def whose(name: str) -> int:
    """Whose place a column (by its plain name) may hold: 0 that of the thing itself, 1 nobody says, 2 a person's.

    Examples
    --------
    >>> whose("gps titik air"), whose("gps"), whose("gps rumah")
    (0, 1, 2)
    """
    parts, words = set(name.split()), facts("places")
    return 2 if parts & set(words["person"]) else 0 if parts & set(words["thing"]) else 1


#: How the name of a column ends that holds one part of a place ("titik air lat").
ENDINGS = {
    "lat": (" latitude", " lat", " lintang", " latitud"),
    "lon": (" longitude", " lon", " long", " lng", " bujur", " longitud"),
}


def of_questions(names: Iterable[str], endings: tuple[str, ...]) -> list[str]:
    """Places that a form asked for, that of the thing before anybody's house."""
    return sorted((name for name in names if name.endswith(endings)), key=nearness)


def nearness(name: str) -> tuple[int, int]:
    """How near to a site of water a place is that a head (by its plain name) speaks of: "well" before "school".

    Examples
    --------
    >>> sorted(["school", "borehole", "house"], key=nearness)
    ['borehole', 'school', 'house']
    """
    things = {word: n for n, word in enumerate(facts("places")["thing"])}
    return whose(name), min((things[word] for word in name.split() if word in things), default=len(things))


#: So much it counts that a sheet or layer is called as a table's things are, or as another's.
_CALLED = 0.6


def called(name: str, table: str) -> float:
    """What the name of a sheet or layer says for a table ("mck" is none of water points).

    Examples
    --------
    >>> called("water_points", "water_points"), called("MCK 2024", "water_points"), called("Sheet1", "water_points")
    (0.6, -0.6, 0.0)
    """
    said, words = f" {plain(name)} ", facts("synonyms")["sheets"]
    meant = {one for one, own in words.items() if any(f" {word} " in said for word in own)}
    return _CALLED if table in meant else -_CALLED if meant else 0.0
