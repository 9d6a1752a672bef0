"""The ground under the layers: tiles of a file or of the internet, or what the data have of it themselves."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import Any

import folium
import folium.plugins
import geopandas as gpd
import numpy as np
import shapely

from geo.model.arrays import Floats
from geo.reach.distance import geodesic_m
from geo.reach.elevation import Elevation
from layers.markup import escape
from layers.tile_files import TileFile
from texts import t

#: OpenStreetMap's own server, for light use: it wants to be named, and to know which page asks.
ONLINE = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
OSM = '&copy; <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>'
#: More lines than this are not drawn one by one: the longest are.
_MOST_LINES = 3_000
_LINES = {"color": "#8a8f94", "weight": 1.4}
_RIVERS = {"color": "#5b9bd5", "weight": 1.6}
_EDGES = {"color": "#4f565c", "weight": 1, "fill": False}
#: Vector tiles: what a layer's name holds (OpenMapTiles, Protomaps, Shortbread and others), and how it is drawn; of a
#: greyness that stands on light ground and on dark.
_HIDDEN: list[Any] = []
_VECTOR_STYLES: tuple[tuple[tuple[str, ...], dict[str, Any] | list[Any]], ...] = (
    (("name", "label", "poi", "place", "housenumber", "symbol", "peak", "aeroway"), _HIDDEN),
    (("water", "river", "ocean", "sungai", "lake"),
     {"color": "#5b9bd5", "weight": 1, "fill": True, "fillColor": "#8bb8d8", "fillOpacity": 0.6}),
    (("building", "bangunan"),
     {"color": "#9a9186", "weight": 0.5, "fill": True, "fillColor": "#b8aea2", "fillOpacity": 0.5}),
    (("road", "street", "transport", "highway", "jalan", "bridge", "path", "rail"),
     {"color": "#8a8f94", "weight": 1.2}),
    (("bound", "admin", "batas"), {"color": "#4f565c", "weight": 1, "dashArray": "4 3"}),
    (("land", "park", "wood", "forest", "natural", "earth", "sites"),
     {"stroke": False, "fill": True, "fillColor": "#9aa58c", "fillOpacity": 0.18}),
)  # fmt: skip
_PLAIN: dict[str, Any] = {"color": "#8a8f94", "weight": 1, "fill": False}
#: Pixels of the picture's longer side; steps of light and shadow that it tells apart; the strongest of them (of 255).
_SIDE, _STEPS, _STRONGEST = 360, 12, 130
#: Where the light comes from: degrees east of north, above the horizon.
_AZIMUTH, _ALTITUDE = 315.0, 45.0
#: Flat land is drawn steeper, so that its hills can be seen: its slopes are brought to this (rise over run).
_SEEN_SLOPE, _MOST_TIMES = 0.25, 12.0


@dataclass(frozen=True)
class Shade:
    """A picture as an address that holds it (PNG), and where it lies: west, south, east, north in degrees."""

    address: str
    bounds: tuple[float, float, float, float]


def add_tiles(bare: folium.Map, found: TileFile, address: str) -> None:
    """Put a file's tiles under an empty map; closer than they go they are drawn larger."""
    west, south, east, north = found.bounds
    if found.layers:
        _add_vectors(bare, found, address)
        return
    folium.TileLayer(
        address,
        attr=escape(found.attribution) or " ",
        min_zoom=max(found.zooms[0] - 3, 0),
        min_native_zoom=found.zooms[0],
        max_native_zoom=found.zooms[1],
        max_zoom=20,
        bounds=[[south, west], [north, east]],
        control=False,
    ).add_to(bare)


def vector_options(found: TileFile) -> dict[str, Any]:
    """How vector tiles are drawn (Leaflet.VectorGrid): plainly, by what the names of their layers say."""
    west, south, east, north = found.bounds
    return {
        "minZoom": max(found.zooms[0] - 3, 0),
        "minNativeZoom": found.zooms[0],
        "maxNativeZoom": found.zooms[1],
        "maxZoom": 20,
        "bounds": [[south, west], [north, east]],
        "attribution": escape(found.attribution),
        "interactive": False,
        "vectorTileLayerStyles": {name: _style_of(name) for name in found.layers},
    }


def _style_of(name: str) -> dict[str, Any] | list[Any]:
    """The style of a layer by the words in its name; names and marks of places are not drawn."""
    plain = name.lower()
    return next((style for words, style in _VECTOR_STYLES if any(word in plain for word in words)), _PLAIN)


def _add_vectors(bare: folium.Map, found: TileFile, address: str) -> None:
    # as text: names of layers stay as the file has them, and nothing of a name ends the script
    options = json.dumps(vector_options(found)).replace("</", "<\\/")
    layer = folium.plugins.VectorGridProtobuf(address, options=options, control=False)
    layer.default_js = []  # it came with the map: no page asks another host for anything
    layer.add_to(bare)


def add_online(bare: folium.Map, lang: str) -> None:
    """Put the internet's map under an empty map, if it comes."""
    told = t("ground.unreachable", lang)  # said by the page's own script where nothing comes (views/canvas/frame.js)
    folium.TileLayer(ONLINE, attr=OSM, max_native_zoom=19, max_zoom=20, control=False, told=told).add_to(bare)


def add_shade(bare: folium.Map, shade: Shade) -> None:
    """Put shadows of the hills under an empty map."""
    west, south, east, north = shade.bounds
    folium.raster_layers.ImageOverlay(
        shade.address, [[south, west], [north, east]], interactive=False, control=False
    ).add_to(bare)


def lines_group(villages: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, rivers: gpd.GeoDataFrame) -> folium.FeatureGroup:
    """Return rivers in blue, roads and outlines of villages in grey, as a layer that lies under all others."""
    group = folium.FeatureGroup(name="ground", control=False)
    edges = villages.geometry[villages.geom_type.isin(("Polygon", "MultiPolygon"))].boundary
    drawn = ((_near(rivers, villages), _RIVERS), (_near(roads, villages), _LINES), (edges, _EDGES))
    for shapes, style in drawn:
        whole = shapely.simplify(shapely.geometrycollections([*shapes]), 0.0001)
        if not whole.is_empty:
            content = json.loads(shapely.to_geojson(whole))
            features = [{"type": "Feature", "geometry": part, "properties": {}} for part in content["geometries"]]
            collection = {"type": "FeatureCollection", "features": features}
            folium.GeoJson(collection, style_function=lambda _, style=style: style, interactive=False).add_to(group)
    return group


def _near(lines: gpd.GeoDataFrame, villages: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The lines around some villages, the longest where there are very many."""
    if lines.empty:
        return lines.geometry
    west, south, east, north = villages.total_bounds if len(villages) else (-180, -90, 180, 90)
    near = lines.geometry.cx[west:east, south:north]
    if len(near) <= _MOST_LINES:
        return near
    size = shapely.length(near.to_numpy())
    return near.iloc[size.argsort()[::-1][:_MOST_LINES]]


def hillshade(ground: Elevation) -> Shade:
    """Return light and shadow of some heights: white and black over the flat, nothing where no height is known.

    Shaded relief by Lambert's law (Horn 1981, Hill shading and the reflectance map). Slopes of flat land are
    exaggerated.
    """
    from PIL import Image

    heights, known = _finer(ground.heights)
    south = ground.north - ground.height * ground.heights.shape[0]
    east = ground.west + ground.width * ground.heights.shape[1]
    middle = np.array([(ground.north + south) / 2])
    west = np.array([ground.west])
    dx = float(geodesic_m(west, middle, west + (east - ground.west), middle)[0]) / heights.shape[1]
    dy = float(geodesic_m(west, np.array([south]), west, np.array([ground.north]))[0]) / heights.shape[0]
    light = _light(heights, dx, dy) * known
    stepped = np.round(np.abs(light) * _STEPS) * (_STRONGEST / _STEPS)
    picture = Image.fromarray(np.dstack([np.where(light > 0, 255, 0), stepped]).astype(np.uint8), "LA")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    told = base64.b64encode(buffer.getvalue()).decode()
    return Shade(f"data:image/png;base64,{told}", (ground.west, south, east, ground.north))


def _finer(heights: Floats) -> tuple[Floats, Floats]:
    """Heights as fine as the picture, smooth between cells; how far inside what is known each lies, from 0 to 1."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter, zoom

    known = ~np.isnan(heights)
    _, nearest = distance_transform_edt(~known, return_indices=True)
    times = max(1.0, _SIDE / max(heights.shape))
    inside = known.astype(float)
    if not known.all():  # at the edge of what is known the picture fades, it does not break off
        inside = np.clip(gaussian_filter(np.pad(inside, 1), 1.0)[1:-1, 1:-1] * 2 - 1, 0, 1)
    return zoom(heights[tuple(nearest)], times, order=3), zoom(inside, times, order=1)


def _light(heights: Floats, dx: float, dy: float) -> Floats:
    """How much lighter than the flat each cell is (to 1) or darker (to -1)."""
    down, right = np.gradient(heights, dy, dx)
    steep = float(np.quantile(np.hypot(down, right), 0.9))
    times = min(max(_SEEN_SLOPE / steep, 1.0), _MOST_TIMES) if steep > 0 else 1.0
    sun, high = np.radians(_AZIMUTH), np.radians(_ALTITUDE)
    east, north, up = np.sin(sun) * np.cos(high), np.cos(sun) * np.cos(high), np.sin(high)
    # the ground's normal is (-slope to the east, -slope to the north, 1); rows go south
    lit = (up - times * (right * east - down * north)) / np.sqrt(1 + times**2 * (right**2 + down**2))
    lit = np.clip(lit, 0.0, 1.0)
    return np.asarray(np.where(lit > up, (lit - up) / (1 - up), (lit - up) / up), dtype=float)
