"""The ground under the map, by choice: none, outlines and roads, tiles of one's own, or a map from the internet.

Files of tiles are somebody's: only `tile_process` opens them, never the server.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from geo.model.errors import PlanningError
from geo.reach.elevation import heights_within
from layers.ground import ONLINE as ONLINE_TILES
from layers.ground import OSM, Shade, hillshade, vector_options
from layers.markup import escape
from layers.tile_files import ENDINGS, TileFile
from texts import t
from views.onmap.tile_process import TILES
from views.parts.text import refusal
from views.server.online import online_there
from views.session import state
from views.session.buttons import audited
from views.session.cache import inputs, workspace
from views.session.hosts import address
from views.session.record import check
from views.session.who import allowed

#: Choices beside the files; `AUTO`: the internet's map where it can be had, else what the data themselves have.
NONE, LINES, ONLINE, AUTO = "none", "lines", "online", "auto"
_PATH = "basemap"
#: Heights that a picture of hills is made of, cells a side at most; ground beyond the area, as a part of it.
_SHADE_CELLS, _AROUND = 400, 0.15


def _folder() -> Path:
    return workspace() / "basemaps"


def files() -> list[str]:
    """Return the names of the files of tiles that lie in the workspace's folder `basemaps`."""
    folder = _folder()
    return sorted(path.name for path in folder.iterdir() if path.suffix in ENDINGS) if folder.is_dir() else []


@st.cache_data(show_spinner=False, max_entries=20)
def _looked_at(path: Path, changed: float) -> TileFile:
    return TILES.about(path)


def used() -> str:
    """Return the ground that is drawn: as chosen; by itself it stays what it was when the session began."""
    name: str = state.get("base")
    if name != AUTO:
        return name
    if "ground-auto" not in st.session_state:
        data = inputs()
        own = LINES if len(data.roads) or len(data.rivers) or data.elevation is not None else NONE
        st.session_state["ground-auto"] = ONLINE if online_there() else own
    return str(st.session_state["ground-auto"])


def ground() -> TileFile | None:
    """Return the chosen file; None if it is none, or no file can be had."""
    name = used()
    if name not in files():
        return None
    path = _folder() / name
    return _looked_at(path, path.stat().st_mtime)


@st.cache_resource(show_spinner=False, max_entries=20)
def _shade(heights: Path, bounds: tuple[float, float, float, float]) -> Shade | None:
    found = heights_within(heights, bounds, _SHADE_CELLS)
    return None if found is None else hillshade(found)


def shade(bounds: tuple[float, float, float, float]) -> Shade | None:
    """Return the shadows of the hills within some bounds (and a little around); None where no heights are known."""
    heights = inputs().elevation
    if heights is None:
        return None
    west, south, east, north = bounds
    wide, high = (east - west) * _AROUND, (north - south) * _AROUND
    return _shade(heights, (west - wide, south - high, east + wide, north + high))


def tile_address(found: TileFile) -> str:
    """Return where the map asks for a tile: this server, behind its gate."""
    return address(f"{_PATH}/{quote(found.path.name, safe='')}/{{z}}/{{x}}/{{y}}")


def tiles_json() -> dict[str, Any] | None:
    """Return the tiles under the map, for the page of very many; None where there are none."""
    found = ground()
    if found is not None:
        if found.layers:
            return {"url": tile_address(found), "options": vector_options(found), "vector": True}
        west, south, east, north = found.bounds
        zooms = {"minNativeZoom": found.zooms[0], "maxNativeZoom": found.zooms[1], "maxZoom": 20}
        told = zooms | {"bounds": [[south, west], [north, east]], "attribution": escape(found.attribution)}
        return {"url": tile_address(found), "options": told}
    if used() == ONLINE:
        told = t("ground.unreachable", state.get("lang"))
        return {"url": ONLINE_TILES, "options": {"maxNativeZoom": 19, "maxZoom": 20, "attribution": OSM, "told": told}}
    return None


def settings_part(lang: str) -> None:
    """The ground under the map, and its tools; made once it is unfolded."""
    with st.expander(f"**{t('map.settings', lang)}**", key="map-settings", on_change="rerun") as fold:
        if not fold.open:
            return
        _ground_part(lang)
        words = {"no": t("control.tools_off", lang), "yes": t("control.tools_on", lang)}
        st.segmented_control(
            t("control.tools", lang), list(words), format_func=words.get, required=True,
            help=t("control.tools_help", lang), **state.bound("tools"),
        )  # fmt: skip


def _ground_part(lang: str) -> None:
    """Choose the ground, and bring a file of one's own."""
    names = {name: t(f"ground.{name}", lang) for name in (AUTO, NONE, LINES, ONLINE)} | {name: name for name in files()}
    if state.get("base") not in names:
        state.put("base", AUTO)
    st.selectbox(t("ground.choose", lang), list(names), format_func=names.get, **state.bound("base"))
    if not allowed("import"):
        return
    file = st.file_uploader(t("ground.file", lang), type=[one.removeprefix(".") for one in ENDINGS], key="ground-file")
    if file is not None and st.session_state.get("ground-kept") != file.file_id:
        try:
            check(workspace(), "import")
            name = _keep(file.name, file.getbuffer())
        except PlanningError as error:
            st.error(refusal(error, lang))
            return
        audited("import")
        st.session_state["ground-kept"] = file.file_id
        state.put("base", name)
        st.rerun()


def _keep(name: str, content: memoryview) -> str:
    """Keep a file once it was looked at; what cannot be shown is not kept."""
    clean = re.sub(r"[^\w\-.]", "_", Path(name).stem)[:60] + Path(name).suffix.lower()
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as apart:
        part = Path(apart) / clean
        part.write_bytes(content)
        TILES.about(part)
        part.replace(folder / clean)
    return clean


async def _tile(request: Request) -> Response:
    """One tile of a file in the workspace."""
    told = request.path_params
    name, place = told["name"], (told["z"], told["x"], told["y"])
    if name not in files():
        return PlainTextResponse("404", 404)
    try:
        found = await run_in_threadpool(TILES.tile, _folder() / name, *place)
    except PlanningError:
        return PlainTextResponse("422", 422)
    if found is None:
        return Response(status_code=204)
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "private, max-age=86400"})


#: Beside Streamlit's own pages, behind the gate like them.
ROUTES = [Route(f"/{_PATH}/{{name}}/{{z:int}}/{{x:int}}/{{y:int}}", _tile)]
