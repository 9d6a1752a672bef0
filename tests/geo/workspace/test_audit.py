"""The log of a server: whole lines, nobody named, never in the way."""

from __future__ import annotations

import threading
from pathlib import Path

from geo.workspace import audit


def test_lines_of_many_threads_are_whole_and_the_newest_comes_first(tmp_path: Path) -> None:
    def write(n: int) -> None:
        for each in range(50):
            audit.note(tmp_path, "export", f"a{n}@desa.id", form="csv", rows=each)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = audit.noted(tmp_path, 1000)
    assert len(found) == 400
    assert {one["who"] for one in found} == {audit.code(tmp_path, f"a{n}@desa.id") for n in range(8)}
    audit.note(tmp_path, "restore", events=3)
    assert audit.noted(tmp_path, 1) == [audit.noted(tmp_path, 500)[0]]
    assert audit.noted(tmp_path, 1)[0]["what"] == "restore"


def test_whoever_comes_first_makes_the_key_and_nobody_reads_half_of_it(tmp_path: Path) -> None:
    for n in range(60):
        found: list[str] = []
        folder, start = tmp_path / str(n), threading.Barrier(8)

        def ask(folder: Path = folder, start: threading.Barrier = start, found: list[str] = found) -> None:
            start.wait()
            found.append(audit.code(folder, "siti@desa.id"))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(set(found)) == 1
        assert [path.name for path in folder.iterdir()] == ["audit.key"]


def test_what_people_write_does_not_get_in(tmp_path: Path) -> None:
    audit.note(tmp_path, "export", "siti@desa.id", name="Sumur Pak Ujang, 0812 3456 789", form="csv", mail="a@b.id")
    (line,) = audit.noted(tmp_path)
    assert line.keys() == {"at", "what", "who", "form"}
    assert "siti" not in (tmp_path / "audit.log").read_text()


def test_a_code_is_another_in_another_workspace(tmp_path: Path) -> None:
    one, other = (audit.code(tmp_path / name, "siti@desa.id") for name in ("a", "b"))
    assert one != other
    assert one == audit.code(tmp_path / "a", "siti@desa.id")


def test_a_log_that_cannot_be_written_stops_nobody_and_a_cut_line_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "full").write_text("a file where the workspace should be")
    audit.note(tmp_path / "full", "sign_in", "a")
    audit.note(tmp_path, "sign_in", "a")
    with (tmp_path / "audit.log").open("ab") as file:
        file.write(b'{"at": "2026-')
    assert [one["what"] for one in audit.noted(tmp_path)] == ["sign_in"]


def test_a_long_log_begins_a_new_file(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(audit, "_LONGEST", 500)
    for n in range(20):
        audit.note(tmp_path, "export", rows=n)
    assert (tmp_path / "audit.log.1").is_file()
    assert [one["rows"] for one in audit.noted(tmp_path, 3)] == [19, 18, 17]
