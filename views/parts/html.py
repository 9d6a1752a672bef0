"""Plain pages that need neither Streamlit nor its scripts: they open on any telephone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from streamlit.runtime import get_instance

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def plain_page(name: str, lang: str, *, status: int = 200, rules: Sequence[str] = (), **told: Any) -> HTMLResponse:
    """Return a page from `templates/`; all of its words come with it, nothing else is loaded but by its own `rules`."""
    nonce = secrets.token_urlsafe(16)
    body = _PAGES.get_template(name).render(lang=lang, nonce=nonce, **told)
    whole = ["default-src 'none'", f"script-src 'nonce-{nonce}'", "style-src 'unsafe-inline'"]
    whole += ["form-action 'self'", "base-uri 'none'"]
    policy = "; ".join([*whole, *rules, "frame-ancestors 'none'"])
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(body, status_code=status, headers=headers)


def rendered(template: str, lang: str, **told: Any) -> str:
    """Return a page without scripts as text, to be kept in a file; see `plain_page`."""
    return _PAGES.get_template(template).render(lang=lang, **told)


def framed(page: str, place: str, height: int) -> None:
    """Show a page with scripts of its own in a frame.

    It is served as a file: what is written into a page's own source would inherit that page's rules for scripts, which
    allow no other than its own.

    Parameters
    ----------
    page
        A whole HTML page.
    place
        Names the frame: another page under the same name takes its place.
    """
    st.iframe(get_instance().media_file_mgr.add(page.encode(), "text/html", f"frame-{place}"), height=height)
