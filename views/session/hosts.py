"""By which names the server may be called: a page elsewhere that points a name of its own here gets nothing."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from views.session.record import has_auth

_HOST = re.compile(r"[\w.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?", re.ASCII)


def known_host(host: str | None) -> bool:
    """Whether a request names this server rightly.

    Where `server.allowedHosts` is set, that list alone counts. Else: addresses in numbers (no foreign name stands for
    them), localhost, the name of this machine, and the one that people sign in at.
    """
    if config.get_option("server.allowedHosts"):
        return is_host_allowed(host)
    if not _HOST.fullmatch(host or ""):
        return False
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost") or name in _own_names()
    return True


def _own_names() -> set[str]:
    here = socket.gethostname().lower()
    names = {here, f"{here.split('.')[0]}.local", urlsplit(public_address()).hostname or ""}
    return names - {""}


def reachable_address() -> str:
    """The address at which telephones reach this server; empty where none is known.

    Whoever opens the page on the server itself sees its address on the network, if it answers there at all.
    """
    told = public_address()
    if told:
        return told
    page = urlsplit(st.context.url or "")
    try:
        here = ipaddress.ip_address(page.hostname or "").is_loopback
    except ValueError:
        here = not page.hostname or page.hostname == "localhost" or page.hostname.endswith(".localhost")
    if not here:
        return f"{page.scheme}://{page.netloc}"
    mine = _on_the_network() if config.get_option("server.address") in _ALL else ""
    return f"{page.scheme or 'http'}://{mine}:{config.get_option('server.port')}" if mine else ""


#: What a server is told to answer at all addresses of its machine.
_ALL = (None, "", "0.0.0.0", "::")
#: An address of the documentation (RFC 5737): the way there begins at the address that others see; nothing is sent.
_ELSEWHERE = ("192.0.2.1", 9)


def _on_the_network() -> str:
    """This machine's address on the network it is in; empty where it is in none."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_ELSEWHERE)
            mine = str(probe.getsockname()[0])
    except OSError:
        return ""
    return "" if ipaddress.ip_address(mine).is_loopback else mine


def shown_address(path: str) -> str:
    """The whole address of a path, to be typed or scanned elsewhere; this machine's own where no other reaches it."""
    port = config.get_option("server.port")
    return f"{reachable_address() or f'http://127.0.0.1:{port}'}{address(path)}"


def public_address() -> str:
    """The address that people sign in at, as the secrets tell it; empty where nobody signs in."""
    return str(st.secrets["auth"].get("redirect_uri", "")).removesuffix("/oauth2callback") if has_auth() else ""


def address(path: str) -> str:
    """Return the address of a path on this server, wherever it is mounted."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/{path}" if base else f"/{path}"
