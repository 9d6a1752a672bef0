"""The thin line that stands on every page: sample data until real ones replace them, and what else is behind a sign."""

from __future__ import annotations

import streamlit as st

from exports.tables.sheet import data_marks
from layers.markup import escape
from texts import t
from views.parts.text import small
from views.session.cache import analysis
from views.session.projector import projected
from views.session.state import params


def banner(lang: str) -> None:
    """Say that data are sample; version, estimated populations and unverified figures open behind one sign."""
    found = analysis(params())
    lines = data_marks(found, lang)
    if projected():
        small(" · ".join(lines))
        return
    version = t("banner.version", lang, version=found.provenance["version"])
    sample = found.provenance["sample"]
    with st.container(key="marks", horizontal=True):
        text = escape(lines[0] if sample else version)
        st.html(f'<div class="ma-mark{" ma-sample" if sample else ""}" title="{text}">{text}</div>')
        with st.popover(t("banner.more", lang), icon=":material/info:", type="tertiary"):
            for line in [*lines, version]:
                small(line)
