"""`LAYERS`: the layers of the map. An entry there is all that a new layer needs beside what it draws."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import folium
from folium.utilities import JsCode

from geo.model.results import Analysis
from layers import features, kinds, signs
from layers.layer import Layer
from layers.view import View
from texts import t

_POINT = JsCode("""
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
}""")
_EACH = JsCode("""
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
}""")

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


def drawn(content: dict[str, Any]) -> folium.GeoJson:
    """Features as Folium draws them: each with its style, popup, label and radius or picture."""
    return folium.GeoJson(content, on_each_feature=_EACH, point_to_layer=_POINT)


def feature_groups(analysis: Analysis, view: View, shown: Iterable[str]) -> list[folium.FeatureGroup]:
    """Return a Folium feature group per shown layer that has features, in the order of `LAYERS`."""
    wanted = set(shown)
    groups = []
    for name, layer in LAYERS.items():
        drawn_one_by_one = layer.features(analysis, view) if name in wanted else []
        if not drawn_one_by_one:
            continue
        group = folium.FeatureGroup(name=t(layer.key, view.lang))
        content = {"type": "FeatureCollection", "features": drawn_one_by_one}
        drawn(content).add_to(group)
        groups.append(group)
    return groups
