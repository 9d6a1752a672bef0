"""A page's websocket without a browser: what is drawn is read, and any button pressed, whether it is offered or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

_ID = re.compile(r"\$\$ID-[0-9a-f]+-(?P<key>.+)")


def dial(address: str, cookies: Mapping[str, str], origin: str = "") -> ClientConnection:
    """Open the websocket as the page's own script does, or as one of another origin would."""
    return connect(
        address.replace("http://", "ws://") + "/_stcore/stream",
        origin=origin or address,  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
        open_timeout=30,
        max_size=None,
    )


class Wire:
    """One open page."""

    def __init__(self, address: str, cookies: Mapping[str, str], page: str, query: str) -> None:
        self.socket = dial(address, cookies)
        self.page, self.query = page, query
        self.widgets: dict[str, str] = {}
        self.disabled: dict[str, bool] = {}
        self.shown: dict[str, Any] = {}
        self.texts: list[str] = []
        self.raw = ""
        self.away = ""
        self.run({})

    def run(self, values: Mapping[str, Any]) -> None:
        """Run the page with widgets set by key, as a browser does: all others as they are shown. True presses a button.

        An empty list chooses the first of what a list offers.
        """
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_name = self.query, self.page
        for key, value in ({key: _value(drawn) for key, drawn in self.shown.items()} | dict(values)).items():
            if value is None:
                continue
            state = asked.widget_states.widgets.add()
            state.id = self.widgets[key]
            if value is True:
                state.trigger_value = True
            elif isinstance(value, str):
                state.string_value = value
            elif isinstance(value, float):
                state.double_value = value
            elif hasattr(self.shown[key], "raw_value"):
                state.string_value = self.shown[key].options[0]
            else:
                state.string_array_value.data.extend(value or self.shown[key].options[:1])
        self.send(message)
        self.texts = []
        while not self._taken(self.socket.recv(timeout=60)):
            pass

    def send(self, message: BackMsg) -> None:
        self.socket.send(message.SerializeToString())

    def _taken(self, raw: Any) -> bool:
        """Keep what one message draws; tell whether it was the last."""
        message = ForwardMsg()
        message.ParseFromString(raw)
        self.raw += bytes(raw).decode("utf-8", "replace")
        kind = message.WhichOneof("type")
        if kind == "auth_redirect":
            self.away = message.auth_redirect.url
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            drawn = getattr(element, element.WhichOneof("type") or "empty")
            found = _ID.fullmatch(getattr(drawn, "id", "") or "")
            if found:
                self.widgets[found["key"]], self.shown[found["key"]] = drawn.id, drawn
                self.disabled[found["key"]] = bool(getattr(drawn, "disabled", False))
            self.texts.append(str(getattr(drawn, "body", "") or getattr(drawn, "label", "")))
        return bool(kind == "script_finished" or kind == "auth_redirect")


def _value(drawn: Any) -> Any:
    """What a browser sends of a widget that nobody touched; None of buttons and whatever holds nothing."""
    name = type(drawn).__name__
    if name in ("Selectbox", "Radio"):
        given = drawn.raw_value if drawn.set_value else None
        return given or (drawn.options[drawn.default] if drawn.HasField("default") else None)
    if name == "DateInput":
        return list(drawn.value if drawn.set_value else drawn.default) or None
    if name == "NumberInput":
        return (drawn.value if drawn.set_value else drawn.default) if drawn.HasField("default") else None
    if name in ("TextInput", "TextArea"):
        return str(drawn.value if drawn.set_value else drawn.default)
    return None
