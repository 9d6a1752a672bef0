"""Open data over the net: an area by code or name, sources with their licence, what came, added when asked to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from geo.analysis.analyse import sample_tables
from geo.fetching.sources import Source, sources
from geo.model.area_names import area_line, areas_named
from geo.model.areas import normalise_code
from geo.model.errors import CallError, PlanningError
from texts import t
from views.bringing.upload import EPOCH, run_import
from views.parts.text import marked, plain, refusal, small
from views.session import state
from views.session.buttons import asked, due
from views.session.cache import inputs, workspace
from views.session.worker import made, run_limited

_FOUND, _ASKING = "fetch-found", "fetch-asking"
#: The table in use that a source's file joins, where it has another name.
_JOINS = {"population": "settlements"}


def fetch_part(lang: str) -> None:
    """Choose an area and sources, fetch, see what came, add it."""
    with st.expander(t("fetch.title", lang), key="fetch"):
        small(t("fetch.help", lang))
        try:
            own = os.environ.get("MATA_AIR_OPEN_DATA")  # the command that fetches reads it, too
            known = sources(Path(own) if own else None)
        except PlanningError as error:
            st.error(refusal(error, lang))
            return
        names = {key: one.names.get(lang, key) for key, one in known.items()}
        code = _area(lang)
        chosen = st.multiselect(
            t("fetch.sources", lang),
            list(known),
            default=[key for key, one in known.items() if one.usual],
            format_func=names.get,
            placeholder=t("control.choose", lang),
            key="fetch-sources",
        )
        ready = code is not None and bool(chosen)
        st.button(t("fetch.ask", lang), **asked("fetch-ask", act="import", disabled=not ready))
        if due("fetch-ask", "import") and code is not None:
            st.session_state[_ASKING] = (code, tuple(chosen))
        if _ASKING in st.session_state:
            _ask(*st.session_state[_ASKING], lang)
        if _FOUND in st.session_state:
            _came(st.session_state[_FOUND], known, names, lang)


def _area(lang: str) -> str | None:
    """The code of the area that is typed, as a code or a name; None where there is none yet, or more than one."""
    shown = state.get("area")
    typed = st.text_input(
        t("fetch.area", lang), value="" if shown == state.EVERYWHERE else shown, max_chars=80, key="fetch-area"
    ).strip()
    if not typed:
        return None
    try:
        code = normalise_code(typed)
    except CallError:
        found = areas_named(typed)
        if not found:
            small(t("fetch.no_area", lang))
            return None
        return str(
            st.radio(
                t("fetch.which", lang), found, format_func=lambda one: f"{area_line(one)} ({one})", key="fetch-which"
            )
        )
    small(area_line(code) or t("fetch.no_name", lang))
    return code


def _ask(code: str, chosen: tuple[str, ...], lang: str) -> None:
    """Fetch in the worker; what came before is forgotten only when there is an answer."""
    arguments = ["fetch", code, "--workspace", str(workspace()), "--out", str(made(f"fetch-{code}"))]
    for key in chosen:
        arguments += ["--source", key]
    try:
        st.session_state[_FOUND] = run_limited(arguments, lang, EPOCH)
    except PlanningError as error:
        st.error(refusal(error, lang))
    finally:
        st.session_state.pop(_ASKING, None)


def _came(told: dict[str, Any], known: dict[str, Source], names: dict[str, str], lang: str) -> None:
    came = told["sources"]
    columns = [t(f"fetch.column.{name}", lang) for name in ("source", "what", "licence", "attribution")]
    rows = [(names.get(key, key), one["what"], one["licence"], one["attribution"]) for key, one in came.items()]
    if rows:
        wide = {columns[1]: st.column_config.Column(width="medium")}
        st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True, column_config=wide, key="fetch-came")
    for key, reason in told["failed"].items():
        st.warning(marked("cli.fetch_failed", lang, name=names.get(key, key), reason=reason))
    for key, one in came.items():
        if one["unnamed"]:
            words = {"names": ", ".join(one["unnamed"][:20]), "count": len(one["unnamed"])}
            small(f"{names.get(key, key)}: " + t("osm.unnamed", lang, **words))
    folder = Path(told["folder"])
    files = {key: folder / one["file"] for key, one in came.items() if one["file"] and (folder / one["file"]).is_file()}
    with st.container(horizontal=True):
        for key, path in files.items():
            label = t("fetch.file", lang, name=names.get(key, key))
            st.download_button(
                plain(label), path.read_bytes(), file_name=path.name, on_click="ignore", key=f"fetch-file-{key}"
            )
    _add({key: path for key, path in files.items() if came[key]["option"]}, came, names, lang)


def _add(files: dict[str, Path], came: dict[str, Any], names: dict[str, str], lang: str) -> None:
    """Which of the files join the tables in use: those for which there is nothing yet, unless somebody says else."""
    if not files:
        return
    data = inputs()
    filled = {name for name, table in data.tables().items() if len(table)}
    filled |= set() if data.elevation is None else {"elevation"}
    filled -= set(sample_tables(data))
    empty = [key for key in files if _JOINS.get(came[key]["gives"], came[key]["gives"]) not in filled]
    chosen = st.multiselect(
        t("fetch.which_add", lang),
        list(files),
        default=empty,
        format_func=names.get,
        placeholder=t("control.choose", lang),
        key="fetch-add-which",
    )
    small(t("fetch.add_help", lang))
    tables = {_JOINS.get(came[key]["gives"], came[key]["gives"]) for key in chosen}
    way = _way(tables, sample=bool(tables & set(sample_tables(data))), lang=lang)
    doubled = len({came[key]["gives"] for key in chosen}) < len(chosen)
    if doubled:
        small(t("fetch.doubled", lang))
    st.button(t("fetch.add", lang), **asked("fetch-add", act="import", disabled=doubled or not chosen))
    if due("fetch-add", "import") and chosen and not doubled:
        arguments = [word for key in chosen for word in (came[key]["option"], str(files[key]))]
        del st.session_state[_FOUND]
        run_import([*arguments, *(["--add"] if way == "add" else [])], lang)


def _way(tables: set[str], *, sample: bool, lang: str) -> str:
    """Whether what comes joins the rows there are or takes their place, as it should that of a sample."""
    if "villages" in tables:  # only some of them came: in place of all would lose the others
        small(t("osm.with_villages", lang))
        return "add"
    words = {one: t(f"osm.how.{one}", lang) for one in ("replace", "add")}
    return str(st.radio(t("data.how", lang), words, index=0 if sample else 1, format_func=words.get, key="fetch-how"))
