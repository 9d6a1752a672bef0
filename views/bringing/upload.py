"""Bringing one's own data: preview, faults, rejects, and whether the rows replace or join those there are."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from exports.tables.columns import describe
from geo.analysis.analyse import sample_tables
from geo.checking.column_mapping import CODES
from geo.model.errors import PlanningError
from geo.model.sites import IMPORT_OPTIONS, TABLES
from geo.reading.readers import READERS
from geo.workspace.importing import RASTERS
from geo.workspace.settings import codes_of
from texts import count, t
from views.bringing.assistant import columns_part, kept_part, words_part
from views.bringing.looked_at import effect_part, mends_part, places_part, samples_part
from views.parts.cards import cards
from views.parts.text import marked, refusal, small
from views.session.buttons import asked, audited, due
from views.session.cache import inputs, workspace
from views.session.record import check
from views.session.who import shut
from views.session.worker import CANCELLED, kept, made, once, run_limited

#: The choice that is no table: a raster that walking over slope needs.
_HEIGHTS = "elevation"
#: Number of the upload, and what of it is being imported.
EPOCH, _IMPORTING = "data-epoch", "importing"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: So many faults are told as sentences.
_TOLD = 20
#: So many faults come to the page, and so large a list may be taken from it; all stand in the lists themselves.
_MOST_FAULTS, _MOST_BYTES = 1000, 50_000_000


def import_part(lang: str) -> None:
    """Read an upload, show what was understood, import on request."""
    if shut("import", lang):
        return
    if st.session_state.pop(CANCELLED, False):
        st.session_state.pop(_IMPORTING, None)
        st.warning(marked("data.cancelled", lang, version=inputs().version))
    names = {name: t(f"table.{name}", lang) for name in TABLES} | {_HEIGHTS: t("data.elevation", lang)}
    table = st.selectbox(t("data.which", lang), list(names), index=2, format_func=names.get, key="data-table")
    grids = {_HEIGHTS: RASTERS, "settlements": (*READERS, *RASTERS)}
    file = st.file_uploader(
        t("data.file", lang),
        type=[ending.removeprefix(".") for ending in grids.get(table, tuple(READERS))],
        key=f"data-file-{st.session_state.get(EPOCH, 0)}",
    )
    if _IMPORTING in st.session_state:  # begun, and the page was drawn anew meanwhile
        run_import(st.session_state[_IMPORTING], lang)
    if table == _HEIGHTS:
        _heights(file, lang)
        return
    if file is None:
        return
    try:
        _own_file(kept(file.name, file.getvalue()), table, lang)
    except PlanningError as error:
        st.error(refusal(error, lang))


def _own_file(path: Path, table: str, lang: str) -> None:
    """How the file is read, each column to be changed; what was found; and the import."""
    grid = path.suffix.lower() in RASTERS
    text = "" if grid else st.session_state.get("data-mapping") or ""
    arguments = [] if not text.strip() else ["--mapping", str(kept("mapping.toml", text.encode()))]
    arguments += _codes(lang) if table == "villages" else []
    if grid:
        found = _checked(path, table, arguments, lang)
    else:
        try:
            found = _told(path, table, arguments, lang)
        finally:
            _mapping(table, lang)
        words_part(table, found["faults"], lang)
        mends_part(table, found["faults"], lang)
    _show(found, lang)
    if not found["accepted"]:
        return
    arguments += _how(table, lang, joins=found["joins"])
    effect_part(path, table, arguments, found["accepted"], lang, EPOCH)
    st.button(t("data.do_import", lang, count=count(found["accepted"], lang)), type="primary", **asked("do-import"))
    if due("do-import"):
        run_import(["--" + IMPORT_OPTIONS.get(table, table), str(path), *arguments], lang)


def _codes(lang: str) -> list[str]:
    """What the codes of these villages are; as the workspace says unless somebody says otherwise."""
    said = codes_of(workspace())
    words = {kind: t(f"data.codes.{kind}", lang) for kind in CODES}
    chosen = st.radio(
        t("data.codes", lang), CODES, index=CODES.index(said), format_func=words.get, horizontal=True,
        help=t("data.codes_help", lang), key="data-codes",
    )  # fmt: skip
    return [] if chosen == said else ["--codes", str(chosen)]


def _told(path: Path, table: str, arguments: list[str], lang: str) -> dict[str, Any]:
    """Check the file and show its columns; where it cannot be read as this table, show them all the same."""
    try:
        found = _checked(path, table, arguments, lang)
    except PlanningError:
        asking = ["propose", str(path), "--as", table, *arguments]
        columns_part(table, once([lang, asking], lambda: run_limited(asking, lang, EPOCH)), lang)
        raise
    columns_part(table, found["proposal"], lang)
    return found


def _mapping(table: str, lang: str) -> None:
    """The mapping as text, to be seen, changed and kept."""
    with st.expander(t("assist.mapping", lang), key="assist-mapping"):
        st.text_area(
            t("data.mapping", lang),
            key="data-mapping",
            height=120,
            help=t("data.mapping_help", lang),
            placeholder=f'[{table}.columns]\nlat = "latitude"',
        )
        kept_part(lang)


def _heights(file: Any, lang: str) -> None:
    """Import a raster of heights (it is checked on the way, and refused by name), or drop the one there is."""
    if file is not None:
        st.button(t("data.do_elevation", lang), type="primary", **asked("do-elevation"))
        if due("do-elevation"):
            run_import(["--elevation", str(kept(file.name, file.getvalue()))], lang)
    elif inputs().elevation is not None:
        st.button(t("data.no_elevation", lang), **asked("no-elevation"))
        if due("no-elevation"):
            run_import(["--no-elevation"], lang)


def _how(table: str, lang: str, *, joins: bool) -> list[str]:
    """Whether the rows replace or join those there are, and when the inventory of new villages was completed."""
    there = len(inputs().tables()[table])
    chosen = []
    if joins:
        small(t("data.joins", lang))
    elif there:
        ways = ("replace", "add")
        words = {way: t(f"data.how.{way}", lang, count=count(there, lang)) for way in ways}
        sample = table in sample_tables(inputs())
        if (
            st.radio(t("data.how", lang), ways, index=0 if sample else 1, format_func=words.get, key="data-how")
            == "add"
        ):
            chosen.append("--add")
    if table == "villages":
        day = st.date_input(t("data.surveyed", lang), None, help=t("data.surveyed_help", lang), key="data-surveyed")
        if day is not None:
            chosen += ["--surveyed-on", day.isoformat()]
    return chosen


def _checked(path: Path, table: str, arguments: list[str], lang: str) -> dict[str, Any]:
    """Check an upload in the worker; the same file is not read again for the same question."""

    def work() -> dict[str, Any]:
        lists = made(f"{path.parent.name}-{hashlib.sha256(repr(question).encode()).hexdigest()[:16]}")
        rejects, fixes = lists / "rejects.csv", lists / "fixes.xlsx"
        files = ["--rejects", str(rejects), "--fixes", str(fixes), "--workspace", str(workspace())]
        asking = ["check", str(path), "--as", table, *files, "--most", str(_MOST_FAULTS), *arguments]
        return run_limited(asking, lang, EPOCH) | {"rejects": rejects, "fixes": fixes}

    question = [path, table, lang, inputs().version, *arguments]
    return once(question, work)


def _show(found: dict[str, Any], lang: str) -> None:
    """The counts, the first rows as understood, the faults with row and remedy, and the rejects to take away."""
    labels = ("read", "accepted", "rejected", "blanked", "fixed")
    cards([(t(f"data.{label}", lang), count(found[label], lang), "") for label in labels])
    samples_part(found, lang)
    places_part(found["places"], lang)
    if found["preview"]:
        st.markdown(t("data.preview", lang))
        st.dataframe(_preview(found["preview"], lang), hide_index=True, key="data-preview")
    if found["faults"]:
        _faults(found["faults"], found["fault_count"], lang)
        name = "mata-air-perbaikan.xlsx" if lang == "id" else "mata-air-fixes.xlsx"
        _to_take(found["fixes"], "data.fixes", name, XLSX, lang)
    if found["rejected"]:
        _to_take(found["rejects"], "data.rejects", "mata-air-rejects.csv", "text/csv", lang)


def _to_take(path: Path, label: str, name: str, media: str, lang: str) -> None:
    """Offer a list, read once somebody wants it; one that is too large for that is named."""
    size = path.stat().st_size
    if size > _MOST_BYTES:
        small(t("data.list_too_large", lang, name=t(label, lang), size=count(size / 1e6, lang)))
    else:
        st.download_button(t(label, lang), path.read_bytes, file_name=name, mime=media, on_click="ignore")


def _preview(rows: list[dict[str, Any]], lang: str) -> pd.DataFrame:
    """Our columns under their labels, choices in the reader's words."""
    shown = {}
    for name, cells in pd.DataFrame(rows).items():
        column = describe(str(name), lang)
        words = dict(column.choices)
        shown[column.label] = [words.get(cell, cell) for cell in cells]
    return pd.DataFrame(shown)


def _faults(faults: list[dict[str, Any]], total: int, lang: str) -> None:
    """The gravest first, as sentences that wrap; all that were told, of `total` that there are, as a table.

    What was merely read otherwise than it is written stands in the table alone.
    """
    grave = ("rejected", "blanked", "note", "fixed")
    graver = [fault for fault in faults if fault["severity"] != "fixed"]
    for fault in sorted(graver, key=lambda one: grave.index(one["severity"]))[:_TOLD]:
        where = t("data.row", lang, row=fault["row"]) if fault["row"] else found_in(fault)
        st.text(f"• {where} [{t('severity.' + fault['severity'], lang)}] {fault['message']} → {fault['remedy']}")
    if total <= min(len(graver), _TOLD):
        return
    table = pd.DataFrame(faults)
    table["severity"] = table["severity"].map(lambda s: t(f"severity.{s}", lang))
    shown = table[["severity", "row", "column", "value", "message", "remedy"]]
    shown = shown.set_axis([t(f"data.fault.{c}", lang) for c in shown.columns], axis=1)
    with st.expander(t("data.all_faults", lang, count=count(total, lang)), key="data-all-faults"):
        if total > len(faults):
            small(t("data.faults_shown", lang, count=count(total, lang), shown=count(len(faults), lang)))
        st.dataframe(shown, hide_index=True, key="data-faults")


def found_in(fault: dict[str, Any]) -> str:
    """Where a fault of the whole file was found: its column, else the file."""
    return str(fault["column"] or fault["file"])


def run_import(arguments: list[str], lang: str) -> None:
    """Make a new version in the worker, and say so on the page drawn anew."""
    check(workspace(), "import")
    st.session_state[_IMPORTING] = arguments
    try:
        done = run_limited(["import", "--workspace", str(workspace()), *arguments], lang, EPOCH)
    except PlanningError as error:
        del st.session_state[_IMPORTING]
        st.error(refusal(error, lang))
        return
    audited("import")
    told = [("data.imported", {"version": done["version"]})]
    for table, counts in done["changed"].items():
        figures = {name: count(value, lang) for name, value in counts.items()}
        told.append(("data.changed", {"table": t(f"table.{table}", lang)} | figures))
    if done["dropped"]:
        told.append(("data.dropped", {"tables": ", ".join(t(f"table.{name}", lang) for name in done["dropped"])}))
    del st.session_state[_IMPORTING]
    st.session_state["imported"] = told
    st.session_state[EPOCH] = st.session_state.get(EPOCH, 0) + 1
    st.rerun()
