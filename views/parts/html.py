"""Plain pages that need neither Streamlit nor its scripts: they open on any telephone."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def plain_page(name: str, lang: str, *, status: int = 200, **told: Any) -> HTMLResponse:
    """Return a page from `views/html/`; all of its words come with it, and nothing else is loaded."""
    nonce = secrets.token_urlsafe(16)
    body = _PAGES.get_template(name).render(lang=lang, nonce=nonce, **told)
    rules = ("default-src 'none'", f"script-src 'nonce-{nonce}'", "style-src 'unsafe-inline'", "form-action 'self'")
    return HTMLResponse(
        body,
        status_code=status,
        headers={"Content-Security-Policy": "; ".join([*rules, "frame-ancestors 'none'"]), "Cache-Control": "no-store"},
    )
