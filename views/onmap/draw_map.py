"""The map itself: a constant base, the layers of an analysis on it, clicks back into the state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import folium
import streamlit as st
from streamlit_folium import st_folium

from geo.model.changes import AnyChange, Change, NewSite, Upgrade
from geo.model.results import Analysis
from geo.planning.plans import Step
from geo.years.plan import YearStep
from layers.ground import add_online, add_shade, add_tiles, lines_group
from layers.groups import LAYERS, feature_groups
from layers.in_view import too_many
from layers.legend import legend_html
from layers.markup import escape
from layers.packed import LIMIT, feature_count, kinds
from layers.tools import add_tools, draw_words, drawn_group
from layers.view import View
from texts import t
from views.onmap.drawing import EPOCH, drawn, drawn_json, take
from views.onmap.ground import LINES, ONLINE, ground, shade, tile_address, tiles_json, used
from views.onmap.many import canvas_map
from views.parts.text import small
from views.server.assets import offline_map
from views.session import state
from views.session.cache import inputs

_CLICKS = ("last_object_clicked_tooltip", "last_object_clicked_count")


def shown_layers() -> list[str]:
    """Return the layers that are switched on."""
    return [name for name in state.get("layers").split(",") if name]


def layer_switches(lang: str) -> None:
    """Draw the switches of the layers."""
    names = {name: t(layer.key, lang) for name, layer in LAYERS.items() if layer.switch}
    st.pills(
        t("control.layers", lang),
        list(names),
        selection_mode="multi",
        wrap=True,
        format_func=names.get,
        **state.bound("layers"),
    )


def draw(
    analysis: Analysis,
    shown: list[str],
    lang: str,
    *,
    key: str,
    height: int = 540,
    chosen: str | None = None,
    planned: Sequence[Step | YearStep | AnyChange] = (),
    over: bool = False,
) -> None:
    """Draw the map; a click on a site or village chooses it (`site` in the state).

    `over`: the page is the map's (`views.onmap.screen`): its legend lies over it, folded, and the panel beside it says
    what is known of a mark that is pressed.
    `planned` steps or changes are ringed. `chosen` is marked on the map: that draws its layers anew, which closes an
    open popup.
    """
    view = View(lang, state.get("service"), chosen, places(analysis, planned), popups=not over)
    target = st.session_state.get("go_to")
    tools, base = state.get("tools") == "yes", used()
    name = f"{key}-{state.get('area')}-{analysis.provenance['version']}-{base}-{tools}-{st.session_state.get(EPOCH, 0)}"
    bounds = analysis.bounds()
    st.html(f'<a class="ma-skip" href="#ma-past-{key}">{escape(t("map.skip", lang))}</a>')
    if feature_count(analysis, view, shown) > LIMIT:
        asked = too_many(analysis, view, shown)
        with st.container(key="over-many"):
            _many(shown, lang, far=bool(asked))
        around = {"words": draw_words(lang) if tools else None, "shape": drawn_json(), "ground": tiles_json()}
        place = {"key": f"many-{name}", "height": height, "goal": target, "asked": asked}
        site, made = canvas_map(analysis, view, tuple(shown), bounds, around=around, **place)
        if tools and take(made, lang):
            st.rerun()
    else:
        under, above = _around(analysis, lang)
        clicked = st_folium(
            _bare(bounds, lang, tools=tools),
            key=name,
            height=height,
            use_container_width=True,
            returned_objects=[*_CLICKS, *(["last_active_drawing"] if tools else [])],
            feature_group_to_add=[*under, *feature_groups(analysis, view, shown), *above],
            center=target[:2] if target else None,
            zoom=target[2] if target else None,
        )
        site = _clicked(clicked, key)
        if tools and take(clicked.get("last_active_drawing"), lang):
            st.rerun()
    _legend(shown, lang, over=over)
    st.html(f'<span id="ma-past-{key}" class="ma-past" tabindex="-1"></span>')
    if site and site != state.get("site"):
        state.put("site", site)
        st.session_state["table_epoch"] = st.session_state.get("table_epoch", 0) + 1
        st.rerun()


def _legend(shown: list[str], lang: str, *, over: bool) -> None:
    """What the signs mean, below the map or folded over it."""
    legend = legend_html(shown, lang, state.get("service"), walked=state.get("metric") == "walk")
    html = f'<div class="ma-legends" data-ma-site="{escape(state.get("site"))}">{legend}</div>'
    if not over:
        st.html(html)
        return
    with st.container(key="over-legend"), st.expander(t("map.legend", lang), key="legend"):
        st.html(html)


def _bare(bounds: tuple[float, float, float, float], lang: str, *, tools: bool) -> folium.Map:
    """The empty map: its ground and its tools."""
    found = ground()
    bare = offline_map(bounds, tools=tools, vector=found is not None and bool(found.layers))
    if found is not None:
        add_tiles(bare, found, tile_address(found))
    elif used() == ONLINE:
        add_online(bare, lang)
    elif used() == LINES:
        hills = shade(bounds)
        if hills is not None:
            add_shade(bare, hills)
    if tools:
        add_tools(bare, lang)
    return bare


def _around(analysis: Analysis, lang: str) -> tuple[list[folium.FeatureGroup], list[folium.FeatureGroup]]:
    """What lies under the layers, and what over them."""
    shape = drawn()
    under = [lines_group(analysis.villages, inputs().roads, inputs().rivers)] if used() == LINES else []
    return under, [] if shape is None else [drawn_group(shape)]


def _clicked(clicked: dict[str, Any], key: str) -> str:
    """Id of the site or village clicked on since the last turn; empty if none was."""
    label, number = clicked.get("last_object_clicked_tooltip"), clicked.get("last_object_clicked_count")
    if not label or number == st.session_state.get(f"clicks-{key}"):
        return ""
    st.session_state[f"clicks-{key}"] = number
    return str(label).split(" · ")[0].strip()


def _many(shown: Sequence[str], lang: str, *, far: bool) -> None:
    """Say that this is the map of very many, and what it leaves out."""
    left = [t(LAYERS[name].key, lang) for name in shown if name not in kinds()]
    told = [t("map.many_help", lang)]
    told += [t("map.in_view_help", lang)] if far else []
    small(" ".join(told + ([t("paper.not_drawn", lang, names=", ".join(left))] if left else [])))


def places(
    analysis: Analysis, planned: Sequence[Step | YearStep | AnyChange]
) -> tuple[tuple[str, str, float, float], ...]:
    """Id, action and place of each step, or of each change by the analysis' own sites."""
    shapes = {}
    if not planned:
        return ()
    for table, id_column in ((analysis.water_points, "point_id"), (analysis.sanitation, "facility_id")):
        shapes |= dict(zip(table[id_column], table.geometry, strict=True))
    found = []
    for entry in planned:
        if isinstance(entry, (Step, YearStep)):
            found.append((entry.site_id, entry.action, entry.lon, entry.lat))
        elif isinstance(entry, NewSite):
            action = "new" if entry.service == "water" else "latrine"
            found.append((entry.site_id, action, entry.lon, entry.lat))
        elif isinstance(entry, (Change, Upgrade)) and entry.site_id in shapes:
            shape = shapes[entry.site_id]
            found.append((entry.site_id, "upgrade" if isinstance(entry, Upgrade) else "repair", shape.x, shape.y))
    return tuple(found)
