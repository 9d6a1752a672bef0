"""Members of the forum and their roles, replayed from the record.

An account is what the sign-in tells of somebody: an e-mail address that the provider has verified, or `sub:` and the
provider's own id. On a laptop nobody signs in, and nobody needs to be a member.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forum import sessions
from forum.checks import as_content, one_of, said
from forum.meetings import ORGANISATIONS
from forum.record import Event, Record
from geo.model.errors import CallError

#: From the one who looks to the one who looks after the accounts.
ROLES = ("viewer", "member", "engineer", "chair", "admin")
#: The role of an account that was taken away.
DISMISSED = "none"
_SUB = "sub:"


@dataclass(frozen=True)
class Member:
    """Somebody with an account, for an organisation of one of `ORGANISATIONS`, in one of `ROLES`."""

    account: str
    name: str
    organisation: str
    kind: str
    role: str
    number: int = 0


def members(events: Sequence[Event]) -> dict[str, Member]:
    """Replay standing events: the members by account, each as told last; accounts taken away are not there."""
    found: dict[str, Member] = {}
    for event in events:
        if event.kind == "member":
            one = Member(**event.content, number=event.number)
            found.pop(one.account, None)
            if one.role != DISMISSED:
                found[one.account] = one
    return found


def account_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the accounts that a sign-in stands for, from the provider's claims.

    An address counts only if the provider says that it has verified it: else anybody could claim it.

    Examples
    --------
    >>> account_of({"sub": "7", "email": "Siti@Desa.id", "email_verified": True})
    ('sub:7', 'siti@desa.id')
    >>> account_of({"sub": "7", "email": "siti@desa.id"})
    ('sub:7',)
    """
    found = []
    if str(claims.get("sub") or ""):
        found.append(f"{_SUB}{claims['sub']}")
    if claims.get("email") and claims.get("email_verified") is True:
        found.append(_clean(str(claims["email"])))
    return tuple(found)


def _clean(account: str) -> str:
    """An account as it is kept: addresses in small letters, ids as they are."""
    account = account.strip()
    return account if account.startswith(_SUB) else account.lower()


def enrol(record: Record, who: str, given: Member) -> Event:
    """Record a member, or the new role of one.

    Raises
    ------
    CallError
        If an account, name or organisation is missing, the account is no address and no id, the name is another
        member's, or nobody would be left to look after the accounts.
    """
    said(account=given.account, name=given.name, organisation=given.organisation)
    one_of("role", given.role, ROLES)
    one_of("kind", given.kind, ORGANISATIONS)
    account = _clean(given.account)
    if "@" not in account and not account.startswith(_SUB):
        raise CallError("error.account", value=account)
    return _told(record, who, as_content(given) | {"account": account})


def dismiss(record: Record, who: str, account: str) -> Event:
    """Record that an account is no member's any more: who is signed in with it is shut out at once, and for good.

    Raises
    ------
    CallError
        If nobody has that account, or it is the last that looks after the accounts.
    """
    mine = members(record.standing()).get(_clean(account))
    if mine is None:
        raise CallError("error.no_member", value=account)
    said_ = _told(record, who, as_content(mine) | {"role": DISMISSED})
    sessions.end_all(record, mine.account)
    return said_


def _told(record: Record, who: str, content: dict[str, Any]) -> Event:
    def rule(standing: Sequence[Event]) -> None:
        now = members(standing)
        others = [one for account, one in now.items() if account != content["account"]]
        if content["role"] != DISMISSED and content["name"].lower() in {one.name.lower() for one in others}:
            raise CallError("error.member_twice", name=content["name"])
        if content["role"] != "admin" and now and not any(one.role == "admin" for one in others):
            raise CallError("error.last_admin")

    return record.append(who, "member", content, rule)
