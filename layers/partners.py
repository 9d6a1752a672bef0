"""Partners on the map: villages without one, with one, with several."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import folium
import geopandas as gpd
import shapely

from geo.model.facts import facts
from layers.groups import Drawn, written
from layers.legend import block
from layers.markup import escape, popup_html
from layers.signs import swatch
from texts import t

_OPACITY = 0.6


def _class(names: Sequence[str]) -> str:
    return ("none", "one", "several")[min(len(names), 2)]


def partners_layer(villages: gpd.GeoDataFrame, names: Mapping[str, Sequence[str]], lang: str) -> folium.FeatureGroup:
    """Villages by how many partners they have; their names are in the popup."""
    group = folium.FeatureGroup(name=t("partners.title", lang))
    features = []
    for row in villages[villages.geometry.notna()].itertuples():
        mine = names.get(row.village_code, ())
        told = ", ".join(mine) or t("partners.nobody", lang)
        colour = facts("looks")["partners"][_class(mine)]
        label = f"{escape(row.village_code)} · {escape(row.name)}: {escape(told)}"
        popup = popup_html(f"{row.name} ({row.village_code})", [(t("partners.partners", lang), told)])
        shape = json.loads(shapely.to_geojson(row.geometry.simplify(0.0001)))
        features.append(
            {
                "type": "Feature",
                "geometry": shape,
                "properties": {"label": label, "popup": popup, "radius": 9, "style": {
                    "color": "#333333", "weight": 1.2, "fillColor": colour, "fillOpacity": _OPACITY}},
            }
        )  # fmt: skip
    if features:
        Drawn(written(features)).add_to(group)
    return group


def partners_legend(lang: str) -> str:
    """Return the legend of the layer."""
    looks = facts("looks")["partners"]
    entries = [swatch(looks[name], t(f"partners.class.{name}", lang), _OPACITY) for name in ("none", "one", "several")]
    return block(t("partners.partners", lang), entries)
