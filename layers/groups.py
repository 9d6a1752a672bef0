"""`LAYERS`: the layers of the map. An entry there is all that a new layer needs beside what it draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.template import Template
from jinja2.utils import htmlsafe_json_dumps

from geo.model.results import Analysis
from layers import features, kinds, signs
from layers.layer import Layer
from layers.view import View
from texts import t

_POINT = """
function (feature, at) {
    const p = feature.properties;
    if (p.said) {  // a name on the ground: no key, no press, and nothing for who hears the village itself
        const html = `<span aria-hidden="true">${p.said}</span>`;
        const icon = L.divIcon({html: html, className: "ma-name", iconSize: null});
        return L.marker(at, {icon: icon, interactive: false, keyboard: false, pane: "shadowPane"});
    }
    if (p.metres) { return L.circle(at, {radius: p.metres, interactive: false}); }
    if (p.svg) {
        const icon = L.divIcon({html: p.svg, className: "ma-icon", iconSize: [p.size, p.size]});
        return L.marker(at, {icon: icon, alt: p.alt || "", keyboard: true, zIndexOffset: p.above || 0});
    }
    return L.circleMarker(at, {radius: p.radius});
}"""
_EACH = """
function (feature, layer) {
    const p = feature.properties;
    if (p.said) {  // names where they fit, none over another: those of large areas first
        const arrange = (map) => {
            const taken = [], marks = [];
            map.eachLayer((one) => {
                if (one.getLatLng && !(one.getRadius && one.getRadius() > 40) && !map.maNames.has(one)) {
                    marks.push(map.latLngToLayerPoint(one.getLatLng()));
                }
            });
            const size = (one) => one.feature.properties.spots[0][2];
            for (const one of [...map.maNames].sort((a, b) => size(b) - size(a))) {
                const text = one.getElement() && one.getElement().firstChild;
                if (!text) { continue; }
                const w = text.offsetWidth / 2, h = text.offsetHeight / 2;
                let best = null;
                for (const [lat, lng, wide] of one.feature.properties.spots) {
                    const at = map.latLngToLayerPoint([lat, lng]), east = map.latLngToLayerPoint([lat, lng + wide]);
                    if (2 * w > east.x - at.x + 4) { continue; }
                    const near = (box, x, y) => Math.abs(box.x - at.x) < x && Math.abs(box.y - at.y) < y;
                    if (taken.some((box) => near(box, box.w + w + 2, box.h + h + 1))) { continue; }
                    const over = marks.filter((mark) => near(mark, w + 6, h + 6)).length;
                    if (best === null || over < best.over) { best = {over: over, at: at, lat: lat, lng: lng}; }
                }
                text.style.visibility = best ? "visible" : "hidden";
                if (best) {
                    one.setLatLng([best.lat, best.lng]);
                    taken.push({x: best.at.x, y: best.at.y, w: w, h: h});
                }
            }
        };
        layer.on("add", () => {
            const map = layer._map;
            if (!map.maNames) {
                map.maNames = new Set();
                map.on("zoomend", () => arrange(map));
            }
            map.maNames.add(layer);
            clearTimeout(map.maNamesSoon);
            map.maNamesSoon = setTimeout(() => arrange(map), 60);  // once the marks are there too
            layer.once("remove", () => map.maNames.delete(layer));
        });
        return;
    }
    if (p.popup) { layer.bindPopup(p.popup, {maxWidth: 300}); }
    if (p.label) { layer.bindTooltip(p.label); }
    const said = document.createElement("textarea");  // the label is HTML: read as text here
    said.innerHTML = p.alt || p.label || "";
    if (said.value) {
        layer.on("add", () => {
            const element = layer.getElement();
            element.setAttribute("aria-label", said.value);
            element.setAttribute("role", "button");
        });
    }
    if (p.label) {  // Enter opens the popup (Leaflet's own) and chooses, as a press does
        layer.on("keypress", (event) => {
            if (event.originalEvent.key !== "Enter") { return; }
            layer.closePopup();
            const at = layer.getLatLng ? layer.getLatLng() : layer.getCenter();
            layer.fire("click", {latlng: at, originalEvent: event.originalEvent});
        });
    }
}"""

#: In the order in which they are drawn, and of the switches.
LAYERS: dict[str, Layer] = {
    "villages": Layer(
        key="layer.villages",
        features=features.villages,
        legend=signs.shares,
        packed=kinds.VILLAGES,
        counted=lambda analysis, view: analysis.villages,
        shown=True,
    ),
    "reach": Layer(
        key="layer.reach",
        features=features.reach,
        legend=signs.reach,
        counted=lambda analysis, view: analysis.water_points,
    ),
    "settlements": Layer(
        key="layer.settlements",
        features=features.settlements,
        legend=signs.states,
        packed=kinds.SETTLEMENTS,
        counted=lambda analysis, view: analysis.places,
        shown=True,
    ),
    "water_points": Layer(
        key="layer.water_points",
        features=features.water_points,
        legend=partial(signs.statuses, square=False),
        packed=kinds.WATER_POINTS,
        counted=lambda analysis, view: analysis.water_points,
        shown=True,
    ),
    "sanitation": Layer(
        key="layer.sanitation",
        features=features.sanitation,
        legend=partial(signs.statuses, square=True),
        packed=kinds.SANITATION,
        counted=lambda analysis, view: analysis.sanitation,
    ),
    "institutions": Layer(
        key="layer.institutions",
        features=features.institutions,
        legend=signs.institutions,
        counted=lambda analysis, view: analysis.institutions,
    ),
    "conflicts": Layer(key="layer.conflicts", features=features.conflicts, legend=signs.conflicts),
    "priorities": Layer(
        key="layer.priorities",
        features=features.priorities,
        legend=signs.priorities,
        packed=kinds.PRIORITIES,
        shown=True,
    ),
    "planned": Layer(key="layer.planned", features=features.planned, legend=signs.planned, switch=False),
}


class _Said(Element):  # type: ignore[misc]  # branca has no types
    """A script as it is. Folium takes scripts for templates: it would run, in the server, what data put in braces."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Drawn(MacroElement):  # type: ignore[misc]
    """Features as the page's Leaflet draws them: each with its style, popup, label and radius or picture.

    In place of `folium.GeoJson`, which reads every text of the data as a template of its own.
    """

    _template = Template("{% macro script(this, kwargs) %}{{ this.script() }}{% endmacro %}")

    def __init__(self, json: str) -> None:
        """Take a feature collection as JSON that may stand in a page's script (`written`)."""
        super().__init__()
        self._name, self.json = "Drawn", json

    def script(self) -> str:
        """Return the JavaScript that puts the features on their layer."""
        name, group = self.get_name(), self._parent.get_name()
        options = f"{{onEachFeature: {_EACH}, pointToLayer: {_POINT}, style: (feature) => feature.properties.style}}"
        return f"\nvar {name} = L.geoJson(null, {options});\n{name}.addData({self.json});\n{name}.addTo({group});\n"

    def render(self, **kwargs: Any) -> None:
        """Put the script into the page."""
        self.get_root().script.add_child(_Said(self.script()), name=self.get_name())


def written(features_drawn: Sequence[dict[str, Any]]) -> str:
    """Return features as the JSON of a collection that may stand in a page's script."""
    return str(htmlsafe_json_dumps({"type": "FeatureCollection", "features": features_drawn}))


@lru_cache(maxsize=48)
def _json(analysis: Analysis, view: View, name: str) -> str:
    """What a layer draws, made once for all who look at the same; empty if there is nothing."""
    drawn_one_by_one = LAYERS[name].features(analysis, view)
    if not view.popups:
        for one in drawn_one_by_one:
            one["properties"].pop("popup", None)
    return written(drawn_one_by_one) if drawn_one_by_one else ""


def feature_groups(analysis: Analysis, view: View, shown: Iterable[str]) -> list[folium.FeatureGroup]:
    """Return a Folium feature group per shown layer that has features, in the order of `LAYERS`."""
    wanted = set(shown)
    groups = []
    for name, layer in LAYERS.items():
        content = _json(analysis, view, name) if name in wanted else ""
        if not content:
            continue
        group = folium.FeatureGroup(name=t(layer.key, view.lang))
        Drawn(content).add_to(group)
        groups.append(group)
    return groups
