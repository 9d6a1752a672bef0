"""`pull`: what waits at form servers comes once, where it can be looked at; nothing goes into the data by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from geo.field.inbox import Inbox
from tests.cli.test_geo import ROOT, answer
from tests.form_servers import EMAIL, PASSWORD, TOKEN, Sent, Store, central, kobo, serving

PICTURE = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


def pulled(entries: str, tmp_path: Path, *more: str, code: int = 0, secrets: bool = True) -> tuple[list[Any], str]:
    """One round: what it told an entry, and what it said."""
    (tmp_path / "server.toml").write_text(entries, encoding="utf-8")
    command = [sys.executable, "-m", "geo", "pull", str(tmp_path / "server.toml")]
    command += ["--workspace", str(tmp_path / "ws"), "--once", *more]
    env = os.environ | ({"SANDI": PASSWORD, "TOKEN_KOBO": TOKEN} if secrets else {})
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def of_central(store: Store, table: str = "water_points") -> str:
    form = f'server = "central"\naddress = "{store.address}"\nproject = 3\nform = "sumber"\n'
    return f'[sumber]\n{form}email = "{EMAIL}"\nsecret = "SANDI"\n' + (f'as = "{table}"\n' if table else "")


def of_kobo(store: Store, table: str = "") -> str:
    entry = f'[kobo]\nserver = "kobo"\naddress = "{store.address}"\nform = "aX7"\nsecret = "TOKEN_KOBO"\n'
    return entry + (f'as = "{table}"\n' if table else "")


def sent(n: int, form: str = "mata_air_water_points", **files: bytes | None) -> Sent:
    xml = (
        f'<data id="{form}"><name>Sumur {n}</name><lokasi>-7.2{n} 107.1 900 4</lokasi><status>functional</status>'
        f"<meta><instanceID>uuid:{n}</instanceID></meta></data>"
    )
    point = {"type": "Point", "coordinates": [107.1, -7.2 - n / 100, 900], "properties": {"accuracy": 4.5}}
    row = {"__id": f"uuid:{n}", "__system": {"edits": 0}, "sumur": {"nama": f"Sumur {n}", "kondisi": "baik"}}
    return Sent(f"uuid:{n}", xml.encode(), row | {"lokasi": point, "keran@odata.navigationLink": "x"}, dict(files))


def test_answers_to_our_form_wait_with_their_pictures_once(tmp_path: Path) -> None:
    with serving(central) as store:
        store.answers = [sent(1, foto=PICTURE), sent(2, foto=None), sent(3)]
        store.answers[2].row["__system"]["reviewState"] = "rejected"
        (first,), said = pulled(of_central(store), tmp_path)
        assert (first["new"], first["refused_there"], first["held"]) == (2, 1, [])
        assert "sumber" in said
        waiting = {one.instance: one for one in Inbox(tmp_path / "ws" / "inbox").waiting("water_points")}
        assert waiting.keys() == {"uuid:1", "uuid:2"}
        assert waiting["uuid:1"].answers["name"] == "Sumur 1"
        assert (waiting["uuid:1"].complete, waiting["uuid:2"].complete) == (True, False)
        assert (waiting["uuid:1"].folder / "foto").read_bytes() == PICTURE
        before = len(store.asked)
        (again,), _ = pulled(of_central(store), tmp_path)
        assert again["new"] == 0
        assert not any("uuid:1" in path for path in store.asked[before:]), "what came whole is not asked for again"
        store.answers[1].files["foto"] = PICTURE  # the telephone found its signal
        pulled(of_central(store), tmp_path)
        waiting = {one.instance: one for one in Inbox(tmp_path / "ws" / "inbox").waiting("water_points")}
        assert waiting["uuid:2"].complete
        edited = sent(1).xml.replace(b"uuid:1", b"uuid:9").replace(b"Sumur 1", b"Sumur Satu")
        store.answers[0].row["__system"]["edits"] = 1
        store.answers[0].xml = edited
        (more,), _ = pulled(of_central(store), tmp_path)
        assert more["new"] == 1, "an answer that was mended at the server comes once more"
    assert not (tmp_path / "ws" / "current").exists(), "nothing went into the data"


def test_kobo_calls_our_form_otherwise_and_it_is_ours_all_the_same(tmp_path: Path) -> None:
    with serving(kobo) as store:
        for n in (1, 2, 3):
            one = sent(n, form="aX7")
            one.one = str(n)
            one.row = {"_id": n, "_uuid": f"u{n}", "name": f"Sumur {n}", "_validation_status": {}}
            store.answers.append(one)
        store.answers[0].files = {"a.jpg": PICTURE}
        told = {"download_url": f"{store.address}/files/1/a.jpg", "filename": "office/attachments/x/a.jpg"}
        store.answers[0].row["_attachments"] = [told]
        store.answers[1].row["_validation_status"] = {"uid": "validation_status_not_approved"}
        (first,), _ = pulled(of_kobo(store, "water_points"), tmp_path)
        assert (first["new"], first["refused_there"]) == (2, 1)
        waiting = Inbox(tmp_path / "ws" / "inbox").waiting("water_points")
        assert {one.instance for one in waiting} == {"uuid:1", "uuid:3"}
        assert waiting[0].device == "kobo"
        assert [(one.folder / "a.jpg").exists() for one in waiting if one.instance == "uuid:1"] == [True]
        told["download_url"] = "http://127.0.0.2:9/a.jpg"  # another machine: the token is not for it
        store.answers[0].row["_uuid"] = "u1b"
        store.answers.append(sent(4, form="aX7"))
        store.answers[3].one, store.answers[3].row = "4", {"_id": 4, "_uuid": "u4"}
        (away,), _ = pulled(of_kobo(store, "water_points"), tmp_path)
        assert "127.0.0.2" in away["held"][0]["reason"]
        assert away["new"] == 1, "what cannot come keeps nothing else from coming"


def test_answers_to_another_form_become_a_table_that_watch_brings_in(tmp_path: Path) -> None:
    folder = tmp_path / "kiriman"
    folder.mkdir()
    answer("demo", "--workspace", tmp_path / "ws")
    with serving(central) as one, serving(kobo) as other:
        one.answers = [sent(1), sent(2)]
        for n in (1, 2, 3):
            row = {
                "_id": n,
                "_uuid": f"u{n}",
                "titik/nama": f"Mata air {n}",
                "titik/kondisi": "rusak",
                "titik/jenis_sarana": "mata air",
                "titik/lokasi": f"-7.2{n} 107.12 0 0",
                "_geolocation": [-7.2, 107.1],
                "anggota": [{"nama": "x"}],
            }
            other.answers.append(Sent(str(n), b"", row))
        both = of_central(one, "") + of_kobo(other)
        told, _ = pulled(both, tmp_path, "--into", str(folder))
        assert [each["new"] for each in told] == [2, 3]
        assert (told[0]["repeated"], told[1]["repeated"]) == (["keran"], ["anggota"])
        table = (folder / told[0]["file"]).read_text(encoding="utf-8").splitlines()
        assert table[0] == "instanceID,sumur/nama,sumur/kondisi,lokasi"
        assert table[1] == "uuid:1,Sumur 1,baik,-7.21 107.1 900 4.5"
        again, _ = pulled(both, tmp_path, "--into", str(folder))
        assert [each["new"] for each in again] == [0, 0]
        assert len(list(folder.iterdir())) == 2
    done = subprocess.run(
        [sys.executable, "-m", "geo", "watch", str(folder), "--workspace", str(tmp_path / "ws"), "--once"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    brought = [json.loads(line) for line in done.stdout.splitlines()]
    kobos = next(each for each in brought if each["file"].startswith("kobo-"))
    assert (kobos.get("table"), kobos.get("accepted")) == ("water_points", 3), brought


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ('[a]\nserver = "central"\naddress = "https://x.id"\nform = "f"\nsecret = "S"\n', "email, project"),
        ('[a]\nserver = "odk"\naddress = "https://x.id"\nform = "f"\nsecret = "S"\n', "central, kobo"),
        ('[a]\nserver = "kobo"\naddress = "http://93.184.216.34"\nform = "f"\nsecret = "S"\n', "https://"),
        ('[a]\nserver = "kobo"\naddress = "https://x.id"\nform = 7\nsecret = "S"\n', "form = 7"),
        ('[a]\nserver = "kobo"\naddress = "https://x.id"\nform = "f"\nsecret = "S"\nas = "sumur"\n', "kunjungan"),
        ('[a]\nserver = "kobo"\naddress = "https://x.id"\nform = "f"\nsecret = "S"\npasword = "x"\n', "pasword?"),
        ('["../a"]\nserver = "kobo"\n', "A–Z"),
        ("a = 3\n", "a = …"),
        ("[a\n", "–"),
    ],
)
def test_an_entry_that_none_can_be_is_told(tmp_path: Path, entry: str, named: str) -> None:
    _, said = pulled(entry, tmp_path, code=1)
    assert named in said
    assert "server.toml" in said


def test_faults_of_one_server_leave_the_others_alone(tmp_path: Path) -> None:
    with serving(central) as store, serving(kobo) as other:
        store.answers = [sent(1), sent(2)]
        gone = of_central(store).replace("[sumber]", "[lain]").replace(store.address, "http://127.0.0.1:9")
        wrong = of_central(store).replace("[sumber]", "[salah]").replace(EMAIL, "lain@contoh.id")
        missing = of_kobo(other, "sanitation").replace("aX7", "bY8")
        told, said = pulled(gone + wrong + missing + of_central(store), tmp_path, code=1)
        assert [each["entry"] for each in told] == ["lain", "salah", "kobo", "sumber"]
        assert ["error" in each for each in told] == [True, True, True, False]
        assert "SANDI" in told[1]["error"]
        assert "bY8" in told[2]["error"]
        assert told[3]["new"] == 2
        assert "127.0.0.1:9" in said


def test_one_answer_that_cannot_come_keeps_no_other_from_coming(tmp_path: Path) -> None:
    with serving(central) as store:
        store.answers = [sent(1, foto=PICTURE), sent(2)]
        lost = store.answers[0].files
        real = dict(lost)

        def without(them: Store, path: str, headers: Any, body: bytes) -> tuple[Any, ...]:
            return (500, b"lost") if path.endswith("/attachments/foto") else central(them, path, headers, body)

        with serving(without) as broken:
            broken.answers = store.answers
            (told,), _ = pulled(of_central(broken), tmp_path)
        assert (told["new"], [one["answer"] for one in told["held"]]) == (1, ["uuid:1"])
        assert "foto" in told["held"][0]["reason"]
        assert real == lost


def test_nobody_else_gets_the_password(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def thief(_: Store, __: str, ___: Any, body: bytes) -> tuple[Any, ...]:
        heard.append(body)
        return 200, b'{"token": "s1"}'

    with serving(thief) as other:

        def led(_: Store, path: str, __: Any, ___: bytes) -> tuple[Any, ...]:
            return 307, b"", ("Location", other.address.replace("127.0.0.1", "localhost") + path)

        with serving(led) as store:
            (told,), _ = pulled(of_central(store), tmp_path, code=1)
    assert heard == []
    assert "error" in told
    for entry in (
        of_central(Store(address="https://x.id")).replace('"SANDI"', '"rahasia-7"'),
        of_central(Store(address=f"https://a:{PASSWORD}@x.id")),
    ):
        _, said = pulled(entry, tmp_path, code=1)
        assert "server.toml" in said  # and the password is not (`pulled` looks for it)


@pytest.mark.parametrize(
    "table",
    [
        b"[" * 50_000,
        b"null",
        b'{"value": [1]}',
        b'{"value": [{"__id": "a", "__system": 7}]}',
        b"<html>",
        b'{"value": 7}',
    ],
)
def test_what_no_central_would_answer_ends_that_entry_alone(tmp_path: Path, table: bytes) -> None:
    def odd(them: Store, path: str, headers: Any, body: bytes) -> tuple[Any, ...]:
        return (200, table) if path.endswith("/Submissions") else central(them, path, headers, body)

    with serving(odd) as store, serving(central) as good:
        good.answers = [sent(1)]
        both = of_central(store).replace("[sumber]", "[aneh]") + of_central(good)
        told, _ = pulled(both, tmp_path, code=1)
    assert ["error" in one for one in told] == [True, False]
    assert told[1]["new"] == 1


def test_an_answer_edited_at_kobo_is_the_same_row_again(tmp_path: Path) -> None:
    folder = tmp_path / "kiriman"
    folder.mkdir()
    row = {"_id": 1, "_uuid": "u1", "nama": "Sumur\ud800 A", "kondisi": "rusak", "lokasi": "-7.2 107.1 0 0"}
    with serving(kobo) as store:
        store.answers = [Sent("1", b"", row)]
        pulled(of_kobo(store), tmp_path, "--into", str(folder))
        row |= {"_uuid": "u2", "kondisi": "baik"}
        pulled(of_kobo(store), tmp_path, "--into", str(folder))
    tables = [path.read_text(encoding="utf-8").splitlines() for path in folder.iterdir()]
    assert {table[1].split(",")[0] for table in tables} == {"kobo-1"}
    assert len(tables) == 2


def test_an_entry_that_asks_for_another_place_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "kiriman"
    folder.mkdir()
    with serving(central) as store:
        store.answers = [sent(1)]
        (first,), _ = pulled(of_central(store, ""), tmp_path, "--into", str(folder))
        (second,), _ = pulled(of_central(store), tmp_path)
        assert (first["new"], second["new"]) == (1, 1)
        (tmp_path / "ws" / "pulled" / "sumber.json").write_text("[[1]]")
        (third,), _ = pulled(of_central(store), tmp_path)
        assert third["new"] == 0, "the same again is the same"


def test_what_is_missing_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    with serving(central) as store:
        _, said = pulled(of_central(store), tmp_path, code=2, secrets=False)
        assert "SANDI" in said
        _, said = pulled(of_central(store, ""), tmp_path, code=2)
        assert "--into" in said
        assert store.asked == []


def test_an_answer_that_cannot_be_one_is_held_back_and_the_rest_comes(tmp_path: Path) -> None:
    with serving(central) as store:
        store.answers = [sent(1), sent(2), sent(3)]
        store.answers[1].xml = b'<!DOCTYPE a [<!ENTITY x "y">]>' + store.answers[1].xml
        store.answers[2].files = {"../../x": PICTURE}
        (told,), said = pulled(of_central(store), tmp_path)
        assert told["new"] == 2
        assert [one["answer"] for one in told["held"]] == ["uuid:2"]
        assert "uuid:2" in said
        assert not (tmp_path / "x").exists()


def test_what_came_before_a_server_broke_off_is_kept(tmp_path: Path) -> None:
    with serving(central) as store:
        store.answers = [sent(n) for n in range(1, 5)]
        store.broken_after = 7  # the session, the list, files and XML of two, files of the third
        (told,), _ = pulled(of_central(store), tmp_path, code=1)
        assert told["new"] == 2
        store.broken_after = 10**9
        (told,), _ = pulled(of_central(store), tmp_path)
        assert told["new"] == 2
        assert len(Inbox(tmp_path / "ws" / "inbox").waiting()) == 4
