"""The copy of the record in a store that keeps whole objects: here in fsspec's own memory, which behaves as S3 does."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from typer.testing import CliRunner

from cli.forum import app
from forum import Record
from forum.copies import far as _far
from forum.copies.far import FarMirror, head_at, is_far, mirror_at, read_any_copy
from forum.mirror import Mirror
from geo.model.changes import Change
from geo.model.errors import CallError, DataError
from views.server.copies import FOLDER, following

PLACE = "memory://arsip/mata-air"


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    found = fsspec.filesystem("memory")
    found.store.clear()
    found.pseudo_dirs[:] = [""]
    yield found
    found.store.clear()


def say(record: Record, count: int) -> None:
    for n in range(count):
        record.report_status("Siti", Change("water", f"p{n}", "functional"))


def test_it_follows_in_parts_and_is_the_record(
    store: fsspec.AbstractFileSystem, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_far, "PART", 4)
    copies = FarMirror(PLACE)
    assert copies.follow(record) == 0
    for count in (1, 2, 6, 1):
        say(record, count)
        assert copies.follow(record) == count
        assert FarMirror(PLACE).lines() == record.lines(), "as whoever reads it anew sees it"
    assert len(store.glob("/arsip/mata-air/part-*.jsonl")) == 3
    assert FarMirror(PLACE).known() == record.head() == copies.head()
    assert copies.follow(record) == 0
    fresh = FarMirror(PLACE)
    say(record, 3)
    assert fresh.follow(record) == 3, "another process goes on where the first ended"
    assert copies.follow(record) == 3, "and the first writes the same again"
    assert FarMirror(PLACE).lines() == record.lines()


def test_a_shorter_or_another_record_writes_nothing(
    store: fsspec.AbstractFileSystem, record: Record, tmp_path: Path
) -> None:
    say(record, 3)
    FarMirror(PLACE).follow(record)
    before = dict(store.store)
    other = Record(f"sqlite:///{tmp_path / 'other.sqlite'}")
    say(other, 1)
    with pytest.raises(DataError):
        FarMirror(PLACE).follow(other)
    say(other, 4)
    with pytest.raises(DataError):
        FarMirror(PLACE).follow(other)
    other.close()
    assert dict(store.store) == before


def test_a_damaged_part_is_kept_aside_and_written_anew(store: fsspec.AbstractFileSystem, record: Record) -> None:
    say(record, 3)
    FarMirror(PLACE).follow(record)
    (part,) = store.glob("/arsip/mata-air/part-*.jsonl")
    whole = store.cat_file(part)
    store.pipe_file(part, whole.replace(b"functional", b"abandoned!", 1))
    with pytest.raises(DataError):
        FarMirror(PLACE).head()
    assert FarMirror(PLACE).follow(record) == 3
    assert store.cat_file(part) == whole
    assert len(store.glob("/arsip/mata-air/damaged-*/part-*.jsonl")) == 1


def test_a_tail_that_somebody_took_is_found(store: fsspec.AbstractFileSystem, record: Record) -> None:
    say(record, 3)
    FarMirror(PLACE).follow(record)
    (part,) = store.glob("/arsip/mata-air/part-*.jsonl")
    store.pipe_file(part, b"".join(store.cat_file(part).splitlines(keepends=True)[:2]))
    lines, known, _ = read_any_copy(PLACE)
    assert len(lines) == 2
    assert known == record.head()


def test_restore_and_verify_by_the_command_line(
    store: fsspec.AbstractFileSystem, record: Record, tmp_path: Path
) -> None:
    say(record, 5)
    FarMirror(PLACE).follow(record)
    new = f"sqlite:///{tmp_path / 'new.sqlite'}"
    done = CliRunner().invoke(app, ["restore", "--record", new, "--from", PLACE, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["events"] == 5
    checked = CliRunner().invoke(app, ["verify", "--record", new, "--copies", PLACE, "--json"])
    assert checked.exit_code == 0, checked.output
    empty = CliRunner().invoke(app, ["restore", "--record", new, "--from", "memory://nowhere", "--json"])
    assert isinstance(empty.exception, CallError)
    assert "memory://nowhere" in str(empty.exception)
    again = Record(new)
    say(again, 1)
    again.close()
    FarMirror(PLACE)._write("/arsip/mata-air/head", b"9:" + b"0" * 64)
    short = CliRunner().invoke(app, ["restore", "--record", f"sqlite:///{tmp_path / 'x.sqlite'}", "--from", PLACE])
    assert isinstance(short.exception, DataError)
    assert "copy_short" in str(short.exception)


def test_a_store_that_is_gone_keeps_nobody_from_working(
    store: fsspec.AbstractFileSystem, record: Record, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class GoneError(Exception):
        """What a store's package raises, of its own kind."""

    def broken(*_: object, **__: object) -> None:
        raise GoneError("no route")

    monkeypatch.setenv(FOLDER, PLACE)
    monkeypatch.setattr(type(store), "pipe_file", broken)
    say(record, 2)
    caplog.set_level(logging.ERROR)
    with following(lambda: record):
        say(record, 1)
        assert "GoneError: no route" in caplog.text
        monkeypatch.undo()
        came = threading.Event()
        for _ in range(100):
            if FarMirror(PLACE).lines() == record.lines():
                came.set()
                break
            came.wait(0.1)
        assert came.is_set(), "it comes after, once the store is back"


def test_a_folder_stays_a_folder_and_no_password_stands_in_an_address(tmp_path: Path) -> None:
    assert isinstance(mirror_at(str(tmp_path / "c")), Mirror)
    assert not isinstance(mirror_at(str(tmp_path / "c")), FarMirror)
    assert [is_far(one) for one in ("s3://a/b", "/mnt/usb", "C:/x")] == [True, False, False]
    with pytest.raises(CallError, match="store_password"):
        FarMirror("sftp://ani:rahasia@arsip/x")
    with pytest.raises(CallError, match=r"error\.store"):
        FarMirror("nothing-like-this://x/y")


def test_signs_of_a_folder_s_name_switch_no_guard_off(
    store: fsspec.AbstractFileSystem, record: Record, tmp_path: Path
) -> None:
    place = "memory://arsip/kec[1]*"
    say(record, 3)
    FarMirror(place).follow(record)
    assert FarMirror(place).there()
    assert FarMirror(place).head() == record.head()
    other = Record(f"sqlite:///{tmp_path / 'other.sqlite'}")
    say(other, 1)
    with pytest.raises(DataError):
        FarMirror(place).follow(other)
    other.close()


def test_what_another_wrote_or_took_is_written_anew(store: fsspec.AbstractFileSystem, record: Record) -> None:
    one, two = FarMirror(PLACE), FarMirror(PLACE)
    say(record, 3)
    one.follow(record)
    two.follow(record)
    (part,) = store.glob("/arsip/mata-air/part-*.jsonl")
    store.rm(part)
    say(record, 1)
    with pytest.raises(CallError, match="3 is missing"):
        one.follow(record)
    assert one.follow(record) == 4, "at the next turn, half a second later"
    assert FarMirror(PLACE).lines() == record.lines()
    say(record, 2)
    assert two.follow(record) == 3
    assert FarMirror(PLACE).lines() == record.lines()


def test_a_store_without_its_bucket_shuts_nothing(
    store: fsspec.AbstractFileSystem, record: Record, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise FileNotFoundError("no such bucket")

    monkeypatch.setenv(FOLDER, PLACE)
    monkeypatch.setattr(type(store), "pipe_file", gone)
    say(record, 1)
    with following(lambda: record):
        assert "no such bucket" in caplog.text


@pytest.mark.parametrize(
    "address",
    ["s3://[x", "simplecache::sftp://u:p@h/x", "s3://TOKEN@host/x", "abfs://c/x?sig=SECRET", "ftp://u:p/w@h/x"],
)
def test_no_key_in_an_address_and_none_is_told(address: str) -> None:
    with pytest.raises(CallError, match="store_password") as error:
        FarMirror(address)
    assert "SECRET" not in str(error.value)
    assert "p/w" not in str(error.value)


def test_a_folder_told_as_an_address_is_a_folder(record: Record, tmp_path: Path) -> None:
    say(record, 1)
    copies = mirror_at(f"file://{tmp_path / 'second'}")
    copies.follow(record)
    assert (tmp_path / "second" / "record.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_lies_in_a_folder_told_as_an_address_is_restored_and_verified(record: Record, tmp_path: Path) -> None:
    """Whoever follows to `file://…` reads it back by the same words."""
    say(record, 2)
    place = f"file://{tmp_path / 'second'}"
    mirror_at(place).follow(record)
    new = f"sqlite:///{tmp_path / 'new.sqlite'}"
    done = CliRunner().invoke(app, ["restore", "--record", new, "--from", place, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["events"] == 2
    checked = CliRunner().invoke(app, ["verify", "--record", new, "--copies", place, "--json"])
    assert checked.exit_code == 0, checked.output
    assert head_at(place) == record.head()
    assert head_at(str(tmp_path / "nowhere")) is None
    assert not (tmp_path / "nowhere").exists(), "looking makes no folder"
