"""From OpenStreetMap over the net: asked for on request, shown with its counts, added only when somebody says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from geo.analysis.analyse import sample_tables
from geo.fetching.openstreetmap import ASKED
from geo.model.errors import PlanningError
from geo.model.sites import IMPORT_OPTIONS
from texts import count, t
from views.bringing.upload import EPOCH, run_import
from views.parts.text import marked, refusal, small
from views.session import state
from views.session.buttons import asked, due
from views.session.cache import inputs, workspace
from views.session.worker import made, run_limited

_FOUND, _ASKING = "osm-found", "osm-asking"


def osm_part(lang: str) -> None:
    """Choose an area and tables, ask, see what was found, add it."""
    with st.expander(t("osm.title", lang), key="osm"):
        small(t("osm.help", lang))
        area = state.get("area")
        names = {name: t(f"table.{name}", lang) for name in ASKED}
        tables = st.multiselect(
            t("osm.tables", lang),
            ASKED,
            default=[name for name in ASKED if name != "villages"],
            format_func=names.get,
            placeholder=t("control.choose", lang),
            key="osm-tables",
        )
        if area == state.EVERYWHERE:
            small(t("osm.one_area", lang))
        wanted = bool(tables) and area != state.EVERYWHERE
        st.button(t("osm.ask", lang), **asked("osm-ask", act="import", disabled=not wanted))
        if due("osm-ask", "import"):
            st.session_state[_ASKING] = (area, tuple(tables))
        if _ASKING in st.session_state:
            _ask(*st.session_state[_ASKING], lang)
        if _FOUND in st.session_state:
            _found(st.session_state[_FOUND], names, lang)


def _ask(area: str, tables: tuple[str, ...], lang: str) -> None:
    """Ask the server in the worker; what was found before is forgotten only when there is an answer."""
    arguments = ["osm", "--workspace", str(workspace()), "--area", area, "--out", str(made(f"osm-{area}"))]
    for name in tables:
        arguments += ["--table", name]
    try:
        st.session_state[_FOUND] = run_limited(arguments, lang, EPOCH)["tables"]
    except PlanningError as error:
        st.error(refusal(error, lang))
    finally:
        st.session_state.pop(_ASKING, None)


def _found(tables: dict[str, Any], names: dict[str, str], lang: str) -> None:
    for name, one in tables.items():
        words = {"table": names[name], "count": one["rows"]}
        st.text("• " + t("osm.found", lang, **words))
        if one["areas"]:
            small(t("osm.areas", lang, **words | {"count": one["areas"]}))
        if one["unnamed"]:
            small(t("osm.unnamed", lang, names=", ".join(one["unnamed"][:20]), count=len(one["unnamed"])))
    files = {name: one["file"] for name, one in tables.items() if one["file"] and Path(one["file"]).is_file()}
    if not files:
        return
    for name, file in files.items():
        st.download_button(
            marked("osm.file", lang, table=names[name]),
            Path(file).read_bytes(),
            file_name=Path(file).name,
            mime="application/geo+json",
            on_click="ignore",
            key=f"osm-file-{name}",
        )
    way = "add"
    if "villages" in files:  # of them OpenStreetMap has some only: in place of all would lose the others
        small(t("osm.with_villages", lang))
    else:
        sample = bool(set(files) & set(sample_tables(inputs())))
        words = {way: t(f"osm.how.{way}", lang) for way in ("replace", "add")}
        way = st.radio(t("data.how", lang), words, index=0 if sample else 1, format_func=words.get, key="osm-how")
    st.button(
        t("osm.add", lang, count=count(sum(tables[name]["rows"] for name in files), lang)),
        **asked("osm-add", act="import"),
    )
    if due("osm-add", "import"):
        arguments = [word for name, file in files.items() for word in ("--" + IMPORT_OPTIONS.get(name, name), file)]
        del st.session_state[_FOUND]
        run_import([*arguments, *(["--add"] if way == "add" else [])], lang)
