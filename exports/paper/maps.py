"""Small maps for paper: the ground around a site, drawn by matplotlib, without any outside tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from geo.model.results import Analysis
from geo.reach.distance import GEOD
from texts import metres, t
from texts.looks import status_look

#: Colour of ground that nothing is told of.
GROUND = "#f4f1ea"
#: Half the width of a map, in metres of latitude.
HALF_M = 1500.0
_MARKS = {
    "functional": "o",
    "needs_repair": "^",
    "not_in_use": "s",
    "dry_season": "D",
    "non_functional": "X",
    "abandoned": "P",
    "unknown": "h",
}
#: Where else a name may stand, in parts of its width and height.
_AROUND = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 2), (0, -2))
_WINDS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


def site_marks(axes: Axes, rows: gpd.GeoDataFrame, table: str) -> dict[str, dict[str, Any]]:
    """Draw sites by status, colour and shape; return the look of each status that there is."""
    edge = "black" if table == "water_points" else "#8c510a"
    drawn: dict[str, dict[str, Any]] = {}
    for status, mark in _MARKS.items():
        mine = rows[rows["status"] == status]
        if len(mine):
            look = {"marker": mark, "mfc": status_look(status)["colour"], "mec": edge}
            drawn[status] = look | {"ls": "", "ms": 6, "mew": 0.7}
            axes.plot(mine.geometry.x, mine.geometry.y, **drawn[status], zorder=5)
    return drawn


def rule_and_north(
    axes: Axes, corner: tuple[float, float], half: tuple[float, float], length_m: float | None = None
) -> list[Artist]:
    """Draw a scale bar and a north arrow; return what was drawn.

    Parameters
    ----------
    corner
        West and south, in degrees.
    half
        Half the width and half the height, in degrees.
    length_m
        Of the bar; a power of ten that fits unless told.
    """
    (west, south), (wide, tall) = corner, half
    length = length_m or 10.0 ** np.floor(np.log10(tall * 111_320))
    x, y = west + 0.08 * wide, south + 0.08 * tall
    end, _, _ = GEOD.fwd(x, y, 90.0, length)
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    (bar,) = axes.plot([x, end], [y, y], "-", color="black", lw=3, zorder=9)
    north = axes.text(west + 1.9 * wide, south + 1.83 * tall, "▲\nN", fontsize=9, ha="center", va="center", zorder=9)
    return [bar, axes.text(x, y + 0.03 * tall, told, fontsize=7, zorder=9), north]


def apart(axes: Axes, names: Sequence[Text], taken: Sequence[Bbox] = (), *, beside: bool = False) -> list[Bbox]:
    """Move names that lie on one another or beyond the frame, up or down or to the side; hide what has no room.

    To be called once the frame is set. Tried in order: where the name is (not with `beside`), then one and two lines
    away from it. What lies on `taken` is moved as well; all that is taken by now is returned, in pixels.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    canvas = FigureCanvasAgg(figure)
    drawn = canvas.get_renderer()
    frame = axes.get_window_extent(drawn)
    full = list(taken)
    for name in names:
        home = axes.transData.transform(name.get_position())
        if not frame.contains(*home):
            name.set_visible(False)
            continue
        size = name.get_window_extent(drawn)
        steps = [
            *([] if beside else [(0.0, 0.0)]),
            *((x * size.width * 0.6, y * size.height * 1.1) for x, y in _AROUND),
        ]
        for right, up in steps:
            x, y = axes.transData.inverted().transform((home[0] + right, home[1] + up))
            name.set_position((float(x), float(y)))
            box = name.get_window_extent(drawn)
            within = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            if within and not any(box.overlaps(other) for other in full):
                full.append(box)
                break
        else:
            name.set_visible(False)
    return full


class SiteMaps:
    """The ground drawn once; each site then only moves the frame."""

    def __init__(self, analysis: Analysis, *, named: bool = True) -> None:
        """`named`: with the names of settlements and all sites; an overview has its own."""
        self.figure = Figure(figsize=(4.2, 4.2), dpi=130, layout="constrained")
        self.canvas = FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_subplot()
        self.names: list[Text] = []
        self._villages(analysis)
        self._points(analysis, named=named)
        (self.here,) = self.axes.plot([], [], "o", ms=17, mfc="none", mec="#c51b7d", mew=2.5, zorder=9)
        self.axes.set_xticks([])
        self.axes.set_yticks([])

    def _villages(self, analysis: Analysis) -> None:
        shapes = analysis.villages[analysis.villages.geometry.notna()]
        shapes = shapes[shapes.geom_type != "Point"]
        for row in shapes.itertuples():
            dashed = row.boundary == "approximate"
            for part in getattr(row.geometry, "geoms", [row.geometry]):
                x, y = part.exterior.xy
                self.axes.fill(x, y, fc=GROUND, ec="#555555", lw=0.9, ls="--" if dashed else "-", zorder=1)
            middle = row.geometry.representative_point()
            name = self.axes.text(
                middle.x, middle.y, row.name, fontsize=7, color="#777777", ha="center", clip_on=True, zorder=2
            )
            self.names.append(name)

    def _points(self, analysis: Analysis, *, named: bool) -> None:
        places = analysis.places[analysis.places["kind"] == "settlement"]
        self.axes.plot(places.geometry.x, places.geometry.y, "o", ms=5, mfc="white", mec="#444444", zorder=3)
        for row in places.itertuples() if named else ():
            self.axes.annotate(
                str(row.name), (row.geometry.x, row.geometry.y), (4, 3), textcoords="offset points", fontsize=6.5,
                clip_on=True, annotation_clip=True, zorder=4,
            )  # fmt: skip
        if not named:
            return
        site_marks(self.axes, analysis.water_points, "water_points")
        site_marks(self.axes, analysis.sanitation, "sanitation")

    def draw(self, lon: float, lat: float, path: Path) -> None:
        """Write the map around a place as PNG, north up, with a scale bar of 500 m."""
        tall = HALF_M / 111_320
        wide = tall / max(np.cos(np.radians(lat)), 0.01)
        self.axes.set_xlim(lon - wide, lon + wide)
        self.axes.set_ylim(lat - tall, lat + tall)
        self.axes.set_aspect(wide / tall)
        self.here.set_data([lon], [lat])
        marks = rule_and_north(self.axes, (lon - wide, lat - tall), (wide, tall), 500.0)
        self.canvas.print_png(str(path))
        for artist in marks:
            artist.remove()


def overview(
    analysis: Analysis,
    sites: Sequence[tuple[float, float, str, str]],
    looks: Mapping[str, tuple[str, str, str]],
    path: Path,
) -> None:
    """Write one map of many sites as PNG; north is up.

    Parameters
    ----------
    sites
        Longitude, latitude, number and kind of each.
    looks
        Colour, sign (matplotlib's, another for each: paper is often black and white) and word of a kind.
    """
    drawn = SiteMaps(analysis, named=False)
    axes = drawn.axes
    numbers = []
    for lon, lat, number, kind in sites:
        colour, sign, _ = looks[kind]
        axes.plot([lon], [lat], sign, ms=8, mfc=colour, mec="black", mew=0.8, zorder=8)
        text = axes.text(lon, lat, number, fontsize=7.5, ha="center", va="center", weight="bold", zorder=10)
        text.set_path_effects([withStroke(linewidth=2, foreground="white")])
        numbers.append(text)
    x, y = np.array([site[0] for site in sites]), np.array([site[1] for site in sites])
    middle = float(y.mean())
    slim = max(np.cos(np.radians(middle)), 0.01)
    tall = max(float(np.ptp(y)) / 2, float(np.ptp(x)) * slim / 2, HALF_M / 111_320) * 1.15
    wide = tall / slim
    west, south = (float(x.min() + x.max()) / 2 - wide, float(y.min() + y.max()) / 2 - tall)
    axes.set_xlim(west, west + 2 * wide)
    axes.set_ylim(south, south + 2 * tall)
    axes.set_aspect(wide / tall)
    rule_and_north(axes, (west, south), (wide, tall))
    handles = [
        Line2D([], [], ls="", marker=sign, mfc=colour, mec="black", mew=0.8, ms=7, label=word)
        for colour, sign, word in (looks[kind] for kind in dict.fromkeys(kind for *_, kind in sites))
    ]
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=4, fontsize=7, frameon=False)
    drawn.figure.draw_without_rendering()  # its parts take their places
    taken = apart(axes, numbers, beside=True)
    apart(axes, drawn.names, taken)
    drawn.canvas.print_png(str(path))


def village_map(
    analysis: Analysis, shape: Any, marks: Sequence[tuple[float, float, str]], path: Path, *, dashed: bool
) -> None:
    """Write the map of one village as PNG, north up: its sites by status, numbered, settlements by name.

    Parameters
    ----------
    analysis
        What lies in its frame.
    shape
        Of the village, EPSG:4326.
    marks
        Longitude, latitude and number of sites.
    dashed
        Whether its boundary is approximate.
    """
    drawn = SiteMaps(analysis)
    axes = drawn.axes
    for part in getattr(shape, "geoms", [shape]):
        axes.plot(*part.exterior.xy, "--" if dashed else "-", color="#c51b7d", lw=1.6, zorder=2)
    west, south, east, north = shape.bounds
    slim = max(np.cos(np.radians((south + north) / 2)), 0.01)
    tall = max((north - south) / 2, (east - west) / 2 * slim, 0.002) * 1.06
    wide = tall / slim
    x, y = (west + east) / 2, (south + north) / 2
    axes.set_xlim(x - wide, x + wide)
    axes.set_ylim(y - tall, y + tall)
    axes.set_aspect(wide / tall)
    rule_and_north(axes, (x - wide, y - tall), (wide, tall))
    numbers = []
    for lon, lat, number in marks:
        text = axes.text(lon, lat, number, fontsize=6.5, ha="center", va="center", weight="bold", zorder=10)
        text.set_path_effects([withStroke(linewidth=2, foreground="white")])
        numbers.append(text)
    drawn.figure.draw_without_rendering()  # its parts take their places
    taken = apart(axes, numbers, beside=True)
    apart(axes, drawn.names, taken)
    drawn.canvas.print_png(str(path))


def access(analysis: Analysis, lon: float, lat: float, lang: str) -> str:
    """Say which settlement is nearest, how far, and in which direction the site lies from there."""
    places = analysis.places[analysis.places["kind"] == "settlement"]
    if not len(places):
        return "–"
    x, y = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    bearing, _, distance = GEOD.inv(x, y, np.full(len(x), lon), np.full(len(x), lat))
    n = int(np.argmin(distance))
    if distance[n] < 20:
        return t("sheet.in_settlement", lang, place=places["name"].iloc[n])
    wind = _WINDS[int(((bearing[n] % 360) + 22.5) // 45) % 8]
    words = {
        "place": places["name"].iloc[n],
        "distance": metres(float(distance[n]), lang),
        "wind": t(f"wind.{wind}", lang),
    }
    return t("sheet.from_settlement", lang, **words)
