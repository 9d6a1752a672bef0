"""Who has signed in: from Streamlit's signed cookie to a session of a member, and out again for good."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from forum import sessions
from forum.members import Member, account_of, members
from geo.workspace.audit import note
from views.session.cache import workspace
from views.session.record import whole_record


def signed_in_as(cookies: Mapping[str, str]) -> bytes | None:
    """What the provider told of whoever signed in, from Streamlit's signed cookie."""

    def one(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(get_cookie_secret(), name, value.encode("latin-1"))

    return get_cookie_with_chunks(one, USER_COOKIE_NAME)


def key_of(claims: bytes) -> str:
    """A digest of one sign-in: its claims hold the provider's nonce, which no other has."""
    return hashlib.sha256(claims).hexdigest()


def live(key: str) -> Member | None:
    """The member of a session that goes on."""
    kept = whole_record(workspace())
    account = sessions.account_in(kept, key)
    return None if account is None else members(kept.standing("member")).get(account)


def let_in(claims: bytes, before: bytes | None) -> bool:
    """Begin a session if one of the accounts is a member's; that of the browser `before` ends."""
    kept = whole_record(workspace())
    if before is not None and before != claims:
        sessions.end(kept, key_of(before))
    known = members(kept.standing("member"))
    for account in account_of(json.loads(claims)):
        if account in known:
            sessions.begin(kept, key_of(claims), account)
            note(workspace(), "sign_in", account)
            return True
    note(workspace(), "sign_in_refused")
    return False


def let_out(claims: bytes) -> None:
    """End a session for good."""
    kept = whole_record(workspace())
    note(workspace(), "sign_out", sessions.account_in(kept, key_of(claims)))
    sessions.end(kept, key_of(claims))
