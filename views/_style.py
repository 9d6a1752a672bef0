"""What Streamlit's own theme leaves unreadable or too wide."""

from __future__ import annotations

from views._words import mark

# tags of a chosen list and primary buttons: Streamlit writes white on the pale blue that is primary in the dark theme
_STYLE = """<style>
.stMultiSelect [data-tag] { background: #01497c !important; color: #ffffff !important; }
.stMultiSelect [data-tag] * { color: #ffffff !important; }
[data-testid^="stBaseButton-primary"] { background: #01497c !important; }
[data-testid^="stBaseButton-primary"] * { color: #ffffff !important; }
.stMainBlockContainer { padding: 3.6rem 2rem 3rem 2rem !important; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.6rem 1rem 2rem 1rem !important; } }
</style>"""


def style(lang: str) -> str:
    """Return the style of every page, and the mark of its language."""
    return _STYLE + mark(lang)
