"""What a click does is done whole, also when Streamlit wants to start the page again in the middle of it."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner import RerunException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from geo.model.errors import CallError
from views.session import buttons as _act


class Busy(dict[str, Any]):
    """A session whose first reading and first writing are interrupted."""

    def __init__(self, **values: Any) -> None:
        super().__init__(values)
        self.due = {"get", "set"}

    def _stop(self, kind: str) -> None:
        if kind in self.due:
            self.due.discard(kind)
            raise RerunException(RerunData(query_string=kind))

    def get(self, key: str, default: Any = None) -> Any:
        self._stop("get")
        return super().get(key, default)

    def __setitem__(self, key: str, value: Any) -> None:
        self._stop("set")
        super().__setitem__(key, value)


def click(arguments: dict[str, Any]) -> None:
    arguments["on_click"](*arguments["args"])


def test_an_interrupted_click_is_done_once_and_the_page_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Busy(name="Hemat", who="Bu Siti")
    monkeypatch.setattr(st, "session_state", session)
    kept: list[tuple[str, ...]] = []

    def work(*values: str) -> str:
        kept.append(values)
        return "done"

    with pytest.raises(RerunException) as held:
        click(_act.doing("save", ("name", "who"), work, "more", then=lambda found: session.update(found=found)))
    assert kept == [("Hemat", "Bu Siti", "more")]
    assert dict(session) == {"name": "Hemat", "who": "Bu Siti", "said_save": "done", "found": "done"}
    assert held.value.rerun_data.query_string == "get", "what Streamlit wanted first is what happens next"


def test_a_refused_click_says_why_until_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {"who": ""}
    monkeypatch.setattr(st, "session_state", session)
    asked: list[str] = []
    monkeypatch.setattr(st, "rerun", lambda *, scope: asked.append(scope))

    def work(who: str) -> None:
        if not who:
            raise CallError("error.nobody")

    click(_act.doing("save", ("who",), work))
    assert session["said_save"].key == "error.nobody"
    assert asked == []
    session["who"] = "Bu Siti"
    click(_act.doing("save", ("who",), work))
    assert session["said_save"] == "done"
    assert asked == ["app"]
