"""What telephones sent waits whole and once: again, in parts, many at once, killed in between; what is none is refused."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geo.field import inbox
from geo.field.answers import as_table, pictures_lost
from geo.field.inbox import MAX_FILES, MAX_XML, Inbox, parsed
from geo.model.errors import DataError, PlanningError
from tests.builders import at_once

ROOT = Path(__file__).resolve().parents[3]


def answers(instance: str = "uuid:1", table: str = "water_points", **more: str) -> bytes:
    told = {"point_id": f"id-{instance}", "name": "Sumur", "status": "functional", "technology": "hand_pump",
            "location": "-7.21 107.11 700 4.5"} | more  # fmt: skip
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
    return f'<data id="mata_air_{table}" version="1">{inner}<meta><instanceID>{instance}</instanceID></meta></data>'.encode()


def test_a_submission_waits_whole_and_once(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    first = box.receive(answers(photo_url="a.jpg"), {"a.jpg": b"picture"}, "Tim 1")
    again = box.receive(answers(photo_url="a.jpg"), {"a.jpg": b"picture"}, "Tim 2")
    assert (first.new, again.new) == (True, False)
    (one,) = box.waiting()
    assert (one.instance, one.table, one.device, one.files, one.complete) == (
        "uuid:1",
        "water_points",
        "Tim 1",
        ["a.jpg"],
        True,
    )
    assert one.answers["location"] == "-7.21 107.11 700 4.5"
    with pytest.raises(DataError, match="other_submission"):
        box.receive(answers(name="lain"), {}, "Tim 1")
    assert len(box.waiting()) == 1


def test_large_photos_come_in_parts(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    assert not box.receive(answers(), {"a.jpg": b"a"}, "", complete=False).complete
    assert not box.waiting()[0].complete
    assert box.receive(answers(), {"b.jpg": b"b"}, "").complete
    (one,) = box.waiting()
    assert (one.complete, one.files) == (True, ["a.jpg", "b.jpg"])


def test_many_devices_at_once_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    calls = [
        (answers(f"uuid:{device}-{n}"), {f"{n}.jpg": os.urandom(20_000)}, f"Tim {device}")
        for device in range(10)
        for n in range(8)
    ]
    at_once(box.receive, [*calls, *calls[:20]])
    found = box.waiting()
    assert sorted(one.instance for one in found) == sorted(f"uuid:{d}-{n}" for d in range(10) for n in range(8))
    assert all(len(one.files) == 1 for one in found)
    assert not [one for one in (tmp_path / "inbox").iterdir() if one.name.startswith(".")]


def test_every_acknowledged_submission_is_there_after_a_kill(tmp_path: Path) -> None:
    """A process that receives is killed at any moment; what it has acknowledged waits, what it has not leaves nothing."""
    program = (
        "import sys; from pathlib import Path; from geo.field.inbox import Inbox; from tests.geo.field.test_inbox import answers\n"
        "box = Inbox(Path(sys.argv[1]))\n"
        "for n in range(10**6):\n"
        "    box.receive(answers(f'uuid:{sys.argv[2]}-{n}'), {'a.jpg': b'x' * 50_000}, 'Tim')\n"
        "    print(f'uuid:{sys.argv[2]}-{n}', flush=True)\n"
    )
    acknowledged: list[str] = []
    for turn in range(4):
        command = [sys.executable, "-c", program, str(tmp_path / "inbox"), str(turn)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            acknowledged += [line.strip() for line in itertools.islice(running.stdout, 10)]
            time.sleep(0.003 * turn)
            running.send_signal(signal.SIGKILL)
            rest = running.stdout.read().splitlines(keepends=True)
            acknowledged += [line.strip() for line in rest if line.endswith("\n")]
    there = {one.instance for one in Inbox(tmp_path / "inbox").waiting()}
    assert len(acknowledged) >= 40
    assert set(acknowledged) <= there
    assert len(there) <= len(acknowledged) + 4


BROKEN = [
    b"", b"no xml", b"<data", b"<data/>", answers(table="nothing"), answers(""), answers("x" * 301),
    b'<data id="mata_air_water_points"><name>A</name></data>', b'<data id="other"><meta><instanceID>u</instanceID></meta></data>',
    b'<!DOCTYPE data [<!ENTITY x SYSTEM "file:///etc/passwd">]><data id="mata_air_water_points"><name>&x;</name></data>',
    '<?xml version="1.0" encoding="utf-16"?><data id="mata_air_water_points"/>'.encode("utf-16"),
    b'<data id="mata_air_water_points">' + b"<a>" * 200 + b"</a>" * 200 + b"</data>", b"\xff\xfe\x00", b"<a>" * 100_000,
    answers(name="x" * MAX_XML),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_what_is_no_submission_is_refused_with_a_reason_and_leaves_nothing(tmp_path: Path, number: int) -> None:
    with pytest.raises(PlanningError):
        Inbox(tmp_path / "inbox").receive(BROKEN[number], {}, "")
    assert not (tmp_path / "inbox").exists()


def test_two_hundred_damaged_submissions_are_each_refused_or_read(tmp_path: Path) -> None:
    good = answers(photo_url="a.jpg")
    box = Inbox(tmp_path / "inbox")
    for n in range(200):
        damaged = good[: n * len(good) // 200] if n % 2 else good[:n] + bytes([n % 256]) + good[n + 1 :]
        try:
            box.receive(damaged, {}, "")
        except PlanningError:
            continue
        assert parsed(damaged)[0]


@pytest.mark.parametrize(
    "name",
    ["../a.jpg", "/etc/passwd", "a/b.jpg", "..", "submission.xml", "told.json", "", ".hidden", "a\nb", "x" * 200],
)
def test_a_file_never_leaves_its_folder(tmp_path: Path, name: str) -> None:
    box = Inbox(tmp_path / "inbox")
    try:
        box.receive(answers(), {name: b"x"}, "")
    except DataError:
        assert box.waiting() == []
        return
    assert {path.name for path in tmp_path.iterdir()} == {"inbox"}
    assert box.waiting()[0].files == [Path(name).name]


def test_a_file_of_the_same_name_with_other_content_is_no_quiet_loss(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    box.receive(answers(), {"a.jpg": b"one"}, "", complete=False)
    with pytest.raises(DataError, match="other_submission"):
        box.receive(answers(), {"a.jpg": b"two"}, "")
    with pytest.raises(DataError, match="submission_name"):
        box.receive(answers("uuid:2"), {"x/a.jpg": b"one", "y/a.jpg": b"two"}, "")
    for n in range(3):
        files = {f"{n}-{k}.jpg": b"x" for k in range(13)}
        if n < 3 - 1 or len(files) * 3 < MAX_FILES:
            box.receive(answers(), files, "", complete=False)
    with pytest.raises(DataError, match="submission_files"):
        box.receive(answers(), {f"z{k}.jpg": b"x" for k in range(20)}, "", complete=False)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="submission_files"):
        Inbox(tmp_path / "inbox").receive(answers(), {f"{n}.jpg": b"" for n in range(MAX_FILES + 1)}, "")


def test_accepted_answers_join_the_data_once_with_their_photos_and_others_wait_on(tmp_path: Path) -> None:
    from PIL import Image

    def run(*arguments: str) -> dict:
        command = [sys.executable, "-m", "geo", *arguments, "--json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    workspace = tmp_path / "w"
    run("demo", "--workspace", str(workspace))
    Image.new("RGB", (3000, 40), "blue").save(tmp_path / "p.jpg")
    box = Inbox(workspace / "inbox")
    box.receive(answers("uuid:a", photo_url="p.jpg"), {"p.jpg": (tmp_path / "p.jpg").read_bytes()}, "Tim 1")
    box.receive(answers("uuid:b", location=""), {}, "Tim 1")
    box.receive(answers("uuid:c"), {}, "Tim 2", complete=False)
    told = run("inbox", "--workspace", str(workspace), "--as", "water_points")
    assert (told["accepted"], told["held"]) == (1, 1)
    assert {one.instance: bool(one.reason) for one in box.waiting()} == {"uuid:b": True, "uuid:c": False}
    from geo.workspace.versions import load

    rows = load(workspace).water_points.set_index("point_id")
    assert rows.at["id-uuid:a", "photo_url"].startswith("photos/")
    assert (workspace / rows.at["id-uuid:a", "photo_url"]).is_file()
    assert len(list((workspace / "inbox-accepted").iterdir())) == 1
    before = len(rows)
    again = box.receive(answers("uuid:a", photo_url="p.jpg"), {}, "Tim 1")  # sent again after it was accepted
    assert (again.new, again.complete) == (False, True)
    told = run("inbox", "--workspace", str(workspace), "--as", "water_points")
    assert (told["accepted"], told["held"]) == (0, 1)
    assert len(load(workspace).water_points) == before


def test_a_picture_that_never_came_is_told_and_no_name_of_nothing_is_kept(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    box.receive(answers("uuid:a", photo_url="a.jpg"), {"a.jpg": b"x"}, "Tim 1")
    box.receive(answers("uuid:b", photo_url="b.jpg"), {}, "Tim 2")
    box.receive(answers("uuid:c", photo_url="https://foto.example/c.jpg"), {}, "Tim 3")
    given = box.waiting()
    photos = {"uuid:a": {"a.jpg": "photos/1.jpg"}}
    assert [(one["device"], one["photo"]) for one in pictures_lost(given, photos)] == [("Tim 2", "b.jpg")]
    rows = list(csv.DictReader(io.StringIO(as_table(given, photos).decode())))
    assert sorted(row["photo_url"] for row in rows) == ["", "https://foto.example/c.jpg", "photos/1.jpg"]


def test_the_table_of_answers_has_a_row_each(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    for n in range(3):
        box.receive(answers(f"uuid:{n}", name=f'Sumur "{n}", baru'), {}, "")
    lines = as_table(box.waiting(), {}).decode().splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("point_id,name,")


def test_a_tree_of_empty_elements_is_refused_at_once(tmp_path: Path) -> None:
    xml = (
        b'<data id="mata_air_water_points"><meta><instanceID>uuid:1</instanceID></meta>'
        + b"<a/>" * 200_000
        + b"</data>"
    )
    with pytest.raises(DataError, match="submission_elements"):
        Inbox(tmp_path / "inbox").receive(xml, {}, "")
    assert not (tmp_path / "inbox").exists()


def test_what_waits_is_read_once_and_anew_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Inbox(tmp_path / "inbox")
    box.receive(answers("uuid:1", name="A"), {}, "hp")
    assert [one.answers["name"] for one in box.waiting()] == ["A"]
    monkeypatch.setattr(inbox, "parsed", lambda _: pytest.fail("read again"))
    assert [one.answers["name"] for one in box.waiting()] == ["A"]
    monkeypatch.undo()
    box.receive(answers("uuid:2", name="B"), {}, "hp")
    assert sorted(one.answers["name"] for one in box.waiting()) == ["A", "B"]


@pytest.mark.parametrize("hostile", ["di depan rumah", "107.11 -7.21 0 5", "", "0 0 0 0", "-7.21", "1e400 1e400 0 0"])
def test_no_place_of_another_submission_decides_how_one_is_read(tmp_path: Path, hostile: str) -> None:
    """Three that cannot be read wait on with their reason; the one that can comes into the data, at its place."""
    command = [sys.executable, "-m", "geo", "--workspace", str(tmp_path / "w"), "--json"]
    subprocess.run([*command[:3], "demo", *command[3:]], cwd=ROOT, check=True, capture_output=True)
    box = Inbox(tmp_path / "w" / "inbox")
    for n in range(3):
        box.receive(answers(f"uuid:bad{n}", location=hostile), {}, "Tim 1")
    box.receive(answers("uuid:good"), {}, "Tim 2")
    done = subprocess.run(
        [*command[:3], "inbox", *command[3:], "--as", "water_points"], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["accepted"], told["held"]) == (1, 3)
    assert all(one.reason for one in box.waiting())
    from geo.workspace.versions import load

    rows = load(tmp_path / "w").water_points.set_index("point_id")
    assert (rows.geometry["id-uuid:good"].x, rows.geometry["id-uuid:good"].y) == (107.11, -7.21)
    assert box.taken() == {("water_points", "Tim 2"): 1}


def test_how_sure_the_receiver_was_stands_in_a_column_of_its_own(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    box.receive(answers("uuid:1", location="-7.21 107.11 700 48.5"), {}, "")
    (row,) = csv.DictReader(io.StringIO(as_table(box.waiting(), {}).decode()))
    assert (row["lat"], row["lon"], row["location-accuracy"]) == ("-7.21", "107.11", "48.5")


def test_a_place_taken_unsurely_is_told_when_it_is_accepted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "geo"]
    at = ["--workspace", str(tmp_path / "w"), "--json"]
    subprocess.run([*command, "demo", *at], cwd=ROOT, check=True, capture_output=True)
    box = Inbox(tmp_path / "w" / "inbox")
    box.receive(answers("uuid:sure"), {}, "")
    box.receive(answers("uuid:unsure", name="Ragu", location="-7.22 107.12 700 85"), {}, "")
    done = subprocess.run(
        [*command, "inbox", *at, "--as", "water_points"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["accepted"] == 2
    assert [(one["name"], one["key"]) for one in told["notes"]] == [("Ragu", "poor_positions")]


def test_what_is_set_aside_waits_no_more_and_is_not_lost(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    box.receive(answers("uuid:1"), {}, "Tim 1")
    box.receive(answers("uuid:2"), {}, "Tim 1")
    box.set_aside(box.waiting()[:1], "Ani")
    assert [one.instance for one in box.waiting()] == ["uuid:2"]
    (kept,) = (tmp_path / inbox.ASIDE).iterdir()
    assert json.loads((kept / "told.json").read_text())["aside_by"] == "Ani"
    assert (kept / "submission.xml").read_bytes() == answers("uuid:1")
    assert not box.receive(answers("uuid:1"), {}, "Tim 1").new
    assert len(box.waiting()) == 1


def test_what_a_killed_server_left_is_swept_away_and_nothing_younger(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    old, young = (tmp_path / "inbox" / name for name in (".part-old", ".part-young"))
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "submission.xml").write_bytes(b"<")
    os.utime(old, (1.0, 1.0))
    box.receive(answers(), {}, "")
    assert (old.exists(), young.exists()) == (False, True)


def test_no_word_of_one_submission_is_read_as_of_another(tmp_path: Path) -> None:
    """A line break, "as above", a total, a heading, nothing at all: each row is its own, and nothing is lost."""
    command = [sys.executable, "-m", "geo"]
    at = ["--workspace", str(tmp_path / "w"), "--json"]
    subprocess.run([*command, "demo", *at], cwd=ROOT, check=True, capture_output=True)
    box = Inbox(tmp_path / "w" / "inbox")
    told = {"a": {"name": "Sumur\nPak Asep\r"}, "b": {"location": "di sini"}, "c": {}, "d": {"name": "idem"},
            "e": {"technology": "sda"}, "f": {"name": "Jumlah"}, "g": {"name": "Kecamatan: Lain"}}  # fmt: skip
    for key, more in told.items():
        box.receive(answers(f"uuid:{key}", **more), {}, "Tim")
    box.receive(
        b'<data id="mata_air_water_points"><name/><meta><instanceID>uuid:z</instanceID></meta></data>', {}, "Tim"
    )
    lost = b'<data id="mata_air_water_points"><photo_url>a.jpg</photo_url><meta><instanceID>uuid:y</instanceID></meta></data>'
    box.receive(lost, {"a.jpg": b"no picture"}, "Tim")
    done = subprocess.run(
        [*command, "inbox", *at, "--as", "water_points"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert (found["accepted"], found["held"]) == (6, 3)
    assert {one.instance for one in box.waiting()} == {"uuid:b", "uuid:y", "uuid:z"}
    from geo.workspace.versions import load

    rows = load(tmp_path / "w").water_points.set_index("point_id")
    names = {key: rows.at[f"id-uuid:{key}", "name"] for key in "acdfg"}
    assert names == {"a": "Sumur Pak Asep", "c": "Sumur", "d": "idem", "f": "Jumlah", "g": "Kecamatan: Lain"}
    assert rows.at["id-uuid:e", "technology"] == "unknown"


def test_a_photo_that_comes_after_its_submission_was_set_aside_is_kept_with_it(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    box.receive(answers(photo_url="a.jpg"), {}, "", complete=False)
    box.set_aside(box.waiting(), "Ani")
    assert box.receive(answers(photo_url="a.jpg"), {"a.jpg": b"picture"}, "").complete
    (kept,) = (tmp_path / inbox.ASIDE).iterdir()
    assert (kept / "a.jpg").read_bytes() == b"picture"
    assert box.waiting() == []


def test_an_answer_that_was_mended_takes_the_place_of_the_one_that_waits(tmp_path: Path) -> None:
    box = Inbox(tmp_path / "inbox")
    older = b'<orx:deprecatedID xmlns:orx="http://openrosa.org/xforms">uuid:a</orx:deprecatedID>'
    box.receive(answers("uuid:a", name="Sumur"), {}, "Tim 1")
    mended = answers("uuid:b", name="Sumur Satu").replace(b"<instanceID>", older + b"<instanceID>")
    assert box.receive(mended, {}, "Tim 1").new
    (one,) = box.waiting()
    assert (one.instance, one.answers["name"]) == ("uuid:b", "Sumur Satu")
    assert "deprecatedID" not in one.answers
    assert len(list((tmp_path / "inbox-aside").iterdir())) == 1, "the older one is kept"
    box.done([one], tmp_path / "inbox-accepted")
    again = mended.replace(b"uuid:b", b"uuid:c").replace(b"uuid:a", b"uuid:b")
    with pytest.raises(DataError, match="submission_edited"):
        box.receive(again, {}, "Tim 1")
