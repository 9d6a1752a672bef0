"""GPX: waypoints, else tracks or routes; a track of one point is a mark."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.model.errors import DataError
from geo.reading.markup import look_through, pieces
from geo.reading.raw_table import Fault, RawTable
from geo.reading.several_tables import under_each_other
from geo.reading.vector import fitting_layer, of_several, read_layer


def read_gpx(path: Path, options: dict[str, Any]) -> RawTable:
    """Read the waypoints of a GPX file, or its tracks or routes where those fit or are all it holds."""
    marks: list[tuple[str, str]] = []
    look_through(path, pieces(path), partial(_mark, marks))
    import pyogrio

    try:
        found = {one: pyogrio.read_info(path, layer=one, force_feature_count=True)["features"] for one in _LAYERS}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    filled = [name for name, count in found.items() if count]
    layer = filled[0] if filled else "waypoints"
    if "layer" not in options and filled and options.get("fits") is not None:
        layer = fitting_layer(path, str(path), filled, options)
    raw = read_layer(path, str(path), {"layer": layer} | options, {"layer": layer})  # what else it holds is told here
    taken = options.get("layer", layer)
    others = [] if "layer" in options else [name for name in filled if name != taken]
    raw = _without_places(raw, marks) if taken == "waypoints" else _with_marks(path, raw, taken)
    if taken in _LINES and set(_LINES) & set(others):  # a way that was planned is one as well
        other = next(one for one in others if one in _LINES)
        second = _with_marks(path, read_layer(path, str(path), {"layer": other}, {"layer": other}), other)
        raw, others = under_each_other([raw, second], [taken, other]), [one for one in others if one != other]
    return of_several(raw, taken, others)


_LAYERS, _LINES = ("waypoints", "tracks", "routes"), ("tracks", "routes")


#: A degree as the format has it; GDAL takes the digits of anything else, or nought.
_DEGREE = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")


def _mark(marks: list[tuple[str, str]], name: str, attributes: list[str]) -> None:
    """Remember the latitude and longitude of a waypoint as they are written."""
    if name.rpartition(":")[2] == "wpt":
        said = dict(zip(attributes[::2], attributes[1::2], strict=True))
        marks.append((said.get("lat", ""), said.get("lon", "")))


def _without_places(raw: RawTable, marks: list[tuple[str, str]]) -> RawTable:
    """Waypoints whose degrees are none, as rows that could not be read; numbered as they stand in the file."""
    kept = [n for n, both in enumerate(marks, 1) if all(both)]  # GDAL leaves out those that lack one
    bad = [n for n, both in enumerate(marks, 1) if not all(_DEGREE.fullmatch(text) for text in both)]
    if not bad or len(kept) != len(raw.cells):
        return raw
    said = {n: ", ".join(marks[n - 1]) for n in bad}
    told = [(Fault("bad_degrees", "rejected", n, "lat/lon", text), text) for n, text in said.items()]
    good = np.isin(kept, bad, invert=True)
    numbers = pd.Index(np.array(kept)[good])
    shapes = None if raw.geometry is None else raw.geometry[good].set_axis(numbers)
    return replace(raw, cells=raw.cells[good].set_axis(numbers), geometry=shapes, broken=(*raw.broken, *told))


def _with_marks(path: Path, raw: RawTable, layer: str) -> RawTable:
    """Tracks or routes with a place for those of one point, a mark set as a line: it is none, so GDAL has none."""
    import pyogrio

    if layer not in ("tracks", "routes"):
        return raw
    number = f"{layer[:-1]}_fid"
    if raw.geometry is None or raw.geometry.notna().all() or not len(raw.cells):
        return raw
    points = pyogrio.read_dataframe(path, layer=f"{layer[:-1]}_points", columns=[number])
    one = points.groupby(number).geometry.agg(lambda shapes: shapes.iloc[0] if shapes.nunique() == 1 else None)
    alone = one.dropna()
    shapes = [alone.get(n) if shape is None else shape for n, shape in enumerate(raw.geometry)]
    return replace(raw, geometry=gpd.GeoSeries(shapes, index=raw.geometry.index, crs=points.crs))
