"""The forum's record as whoever looks at the page may use it, and who that is.

On a laptop nobody signs in: everything may be written, and a name is asked for. On a server with `[auth]` in the
secrets of Streamlit the gate (`views/server/gate.py`) tells which session a page belongs to; without one nothing is
taken.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config

from forum import Record, sessions
from forum.members import Member, members
from forum.roles import guard, may, permit
from geo.model.errors import CallError

#: Set by the gate alone, which takes away what a client sends under this name.
SESSION_HEADER = "x-mata-air-session"
_NOBODY = "-"
#: What `[auth]` may tell, the only section of the secrets.
_AUTH = (
    "redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url", "client_kwargs",
    "expose_tokens",
)  # fmt: skip


def record_url(folder: Path) -> str:
    """Where the record is: at MATA_AIR_RECORD (a database URL), else beside the data versions."""
    return os.environ.get("MATA_AIR_RECORD") or f"sqlite:///{folder / 'record.sqlite'}"


def whole_record(folder: Path) -> Record:
    """Return the record without a guard: for the gate and the open form, which put their own before it."""
    return _opened(record_url(folder))


@lru_cache(maxsize=64)
def _opened(url: str) -> Record:
    """Not in Streamlit's cache, which any page may empty: a record that is gone would be made anew, without a word."""
    return Record(url)


def record(folder: Path) -> Record:
    """Return the forum's record: what is appended to it is asked of the table of roles where people sign in."""
    opened = whole_record(folder)
    return opened.guarded(guard(account(folder) or _NOBODY)) if signing_in() else opened


#: Decided once, when the server starts: a file that is changed or broken later opens nothing.
_LATCH: dict[str, bool] = {}


def latch() -> None:
    """Decide whether people sign in here, for as long as the server lives.

    Raises
    ------
    CallError
        If a file of secrets is there and cannot be read, or holds what nobody reads (`[Auth]`): nobody is let in by a
        slip of the pen.
    """
    found = False
    for name in config.get_option("secrets.files"):
        path = Path(name)
        if path.is_file():
            try:
                told = tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise CallError("error.secrets", path=str(path)) from error
            _only_known(path, told)
            found = "auth" in told or found
    _LATCH["signing_in"] = found


def _only_known(path: Path, told: Mapping[str, Any]) -> None:
    auth = told.get("auth", {})
    unknown = [f"[{name}]" for name in told if name != "auth"]
    unknown += [f"[auth] {name}" for name in auth if name not in _AUTH] if isinstance(auth, dict) else ["auth"]
    if unknown:
        raise CallError("error.secrets_unknown", path=str(path), names=", ".join(unknown), known=", ".join(_AUTH))


def signing_in() -> bool:
    """Whether people sign in here."""
    return _LATCH.get("signing_in", False) or has_auth()


def has_auth() -> bool:
    """Whether the secrets tell, now, how people sign in."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def account(folder: Path) -> str | None:
    """Return the account that looks at this page; None where nobody signs in, or no longer."""
    key = st.context.headers.get(SESSION_HEADER) if signing_in() else None
    return sessions.account_in(whole_record(folder), key) if key else None


def member(folder: Path) -> Member | None:
    """Return the member who looks at this page; see `account`."""
    mine = account(folder)
    return members(whole_record(folder).standing("member")).get(mine) if mine else None


def check(folder: Path, act: str) -> None:
    """Refuse an act that the role of whoever looks does not allow; its content is checked when it is recorded."""
    if signing_in():
        permit(member(folder), act)


def allows(found: Member | None, act: str) -> bool:
    """Whether somebody may do something, at least for themselves."""
    return not signing_in() or may(found.role if found else "", act)
