"""Whether the map of the internet can be had from here: found out once in a while, beside everything, and remembered.

No page waits for it: as long as nobody knows, it cannot be had. `MATA_AIR_OFFLINE` set to anything never asks.
"""

from __future__ import annotations

import os
import threading
import time
import urllib.error
import urllib.request

from layers.ground import ONLINE

#: Seconds that an answer may take, and for which one is believed: one that it is there, one that it is not.
_WAIT_S, _THERE_S, _AWAY_S = 1.5, 900.0, 120.0
_LOCK = threading.Lock()
_KNOWN: dict[str, float] = {"until": 0.0, "there": 0.0}


def online_there() -> bool:
    """Return whether the internet's map answered when last asked; asked again beside the page where that is old."""
    if os.environ.get("MATA_AIR_OFFLINE"):
        return False
    now = time.monotonic()
    with _LOCK:
        old = now > _KNOWN["until"]
        if old:
            _KNOWN["until"] = now + _AWAY_S  # nobody else asks meanwhile
    if old:
        threading.Thread(target=_ask, daemon=True).start()
    return bool(_KNOWN["there"])


def _ask() -> None:
    there = answers(ONLINE.format(z=0, x=0, y=0))
    with _LOCK:
        _KNOWN.update(there=float(there), until=time.monotonic() + (_THERE_S if there else _AWAY_S))


def answers(address: str, wait_s: float = _WAIT_S) -> bool:
    """Return whether an address gives a picture in time; a page to sign in at, as hotels give, is none."""
    asked = urllib.request.Request(address, headers={"User-Agent": "mata-air"})
    try:
        with urllib.request.urlopen(asked, timeout=wait_s) as answer:
            return str(answer.headers.get("content-type", "")).startswith("image/") and answer.status == 200
    except (urllib.error.URLError, OSError, ValueError):
        return False
