"""Machines that the internet does not see: nothing of the internet may send the office to one of its own network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from geo.model.errors import DataError


def addresses(host: str) -> list[str]:
    """Return what a name stands for; nothing where nobody knows it."""
    try:
        return [str(one[4][0]) for one in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError):
        return []


def inner(host: str) -> bool:
    """Whether a name stands for a machine that the internet does not see."""
    return any(map(inner_address, addresses(host)))


def inner_address(text: str) -> bool:
    """Whether an address is one that the internet does not see, in itself or by the one of IPv4 that it stands for.

    Examples
    --------
    >>> [inner_address(one) for one in ("93.184.216.34", "10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1")]
    [False, True, True, True, True]
    """
    found = ipaddress.ip_address(text.partition("%")[0])
    if not found.is_global:
        return True
    if isinstance(found, ipaddress.IPv4Address):
        return False
    number = int(found)
    embedded = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if number >> 32 in (0, 0x64FF9B << 64):  # ::a.b.c.d, and 64:ff9b::a.b.c.d of NAT64
        embedded.append(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    return any(one is not None and not one.is_global for one in embedded)


def led_to(source: str, address: str) -> str:
    """Return an address that a server's answer names, unless one of the internet names a machine of our own network.

    Raises
    ------
    DataError
        If it does.
    """
    there, here = urlsplit(address).hostname or "", urlsplit(source).hostname or ""
    if inner(there) and not inner(here):
        raise DataError("error.fetch.inner", value=urlsplit(source)._replace(netloc=here).geturl(), detail=there[:80])
    return address
