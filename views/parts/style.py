"""What Streamlit's own theme leaves unreadable or too wide."""

from __future__ import annotations

from views.parts.sheets import sheet
from views.parts.words import mark

# tags of a chosen list and primary buttons: Streamlit writes white on the pale blue that is primary in the dark theme
_STYLE = """<style>
.stMultiSelect [data-tag] { background: #01497c !important; color: #ffffff !important; }
.stMultiSelect [data-tag] * { color: #ffffff !important; }
[data-testid^="stBaseButton-primary"] { background: #01497c !important; }
[data-testid^="stBaseButton-primary"] * { color: #ffffff !important; }
.stMainBlockContainer { padding: 3.6rem 2rem 3rem 2rem !important; }
[data-testid="stElementContainer"]:has(.ma-skip, .ma-past) { position: absolute; width: 0 !important; }
.ma-skip { position: absolute; left: -9999px; z-index: 1000; padding: 6px 12px; background: #01497c; }
.ma-skip, .ma-skip:visited { color: #ffffff !important; }
.ma-skip:focus { left: 8px; top: -2.4rem; width: max-content; }
html[data-ma-hint] .st-key-hint { display: none; }
[data-testid="stTopNavLink"]:focus-visible, .stMain a:focus-visible { outline: 3px solid #4c9be0 !important; }
.stMain kbd { color: inherit !important; opacity: 1 !important; background: transparent !important; }
.stSelectbox:has(input:disabled) [data-testid="stWidgetLabel"] { color: inherit !important; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.6rem 1rem 2rem 1rem !important; } }
</style>"""


def style(lang: str, *, screen: bool = False) -> str:
    """Return the style of every page, and the mark of its language; `screen`: the page's map fills the window."""
    return _STYLE + sheet("screen") + (sheet("frame") if screen else "") + mark(lang, screen=screen)
