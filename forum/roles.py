"""Roles and actions: who may record what. The table is `data/roles.toml`; every append of a signed-in member asks it.

It is asked under the write lock of the record and from the record itself: a role that was taken away a moment ago
allows nothing any more, whatever a page still shows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from forum.members import Member, members
from forum.record import Event, Guard, Said
from geo.model.errors import CallError

_FILE = Path(__file__).resolve().parent.parent / "data" / "roles.toml"
#: Of a text, and of what is recorded at once; a page's own limits hold for honest browsers only.
_LONGEST, _MOST_EVENTS = 4_000, 500
#: Whoever is not signed in.
ANYONE = "anyone"
#: The entry of an event that tells whom it is about, and what of a member that is.
_ABOUT = {
    "weights": ("member", "name"),
    "attendance": ("name", "name"),
    "weighing": ("member", "name"),
    "vote": ("member", "name"),
    "voted": ("member", "name"),
    "dissent": ("member", "name"),
    "recusal": ("member", "name"),
    "token": ("name", "name"),
    "commitment": ("partner", "organisation"),
    "proposal": ("proposer", "organisation"),
    "trained": ("name", "name"),
}


@cache
def table() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return the roles that may do each action: `any` for anybody, `own` for themselves alone."""
    with _FILE.open("rb") as file:
        return tomllib.load(file)


def may(role: str, action: str, *, own: bool = True) -> bool:
    """Tell whether a role may do an action, at least for oneself (`own`), or whoever it is about.

    Examples
    --------
    >>> may("member", "vote"), may("member", "vote", own=False), may("viewer", "vote")
    (True, False, False)
    """
    roles = table()[action]
    return role in roles.get("any", ()) or (own and role in roles.get("own", ()))


def permit(member: Member | None, action: str, *, own: bool = True) -> None:
    """Refuse an action that the role of a member does not allow; None is whoever is not signed in.

    Raises
    ------
    CallError
        If it may not be done.
    """
    role = member.role if member else ANYONE
    if not may(role, action, own=own):
        told = "error.role_own" if own is False and may(role, action) else "error.role"
        raise CallError(told, role=role, act=action)


def guard(account: str | None) -> Guard:
    """Return what a record asks before it takes anything from an account: who says it, if the table allows it."""

    def asked(said: Said, standing: Sequence[Event], who: str) -> str:
        member = members(standing).get(account) if account is not None else None
        if account is not None and member is None:
            raise CallError("error.no_member", value=account)
        for kind, content in said:
            permit(member, kind, own=_own(member, kind, content, standing))
            if kind == "withdrawal" and (withdrawn := _withdrawn(content, standing)) is not None:
                permit(member, withdrawn.kind)
                if withdrawn.kind == "member":  # it could bring a dismissed one back, or leave no admin
                    raise CallError("error.member_withdraw")
        _modest(said)
        return member.name if member else who

    return asked


def _modest(said: Said) -> None:
    """Refuse what no meeting says: every page reads the whole record."""
    if len(said) > _MOST_EVENTS:
        raise CallError("error.too_many", count=_MOST_EVENTS)
    for _, content in said:
        for name, text in content.items():
            if isinstance(text, str) and len(text) > _LONGEST:
                raise CallError("error.too_long", name=name, count=_LONGEST)


def _own(member: Member | None, kind: str, content: Mapping[str, Any], standing: Sequence[Event]) -> bool:
    """Whether what is said is about the member who says it."""
    if member is None:
        return False
    if kind == "withdrawal":
        found = _withdrawn(content, standing)
        return found is not None and found.kind != "community" and found.who == member.name
    if kind not in _ABOUT:
        return False
    if kind in ("vote", "voted") and _speaks_for(member, content, standing):
        return True
    entry, of_member = _ABOUT[kind]
    mine = str(getattr(member, of_member)).strip().lower()
    return str(content.get(entry, "")).strip().lower() == mine


def _speaks_for(member: Member, content: Mapping[str, Any], standing: Sequence[Event]) -> bool:
    """Whether a member speaks, at that meeting, for the one whose vote it is."""
    asked = (content.get("meeting"), content.get("member"), member.name)
    told = [event.content for event in standing if event.kind == "proxy"]
    return any((one["meeting"], one["member"], one["holder"]) == asked for one in told)


def _withdrawn(content: Mapping[str, Any], standing: Sequence[Event]) -> Event | None:
    return next((event for event in standing if event.number == content["number"]), None)
