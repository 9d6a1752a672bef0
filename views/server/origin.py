"""Who asks: this server's own pages, or those of somebody else; and from which address, where a proxy stands between.

Proxies are named in MATA_AIR_PROXIES (addresses or networks, with commas between). Without it nobody's
`X-Forwarded-For` is believed, not even that of this machine, as uvicorn would.
"""

from __future__ import annotations

import gc
import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from streamlit import config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from geo.model.errors import CallError
from views.session.hosts import public_address

PROXIES = "MATA_AIR_PROXIES"
#: Whole networks that one household or machine holds.
_ONE_HOLDER = 64


def trust_named_proxies() -> int:
    """Have uvicorn believe the named proxies alone; return how many places in this process were told.

    Raises
    ------
    CallError
        If one is neither an address nor a network.
    """
    named = [one.strip() for one in os.environ.get(PROXIES, "").split(",") if one.strip()]
    for one in named:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError as error:
            raise CallError("error.proxies", value=one) from error
    told = [one for one in gc.get_objects() if type(one) is ProxyHeadersMiddleware]
    for one in told:
        one.trusted_hosts = type(one.trusted_hosts)(named)
    return len(told)


def sender(address: str) -> str:
    """Return the one who sends from an address: of IPv6 the network, which has more addresses than can be counted.

    Examples
    --------
    >>> sender("192.168.1.4"), sender("2001:db8:1:2:3:4:5:6")
    ('192.168.1.4', '2001:db8:1:2::/64')
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(known.ipv4_mapped or ipaddress.ip_network((known, _ONE_HOLDER), strict=False))


def ours(headers: Mapping[str, str]) -> bool:
    """Whether a call with an `Origin` comes from a page of this server; whoever sends none is no other site's page.

    Another port of this machine is another site: whatever runs there may belong to somebody else.
    """
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        told = urlsplit(origin)
    except ValueError:  # no address at all
        return False
    if told.scheme not in ("http", "https") or not told.netloc:
        return False
    named = {_netloc(one) for one in (public_address(), *(config.get_option("server.corsAllowedOrigins") or ()))}
    return told.netloc.lower() in {(headers.get("host") or "").lower(), *named} - {""}


def from_our_page(headers: Mapping[str, str]) -> bool:
    """Whether a link was followed on a page of this server: browsers say it, older ones by the page they come from."""
    told = headers.get("sec-fetch-site")
    if told is not None:
        return told in ("same-origin", "none")
    try:
        page = urlsplit(headers.get("referer", ""))
    except ValueError:
        return False
    return ours({"origin": f"{page.scheme}://{page.netloc}", "host": headers.get("host", "")})


def _netloc(address: str) -> str:
    return urlsplit(address).netloc.lower()
