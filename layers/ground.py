"""The ground under the layers: tiles of a file or of the internet, or the data's own outlines and roads."""

from __future__ import annotations

import json

import folium
import geopandas as gpd
import shapely

from layers.markup import escape
from layers.tile_files import TileFile
from texts import t

#: OpenStreetMap's own server, for light use: it wants to be named, and to know which page asks.
ONLINE = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
OSM = '&copy; <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>'
#: More lines than this are not drawn one by one: the longest are.
_MOST_LINES = 3_000
_LINES = {"color": "#8a8f94", "weight": 1.4}
_EDGES = {"color": "#4f565c", "weight": 1, "fill": False}


def add_tiles(bare: folium.Map, found: TileFile, address: str) -> None:
    """Put a file's tiles under an empty map; closer than they go they are drawn larger."""
    west, south, east, north = found.bounds
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


def add_online(bare: folium.Map, lang: str) -> None:
    """Put the internet's map under an empty map, if it comes."""
    told = t("ground.unreachable", lang)  # said by the page's own script where nothing comes (views/canvas/frame.js)
    folium.TileLayer(ONLINE, attr=OSM, max_native_zoom=19, max_zoom=20, control=False, told=told).add_to(bare)


def lines_group(villages: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> folium.FeatureGroup:
    """Return outlines of villages and roads in grey, as a layer that lies under all others."""
    group = folium.FeatureGroup(name="ground", control=False)
    west, south, east, north = villages.total_bounds if len(villages) else (-180, -90, 180, 90)
    near = roads.cx[west:east, south:north] if len(roads) else roads
    near = near.loc[near.length.sort_values(ascending=False).index[:_MOST_LINES]] if len(near) > _MOST_LINES else near
    edges = villages.geometry[villages.geom_type.isin(("Polygon", "MultiPolygon"))].boundary
    for shapes, style in ((near.geometry, _LINES), (edges, _EDGES)):
        whole = shapely.simplify(shapely.geometrycollections([*shapes]), 0.0001)
        if not whole.is_empty:
            content = json.loads(shapely.to_geojson(whole))
            features = [{"type": "Feature", "geometry": part, "properties": {}} for part in content["geometries"]]
            collection = {"type": "FeatureCollection", "features": features}
            folium.GeoJson(collection, style_function=lambda _, style=style: style, interactive=False).add_to(group)
    return group
