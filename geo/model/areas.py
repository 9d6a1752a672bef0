"""Area codes of the Ministry of Home Affairs (Kemendagri): province, kabupaten/kota, kecamatan, village."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from geo.model.errors import CallError

if TYPE_CHECKING:
    from geo.model.arrays import Bools

_DOTTED = re.compile(r"^\d{2}(\.\d{2}(\.\d{2}(\.[123]\d{3})?)?)?$")
_DIGITS = re.compile(r"^\d{2}(\d{2}(\d{2}([123]\d{3})?)?)?$")


def normalise_code(text: str) -> str:
    """Return an area code in its dotted form.

    Undotted digits are accepted and dotted; anything else is refused, never guessed.

    Parameters
    ----------
    text
        A code such as ``32.03.18.2014`` or ``3203182014``.

    Raises
    ------
    CallError
        If the text is no area code.

    Examples
    --------
    >>> normalise_code("3203182014")
    '32.03.18.2014'
    >>> normalise_code(" 32.03.18 ")
    '32.03.18'
    """
    code = text.strip()
    if _DOTTED.match(code):
        return code
    if _DIGITS.match(code):
        parts = [code[0:2], code[2:4], code[4:6], code[6:10]]
        return ".".join(part for part in parts if part)
    raise CallError("error.area_code", value=text)


#: Codes of other countries and offices: letters, digits and a few signs ("MW10203", "UGA.12.3_1", "HT0111-01").
_FREE = re.compile(r"^[^\W_][\w. -]{0,63}$")


def area_code(text: str) -> str:
    """Return an area's code: the ministry's in its dotted form, any other as it is.

    Raises
    ------
    CallError
        If the text can be no code of an area.

    Examples
    --------
    >>> area_code("320318"), area_code("MW10203"), area_code("UGA.12.3_1")
    ('32.03.18', 'MW10203', 'UGA.12.3_1')
    """
    try:
        return normalise_code(text)
    except CallError:
        if not is_free_code(text.strip()):
            raise
    return text.strip()


def is_free_code(text: str) -> bool:
    """Tell whether a text can be a village's code where codes are not the ministry's: it may name a file, too.

    Examples
    --------
    >>> is_free_code("HT0111-01"), is_free_code("../etc"), is_free_code("")
    (True, False, False)
    """
    return bool(_FREE.match(text))


def district_of(code: str) -> str:
    """Return the area of a village: the kecamatan of an official code, else what stands before the last point.

    Empty where the code says nothing of it.

    Examples
    --------
    >>> district_of("32.03.18.2014"), district_of("UGA.12.3_1"), district_of("MW10203")
    ('32.03.18', 'UGA.12', '')
    """
    return code.rpartition(".")[0]


def is_village_code(text: str) -> bool:
    """Tell whether a dotted code names a village.

    Examples
    --------
    >>> is_village_code("32.03.18.2014"), is_village_code("32.03.18")
    (True, False)
    """
    return bool(_DOTTED.match(text)) and text.count(".") == 3


def in_area(code: str | None, area: str | None) -> bool:
    """Tell whether a place with this code lies in the area; no area means everywhere.

    Examples
    --------
    >>> in_area("32.03.18.2014", "32.03.18"), in_area("32.03.18.2014", "32.03.1"), in_area(None, None)
    (True, False, True)
    """
    if area is None:
        return True
    return isinstance(code, str) and (code == area or code.startswith(area + ".") or code == area.replace(".", ""))


def area_mask(codes: Iterable[str | None], area: str | None) -> Bools:
    """Tell for each code whether it lies in the area (`in_area`), bool of shape (n,).

    Examples
    --------
    >>> area_mask(["32.03.18.2014", None], "32.03").tolist()
    [True, False]
    """
    import numpy as np

    return np.array([in_area(code, area) for code in codes], dtype=bool)
