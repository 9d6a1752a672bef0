"""An analysis as arrays for one canvas: what a map of tens of thousands of sites is drawn from at once.

Objects one by one (`layers.groups`) have popups, keys and a name for who cannot see them, and take a second a thousand.
Beyond `LIMIT` features the page gets positions and classes instead, in world pixels (Web Mercator, zoom 0, 256 a side);
beyond `WHOLE` sites or `WHOLE_VILLAGES` it asks for what is in view (`layers.in_view`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from geo.model.results import Analysis
from layers.groups import LAYERS
from layers.kinds import Kind, Part, simplified
from layers.view import View

#: So many features Leaflet draws one by one.
LIMIT = 2_000
#: So many sites and villages are sent to the page at once.
WHOLE, WHOLE_VILLAGES = 50_000, 10_000
#: Of the width of all: what two shapes of a village may differ by, seen from afar and from near.
_COARSE, _FINE = 1 / 2_000, 1 / 40_000


def kinds() -> dict[str, Kind]:
    """The layers that the canvas draws, in the order in which they are drawn: that of `LAYERS`."""
    return {name: layer.packed for name, layer in LAYERS.items() if layer.packed is not None}


def feature_count(analysis: Analysis, view: View, shown: Iterable[str]) -> int:
    """How many features the shown layers have."""
    return sum(len(LAYERS[name].counted(analysis, view)) for name in shown if name in LAYERS)


def packed(analysis: Analysis, view: View, shown: Sequence[str]) -> dict[str, Any]:
    """Return what the canvas draws: ``plan`` (JSON: layers, their classes and names) and arrays as bytes by name."""
    parts = {}
    for name, kind in kinds().items():
        if name in shown and len(rows := kind.rows(analysis, view)):
            west, _, east, _ = rows.total_bounds
            levels = {"coarse": _COARSE, "fine": _FINE} if kind.areas else {}
            shapes = rows.geometry.to_numpy()
            outlines = {level: simplified(shapes, (east - west) * part) for level, part in levels.items()}
            parts[name] = kind.part(rows, view, outlines)
    return as_arguments(parts)


def as_arguments(parts: dict[str, Part]) -> dict[str, Any]:
    """Return layers as the canvas takes them: one JSON of what is told, and bytes by the names of layer and array."""
    plan = [{"name": name, **told} for name, (told, _) in parts.items()]
    arrays = {
        f"{name}_{key}": np.ascontiguousarray(array).tobytes()
        for name, (_, found) in parts.items()
        for key, array in found.items()
    }
    return {"plan": json.dumps(plan, ensure_ascii=False), **arrays}
