"""The private PostgreSQL of the tests, with PostGIS (Debian's postgresql-15-postgis-3), for who compares with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres


def there() -> bool:
    """Whether PostgreSQL and PostGIS are installed."""
    return Path("/usr/share/postgresql/15/extension/postgis.control").is_file()


@contextmanager
def cluster() -> Iterator[list[str]]:
    """Start a cluster; give the words that call psql on it."""
    with postgres.cluster("-c fsync=off -c shared_buffers=1GB -c work_mem=256MB") as made:
        yield made.psql()
