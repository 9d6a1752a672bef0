"""The map and its list on paper: A4 or A3, PDF or PNG, drawn by matplotlib without any outside tiles."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from exports.paper.maps import GROUND, apart, rule_and_north, site_marks
from exports.tables.sheet import about, about_line, expect, without_personal
from geo.model.errors import CallError
from geo.model.results import Analysis
from geo.model.sites import STATES, state_column
from texts import count, money, state_text, t
from texts.looks import VILLAGE_OPACITY, share_classes, share_colour, state_colour

#: Width and height in inches, lying.
PAPERS = {"a4": (11.69, 8.27), "a3": (16.54, 11.69)}
KINDS = ("pdf", "png")
#: What of `about` stands under the map.
_TOLD = ("filter", "as_at", "shifted", "version", "standard", "area", "season", "reach", "date", "sources", "marks")
#: Rows of the list beside the map, and on a page of their own.
_BESIDE, _PAGE = {"a4": 14, "a3": 22}, {"a4": 34, "a3": 50}


@dataclass(frozen=True)
class Look:
    """What is on the paper: the service looked at, the layers shown, language, size."""

    service: str
    shown: tuple[str, ...]
    lang: str = "id"
    paper: str = "a4"


@dataclass(frozen=True, eq=False)
class Signs:
    """A layer that the paper has no drawing of its own for: its name, rows with a column `colour`, what colours mean.

    `rows` are points, lines or areas (EPSG:4326); `meant` is colour → text.
    """

    name: str
    rows: gpd.GeoDataFrame
    meant: Mapping[str, str]


def map_paper(analysis: Analysis, look: Look, kind: str, title: str, more: Sequence[Signs] = ()) -> bytes:
    """Draw the map with legend, list, scale, north, source, date and version; the PDF has the whole list behind it.

    `more` lies under the sites: layers that are handed over with what is drawn of them.

    Raises
    ------
    CallError
        If there is no such paper or kind of file.
    """
    for name, value, known in (("paper", look.paper, tuple(PAPERS)), ("format", kind, KINDS)):
        if value not in known:
            raise CallError("error.option", name=name, value=value, known=", ".join(known))
    rows = analysis.priorities
    rows = rows[rows["service"] == look.service] if len(rows) else rows
    figure = _sheet(analysis, look, title, rows, more)
    buffer = io.BytesIO()
    if kind == "png":
        figure.savefig(buffer, format="png", dpi=150)
        return buffer.getvalue()
    told = about(analysis, look.lang)
    with PdfPages(buffer, metadata={"Title": title, "Subject": told[t("about.version", look.lang)]}) as pages:
        pages.savefig(figure)
        for start in range(0, len(rows), _PAGE[look.paper]):
            pages.savefig(_list_page(rows.iloc[start : start + _PAGE[look.paper]], look, title))
        written = pages.get_pagecount()
    expect(written, 1 - (-len(rows) // _PAGE[look.paper]), "pdf")
    return buffer.getvalue()


def _sheet(analysis: Analysis, look: Look, title: str, rows: gpd.GeoDataFrame, more: Sequence[Signs]) -> Figure:
    figure = Figure(figsize=PAPERS[look.paper])
    figure.text(0.03, 0.955, title, fontsize=17, weight="bold", va="center", parse_math=False)
    axes = figure.add_axes((0.03, 0.13, 0.62, 0.79))
    keys, names = _drawn(axes, analysis, look, more)
    _frame(axes, analysis, PAPERS[look.paper][0] * 0.62 / (PAPERS[look.paper][1] * 0.79))
    beside = figure.add_axes((0.665, 0.13, 0.32, 0.79))
    beside.axis("off")
    small = 8 if look.paper == "a4" else 10
    beside.legend(
        handles=keys, loc="lower left", fontsize=small, frameon=False, title=t("paper.legend", look.lang),
        alignment="left", title_fontproperties={"weight": "bold", "size": small + 1}, borderaxespad=0, ncols=2,
    )  # fmt: skip
    apart(axes, names)
    if "priorities" in look.shown and len(rows):
        _table(beside, rows.head(_BESIDE[look.paper]), look, (0.0, 0.5, 1.0, 0.5), small)
    told = about(analysis, look.lang)
    wide = 190 if look.paper == "a4" else 230
    text = "\n".join(textwrap.wrap(about_line(told, _TOLD, look.lang), wide)[:5])
    figure.text(0.03, 0.105, text, fontsize=small - 1, va="top", parse_math=False)
    return figure


def _frame(axes: Axes, analysis: Analysis, ratio: float) -> None:
    """Show the whole area, in its true shape, filling the frame; width over height of it is `ratio`."""
    west, south, east, north = analysis.bounds()
    slim = max(np.cos(np.radians((south + north) / 2)), 0.01)
    tall = max((north - south) / 2, (east - west) / 2 * slim / ratio, 0.002) * 1.06
    wide = tall * ratio / slim
    x, y = (west + east) / 2, (south + north) / 2
    axes.set_xlim(x - wide, x + wide)
    axes.set_ylim(y - tall, y + tall)
    axes.set_aspect(1 / slim)
    axes.set_xticks([])
    axes.set_yticks([])
    rule_and_north(axes, (x - wide, y - tall), (wide, tall))


def _villages(axes: Axes, analysis: Analysis, look: Look) -> tuple[list[Line2D | Patch], list[Text]]:
    """Draw villages; return the keys of their colours and their names."""
    names = []
    shapes = analysis.villages[analysis.villages.geometry.notna()]
    areas = shapes[shapes.geom_type != "Point"]
    coloured = "villages" in look.shown
    for row in areas.itertuples():
        face = share_colour(getattr(row, state_column(look.service, "share"))) if coloured else GROUND
        style = "--" if row.boundary == "approximate" else "-"
        for part in getattr(row.geometry, "geoms", [row.geometry]):
            x, y = part.exterior.xy
            axes.fill(x, y, fc=face, alpha=VILLAGE_OPACITY if coloured else 1.0, zorder=1)
            axes.plot(x, y, style, color="#444444", lw=0.9, zorder=2)
        middle = row.geometry.representative_point()
        name = axes.text(middle.x, middle.y, row.name, fontsize=8, color="#333333", ha="center", clip_on=True, zorder=8)
        name.set_parse_math(False)
        name.set_path_effects([withStroke(linewidth=2.5, foreground="white", alpha=0.8)])
        names.append(name)
    if not coloured:
        return [], names
    keys: list[Line2D | Patch] = [
        heading(t("layer.villages", look.lang)),
        *(
            Patch(fc=colour, alpha=VILLAGE_OPACITY, ec="#333333", label=f"{low * 100:.0f}–{high * 100:.0f} %")
            for low, high, colour in share_classes()
        ),
    ]
    keys.append(Patch(fc=share_colour(None), alpha=VILLAGE_OPACITY, ec="#333333", label=t("legend.no_data", look.lang)))
    if (areas["boundary"] == "approximate").any():
        keys.append(Line2D([], [], ls="--", color="#444444", lw=0.9, label=t("boundary.approximate", look.lang)))
    return keys, names


def heading(text: str) -> Line2D:
    """A line of the legend that is a name over those below it."""
    return Line2D([], [], ls="", label="\n".join(textwrap.wrap(text, 26)))


def _settlements(axes: Axes, analysis: Analysis, look: Look) -> list[Line2D | Patch]:
    places = analysis.places[analysis.places["kind"] == "settlement"]
    keys: list[Line2D | Patch] = [heading(t("layer.settlements", look.lang))]
    for state in STATES:
        rows = places[places[state_column(look.service, "state")] == state]
        style: dict[str, Any] = {
            "ls": "",
            "marker": "o",
            "ms": 5,
            "mfc": "white",
            "mec": state_colour(state),
            "mew": 2,
        }
        axes.plot(rows.geometry.x, rows.geometry.y, **style, zorder=3)
        keys.append(Line2D([], [], **style, label=state_text(state, look.service, look.lang)))
    return keys


def _sites(table: str) -> Callable[[Axes, Analysis, Look], list[Line2D | Patch]]:
    def draw(axes: Axes, analysis: Analysis, look: Look) -> list[Line2D | Patch]:
        rows = analysis.water_points if table == "water_points" else analysis.sanitation
        keys: list[Line2D | Patch] = []
        for status, style in site_marks(axes, rows, table).items():
            name = f"{t(f'paper.short.{table}', look.lang)}: {t(f'status.{status}', look.lang).lower()}"
            keys.append(Line2D([], [], **style, label="\n".join(textwrap.wrap(name, 26))))
        return keys

    return draw


def _priorities(axes: Axes, analysis: Analysis, look: Look) -> list[Line2D | Patch]:
    rows = analysis.priorities
    rows = rows[rows["service"] == look.service].head(analysis.provenance["params"].top_n) if len(rows) else rows
    for row in rows.itertuples():
        x, y = row.geometry.x, row.geometry.y
        axes.plot([x], [y], "o", ms=13, mfc="#ffd92f", mec="#1a1a1a", mew=1.5, zorder=6)
        axes.text(x, y, str(row.rank), fontsize=7, weight="bold", ha="center", va="center", zorder=7)
    style: dict[str, Any] = {"ls": "", "marker": "o", "ms": 9, "mfc": "#ffd92f", "mec": "#1a1a1a", "mew": 1.5}
    return [Line2D([], [], **style, label=t("layer.priorities", look.lang))] if len(rows) else []


_LAYERS: dict[str, Callable[[Axes, Analysis, Look], list[Line2D | Patch]]] = {
    "settlements": _settlements,
    "water_points": _sites("water_points"),
    "sanitation": _sites("sanitation"),
    "priorities": _priorities,
}


def _signs(axes: Axes, signs: Signs) -> list[Line2D | Patch]:
    """Draw a layer by the colours of its rows alone, points as rings."""
    keys: list[Line2D | Patch] = [heading(signs.name)]
    for colour, text in signs.meant.items():
        shapes = signs.rows[signs.rows["colour"] == colour].geometry
        ring: dict[str, Any] = {"ls": "", "marker": "o", "ms": 5, "mfc": "white", "mec": colour, "mew": 2}
        points = shapes[shapes.geom_type == "Point"]
        axes.plot(points.x, points.y, **ring, zorder=3)
        kinds = set(shapes.geom_type) - {"Point"}
        for shape in shapes[shapes.geom_type != "Point"].explode():
            if shape.geom_type == "LineString":
                axes.plot(*shape.xy, color=colour, lw=2, zorder=2.5)
            else:
                axes.fill(*shape.exterior.xy, fc=colour, alpha=VILLAGE_OPACITY, zorder=1.5)
        label = "\n".join(textwrap.wrap(text, 26))
        if not kinds:
            keys.append(Line2D([], [], **ring, label=label))
        elif any("Polygon" in kind for kind in kinds):
            keys.append(Patch(fc=colour, alpha=VILLAGE_OPACITY, ec="#333333", label=label))
        else:
            keys.append(Line2D([], [], color=colour, lw=2, label=label))
    return keys


def _drawn(
    axes: Axes, analysis: Analysis, look: Look, more: Sequence[Signs]
) -> tuple[list[Line2D | Patch], list[Text]]:
    keys, names = _villages(axes, analysis, look)
    for signs in more:
        keys += _signs(axes, signs)
    for name, layer in _LAYERS.items():
        if name in look.shown:
            keys += layer(axes, analysis, look)
    return keys, names


def not_drawn(shown: Iterable[str]) -> list[str]:
    """Layers that are on the screen and not on the paper."""
    return [name for name in shown if name not in (*_LAYERS, "villages")]


def _cells(rows: gpd.GeoDataFrame, look: Look) -> list[list[str]]:
    return [
        [
            f"{'=' if row.tied else ''}{row.rank}",
            str(without_personal(row.name) or "")[:26],
            str(row.site_id)[:16],
            count(row.gain_people, look.lang),
            money(row.cost_idr, look.lang),
        ]
        for row in rows.itertuples(index=False)
    ]


def _heads(look: Look) -> list[str]:
    keys = ("forum.name", "minutes.column.site", "priorities.gain", "map.cost")
    return ["#", *(t(key, look.lang) for key in keys)]


def _table(axes: Axes, rows: gpd.GeoDataFrame, look: Look, box: tuple[float, float, float, float], size: float) -> None:
    heads = ["\n".join(textwrap.wrap(head, 12)) for head in _heads(look)]
    drawn = axes.table(
        cellText=_cells(rows, look), colLabels=heads, colWidths=[0.1, 0.36, 0.18, 0.16, 0.2],
        bbox=Bbox.from_bounds(*box),
        cellLoc="left", colLoc="left",
    )  # fmt: skip
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(size - 1.5)
    for (line, _), cell in drawn.get_celld().items():
        cell.set_linewidth(0.3)
        cell.get_text().set_parse_math(False)
        if line == 0:
            cell.set_facecolor("#dde7ee")
            cell.get_text().set_fontweight("bold")
            cell.set_height(cell.get_height() * 1.6)


def _list_page(rows: gpd.GeoDataFrame, look: Look, title: str) -> Figure:
    figure = Figure(figsize=PAPERS[look.paper])
    figure.text(0.03, 0.955, title, fontsize=14, weight="bold", va="center", parse_math=False)
    axes = figure.add_axes((0.03, 0.05, 0.94, 0.87))
    axes.axis("off")
    tall = min((len(rows) + 2) / (_PAGE[look.paper] + 2), 1.0)
    _table(axes, rows, look, (0.0, 1.0 - tall, 1.0, tall), 9 if look.paper == "a4" else 10)
    return figure
