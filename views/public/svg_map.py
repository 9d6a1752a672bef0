"""A map as one small SVG: villages by the share served, drawn without any script or tile; for plain pages."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely

from layers.markup import escape
from texts.looks import share_colour

#: Size of the picture, and the least detail that is drawn, in its units.
_WIDE, _TALL, _DETAIL = 640.0, 460.0, 1.0
#: Height of a line of names and width of a letter, in its units.
_LINE, _LETTER = 12.0, 6.2
#: Names are written for so many villages at most; more would lie over each other.
_NAMED = 60


def villages_svg(
    villages: gpd.GeoDataFrame, column: str, label: str, link: Callable[[str], str], marked: str | None = None
) -> str:
    """Return the villages as an SVG, each a link, coloured by a column of shares.

    Parameters
    ----------
    villages
        With `village_code, name, boundary` (``approximate`` is dashed) and the column, EPSG:4326; those without a
        shape are left out.
    column
        Share from 0 to 1; missing is grey.
    label
        What the picture shows, for whoever does not see it.
    link
        Address of a village's page by its code.
    marked
        Code of the village that is drawn with a heavy line.
    """
    rows = villages[villages.geometry.notna() & villages["village_code"].notna()]
    if not len(rows):
        return ""
    west, south, east, north = rows.total_bounds
    slim = max(float(np.cos(np.radians((south + north) / 2))), 0.01)
    scale = min(_WIDE / max((east - west) * slim, 1e-6), _TALL / max(north - south, 1e-6)) * 0.96
    wide, tall = (east - west) * slim * scale / 0.96, (north - south) * scale / 0.96

    def place(xy: np.ndarray) -> np.ndarray:
        x = (xy[:, 0] - west) * slim * scale + wide * 0.02
        return np.column_stack([x, (north - xy[:, 1]) * scale + tall * 0.02])

    shapes, names = [], list[tuple[bool, float, float, float, str]]()
    known = zip(rows["village_code"], rows["name"], rows[column], rows["boundary"], rows.geometry, strict=True)
    for code, name, share, boundary, shape in known:
        drawn = shapely.simplify(shapely.transform(shape, place), _DETAIL)
        heavy = ' stroke-width="3"' if code == marked else ""
        heavy += ' stroke-dasharray="4 3"' if boundary == "approximate" else ""
        shapes.append(
            f'<a href="{escape(link(code))}" aria-label="{escape(name)}">'
            f'<path d="{_path(drawn)}" fill="{share_colour(share)}"{heavy}>'
            f"<title>{escape(name)}</title></path></a>"
        )
        if len(rows) <= _NAMED:
            at = drawn.representative_point()
            names.append((code != marked, -drawn.area, at.x, at.y, str(name)))
    written = "".join(f'<text x="{x:.0f}" y="{y:.0f}">{escape(name)}</text>' for x, y, name in _apart(sorted(names)))
    return (
        f'<svg viewBox="0 0 {wide:.0f} {tall:.0f}" role="group" aria-label="{escape(label)}" class="map">'
        f'<g stroke="#333" stroke-width="1">{"".join(shapes)}</g><g class="names">{written}</g></svg>'
    )


def _apart(names: list[tuple[bool, float, float, float, str]]) -> list[tuple[float, float, str]]:
    """Names that lie over no other: of two the marked village's, then the larger one's; each has a tooltip too."""
    kept: list[tuple[float, float, str]] = []
    for _, _, x, y, name in names:
        free = all(
            abs(y - other_y) >= _LINE or abs(x - other_x) >= _LETTER * (len(name) + len(other)) / 2
            for other_x, other_y, other in kept
        )
        if free:
            kept.append((x, y, name))
    return kept


def _path(shape: shapely.Geometry) -> str:
    """The outline of an area; a point is a small square."""
    if shape.geom_type == "Point":
        return f"M{shape.x - 4:.0f} {shape.y - 4:.0f}h8v8h-8z"
    parts = []
    for part in shapely.get_parts(shape):
        for ring in (part.exterior, *part.interiors) if part.geom_type == "Polygon" else ():
            points = " ".join(f"{x:.0f} {y:.0f}" for x, y in ring.coords[:-1])
            parts.append(f"M{points}z")
    return "".join(parts)
