"""A record in PostgreSQL goes back to a moment by PostgreSQL's own means: the steps of docs/postgresql.md, word by word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from forum import Record
from forum.chain import Head
from geo.model.changes import Note
from geo.model.errors import DataError
from tests import postgres

DOC = Path(__file__).resolve().parents[3] / "docs" / "postgresql.md"
KEEP, COPY, GO_BACK, TAKE_PLACE = re.findall(
    r"^```sh\n(.*?)^```", DOC.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.fixture
def office() -> Iterator[postgres.Cluster]:
    """A PostgreSQL of its own, which is set up, copied and left behind."""
    with postgres.cluster() as made:
        yield made


def stepped(office: postgres.Cluster, step: str, **values: str) -> None:
    """Take a step of the page as the account of PostgreSQL."""
    home = {"PATH": f"{postgres.BIN}:{os.environ['PATH']}", "PGHOST": str(office.folder), "PGUSER": office.user}
    words = [*office._as, "env", *(f"{name}={value}" for name, value in {**home, **values}.items()), "sh", "-euc", step]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    logs = "".join(path.read_text(errors="replace") for path in office.folder.glob("*/log"))
    assert done.returncode == 0, done.stderr + done.stdout + logs[-2000:]


def test_the_record_goes_back_to_a_moment(office: postgres.Cluster) -> None:
    url = office.database()
    record = Record(url)
    record.accept("Bu Siti", Note("water", "p0", "dilihat"))
    backup, new = office.folder / "backup", office.folder / "new"
    stepped(office, KEEP, BACKUP=str(backup))
    record.close()
    office.stop()
    office.start()  # as an office restarts it
    stepped(office, COPY, BACKUP=str(backup))
    record = Record(url)
    for n in range(30):
        record.accept("Bu Siti", Note("water", f"p{n}", "dilihat"))
    kept = record.head()
    with psycopg.connect(host=str(office.folder), user=office.user, dbname="postgres") as asked:
        moment = str(asked.execute("SELECT clock_timestamp()").fetchone()[0])  # type: ignore[index]
    time.sleep(1.1)
    for n in range(5):
        record.accept("seseorang", Note("water", f"p{n}", "hilang"))
    lost = record.head()
    record.close()
    with psycopg.connect(host=str(office.folder), user=office.user, dbname="postgres", autocommit=True) as asked:
        (last,) = asked.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()  # type: ignore[misc]
        deadline = time.monotonic() + 60
        while not (backup / "wal" / last).exists():
            assert time.monotonic() < deadline, "nothing is kept"
            time.sleep(0.2)
    office.stop()  # the disk is gone
    (base,) = backup.glob("base-*")
    conf = office.folder / "conf"  # as Debian keeps them
    conf.mkdir()
    for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
        shutil.move(base / name, conf / name)
    with (conf / "postgresql.conf").open("a") as file:
        file.write(f"data_directory = '{office.folder / 'data'}'\ninclude_dir = 'conf.d'\n")
    subprocess.run(["chmod", "-R", "a+rX", str(conf)], check=True)
    socket = office.folder / "there"
    socket.mkdir()
    shutil.chown(socket, office.user)
    options = f"-k {socket} -c listen_addresses='' -c max_connections=200"
    step = {
        "CONF": str(conf),
        "BACKUP": str(backup),
        "BASE": str(base),
        "NEW": str(new),
        "UNTIL": moment,
        "OPTIONS": options,
    }
    try:
        stepped(office, GO_BACK, **step)
        again = Record(url.replace(str(office.folder), str(socket)), make=False)
        with psycopg.connect(host=str(socket), user=office.user, dbname="postgres") as asked:
            assert asked.execute("SELECT pg_is_in_recovery()").fetchone() == (False,), (
                "the step waits until it is through"
            )
        assert again.head() == kept
        assert again.verify(kept) == kept.count
        with pytest.raises(DataError):
            again.verify(Head.of(str(lost)))  # what came after that moment is known to be missing
        again.close()
        stepped(office, TAKE_PLACE, NEW=str(new))
        stop = f'pg_ctl -D "{new}" -m fast stop; pg_ctl -D "{new}" -o "{options}" -l "{new}/log" -w start'
        stepped(office, stop)
        with psycopg.connect(host=str(socket), user=office.user, dbname="postgres") as asked:
            assert asked.execute("SHOW archive_mode").fetchone() == ("on",), "it keeps every change again"
    finally:
        stop = [*office._as, str(postgres.BIN / "pg_ctl"), "-D", str(new), "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, capture_output=True, cwd="/")
