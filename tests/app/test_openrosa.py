"""The server of forms by the letter of OpenRosa: list, form, manifest, HEAD and POST, keys, refusals."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.testclient import TestClient

from forum.members import Member, dismiss, enrol
from forum.public.tokens import OF_KEYS, issue, opened_by, tokens
from geo.field.inbox import Inbox
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.workspace import versions as ws
from geo.workspace.audit import noted
from tests.geo.field.test_inbox import answers
from views.bringing import openrosa as _openrosa
from views.bringing.inbox import settings_code
from views.public.calendar import ROUTES as CALENDAR
from views.server import gate as _gate
from views.server import keys as _keys
from views.server.gate import Gate
from views.session import record as _session
from views.session.record import whole_record

pytestmark = pytest.mark.filterwarnings("ignore")  # Streamlit's own start-up warns
LIST = "{http://openrosa.org/xforms/xformsList}"
ANSWER = "{http://openrosa.org/http/response}message"


@pytest.fixture
def client(tmp_path: Path, shipped: Inputs, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    monkeypatch.setenv("MATA_AIR_WORKSPACE", str(tmp_path))
    served = Starlette(routes=_openrosa.ROUTES, middleware=[Middleware(Gate)])
    with TestClient(served, base_url="http://127.0.0.1") as made:
        yield made


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on which people sign in."""
    for module in (_gate, _session, _openrosa):
        monkeypatch.setattr(module, "signing_in", lambda: True)
    monkeypatch.setattr(_gate, "has_auth", lambda: True)


def send(client: TestClient, xml: bytes, base: str = "/openrosa", files: dict[str, bytes] | None = None, **fields: str):  # type: ignore[no-untyped-def]
    parts = [("xml_submission_file", ("submission.xml", io.BytesIO(xml), "text/xml"))]
    parts += [(name, (name, io.BytesIO(data), "image/jpeg")) for name, data in (files or {}).items()]
    return client.post(f"{base}/submission", files=parts, data=fields, headers={"X-OpenRosa-Version": "1.0"})


def said(answer) -> str:  # type: ignore[no-untyped-def]
    return ElementTree.fromstring(answer.content).find(ANSWER).text  # type: ignore[return-value,union-attr]


def test_the_list_names_every_form_and_each_is_one_that_its_own_answers_fit(client: TestClient) -> None:
    listed = client.get("/openrosa/formList")
    assert listed.headers["x-openrosa-version"] == "1.0"
    assert listed.headers["content-type"].startswith("text/xml")
    forms = ElementTree.fromstring(listed.content).findall(f"{LIST}xform")
    assert [form.findtext(f"{LIST}formID") for form in forms] == [
        "mata_air_water_points",
        "mata_air_sanitation",
        "mata_air_institutions",
        "mata_air_kunjungan",
    ]
    for form in forms:
        for name in ("name", "version", "hash", "downloadUrl", "manifestUrl"):
            assert form.findtext(f"{LIST}{name}")
        assert form.findtext(f"{LIST}hash", "").startswith("md5:")
        path = form.findtext(f"{LIST}downloadUrl", "").removeprefix("http://127.0.0.1")
        got = client.get(path)
        root = ElementTree.fromstring(got.content)
        instance = next(element for element in root.iter() if element.get("id") == form.findtext(f"{LIST}formID"))
        assert any(element.tag.endswith("instanceID") for element in instance.iter())
        manifest = client.get(form.findtext(f"{LIST}manifestUrl", "").removeprefix("http://127.0.0.1"))
        assert ElementTree.fromstring(manifest.content).tag.endswith("manifest")
    assert client.get("/openrosa/forms/community.xml").status_code == 404


def test_the_form_of_visits_brings_its_sites_and_its_answers_come_back_as_differences(
    client: TestClient, tmp_path: Path, shipped: Inputs
) -> None:
    """What a telephone downloads by the protocol, fills in and sends: a status by id, with a photo, once."""
    manifest = ElementTree.fromstring(client.get("/openrosa/forms/kunjungan/manifest").content)
    name, digest, address = (one.text or "" for one in manifest[0])
    assert (name, address) == ("sites.geojson", "http://127.0.0.1/openrosa/forms/kunjungan/sites.geojson")
    data = client.get("/openrosa/forms/kunjungan/sites.geojson").content
    assert digest == f"md5:{hashlib.md5(data).hexdigest()}"
    sites = json.loads(data)["features"]
    mine = shipped.water_points["village_code"].str.startswith("32.03.18")
    assert {one["properties"]["site_id"] for one in sites} >= set(shipped.water_points.loc[mine, "point_id"])
    form = client.get("/openrosa/forms/kunjungan.xml").text
    assert 'src="jr://file/sites.geojson"' in form
    known = next(one["properties"] for one in sites if one["properties"]["status"] == "non_functional")
    asked = {"site": known["id"], "site_id": known["site_id"], "service": known["service"], "status_new": "functional",
             "visited_on": "2026-11-20", "photo": "a.jpg", "note": "sudah diperbaiki"}  # fmt: skip
    told = "".join(f"<{one}>{text}</{one}>" for one, text in asked.items())
    xml = f'<data id="mata_air_kunjungan">{told}<meta><instanceID>uuid:v1</instanceID></meta></data>'.encode()
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "blue").save(picture, "JPEG")
    assert send(client, xml, files={"a.jpg": picture.getvalue()}).status_code == 201
    command = [sys.executable, "-m", "geo", "inbox", "--workspace", str(tmp_path), "--as", "kunjungan", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["instances"] == ["uuid:v1"]
    kinds = {row["kind"]: row for row in found["differences"]}
    assert set(kinds) == {"status", "photo", "note"}
    assert (kinds["status"]["site_id"], kinds["status"]["new"], kinds["status"]["on"]) == (
        known["site_id"], "functional", "2026-11-20",
    )  # fmt: skip
    assert (tmp_path / kinds["photo"]["new"]).is_file()
    assert len(Inbox(tmp_path / "inbox").waiting("kunjungan")) == 1, "nothing is applied by itself"


def test_head_says_what_may_come_and_post_keeps_it_once(client: TestClient, tmp_path: Path) -> None:
    head = client.head("/openrosa/submission")
    assert head.status_code == 204
    assert head.headers["location"] == "http://127.0.0.1/openrosa/submission"
    assert int(head.headers["x-openrosa-accept-content-length"]) > 1_000_000
    first = send(client, answers(photo_url="a.jpg"), files={"a.jpg": b"x" * 1000})
    assert (first.status_code, first.headers["x-openrosa-version"]) == (201, "1.0")
    again = send(client, answers(photo_url="a.jpg"), files={"a.jpg": b"x" * 1000})
    assert again.status_code == 201
    assert said(first) != said(again)
    (one,) = Inbox(tmp_path / "inbox").waiting()
    assert one.files == ["a.jpg"]
    other = send(client, answers(name="lain"))
    assert other.status_code == 409
    assert "uuid:1" in said(other)


def test_parts_of_one_submission_come_together(client: TestClient, tmp_path: Path) -> None:
    assert send(client, answers(), files={"a.jpg": b"a"}, **{"*isIncomplete*": "yes"}).status_code == 201
    assert not Inbox(tmp_path / "inbox").waiting()[0].complete
    assert send(client, answers(), files={"b.jpg": b"b"}).status_code == 201
    (one,) = Inbox(tmp_path / "inbox").waiting()
    assert (one.complete, one.files) == (True, ["a.jpg", "b.jpg"])


def test_two_files_of_one_name_and_a_form_that_is_not_offered_are_refused(client: TestClient, tmp_path: Path) -> None:
    parts = [("xml_submission_file", ("submission.xml", io.BytesIO(answers()), "text/xml"))]
    parts += [(f"p{n}", ("a.jpg", io.BytesIO(data), "image/jpeg")) for n, data in enumerate((b"one", b"other"))]
    assert client.post("/openrosa/submission", files=parts).status_code == 400
    assert send(client, answers(table="community")).status_code == 400
    assert not (tmp_path / "inbox").exists()
    assert client.get("/openrosa/forms/community/manifest").status_code == 404
    assert client.get("/openrosa/forms/water_points/manifest").status_code == 200
    asked = client.get("/openrosa/submission")
    assert (asked.status_code, set(asked.headers["allow"].split(", "))) == (405, {"HEAD", "POST"})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"), (b"--x\r\nnothing", "multipart/form-data; boundary=x"), (b"{}", "application/json"),
        (b"abc", "multipart/form-data"), (b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"s.xml\"\r\n\r\n<a/>\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (answers(), "text/xml"), (b"\x00" * 5000, "multipart/form-data; boundary=x"),
    ],
)  # fmt: skip
def test_a_broken_upload_is_refused_in_words_and_leaves_nothing(
    client: TestClient, tmp_path: Path, body: bytes, kind: str
) -> None:
    answer = client.post("/openrosa/submission", content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert len(said(answer)) > 10
    assert not (tmp_path / "inbox").exists()


def test_a_key_opens_until_it_is_withdrawn_or_past(client: TestClient, tmp_path: Path, signed: None) -> None:
    record = whole_record(tmp_path)
    assert client.get("/openrosa/formList").status_code == 401
    assert send(client, answers()).status_code == 401
    text, event = issue(record, "Admin", "Tim 1", "forms")
    base = f"/openrosa/key/{text}"
    listed = client.get(f"{base}/formList")
    assert f"{base}/forms/water_points.xml" in listed.text
    assert client.head(f"{base}/submission").headers["location"].endswith(f"{base}/submission")
    assert send(client, answers(), base).status_code == 201
    assert Inbox(tmp_path / "inbox").waiting()[0].device == "Tim 1"
    assert client.get(f"/openrosa/key/{text[:-1]}x/formList").status_code == 401
    assert text not in "".join(record.lines())
    record.withdraw("Admin", event.number)
    assert client.get(f"{base}/formList").status_code == 401


def test_keys_have_a_name_an_end_and_a_use(client: TestClient, tmp_path: Path) -> None:
    record = whole_record(tmp_path)
    with pytest.raises(CallError, match="missing"):
        issue(record, "Admin", " ", "forms")
    with pytest.raises(CallError, match="option"):
        issue(record, "Admin", "Tim", "everything")
    with pytest.raises(CallError, match="token_past"):
        issue(record, "Admin", "Tim", "forms", date.today() - timedelta(days=1))
    text, _ = issue(record, "Admin", "Tim", "forms", date.today())
    events = record.standing()
    assert opened_by(events, text, "forms", date.today()) is not None
    assert opened_by(events, text, "forms", date.today() + timedelta(days=1)) is None
    assert opened_by(events, text, "api", date.today()) is None
    assert [one.name for one in tokens(events)] == ["Tim"]


def test_the_key_of_whoever_is_dismissed_opens_nothing(client: TestClient, tmp_path: Path) -> None:
    record = whole_record(tmp_path)
    for account, name, role in (("a@desa.id", "Admin", "admin"), ("s@desa.id", "Siti", "member")):
        enrol(record, "setup", Member(account, name, "Dinas", "government", role))
    text, _ = issue(record, "Siti", "Siti", "forms")
    assert opened_by(record.standing(), text, "forms", date.today()) is not None
    dismiss(record, "Admin", "s@desa.id")
    assert opened_by(record.standing(), text, "forms", date.today()) is None
    for account, name in (("other@desa.id", "Siti"), ("s@desa.id", "Siti A")):  # the name again, the account again
        enrol(record, "setup", Member(account, name, "Dinas", "government", "member"))
        assert opened_by(record.standing(*OF_KEYS), text, "forms", date.today()) is None


def test_a_key_goes_with_the_right_to_give_keys_and_stays_with_a_new_name(client: TestClient, tmp_path: Path) -> None:
    record = whole_record(tmp_path)
    for account, name, role in (("a@desa.id", "Admin", "admin"), ("s@desa.id", "Siti", "engineer")):
        enrol(record, "setup", Member(account, name, "Dinas", "government", role))
    text, _ = issue(record, "Siti", "Tim 1", "forms")
    enrol(record, "Admin", Member("s@desa.id", "Siti Aminah", "Dinas", "government", "engineer"))
    assert opened_by(record.standing(*OF_KEYS), text, "forms", date.today()) is not None
    enrol(record, "Admin", Member("s@desa.id", "Siti Aminah", "Dinas", "government", "viewer"))
    assert opened_by(record.standing(*OF_KEYS), text, "forms", date.today()) is None


def test_keys_that_open_nothing_are_noted_but_not_without_end(client: TestClient, tmp_path: Path) -> None:
    _keys._LIMITS.storage.reset()
    for _ in range(9):
        assert client.get("/openrosa/key/x/formList").status_code == 401
    assert [one["use"] for one in noted(tmp_path) if one["what"] == "key_refused"] == ["forms"] * 5


def test_the_picture_code_holds_the_settings_that_collect_reads() -> None:
    told = json.loads(zlib.decompress(base64.b64decode(settings_code("http://10.0.0.2/openrosa/key/k", "Tim"))))
    assert told["general"]["server_url"] == "http://10.0.0.2/openrosa/key/k"
    assert told["project"]["name"] == "Tim"
    assert told["admin"] == {}


def test_a_calendar_is_read_with_its_own_key_alone(
    tmp_path: Path, shipped: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    monkeypatch.setenv("MATA_AIR_WORKSPACE", str(tmp_path))
    key, event = issue(whole_record(tmp_path), "Siti", "Siti", "calendar")
    forms, _ = issue(whole_record(tmp_path), "Siti", "Siti", "forms")
    with TestClient(Starlette(routes=CALENDAR, middleware=[Middleware(Gate)]), base_url="http://127.0.0.1") as client:
        told = client.get(f"/calendar/{key}.ics?lang=en")
        assert told.headers["content-type"].startswith("text/calendar")
        assert "BEGIN:VCALENDAR" in told.text
        assert "Empty the tank" in told.text
        assert client.get(f"/calendar/{forms}.ics").status_code == 401
        assert client.get("/calendar/x.ics").status_code == 401
        whole_record(tmp_path).withdraw("Siti", event.number)
        assert client.get(f"/calendar/{key}.ics").status_code == 401


def test_what_is_in_the_memory_at_once_is_bounded_and_nobody_is_lost() -> None:
    """Room for 100 bytes: submissions of 40 go in twos, and who waits too long is told to come again."""

    async def many() -> tuple[int, int]:
        room, now, most = _openrosa._Room(most=100, patience_s=5), 0, 0

        async def one(size: int) -> None:
            nonlocal now, most
            async with room.taken(size):
                now += size
                most = max(most, now)
                await asyncio.sleep(0.01)
                now -= size

        await asyncio.gather(*(one(40) for _ in range(20)), one(1000))
        return now, most

    now, most = asyncio.run(many())
    assert now == 0
    assert most in (80, 1000)  # one larger than the room has it alone

    async def late() -> None:
        room = _openrosa._Room(most=10, patience_s=0.05)
        async with room.taken(10):
            with pytest.raises(TimeoutError):
                async with room.taken(1):
                    pytest.fail("there was no room")

    asyncio.run(late())


def test_who_is_slow_keeps_nobody_out(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room is taken for what has come, never for what a telephone says will come."""
    monkeypatch.setattr(_openrosa, "ROOM", _openrosa._Room(most=100_000, patience_s=1))

    async def stalled() -> None:
        async def receive() -> dict[str, object]:
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}

        head = [(b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", b"50000000")]
        scope = {"type": "http", "method": "POST", "path": "/openrosa/submission", "headers": head, "query_string": b"",
                 "path_params": {}, "scheme": "http", "server": ("127.0.0.1", 80)}  # fmt: skip
        slow = [asyncio.create_task(_openrosa.submission(Request(scope, receive))) for _ in range(3)]
        await asyncio.sleep(0.2)
        async with _openrosa.ROOM.taken(100_000):
            pass
        for one in slow:
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    asyncio.run(stalled())
    assert send(client, answers("uuid:quick")).status_code == 201
    told = client.post(
        "/openrosa/submission",
        content=b"--x--",
        headers={"content-type": "multipart/form-data; boundary=x", "content-length": "99999999999"},
    )
    assert told.status_code == 400


def test_an_upload_that_breaks_between_two_parts_is_not_a_whole_one(client: TestClient, tmp_path: Path) -> None:
    """At every byte at which the connection may end nothing is acknowledged, and nothing of it is kept."""
    head = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n'
    body = head % (b"xml_submission_file", b"s.xml") + answers() + b"\r\n"
    body += head % (b"a.jpg", b"a.jpg") + b"picture" + b"\r\n--x--\r\n"
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for end in range(0, len(body) - 3, 7):
        assert client.post("/openrosa/submission", content=body[:end], headers=kind).status_code == 400, end
    assert client.post("/openrosa/submission", content=body[: -len(b"--x--\r\n")], headers=kind).status_code == 400
    assert not (tmp_path / "inbox").exists()
    assert client.post("/openrosa/submission", content=body, headers=kind).status_code == 201


def test_two_answers_in_one_submission_are_refused(client: TestClient, tmp_path: Path) -> None:
    parts = [
        ("xml_submission_file", ("s.xml", io.BytesIO(answers(name=name)), "text/xml")) for name in ("Satu", "Lain")
    ]
    assert client.post("/openrosa/submission", files=parts).status_code == 400
    assert not (tmp_path / "inbox").exists()


def test_the_list_tells_the_version_that_each_form_is_of(client: TestClient) -> None:
    listed = ElementTree.fromstring(client.get("/openrosa/formList").content)
    for form in listed:
        told = {child.tag.rpartition("}")[2]: child.text for child in form}
        text = client.get("/openrosa" + told["downloadUrl"].partition("/openrosa")[2]).text
        assert f'version="{told["version"]}"' in text
