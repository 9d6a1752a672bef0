"""What Streamlit's own theme leaves unreadable, too wide, or in English."""

from __future__ import annotations

import json

import streamlit as st

from texts import t

# tags of a chosen list and primary buttons: Streamlit writes white on the pale blue that is primary in the dark theme;
# a file's button and limit: Streamlit has no other words for them than its own
_STYLE = """<style>
.stMultiSelect [data-tag] { background: #01497c !important; color: #ffffff !important; }
.stMultiSelect [data-tag] * { color: #ffffff !important; }
[data-testid^="stBaseButton-primary"] { background: #01497c !important; }
[data-testid^="stBaseButton-primary"] * { color: #ffffff !important; }
.stMainBlockContainer { padding: 3.6rem 2rem 3rem 2rem !important; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.6rem 1rem 2rem 1rem !important; } }
[data-testid="stFileUploaderDropzone"] > span button p { font-size: 0 !important; }
[data-testid="stFileUploaderDropzone"] > span button p::after { font-size: 1rem; content: %s; }
[data-testid="stFileUploaderDropzoneInstructions"] span { font-size: 0 !important; }
[data-testid="stFileUploaderDropzoneInstructions"] span::after { font-size: .875rem; content: %s; }
</style>"""


def style(lang: str) -> str:
    """Return the style of every page in a language."""
    words = t("upload.choose", lang), t("upload.limit", lang, size=st.get_option("server.maxUploadSize"))
    return _STYLE % tuple(json.dumps(word, ensure_ascii=False) for word in words)
