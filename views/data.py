"""Data: what is in use, bringing one's own, its faults and rejects, and the versions."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from geo.errors import PlanningError
from geo.model import TABLES
from geo.readers import READERS
from texts import count, error_text, t
from views import _state as state
from views._cache import inputs, workspace
from views._history import record_part, versions_part
from views._returned import returned_part
from views._worker import run_limited, safe_name

_OPTION = {"water_points": "water"}


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    _in_use(lang)
    st.subheader(t("data.import", lang))
    st.markdown(t("data.import_help", lang))
    _import(lang)
    returned_part(lang)
    versions_part(lang)
    record_part(lang)


def _in_use(lang: str) -> None:
    data = inputs()
    st.subheader(t("data.in_use", lang))
    rows = [
        {
            t("data.table", lang): t(f"table.{name}", lang),
            t("data.rows", lang): count(len(table), lang),
            t("map.source", lang): data.sources.get(name, "–"),
        }
        for name, table in data.tables().items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="data-in-use")


def _import(lang: str) -> None:
    names = {name: t(f"table.{name}", lang) for name in TABLES}
    table = st.selectbox(t("data.which", lang), TABLES, index=2, format_func=names.get, key="data-table")
    file = st.file_uploader(t("data.file", lang), type=[e.removeprefix(".") for e in READERS], key="data-file")
    mapping = st.text_area(
        t("data.mapping", lang),
        key="data-mapping",
        height=120,
        help=t("data.mapping_help", lang),
        placeholder=f'[{table}.columns]\nlat = "latitude"',
    )
    if file is None:
        return
    content = file.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / safe_name(file.name)
        path.write_bytes(content)
        arguments = []
        if mapping.strip():
            map_path = Path(folder) / "mapping.toml"
            map_path.write_text(mapping, encoding="utf-8")
            arguments = ["--mapping", str(map_path)]
        rejects = Path(folder) / "rejects.csv"
        try:
            with st.spinner(t("data.reading", lang)):
                found = _checked(path, table, arguments, rejects, lang)
        except PlanningError as error:
            st.error(error_text(error, lang))
            return
        _show(found, lang)
        if found["accepted"] and st.button(
            t("data.do_import", lang, count=count(found["accepted"], lang)), type="primary"
        ):
            _do_import(path, table, arguments, lang)


def _checked(path: Path, table: str, arguments: list[str], rejects: Path, lang: str) -> dict[str, Any]:
    """Check an upload in the worker; the same file is not read again for the same question."""
    asked = [table, lang, *(Path(a).read_text(encoding="utf-8") if a.endswith(".toml") else a for a in arguments)]
    key = "checked-" + hashlib.sha256(path.read_bytes() + repr(asked).encode()).hexdigest()
    if key not in st.session_state:
        found = run_limited(["check", str(path), "--as", table, "--rejects", str(rejects), *arguments], lang)
        found["rejects"] = rejects.read_bytes()
        st.session_state[key] = found
    return st.session_state[key]


def _show(found: dict[str, Any], lang: str) -> None:
    """The counts, the faults with row and remedy, and the rejects to take away."""
    labels = ("read", "accepted", "rejected", "fixed")
    for column, label in zip(st.columns(4), labels, strict=True):
        column.metric(t(f"data.{label}", lang), count(found[label], lang))
    if found["preview"]:
        st.markdown(t("data.preview", lang))
        st.dataframe(pd.DataFrame(found["preview"]), hide_index=True, key="data-preview")
    faults = pd.DataFrame(found["faults"])
    if len(faults):
        faults["severity"] = faults["severity"].map(lambda s: t(f"severity.{s}", lang))
        shown = faults[["severity", "row", "column", "value", "message", "remedy"]]
        shown = shown.set_axis([t(f"data.fault.{c}", lang) for c in shown.columns], axis=1)
        st.dataframe(shown, hide_index=True, key="data-faults")
    if found["rejected"]:
        data = found["rejects"]
        st.download_button(
            t("data.rejects", lang), data, file_name="mata-air-rejects.csv", mime="text/csv", on_click="ignore"
        )


def _do_import(path: Path, table: str, arguments: list[str], lang: str) -> None:
    option = "--" + _OPTION.get(table, table)
    try:
        with st.spinner(t("data.importing", lang)):
            done = run_limited(["import", "--workspace", str(workspace()), option, str(path), *arguments], lang)
    except PlanningError as error:
        st.error(error_text(error, lang))
        return
    st.success(t("data.imported", lang, version=done["version"]))
    if done["dropped"]:
        st.info(t("data.dropped", lang, tables=", ".join(t(f"table.{name}", lang) for name in done["dropped"])))


if __name__ == "__main__":
    page()
