"""What the browser is told about every answer: what may be loaded, by whom it may be framed, that https stays https.

Nothing but this server is asked for anything, whatever a text on the page says. Streamlit draws styles as it goes and
its charts compile their own expressions, so styles and `eval` stay allowed; scripts on the page itself carry a nonce.
A component (the map) writes its scripts into its own frame: there they are allowed, and the frame asks nobody else but
for the pictures of the internet's map, where that is its ground.
"""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from forum import sessions
from layers.ground import ONLINE
from views.session.hosts import public_address
from views.session.record import signing_in

_A_YEAR_S = 31_536_000
_ALL = (
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "style-src 'self' 'unsafe-inline'",
    "media-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "frame-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
)
#: Of a page, with its nonce; of everything else, frames of components included.
_PAGE_SCRIPTS = "script-src 'self' 'nonce-{nonce}' 'unsafe-eval' blob:"
_FRAME_SCRIPTS = "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:"


#: Pictures of the internet's map: the frame of a map alone may ask for them, and does where somebody chose that ground.
_TILES = ONLINE.partition("/{z}")[0]


def nonce() -> str:
    """Return a nonce for the scripts of one answer."""
    return secrets.token_urlsafe(16)


def with_nonce(page: bytes, value: str) -> bytes:
    """Return a page whose own scripts carry the nonce."""
    return page.replace(b"<script", f'<script nonce="{value}"'.encode())


def rules(host: str, value: str | None = None, *, tiles: bool = False) -> str:
    """Return the policy of a page (with its nonce) or of a frame (without).

    Parameters
    ----------
    host
        As the request names this server: older browsers count a websocket to it as another origin.
    value
        The nonce of a page.
    tiles
        Of a frame that may be a map: it may ask for the pictures of the internet's.
    """
    scripts = _FRAME_SCRIPTS if value is None else _PAGE_SCRIPTS.format(nonce=value)
    named = (f"{one} {_TILES}" if tiles and one.startswith("img-src") else one for one in _ALL)
    sockets = f" ws://{host} wss://{host}" if host else ""
    return "; ".join((*named, scripts, f"connect-src 'self' data: blob:{sockets}"))


#: Of what is no page: nothing in it is run or loaded.
DATA_RULES = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def make_safe(
    headers: MutableHeaders, *, host: str = "", https: bool = False, policy: str = "", kept: bool = True
) -> None:
    """Set what every answer carries; an answer with a policy of its own keeps it.

    Parameters
    ----------
    https
        Whether the request came over https.
    policy
        Takes the place of that of a frame.
    kept
        Whether a browser may keep an answer that says nothing of it: files that are the same for everybody.
    """
    if not kept:
        headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "SAMEORIGIN"
    headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)"
    if "content-security-policy" not in headers:
        headers["Content-Security-Policy"] = policy or rules(host)
    secure = public_address().startswith("https:")
    if https or secure:
        headers["Strict-Transport-Security"] = f"max-age={_A_YEAR_S}"
    if signing_in():
        _cookies(headers, secure=secure or https)


def _cookies(headers: MutableHeaders, *, secure: bool) -> None:
    """Cookies of a sign-in live no longer than a session, and go over https alone where there is https."""
    cookies = headers.getlist("set-cookie")
    if not cookies:
        return
    del headers["set-cookie"]
    hours = f"Max-Age={int(sessions.LASTS.total_seconds())}"
    for line in cookies:
        parts = [part.strip() for part in line.split(";")]
        if parts[0].startswith(USER_COOKIE_NAME):
            parts = [hours if part.lower().startswith("max-age=") and part[8:] != "0" else part for part in parts]
        if secure and "secure" not in (part.lower() for part in parts):
            parts.append("Secure")
        headers.append("set-cookie", "; ".join(parts))
