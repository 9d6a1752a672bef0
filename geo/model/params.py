"""Parameters as one line of text, so that a file that left can say, and be asked, under which it was made."""

from __future__ import annotations

from geo.model.errors import DataError
from geo.model.inputs import Params

_NUMBERS = ("radius_m", "detour", "walking_kmh", "queue_min")
_FLAGS = ("capacity", "assume_mapped")
_TEXTS = ("area", "standard", "metric", "season")


def params_as_text(params: Params) -> str:
    """Return the parameters that figures and ranks hang on, the weights as set.

    Examples
    --------
    >>> params_as_text(Params(area="32.03.18", radius_m=500, weights=(("evidence", 2.0),)))
    'area=32.03.18;standard=id;metric=line;season=wet;radius_m=500;detour=1;walking_kmh=4;queue_min=0;capacity=yes;assume_mapped=no;top_n=10;weights=evidence:2'
    """
    told = {name: getattr(params, name) for name in _TEXTS}
    told |= {name: None if (v := getattr(params, name)) is None else f"{v:g}" for name in _NUMBERS}
    told |= {name: "yes" if getattr(params, name) else "no" for name in _FLAGS}
    told |= {"top_n": str(params.top_n), "weights": ",".join(f"{name}:{value:g}" for name, value in params.weights)}
    return ";".join(f"{name}={value}" for name, value in told.items() if value not in (None, ""))


def params_of_text(text: str) -> Params:
    """Read what `params_as_text` wrote.

    Raises
    ------
    DataError
        If it was written by another version of Mata Air, or by hand.

    Examples
    --------
    >>> params_of_text("area=32.03.18;standard=jmp;capacity=no;weights=evidence:2").capacity
    False
    """
    try:
        parts = dict(part.split("=", 1) for part in text.split(";") if part)
        found: dict[str, object] = {name: parts.pop(name) for name in _TEXTS if name in parts}
        found |= {name: float(parts.pop(name)) for name in _NUMBERS if name in parts}
        found |= {name: {"yes": True, "no": False}[parts.pop(name)] for name in _FLAGS if name in parts}
        if "top_n" in parts:
            found["top_n"] = int(parts.pop("top_n"))
        pairs = (pair.split(":", 1) for pair in parts.pop("weights", "").split(",") if pair)
        found["weights"] = tuple((name, float(value)) for name, value in pairs)
        if parts:
            raise ValueError(", ".join(parts))
        return Params(**found)  # type: ignore[arg-type]
    except (KeyError, ValueError, LookupError) as error:
        raise DataError("error.parameters", value=text[:200]) from error
