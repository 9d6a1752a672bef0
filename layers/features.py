"""What the layers draw one by one, each a function from an analysis to GeoJSON features with their style and popup."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import shapely

from geo.model.results import Analysis
from geo.model.sites import STATES
from layers.markup import attribute, escape, institution_svg, marker_svg, popup_html
from layers.view import Features, View
from texts import count, day, metres, money, percent, source_text, state_text, t
from texts.looks import VILLAGE_OPACITY, need_colour, need_key, share_colour, state_colour, status_look

#: Ring of a plan's sites: black, since every other colour means something already.
PLANNED = "#111111"
#: How far a working site reaches.
REACH = "#0571b0"
#: Ring of a source too near to excreta storage.
CONFLICT = "#d7191c"


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    """One feature as GeoJSON; `layers.groups.drawn` says which properties are drawn, and how."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def point_of(site: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [round(site.geometry.x, 6), round(site.geometry.y, 6)]}


def records(table: Any) -> Iterable[Any]:
    rows: Iterable[Any] = table.itertuples(index=False)
    return rows


def _states(row: Any, view: View) -> list[tuple[str, str]]:
    return [
        (state_text(name, view.service, view.lang), count(getattr(row, view.column(name)), view.lang))
        for name in STATES
    ]


def villages(analysis: Analysis, view: View) -> Features:
    """Villages by the share of people with service; approximate boundaries dashed; no population, no colour."""
    features = []
    for row in records(analysis.villages[analysis.villages.geometry.notna()]):
        share = getattr(row, view.column("share"))
        best, worst = getattr(row, view.column("best_share")), getattr(row, view.column("worst_share"))
        lines = [
            (t("map.share", view.lang), percent(share, view.lang)),
            (t("map.best_worst", view.lang), f"{percent(best, view.lang)} / {percent(worst, view.lang)}"),
            (t("map.population", view.lang), count(row.population, view.lang)),
            *_states(row, view),
            (t("map.surveyed", view.lang), day(row.surveyed_on, view.lang)),
            (t("map.boundary", view.lang), t(f"boundary.{row.boundary or 'none'}", view.lang)),
        ]
        if row.population_estimated is True:
            lines.append((t("map.source", view.lang), f"{t('map.estimate', view.lang)}: {row.population_source}"))
        style = {"color": "#333333", "weight": 1.2, "fillColor": share_colour(share), "fillOpacity": VILLAGE_OPACITY}
        if row.boundary == "approximate":
            style["dashArray"] = "5 4"
        label = f"{escape(row.village_code)} · {escape(row.name)}: {percent(share, view.lang)}"
        title = f"{row.name} ({row.village_code})"
        shape = json.loads(shapely.to_geojson(row.geometry.simplify(0.0001)))
        if shape["type"] == "Point":
            shape = point_of(row)
        features.append(feature(shape, style=style, popup=popup_html(title, lines), label=label, radius=9))
    return features + _names(analysis)


def _names(analysis: Analysis) -> Features:
    """Names of villages that have an area, each where its area is; the map shows those that fit."""
    found = []
    for row in records(analysis.villages[analysis.villages.geometry.notna()]):
        if row.geometry.geom_type not in ("Polygon", "MultiPolygon") or not isinstance(row.name, str) or not row.name:
            continue
        spots = _spots(row.geometry)
        point = {"type": "Point", "coordinates": spots[0][1::-1]}
        found.append(feature(point, said=escape(row.name), spots=spots))
    return found


#: Lines on which a village's name may stand, from its south to its north, and places on each.
_LINES, _PLACES = 7, (0.5, 0.3, 0.7)


def _spots(area: Any) -> list[list[float]]:
    """Where a name may stand in an area: latitude, longitude, and degrees of longitude that it may be wide there.

    The widest place comes first; a name stands with as much of the area on its left as on its right.
    """
    west, south, east, north = area.bounds
    found = []
    for n in range(1, _LINES + 1):
        lat = south + (north - south) * n / (_LINES + 1)
        across = shapely.intersection(area, shapely.LineString([(west - 1, lat), (east + 1, lat)]))
        for piece in shapely.get_parts(across):
            left, right = piece.bounds[0], piece.bounds[2]
            for part in _PLACES:
                lon = left + (right - left) * part
                found.append([round(lat, 6), round(lon, 6), round(2 * min(lon - left, right - lon), 6)])
    found.sort(key=lambda spot: -spot[2])
    middle = area.representative_point()
    return found or [[round(middle.y, 6), round(middle.x, 6), round(east - west, 6)]]


def reach(analysis: Analysis, view: View) -> Features:
    """How far each working site reaches: a circle by line, the walked ground on foot."""
    sites = analysis.water_points if view.service == "water" else analysis.sanitation
    limit = analysis.provenance["reach_m"][view.service]
    area = analysis.reach_areas.get(view.service)
    if area is not None and not area.is_empty:
        walked = {"color": REACH, "weight": 1, "opacity": 0.7, "fillColor": REACH, "fillOpacity": 0.18}
        return [feature(json.loads(shapely.to_geojson(area)), style=walked)]
    style = {"color": REACH, "weight": 0.6, "opacity": 0.5, "fillColor": REACH, "fillOpacity": 0.06}
    return [feature(point_of(row), metres=limit, style=style) for row in records(sites[sites["working"]])]


def settlements(analysis: Analysis, view: View) -> Features:
    """Settlements by the state most of their people are in."""
    features = []
    places = analysis.places[analysis.places["kind"] == "settlement"]
    for row in records(places):
        state = getattr(row, view.column("state"))
        lines = [(t("map.population", view.lang), count(row.people, view.lang)), *_states(row, view)]
        if view.service == "water":
            lines.append((t("map.nearest", view.lang), metres(row.nearest_m, view.lang)))
        style = {"color": state_colour(state), "weight": 4, "fillColor": "#ffffff", "fillOpacity": 0.9}
        label = f"{escape(row.place_id)} · {escape(row.name)}"
        features.append(
            feature(point_of(row), radius=6, style=style, label=label, popup=popup_html(str(row.name), lines))
        )
    return features


def site_lines(row: Any, lang: str, what: str) -> list[tuple[str, str]]:
    """Return what is known of a site, label and text; `what` is its technology or kind in words."""
    return [
        (t("map.kind", lang), what),
        (t("map.status", lang), t(f"status.{row.status}", lang)),
        (t("map.capacity", lang), count(row.capacity, lang)),
        (t("map.load", lang), count(row.load_people, lang)),
        (t("map.reported", lang), day(row.reported_on, lang)),
        (t("map.source", lang), source_text(str(row.data_source), lang)),
        *_warnings(row, lang),
    ]


def _warnings(row: Any, lang: str) -> list[tuple[str, str]]:
    """What stands too near, and when a tank was emptied."""
    lines = []
    near, emptying = getattr(row, "conflict_m", None), getattr(row, "emptying", None)
    if near is not None and near == near:
        lines.append((t("needs.conflict", lang), t("needs.conflict_at", lang, far=metres(near, lang))))
    if emptying is not None:
        lines.append((t("needs.emptying", lang), t(f"needs.emptying.{emptying}", lang)))
        lines.append((t("needs.plant", lang), metres(row.plant_m, lang)))
    return lines


def _sites(table: Any, view: View, service: str, id_column: str, kind_column: str, kind_key: str) -> Features:
    features = []
    for row in records(table):
        site_id, what = getattr(row, id_column), t(f"{kind_key}.{getattr(row, kind_column)}", view.lang)
        look = status_look(row.status)
        size = 26 if site_id == view.chosen else (17 if service == "water" else 18)
        svg = marker_svg(look["path"], look["colour"], size, square=service == "sanitation")
        status = t(f"status.{row.status}", view.lang)
        label = f"{escape(site_id)} · {escape(what)}: {escape(status)}"
        title = f"{row.name} ({site_id})" if row.name else str(site_id)
        popup = popup_html(title, site_lines(row, view.lang, what))
        features.append(
            feature(point_of(row), svg=svg, size=size, label=label, popup=popup, alt=attribute(f"{site_id}: {status}"))
        )
    return features


def water_points(analysis: Analysis, view: View) -> Features:
    """Water points by status, colour and shape."""
    return _sites(analysis.water_points, view, "water", "point_id", "technology", "technology")


def sanitation(analysis: Analysis, view: View) -> Features:
    """Sanitation facilities by status, on a white plate."""
    return _sites(analysis.sanitation, view, "sanitation", "facility_id", "kind", "kind")


def priorities(analysis: Analysis, view: View) -> Features:
    """The first sites of the list, numbered."""
    rows = analysis.priorities
    if rows.empty:
        return []
    # so many as were asked for, also where more share the last rank: those are told by "="
    rows = rows[rows["service"] == view.service].head(analysis.provenance["params"].top_n)
    features = []
    for row in records(rows):
        ring = "#c51b7d" if row.site_id == view.chosen else "#1a1a1a"
        svg = (
            f'<svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true"><circle cx="13" cy="13" r="11.5" '
            f'fill="#ffd92f" stroke="{ring}" stroke-width="2.5"/><text x="13" y="17.5" text-anchor="middle" '
            f'font-size="{9 if row.tied else 12}" font-weight="700" font-family="sans-serif" fill="#1a1a1a">'
            f"{'=' if row.tied else ''}{row.rank}</text></svg>"
        )
        lines = [
            (t("map.gain", view.lang), count(row.gain_people, view.lang)),
            (t("map.cost", view.lang), money(row.cost_idr, view.lang)),
            (t("map.rank_range", view.lang), f"{row.rank_low}–{row.rank_high}"),
        ]
        label = f"{escape(row.site_id)} · {t('map.rank', view.lang)} {row.rank}"
        popup = popup_html(f"{row.name or row.site_id} ({row.site_id})", lines)
        features.append(
            feature(
                point_of(row),
                svg=svg,
                size=26,
                label=label,
                popup=popup,
                alt=attribute(f"{row.site_id} · {t('map.rank', view.lang)} {row.rank}"),
                above=2000 - row.rank,
            )
        )
    return features


def institutions(analysis: Analysis, view: View) -> Features:
    """Schools and health posts by whether they meet the standard."""
    features = []
    for row in records(analysis.institutions):
        met = need_key(row.standard_met)
        lines = [
            (t("map.kind", view.lang), t(f"institution.{row.kind}", view.lang)),
            (t("needs.met", view.lang), t(f"needs.{met}", view.lang)),
            (t("needs.water", view.lang), t(f"word.{_yes_no(row.water_ok)}", view.lang)),
            (t("needs.toilets_short", view.lang), count(row.toilets_short, view.lang)),
            (t("map.nearest", view.lang), metres(row.water_m, view.lang)),
        ]
        svg = institution_svg(need_colour(met), health=row.kind == "health_post")
        title = f"{row.name or row.institution_id} ({row.institution_id})"
        label = f"{escape(row.institution_id)} · {escape(t(f'needs.{met}', view.lang))}"
        alt = attribute(f"{row.institution_id}: {t(f'needs.{met}', view.lang)}")
        features.append(feature(point_of(row), svg=svg, size=18, label=label, popup=popup_html(title, lines), alt=alt))
    return features


def _yes_no(value: Any) -> str:
    return "unknown" if value is None or value != value else "yes" if value else "no"


def conflicts(analysis: Analysis, view: View) -> Features:
    """Sources within 10 m of excreta storage, ringed."""
    points = analysis.water_points[analysis.water_points["conflict_m"].notna()]
    style = {"color": CONFLICT, "weight": 4, "fillOpacity": 0}
    features = []
    for row in records(points):
        far = metres(row.conflict_m, view.lang)
        label = f"{escape(row.point_id)} · {t('needs.conflict_at', view.lang, far=far)}"
        features.append(feature(point_of(row), radius=14, style=style, label=label))
    return features


def planned(analysis: Analysis, view: View) -> Features:
    """The sites of a plan, ringed; what is new there has a broken ring."""
    features = []
    for site_id, action, lon, lat in view.planned:
        word = t(f"action.{action}", view.lang)
        style = {"color": PLANNED, "weight": 4, "fillColor": PLANNED, "fillOpacity": 0.15}
        if action not in ("repair", "upgrade"):
            style["dashArray"] = "6 4"
        place = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
        label = f"{escape(site_id)} · {escape(word)}"
        features.append(feature(place, radius=13, style=style, label=label))
    return features
