"""The banner that stands on every page until real data replace the sample."""

from __future__ import annotations

import streamlit as st

from exports.tables.sheet import data_marks
from texts import t
from views.parts.text import plain, small
from views.session.cache import analysis
from views.session.projector import projected
from views.session.state import params


def banner(lang: str) -> None:
    """Say that data are sample, populations estimated, figures unverified."""
    found = analysis(params())
    lines = data_marks(found, lang)
    if projected():
        small(" · ".join(lines))
        return
    if found.provenance["sample"]:
        st.warning(plain(lines[0]), icon=":material/science:")
        lines = lines[1:]
    version = t("banner.version", lang, version=found.provenance["version"])
    small(" · ".join([version, *lines]))
