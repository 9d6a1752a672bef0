"""A private PostgreSQL cluster with PostGIS (Debian's postgresql-15-postgis-3), started and stopped by whoever asks."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path("/usr/lib/postgresql/15/bin")


def there() -> bool:
    """Whether PostgreSQL and PostGIS are installed."""
    return (BIN / "initdb").is_file() and Path("/usr/share/postgresql/15/extension/postgis.control").is_file()


@contextmanager
def cluster(port: int = 54329) -> Iterator[list[str]]:
    """Start a cluster in a directory of its own; give the words that call psql on it."""
    folder = Path(tempfile.mkdtemp(prefix="mata-air-pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run([*as_user, BIN / "initdb", "-D", data, "-A", "trust", "-U", user], check=True, capture_output=True)
    options = f"-p {port} -k {folder} -c listen_addresses='' -c fsync=off -c shared_buffers=1GB -c work_mem=256MB"
    start = [*as_user, BIN / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"]
    subprocess.run(start, check=True, capture_output=True)
    try:
        yield [
            *as_user,
            str(BIN / "psql"),
            "-h",
            str(folder),
            "-p",
            str(port),
            "-U",
            user,
            "-v",
            "ON_ERROR_STOP=1",
            "-qAt",
            "postgres",
        ]
    finally:
        subprocess.run(
            [*as_user, BIN / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, capture_output=True
        )
        shutil.rmtree(folder, ignore_errors=True)
