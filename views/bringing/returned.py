"""Results from the field: the returned file as a list of differences, accepted one by one or together, with a name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from forum.record import said_of
from geo.field.inbox import ACCEPTED, Inbox, Submission
from geo.model.changes import as_record, from_record
from geo.model.errors import PlanningError
from geo.model.facts import facts
from geo.model.sites import STATUSES, VISITS
from geo.reading.readers import READERS
from texts import count, t
from views.parts.text import marked, refusal, small
from views.session.buttons import answer, doing
from views.session.cache import changes, inputs, workspace
from views.session.record import record
from views.session.who import shut, who_field
from views.session.worker import kept, once, run_limited

#: The kind "new" has a text of its own: "returned.new" heads a column.
_EPOCH = "returned-epoch"
_KEY = {"new": "new_site"}


def returned_part(lang: str) -> None:
    """Read a returned file, show what it changes, accept."""
    st.subheader(t("returned.title", lang))
    small(t("returned.help", lang))
    if shut("status", lang):
        return
    key = f"returned-file-{st.session_state.get(_EPOCH, 0)}"
    files = st.file_uploader(
        t("returned.files", lang), type=[e.removeprefix(".") for e in READERS], key=key, accept_multiple_files=True
    )
    if not files:
        return
    sent = st.file_uploader(
        t("returned.sent", lang),
        type=["csv", "xlsx", "gpkg", "geojson", "zip"],
        help=t("returned.sent_help", lang),
        key="returned-sent",
    )
    try:
        found = _compared(files, sent, lang)
    except PlanningError as error:
        st.error(refusal(error, lang))
        return
    _shown(found, lang)
    if found["differences"]:
        unlike = any(fault["key"] == "returned_version" for fault in found["faults"])
        _accept(found["differences"], lang, unlike=unlike)


def visits_part(given: Sequence[Submission], box: Inbox, lang: str) -> None:
    """What telephones say of known sites, as differences; those that were looked at leave the inbox."""
    try:
        found = _of_visits(given, lang)
    except PlanningError as error:
        st.error(refusal(error, lang))
        return
    _shown(found, lang)
    seen = {one.instance for one in given} & set(found["instances"])
    whole = [one for one in given if one.instance in seen]
    if found["differences"]:
        _accept(found["differences"], lang, unlike=False, key="visits")
    if whole:
        label = t("visits.done", lang, count=count(len(whole), lang))
        looked = doing("visits-done", (), _put_aside, box, whole, act="import")
        st.button(label, **{"help": t("visits.done_help", lang)} | looked)
        answer("visits-done", lang)


def _put_aside(box: Inbox, whole: Sequence[Submission]) -> None:
    box.done(whole, workspace() / ACCEPTED)


def _of_visits(given: Sequence[Submission], lang: str) -> dict[str, Any]:
    """The differences of visits that wait, worked out apart from the server."""
    replayed = kept("changes.json", json.dumps([as_record(change) for change in changes()]).encode())
    asked = ["inbox", "--workspace", str(workspace()), "--as", VISITS, "--changes", str(replayed)]
    question = [lang, date.today(), inputs().version, [(one.instance, one.complete) for one in given], asked]
    return once(question, lambda: run_limited(asked, lang, _EPOCH))


def _shown(found: dict[str, Any], lang: str) -> None:
    """How much was read, and what could not be."""
    small(t("returned.read", lang, rows=count(found["read"], lang), differences=count(len(found["differences"]), lang)))
    for one in found["unread"]:
        st.warning(marked("returned.one_unread", lang, name=one["file"], reason=one["reason"]))
    if found["faults"]:
        faults = pd.DataFrame(found["faults"])[["row", "column", "value", "message", "remedy"]]
        faults = faults.set_axis([t(f"data.fault.{name}", lang) for name in faults.columns], axis=1)
        faults = faults.astype(object).where(faults.notna(), "–").map(str)
        st.dataframe(faults, hide_index=True, key=f"returned-faults-{hash(repr(found['faults']))}")


def _compared(files: Sequence[UploadedFile], sent: UploadedFile | None, lang: str) -> dict[str, Any]:
    """Compare in the worker, against the current version and the record; what was `sent` and is not back is missing."""
    version, record_ = inputs().version, json.dumps([as_record(change) for change in changes()])

    replayed = kept("changes.json", record_.encode())
    asked = ["returned", *(str(kept(one.name, one.getvalue())) for one in files), "--workspace", str(workspace())]
    asked += ["--data-version", version, "--changes", str(replayed)]
    if sent is not None:
        asked += ["--sent", str(kept(sent.name, sent.getvalue()))]
    return once([lang, date.today(), asked], lambda: run_limited(asked, lang, _EPOCH))


def _told(row: dict[str, Any], side: str, lang: str) -> str:
    """A difference in the reader's words: statuses and technologies are keys, the rest is text."""
    words = {f: t(f"status.{f}", lang) for f in STATUSES}
    if row["kind"] == "status":
        return words.get(str(row[side]), str(row[side]))
    words |= {f: t(f"technology.{f}", lang) for f in facts("choices")["technology"] if f != "unknown"}
    words |= {f: t(f"kind.{f}", lang) for f in facts("choices")["facility_kind"]}
    return " · ".join(words.get(part, part) for part in str(row[side]).split(" · "))


def _accept(rows: list[dict[str, Any]], lang: str, *, unlike: bool, key: str = "returned") -> None:
    """The differences with a tick each; not those that a newer report contradicts, nor new sites of another version."""
    yes = t("returned.accept", lang)
    ticked_kinds = {"status", "moved", "photo", "note"} | (set() if unlike else {"new"})
    shown = pd.DataFrame(
        {
            yes: [not row["doubtful"] and row["kind"] in ticked_kinds for row in rows],
            t("returned.kind", lang): [t(f"returned.{_KEY.get(row['kind'], row['kind'])}", lang) for row in rows],
            "ID": [row["site_id"] for row in rows],
            t("returned.old", lang): [_told(row, "old", lang) for row in rows],
            t("returned.new", lang): [_told(row, "new", lang) for row in rows],
            t("returned.newer", lang): [row["newer"] or "" for row in rows],
            t("returned.on", lang): [row["on"] or "" for row in rows],
        }
    )
    if any(row["file"] for row in rows):
        shown[t("returned.from", lang)] = [row["file"] for row in rows]
    fixed = [name for name in shown.columns if name != yes]
    editor = f"{key}-{hash(repr(rows))}"
    st.data_editor(shown, hide_index=True, disabled=fixed, key=editor)
    who_field(st, t("common.your_name", lang), f"{key}-who")
    first = shown[yes].tolist()
    ticked = _ticked(st.session_state[editor], rows, first, yes)
    label = t("returned.do_accept", lang, count=count(len(ticked), lang))
    fields = (editor, f"{key}-who")
    st.button(label, **doing(f"{key}-accept", fields, _keep, rows, first, yes, act="status", disabled=not ticked))
    answer(f"{key}-accept", lang)


def _ticked(edited: dict[str, Any], rows: list[dict[str, Any]], first: list[bool], yes: str) -> list[dict[str, Any]]:
    """What is ticked now: the editor's own changes over the ticks it began with."""
    edits = edited["edited_rows"]
    return [row for n, row in enumerate(rows) if edits.get(n, {}).get(yes, first[n])]


def _keep(edited: dict[str, Any], who: str, rows: list[dict[str, Any]], first: list[bool], yes: str) -> None:
    changes = [from_record(change) for row in _ticked(edited, rows, first, yes) for change in row["changes"]]
    record(workspace()).append_all(who or "", [said_of(change) for change in changes])
