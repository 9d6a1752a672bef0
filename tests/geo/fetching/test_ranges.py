"""Where an answer may send on to."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.fetching import inner
from geo.fetching.ranges import Asker
from geo.model.errors import DataError
from tests.open_data import serving


@pytest.mark.parametrize(
    ("here", "there", "followed"),
    [("93.184.216.34", "10.0.0.5", False), ("93.184.216.34", "169.254.169.254", False), ("93.184.216.34", "::1", False),
     ("93.184.216.34", "8.8.8.8", True), ("10.0.0.4", "10.0.0.5", True)],
)  # fmt: skip
def test_the_internet_sends_nobody_into_the_office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str, there: str, followed: bool
) -> None:
    """A mirror of the office may send on within it; names are looked up, as whoever follows them would."""
    monkeypatch.setattr(inner, "addresses", lambda host: [here if host == "127.0.0.1" else there])
    monkeypatch.setattr(Asker, "_stays_with_its_name", lambda self, answer: None)  # the store itself is of this machine
    (tmp_path / "inner").write_bytes(b"secret")
    with serving(tmp_path) as store, Asker(pause_s=0) as asker:
        store.moved["/a"] = store.address.replace("127.0.0.1", "localhost") + "/inner"
        if followed:
            assert asker.ask(f"{store.address}/a").content == b"secret"
            return
        with pytest.raises(DataError, match=r"error.fetch.inner"):
            asker.ask(f"{store.address}/a")
        assert [path for path, _ in store.asked] == ["/a"]


def test_a_name_that_becomes_a_machine_of_the_office_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was looked up as one of the internet; where it led to tells."""
    monkeypatch.setattr(inner, "addresses", lambda host: ["93.184.216.34"])
    (tmp_path / "a").write_bytes(b"secret")
    with serving(tmp_path) as store, Asker(pause_s=0) as asker, pytest.raises(DataError, match=r"error.fetch.inner"):
        asker.ask(f"{store.address}/a")


def test_an_answer_of_the_internet_names_no_machine_of_the_office(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {
        "outside.test": "93.184.216.34",
        "inside.test": "10.0.0.5",
        "mirror.office": "10.0.0.4",
        "nat.test": "64:ff9b::a00:5",
    }
    monkeypatch.setattr(inner, "addresses", lambda host: [names[host]])
    assert inner.led_to("https://mirror.office/x", "http://inside.test/y") == "http://inside.test/y"
    for there in ("inside.test", "nat.test"):
        with pytest.raises(DataError, match=r"error.fetch.inner"):
            inner.led_to("https://outside.test/x", f"http://{there}/y")
