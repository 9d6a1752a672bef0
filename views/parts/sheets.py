"""The style sheets of the pages, which also stand in the head: nothing jumps once Streamlit brings them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

#: Pages whose map fills the window.
SCREENS = ("map", "priorities", "plan")


@cache
def sheet(name: str, key: str = "") -> str:
    """Return a style sheet of this folder as an element, `key` its id."""
    text = (Path(__file__).parent / f"{name}.css").read_text(encoding="utf-8")
    return f'<style id="{key}">{text}</style>' if key else f"<style>{text}</style>"


def early() -> str:
    """Return what stands in the head; `words.js` takes the frame away from pages whose map does not fill the window."""
    return sheet("screen") + sheet("frame", "ma-early")
