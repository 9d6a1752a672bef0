"""A private PostgreSQL cluster (Debian's package `postgresql`), in a directory of its own, on a socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

#: Of the newest that is installed.
BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))


class Cluster:
    """Made by `cluster`; it can be stopped and started again, as a server of an office is."""

    def __init__(self, options: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mata-air-pg-"))
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._as = ["runuser", "-u", self.user, "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self.folder, self.user)
        self._data, self._options, self._count = self.folder / "data", options, 0
        self._run(BIN / "initdb", "-D", self._data, "-A", "trust", "-U", self.user, "-E", "UTF8", "--locale", "C.UTF-8")

    def _run(self, *command: str | Path) -> None:
        subprocess.run([*self._as, *command], check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=200 {self._options}"
        log = self.folder / "log"
        self._run(BIN / "pg_ctl", "-D", self._data, "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        self._run(BIN / "pg_ctl", "-D", self._data, "-m", "immediate", "stop")

    def psql(self) -> list[str]:
        """The words that call psql on it."""
        where = ["-h", str(self.folder), "-U", self.user, "-v", "ON_ERROR_STOP=1", "-qAt", "postgres"]
        return [*self._as, str(BIN / "psql"), *where]

    def database(self) -> str:
        """Make an empty database; return its URL."""
        self._count += 1
        name = f"record_{self._count}"
        with psycopg.connect(host=str(self.folder), user=self.user, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://{self.user}@/{name}?host={self.folder}"


@contextmanager
def cluster(options: str = "") -> Iterator[Cluster]:
    """Start a cluster; stop it and take it away at the end."""
    made = Cluster(options)
    made.start()
    try:
        yield made
    finally:
        subprocess.run([*made._as, BIN / "pg_ctl", "-D", made._data, "-m", "immediate", "stop"], check=False, capture_output=True, cwd="/")  # fmt: skip
        shutil.rmtree(made.folder, ignore_errors=True)
