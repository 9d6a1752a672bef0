"""Every test of the record runs on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forum import Record
from tests import postgres


@pytest.fixture(scope="session")
def office() -> Iterator[postgres.Cluster]:
    """A PostgreSQL as an office has it."""
    with postgres.cluster("-c fsync=off") as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a record that is not made yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'record.sqlite'}"
    made: postgres.Cluster = request.getfixturevalue("office")
    return made.database()


@pytest.fixture
def record(url: str) -> Iterator[Record]:
    opened = Record(url)
    yield opened
    opened.close()
