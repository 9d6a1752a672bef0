"""What all tests share: no network but this machine, and the shipped areas."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
from hypothesis import settings

from geo.model.inputs import Inputs
from geo.workspace.shipped import SHIPPED_HEIGHTS, shipped_tables

#: `make test` says the same of the same commit; `pytest --hypothesis-profile hunt` looks for new worlds.
settings.register_profile("same", derandomize=True)
settings.register_profile("hunt", derandomize=False, print_blob=True)
settings.load_profile("same")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Three workers for two cores where journeys run too: each waits for its page half of the time."""
    if any("e2e" in one or one.rstrip("/").endswith("tests") for one in config.args):
        return (os.cpu_count() or 1) * 3 // 2
    return None


_connect = socket.socket.connect


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails."""

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in ("127.0.0.1", "::1", "localhost", "local"):
            raise AssertionError(f"a test reached for {address}")
        _connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def shipped() -> Inputs:
    """The shipped areas, without a workspace."""
    tables, sources = shipped_tables()
    return Inputs.of(tables, version="shipped", sources=sources, elevation=SHIPPED_HEIGHTS)
