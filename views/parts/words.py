"""Streamlit's own words (its lists, tables, dates and menu) in the language of the page, and which language that is.

Streamlit has them in English alone. A script in the head of the page says them again wherever they appear, as text or
for who hears the page read out; the page tells the language by a mark that is drawn with everything else.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from layers.markup import escape
from layers.tools import map_words
from texts import LANGUAGES, t
from views.parts.sheets import SCREENS, early

#: What Streamlit shows as text; keys in the catalogues, whose English is Streamlit's own.
SHOWN = (
    "select_all", "no_results", "no_options", "apply", "submit", "upload", "drop_file", "drop_files", "stop", "skip",
    "print", "record", "rerun", "system", "light", "dark", "settings", "about", "made_with", "file_size",
    "search_found", "search_one", "no_data", "show_columns", "csv", "search", "fullscreen", "close_fullscreen",
    "clear_selection", "sort_up", "sort_down", "autosize", "pin", "unpin", "hide_column", "keys_of_dates",
    "chosen_date", "picked_date", "today_chosen", "png", "timed_out", "gone", "add_row", "delete_rows", "copied",
    "matches", "pages_more", "too_many",
)  # fmt: skip
#: What it shows in a tip, in an empty field, or tells to who hears the page.
TOLD = (
    "open", "clear_all", "clear_value", "selected", "choose_option", "choose_options", "more", "less", "choose_date",
    "clear_date", "add_files", "file_upload", "sidebar", "close_sidebar", "open_sidebar", "menu", "theme", "running",
    "pages", "help", "dismiss", "copy", "copy_version", "heading", "show_data", "chart_copy", "close_search",
    "next_found", "found_before", "next_month", "month_before", "next", "previous", "close", "remove_file",
    "column_menu", "icon",
)  # fmt: skip


def mark(lang: str, *, screen: bool = False) -> str:
    """Return what tells the script the language, and whether the page's map fills the window, as HTML."""
    fills = "yes" if screen else "no"
    words = escape(map_words(lang))
    return f'<span hidden data-ma-lang="{lang}" data-ma-screen="{fills}" data-ma-map="{words}"></span>'


@cache
def script() -> bytes:
    """Return the script with its words, and the early style, for the head of the page."""
    words = {lang: {key: t(f"frame.{key}", lang, what="{}") for key in (*SHOWN, *TOLD)} for lang in LANGUAGES}
    told = json.dumps({"words": words, "shown": SHOWN, "screens": SCREENS}, ensure_ascii=False).replace("<", "\\u003c")
    code = (Path(__file__).parents[1] / "canvas" / "words.js").read_text(encoding="utf-8")
    return f"{early()}<script>{code.strip().removesuffix(';')}({told});</script>".encode()
