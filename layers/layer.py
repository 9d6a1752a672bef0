"""What a layer is, and `coloured`: the short way to make one of a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely

from geo.model.results import Analysis
from layers.features import feature
from layers.kinds import Kind, names_of
from layers.markup import attribute, escape
from layers.signs import ring, swatch
from layers.view import Features, View
from texts import t

Rows = Callable[[Analysis, View], gpd.GeoDataFrame]
#: On paper: rows with a column `colour`, and what each colour means.
Paper = tuple[gpd.GeoDataFrame, dict[str, str]]
_OPACITY = 0.5


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer and every way it is drawn; the switch, the legend and each kind of map follow from it.

    Parameters
    ----------
    key
        Of its name in the catalogues.
    features
        What the map of few draws one by one (GeoJSON, see `layers.features`).
    legend
        Its entries of the legend, as HTML (see `layers.signs`).
    packed
        How the map of very many draws it; None: that map leaves it out, and says so.
    paper
        What the printed map draws of it; None: only what `exports.paper.map_paper` draws by its own hand, else the
        page says that it is left out.
    counted
        The table it is made of: its rows count towards which of the two maps is drawn.
    shown
        On at the start.
    switch
        The reader puts it on and off.
    """

    key: str
    features: Callable[[Analysis, View], Features]
    legend: Callable[[View], list[str]]
    packed: Kind | None = None
    paper: Callable[[Analysis, View], Paper] | None = None
    counted: Callable[[Analysis, View], Sized] = lambda analysis, view: ()
    shown: bool = False
    switch: bool = True


def coloured(key: str, rows: Rows, colours: Mapping[str, str], *, areas: bool = False, shown: bool = False) -> Layer:
    """Make a layer of a table: rings, or areas, each in the colour of its class. Legend, canvas and paper follow.

    Parameters
    ----------
    key
        Of its name in the catalogues.
    rows
        From an analysis to a table with `id`, `label` (what is said of it, plain text), `colour`, and points or areas
        (EPSG:4326) as geometry; none of them missing.
    colours
        Each colour there may be (``#rrggbb``), and the key of the text that says what it means.
    areas
        The geometry is of areas, not of points.
    shown
        On at the start.
    """

    def features(analysis: Analysis, view: View) -> Features:
        return [_one(row, areas=areas) for row in rows(analysis, view).itertuples(index=False)]

    def legend(view: View) -> list[str]:
        meant = _meant(colours, view)
        return [swatch(colour, text, _OPACITY) if areas else ring(colour, text) for colour, text in meant.items()]

    def told(table: gpd.GeoDataFrame, view: View) -> dict[str, Any]:
        look = {"kind": "areas", "opacity": _OPACITY, "dashed": []} if areas else {"kind": "rings"}
        names = names_of(table["id"], table["label"])
        return {**look, "classes": [{"colour": colour} for colour in colours], "names": names}

    return Layer(
        key=key,
        features=features,
        legend=legend,
        packed=Kind(rows, lambda table, view: table["colour"], tuple(colours), told, areas=areas),
        paper=lambda analysis, view: (rows(analysis, view), _meant(colours, view)),
        counted=rows,
        shown=shown,
    )


def _meant(colours: Mapping[str, str], view: View) -> dict[str, str]:
    return {colour: t(key, view.lang) for colour, key in colours.items()}


def _one(row: Any, *, areas: bool) -> dict[str, Any]:
    label, alt = f"{escape(row.id)} · {escape(row.label)}", attribute(f"{row.id}: {row.label}")
    inside = {"fillColor": row.colour, "fillOpacity": _OPACITY, "weight": 1.2, "color": "#333333"}
    edge = {"color": row.colour, "weight": 4, "fillColor": "#ffffff", "fillOpacity": 0.9}
    shape = json.loads(shapely.to_geojson(row.geometry))
    return feature(shape, style=inside if areas else edge, radius=6, label=label, alt=alt)
