"""What a button does is done at once and whole, before its page is drawn anew.

Streamlit starts a page again whenever anything on it changes, a map that has just finished loading included, and stops
what it was at. A click whose work stands further down the page is lost when that happens in between. Work done as the
button's callback is not, if it neither reads nor writes the session meanwhile: there, too, Streamlit may stop it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

from geo.model.errors import PlanningError
from geo.workspace.audit import note
from texts import t
from views.parts.text import refusal
from views.session import state
from views.session.cache import workspace
from views.session.record import account, check, signing_in
from views.session.who import allowed

Work = Callable[..., Any]
_DONE = "done"


def doing(
    key: str,
    fields: Sequence[str],
    work: Work,
    *args: Any,
    act: str = "",
    then: Work | None = None,
    disabled: bool = False,
) -> dict[str, Any]:
    """Return the arguments of a button that calls ``work(*values of the fields, *args)``, then ``then(result)``.

    ``act`` names what it does in the table of roles, where it is not for everybody.

    ``work`` keeps things (a record, a file) and leaves the session alone; ``then`` only sets values of the session, for
    it may be begun twice. A `PlanningError` of ``work`` is what `answer` shows.
    """
    return {"key": key, "on_click": _do, "args": (key, fields, work, args, act, then), **_offered(act, disabled)}


def _offered(act: str, disabled: bool) -> dict[str, Any]:
    """A button that is not for whoever looks is there, and says so: what others may do is no secret."""
    if not act or allowed(act):
        return {"disabled": disabled}
    return {"disabled": True, "help": t("role.shut", state.get("lang"))}


def _do(key: str, fields: Sequence[str], work: Work, args: Sequence[Any], act: str, then: Work | None) -> None:
    held: list[RerunException] = []
    values = _whole(lambda: [st.session_state.get(field) for field in fields], held)
    said: PlanningError | None = None
    result = None
    try:
        if act:
            check(workspace(), act)
        result = work(*values, *args)
    except PlanningError as error:
        said = error
    if act:
        audited(act, said)

    def close() -> None:
        st.session_state[f"said_{key}"] = said or _DONE
        if said is None and then is not None:
            then(result)

    _whole(close, held)
    if held:
        raise held[0]
    if said is None:
        st.rerun(scope="app")


#: Acts that the log of the server tells even when they are allowed.
_AUDITED = frozenset(("member", "public", "token", "import", "private", "withdrawal"))


def audited(act: str, refused: PlanningError | None = None) -> None:
    """Note an act that says who may do what, lets something in or out, or was refused for want of the right."""
    if not signing_in():
        return
    if refused is not None and refused.key in ("error.role", "error.role_own", "error.no_member"):
        note(workspace(), "refused", account(workspace()), act=act)
    elif refused is None and act in _AUDITED:
        note(workspace(), act, account(workspace()))


def _whole(step: Work, held: list[RerunException]) -> Any:
    """Take a step again when Streamlit stopped it; what it wanted instead is held back."""
    while True:
        try:
            return step()
        except RerunException as wanted:
            held.append(wanted)


def answer(key: str, lang: str) -> None:
    """Say once that the last click on a button was done; or why it was not, until the next one."""
    said = st.session_state.get(f"said_{key}")
    if isinstance(said, PlanningError):
        st.error(refusal(said, lang))
        if st.session_state.get(f"toasted_{key}") is not said:  # the answer may stand below the screen
            st.session_state[f"toasted_{key}"] = said
            st.toast(t("common.refused", lang), icon=":material/error:")
    elif said == _DONE:
        st.session_state[f"said_{key}"] = None
        st.toast(t("common.recorded", lang))


@contextmanager
def told() -> Iterator[None]:
    """Say what is at fault where the page, or this part of it, cannot be drawn; it is tried anew at the next turn."""
    try:
        yield
    except PlanningError as error:
        st.error(refusal(error, state.get("lang")))


def asked(key: str, *, act: str = "", disabled: bool = False) -> dict[str, Any]:
    """Return the arguments of a button whose work needs the page below it: `due` is true until that has begun."""
    return {"key": key, "on_click": _ask, "args": (key,), **_offered(act, disabled)}


def _ask(key: str) -> None:
    held: list[RerunException] = []
    _whole(lambda: st.session_state.update({f"asked_{key}": True}), held)
    if held:
        raise held[0]


def due(key: str, act: str = "") -> bool:
    """Tell, once, whether a button was clicked; whoever may not do that is refused."""
    if not st.session_state.pop(f"asked_{key}", False):
        return False
    if act:
        try:
            check(workspace(), act)
        except PlanningError as error:
            audited(act, error)
            raise
        audited(act)
    return True
