"""The gate and the community's form as the server asks them, without Streamlit behind."""

from __future__ import annotations

import asyncio
import io
import os
import re
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Scope
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from forum import Record
from forum.community import Report, reports
from forum.members import Member, enrol
from forum.public.followed import code_of
from geo.model.errors import CallError, DataError
from geo.model.inputs import Inputs
from geo.workspace import versions as ws
from geo.workspace.audit import code, noted
from texts import LANGUAGES, t
from views.bringing import assistant as _assistant
from views.community import report_form as _report_form
from views.server import gate as _gate
from views.server import headers as _headers
from views.server import signed as _signed
from views.server import uploads as _uploads
from views.server.gate import Gate
from views.server.origin import sender, trust_named_proxies
from views.session import files as _files
from views.session import hosts as _hosts
from views.session import record as _session
from views.session.hosts import known_host
from views.session.record import whole_record

pytestmark = pytest.mark.filterwarnings("ignore")  # Streamlit's own start-up warns


async def page(request: Request) -> Response:
    """Like Streamlit's: English for everybody, to be kept by the browser; with cookies."""
    answer = HTMLResponse('<!doctype html><html lang="en"><body>x</body></html>', headers={"etag": "a"})
    answer.set_cookie("_streamlit_user", "a", max_age=2_592_000, httponly=True)
    answer.set_cookie("other", "b")
    answer.set_cookie("_streamlit_user_tokens", "", max_age=0)
    return answer


@pytest.fixture
def client(tmp_path: Path, shipped: Inputs, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    monkeypatch.setenv("MATA_AIR_WORKSPACE", str(tmp_path))
    _report_form._LIMITS.storage.reset()
    served = Starlette(routes=[*_report_form.ROUTES, Route("/", page)], middleware=[Middleware(Gate)])
    with TestClient(served, base_url="http://127.0.0.1") as made:
        yield made


def record(tmp_path: Path) -> Record:
    return Record(f"sqlite:///{tmp_path / 'record.sqlite'}")


def given(tmp_path: Path) -> tuple[Report, ...]:
    opened = record(tmp_path)
    try:
        return reports(opened.standing())
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("query", "lang"), [("", "id"), ("?lang=en", "en"), ("?lang=xx", "id"), ("?a=1&lang=id", "id")]
)
def test_a_page_says_its_language(client: TestClient, query: str, lang: str) -> None:
    answer = client.get(f"/{query}", headers={"If-None-Match": "a"})
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8501", True), ("192.168.1.4", True), ("[::1]:8501", True), ("localhost:8501", True), ("a.localhost", True),
        (f"{socket.gethostname()}:8501", True), ("evil.example", False), ("127.0.0.1.evil.example", False), ("localhost.evil.example", False),
        ("", False), (None, False), ("[::1", False), ("localhost/x", False), ("127.0.0.1:1:x", False), ("user@localhost", False),
    ],
)  # fmt: skip
def test_names_of_the_server(host: str | None, known: bool) -> None:
    """Another's name that is pointed at this machine (DNS rebinding) is none of them."""
    assert known_host(host) is known


def test_a_list_of_hosts_alone_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "get_option", lambda name: ["air.desa.id"] if name == "server.allowedHosts" else None)
    monkeypatch.setattr("streamlit.web.server.starlette.starlette_websocket.config.get_option", config.get_option)
    assert [known_host(one) for one in ("air.desa.id", "127.0.0.1", "evil.example")] == [True, False, False]


@pytest.mark.parametrize(
    ("listens", "opened", "told"),
    [
        ("0.0.0.0", "http://127.0.0.1:8501/forum", "http://10.1.2.3:8501"),
        ("0.0.0.0", "http://localhost:8501/forum", "http://10.1.2.3:8501"),
        ("127.0.0.1", "http://127.0.0.1:8501/forum", ""),
        ("0.0.0.0", "http://192.168.4.1:8501/forum", "http://192.168.4.1:8501"),
    ],
)
def test_the_address_on_slips_and_codes_is_one_that_telephones_reach(
    monkeypatch: pytest.MonkeyPatch, listens: str, opened: str, told: str
) -> None:
    monkeypatch.setattr(_hosts, "public_address", lambda: "")
    monkeypatch.setattr(_hosts, "_on_the_network", lambda: "10.1.2.3")
    monkeypatch.setattr(_hosts.st, "context", SimpleNamespace(url=opened))
    options = {"server.address": listens, "server.port": 8501}
    monkeypatch.setattr(_hosts.config, "get_option", options.get)
    assert _hosts.reachable_address() == told


def test_a_strange_name_gets_nothing(client: TestClient) -> None:
    for path in ("/", "/report"):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 421
        assert "<" not in answer.text


@pytest.mark.parametrize("public", ["https://air.desa.id", "http://air.desa.id"])
def test_cookies_of_a_sign_in(client: TestClient, monkeypatch: pytest.MonkeyPatch, public: str) -> None:
    """Not for longer than a session, and over https alone where there is https; what is taken away stays so."""
    monkeypatch.setattr(_gate, "signing_in", lambda: True)
    monkeypatch.setattr(_headers, "signing_in", lambda: True)
    monkeypatch.setattr(_headers, "public_address", lambda: public)
    monkeypatch.setattr(_gate, "signed_in_as", lambda cookies: b"{}")
    monkeypatch.setattr(_gate, "live", lambda key: True)
    monkeypatch.setattr(_gate, "has_auth", lambda: True)
    user, other, tokens = client.get("/").headers.get_list("set-cookie")
    assert "Max-Age=50400" in user
    assert "2592000" not in user
    assert "Max-Age=0" in tokens
    for line in (user, other, tokens):
        assert ("Secure" in line) == public.startswith("https")
    assert ("strict-transport-security" in client.get("/").headers) == public.startswith("https")


def test_what_a_page_may_load_and_who_may_frame_it(client: TestClient) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'self'", "object-src 'none'", "img-src 'self' data: blob:"):
        assert rule in policy
    assert "*" not in policy
    assert re.findall(r"https?:", policy) == []
    frame = client.get("/component/streamlit_folium.st_folium/index.html").headers["content-security-policy"]
    assert re.findall(r"https?:[^ ;]*", frame) == ["https://tile.openstreetmap.org"], "a map's pictures, in its frame"
    assert "frame-ancestors 'none'" in client.get("/report").headers["content-security-policy"], "its own, stricter"


def test_a_page_s_own_scripts_carry_a_nonce_and_no_other_runs(client: TestClient) -> None:
    page = b'<head><script>a</script><script type="module" src="x"></script></head>'
    scope = {"type": "http", "query_string": b"", "headers": [(b"host", b"127.0.0.1:1")]}
    body, policy = _gate._own_page(page, scope)
    (value,) = set(re.findall(rb'<script nonce="([^"]+)"', body))
    assert body.count(b"<script") == body.count(b"<script nonce=") == 3
    assert f"'nonce-{value.decode()}'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert value.decode() not in _gate._own_page(page, scope)[1], "a new one each time"


@pytest.mark.parametrize(
    ("origin", "status"),
    [(None, 200), ("http://[::1", 403), ("http://127.0.0.1", 200), ("http://127.0.0.1:3000", 403), ("http://localhost", 403), ("https://evil.example", 403), ("null", 403), ("", 403)],
)  # fmt: skip
def test_only_its_own_pages_send_anything(client: TestClient, tmp_path: Path, origin: str | None, status: int) -> None:
    """Another port of this machine is another site."""
    headers = {} if origin is None else {"Origin": origin}
    answer = client.post("/report", params=SITE, data={"what": "broken", "text": "x"}, headers=headers)
    assert answer.status_code == status
    assert len(given(tmp_path)) == (status == 200)
    assert client.get("/", headers=headers).status_code == 200


def test_uploads_have_a_measure_and_an_end(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one page sends in ten minutes; one that says no size; what a role that brings nothing sends."""
    _uploads._LIMITS.storage.reset()

    def put(page: str, size: str | None, path: str = "x") -> int:
        sent = {} if size is None else {"content-length": size}
        content = iter([b"x"]) if size is None else b"x"
        return client.put(f"/_stcore/upload_file/{page}/{path}", content=content, headers=sent).status_code

    assert [put("a", "190000000") for _ in range(3)] == [404, 404, 429]  # the test's server has no such door
    assert put("b", "190000000") == 404
    assert (put("b", None), put("b", "many"), put("b", "900000000")) == (411, 411, 413)
    scope = {"type": "http", "method": "PUT", "headers": [(b"content-length", b"10")]}
    for role, status in (("viewer", 403), ("member", 0), ("engineer", 0), ("chair", 0), ("admin", 0)):
        somebody = Member("a@b", "a", "o", "village", role)
        assert _uploads.refused(scope, "_stcore/upload_file/c/x", somebody) == status


def test_what_nobody_asks_for_is_not_there(client: TestClient) -> None:
    for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json"):
        assert client.get(path).status_code == 404


def test_answers_with_somebodys_figures_are_not_kept(client: TestClient) -> None:
    for path in ("/", "/report", "/media/x.csv", "/api", "/calendar/x.ics"):
        assert "no-store" in client.get(path).headers["cache-control"], path
    for path in ("/api/collections", "/openrosa/formList", "/calendar/x.ics"):
        assert client.get(path).headers["content-security-policy"].startswith("default-src 'none'"), path
    assert "base-uri 'none'" in client.get("/report").headers["content-security-policy"]


def test_a_file_that_left_says_for_whom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made outside any page; exact places are refused to whoever has lost the right meanwhile."""
    monkeypatch.setenv("MATA_AIR_WORKSPACE", str(tmp_path))
    monkeypatch.setattr(_files, "signing_in", lambda: True)
    monkeypatch.setattr(_files, "export", lambda sheet, form: b"x")
    record = whole_record(tmp_path)
    for account, role in (("a@desa.id", "admin"), ("s@desa.id", "engineer")):
        enrol(record, "setup", Member(account, account, "Dinas", "government", role))
    assert _files._made(None, "csv", "cakupan", 3, exact=True, who="s@desa.id") == b"x"
    assert noted(tmp_path)[0]["who"] == code(tmp_path, "s@desa.id")
    enrol(record, "admin", Member("s@desa.id", "s@desa.id", "Dinas", "government", "viewer"))
    with pytest.raises(CallError, match=r"error.role"):
        _files._made(None, "csv", "cakupan", 3, exact=True, who="s@desa.id")
    assert len(noted(tmp_path)) == 1


@pytest.mark.parametrize(
    ("headers", "ends"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False), ({"Sec-Fetch-Site": "same-site"}, False), ({}, False),
        ({"Referer": "http://127.0.0.1:9/"}, False), ({"Sec-Fetch-Site": "cross-site", "Referer": "http://127.0.0.1/"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True), ({"Sec-Fetch-Site": "none"}, True), ({"Referer": "http://127.0.0.1/forum"}, True),
    ],
)  # fmt: skip
def test_a_link_elsewhere_signs_nobody_out(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], ends: bool
) -> None:
    monkeypatch.setattr(_gate, "signing_in", lambda: True)
    monkeypatch.setattr(_gate, "has_auth", lambda: True)
    monkeypatch.setattr(_gate, "signed_in_as", lambda cookies: b"{}")
    ended: list[str] = []
    monkeypatch.setattr(_signed.sessions, "end", lambda record, key: ended.append(key))
    answer = client.get("/auth/logout", headers=headers, follow_redirects=False)
    assert bool(ended) is ends
    assert (answer.status_code == 303) is not ends


@pytest.mark.parametrize(
    ("text", "told"),
    [("[Auth]\n", "[Auth]"), ("[auth ]\n[other]\na = 1\n", "[other]"), ('[auth]\ncookie_secrets = "x"\n', "cookie_secrets"), ("auth = 1\n", "auth"), ("[auths]\n", "[auths]")],
)  # fmt: skip
def test_secrets_that_nobody_reads_do_not_open_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    path = tmp_path / "secrets.toml"
    path.write_text(text)
    monkeypatch.setattr(_session.config, "get_option", lambda name: [str(path)])
    monkeypatch.setattr(_session, "_LATCH", {})
    with pytest.raises(CallError, match="secrets_unknown") as error:
        _session.latch()
    assert told in str(error.value.values["names"])
    assert _session._LATCH == {}


SITE = {"site": "CJ001A01", "service": "water"}


def test_a_report_of_a_site(client: TestClient, tmp_path: Path) -> None:
    shown = client.get("/report", params=SITE | {"lang": "en"})
    assert "CJ001A01" in shown.text
    form = {"what": "broken", "text": "  gagang patah  ", "name": "Siti", "phone": "0812"}
    answer = client.post("/report", params=SITE, data=form)
    assert answer.status_code == 200
    code = code_of(whole_record(tmp_path).standing("community")[0])
    assert t("lapor.thanks", "id", number=1, code=code) in answer.text
    assert "gagang" not in answer.text  # the next report begins anew
    (one,) = given(tmp_path)
    assert (one.site_id, one.what, one.text, one.name, one.phone, one.via) == (
        "CJ001A01",
        "broken",
        "gagang patah",
        "Siti",
        "0812",
        "link",
    )


def test_a_picture_goes_along_and_is_opened_by_nobody(client: TestClient, tmp_path: Path) -> None:
    """Kept as it came, by content; what is no JPEG or too large is refused and the words stay; twice is one file."""
    made = io.BytesIO()
    Image.new("RGB", (640, 480), "brown").save(made, "JPEG")
    data = made.getvalue()
    told = {"what": "broken", "text": "patah", "picture": f"data:image/jpeg;base64,{b64encode(data).decode()}"}
    assert client.post("/report", params=SITE, data=told).status_code == 200
    assert client.post("/report", params=SITE, data=told).status_code == 200
    one, other = given(tmp_path)
    assert one.photo == other.photo
    assert (tmp_path / one.photo).read_bytes() == data
    assert (tmp_path / one.photo).parent.name == "reports"
    for bad in ("x", b64encode(b"GIF89a").decode(), b64encode(b"\xff\xd8\xff" + bytes(450_000)).decode()):
        answer = client.post("/report", params=SITE, data={"what": "broken", "text": "dua", "picture": bad})
        assert answer.status_code == 400
        assert t("error.report_photo", "id") in answer.text
        assert ">dua</textarea>" in answer.text
    assert client.post("/report", params=SITE, data={"what": "broken", "picture": "A" * 800_000}).status_code == 400
    refused = client.post("/report", params=SITE, data=told | {"what": "opinion", "text": " "})
    assert refused.status_code == 400
    assert len(given(tmp_path)) == 2
    assert len(list((tmp_path / "reports").iterdir())) == 1


def test_pictures_do_not_fill_the_disk(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_report_form, "_MOST_KEPT", 1_000)
    picture = b64encode(b"\xff\xd8\xff" + bytes(2_000)).decode()
    answer = client.post("/report", params=SITE, data={"what": "broken", "text": "a", "picture": picture})
    assert answer.status_code == 200, "what is said counts more than its picture"
    assert t("lapor.photo_lost", "id") in answer.text
    assert [one.photo for one in given(tmp_path)] == [""]
    assert list((tmp_path / "reports").iterdir()) == []


def test_a_report_sent_again_with_another_picture_keeps_the_first(client: TestClient, tmp_path: Path) -> None:
    for n in range(3):
        picture = b64encode(b"\xff\xd8\xff" + bytes([n]) * 100).decode()
        told = {"what": "broken", "text": "a", "ref": "satu", "picture": picture}
        assert client.post("/report", params=SITE, data=told).status_code == 200
    (one,) = given(tmp_path)
    assert [path.name for path in (tmp_path / "reports").iterdir()] == [Path(one.photo).name]


def test_pictures_nobody_looked_at_go_after_their_time(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    old, half = tmp_path / "reports" / f"{'a' * 16}.jpg", tmp_path / "reports" / "x.part"
    for path, days in ((old, 61), (half, 1)):
        path.write_bytes(b"x")
        os.utime(path, (time.time() - days * 86_400,) * 2)
    picture = b64encode(b"\xff\xd8\xffx").decode()
    client.post("/report", params=SITE, data={"what": "broken", "text": "a", "picture": picture})
    assert not old.exists()
    assert not half.exists()


@pytest.mark.parametrize("what", ["2023-02-30", "2023-02-28", "2024-05-03"])
def test_a_word_that_looks_like_a_day_is_refused_as_it_is(client: TestClient, what: str) -> None:
    answer = client.post("/report", params=SITE, data={"what": what, "text": "a"})
    assert answer.status_code == 400
    assert what in answer.text


@pytest.mark.parametrize(
    ("lat", "lon"), [("-7.2113", "107.125"), ("−7,2113", "107,125"), ("7° 12' 40.68\" LS", "107° 07.5' BT")]
)
def test_a_report_of_a_point_that_is_missing(client: TestClient, tmp_path: Path, lat: str, lon: str) -> None:
    form = {"what": "missing", "text": "mata air", "lat": lat, "lon": lon}
    assert client.post("/report", data=form).status_code == 200
    (one,) = given(tmp_path)
    assert (one.site_id, one.village_code[:8]) == ("", "32.03.18")
    assert (one.lat, one.lon) == (pytest.approx(-7.2113), pytest.approx(107.125))


@pytest.mark.parametrize(
    ("query", "form", "told"),
    [
        ({}, {"what": "missing", "text": "x", "lat": "utara", "lon": "1"}, "utara"),
        ({}, {"what": "missing", "text": "x", "lat": "-97", "lon": "107"}, "-97"),
        ({}, {"what": "missing", "text": "x"}, t("forum_missing.position", "id")),
        ({}, {"what": "broken", "text": "x"}, "missing"),
        (SITE, {"what": "missing", "text": "x", "lat": "-7", "lon": "107"}, "broken"),
        (SITE, {"what": "burning", "text": "x"}, "burning"),
        (SITE, {"what": "opinion", "text": " "}, t("forum_missing.text", "id")),
    ],
)
def test_what_is_refused_is_said_and_kept_on_the_page(
    client: TestClient, tmp_path: Path, query: dict[str, str], form: dict[str, str], told: str
) -> None:
    answer = client.post("/report", params=query, data=form | {"name": "Bu Siti"})
    assert answer.status_code == 400
    assert told in answer.text
    assert 'value="Bu Siti"' in answer.text
    assert given(tmp_path) == ()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_that_is_written_becomes_a_page(client: TestClient, lang: str) -> None:
    evil = '"><script>alert(1)</script>'
    answer = client.post(
        "/report", params={"site": evil, "service": evil, "lang": lang}, data={"what": evil, "text": evil, "name": evil}
    )
    assert "<script>alert" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_one_address_is_not_heard_without_end(client: TestClient, tmp_path: Path) -> None:
    form = {"what": "broken", "text": "rusak", "name": "Siti"}
    answers = [client.post("/report", params=SITE, data=form) for _ in range(12)]
    assert [one.status_code for one in answers] == [200] * 10 + [429] * 2
    assert 'value="Siti"' in answers[-1].text
    assert len(given(tmp_path)) == 10


def test_one_sender_does_not_use_up_the_hour_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    _report_form._LIMITS.storage.reset()
    monkeypatch.setattr(_report_form, "_ONE", _report_form.parse("1000 per hour"))
    loud = [_report_form._heard(sender("203.0.113.9")) for _ in range(400)]
    assert sum(loud) == 303
    assert [_report_form._heard(sender("203.0.113.10")) for _ in range(4)] == [True] * 3 + [False]
    many = [_report_form._heard(sender(f"2001:db8:1:2::{n:x}")) for n in range(1, 9)]
    assert many == [True] * 3 + [False] * 5, "one household has all addresses of its network"
    _report_form._LIMITS.storage.reset()


def test_only_named_proxies_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def app(scope: Scope, receive: object, send: object) -> None:
        seen.append(scope["client"][0])

    seen: list[str] = []
    proxied = ProxyHeadersMiddleware(app)
    scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"203.0.113.9")]}
    for named in ("", "127.0.0.1", "10.0.0.0/8"):
        monkeypatch.setenv("MATA_AIR_PROXIES", named)
        trust_named_proxies()
        asyncio.run(proxied(dict(scope), None, None))  # type: ignore[arg-type]
    assert seen == ["127.0.0.1", "203.0.113.9", "127.0.0.1"]
    for named in ("*", "nginx", "127.0.0.1, x"):
        monkeypatch.setenv("MATA_AIR_PROXIES", named)
        with pytest.raises(CallError, match="proxies"):
            trust_named_proxies()


@pytest.mark.parametrize(
    "body",
    [
        {"files": {"text": ("a.txt", b"x")}},
        {"data": {f"f{n}": "x" for n in range(30)}},
        {"data": {"text": "x" * 30_000}},
    ],
)
def test_a_form_of_another_shape_is_refused(client: TestClient, tmp_path: Path, body: dict[str, object]) -> None:
    assert client.post("/report", params=SITE, **body).status_code == 400  # type: ignore[arg-type]
    assert given(tmp_path) == ()


@pytest.mark.parametrize("path", ["//a//evil.example/", "/%5cevil.example", "/\\evil.example", "//evil.example"])
def test_the_way_to_the_other_language_stays_here(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(_gate, "signing_in", lambda: True)
    monkeypatch.setattr(_gate, "has_auth", lambda: True)
    monkeypatch.setattr(_gate, "signed_in_as", lambda cookies: None)
    answer = client.get("http://127.0.0.1" + path)
    assert answer.status_code == 401
    for href in re.findall(r'href="([^"]*)"', answer.text):
        assert re.match(r"/(?![/\\])", href), href
        assert "\\" not in href


def test_an_endless_form_is_cut_off(client: TestClient, tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100_000):
            yield b"&" * 1000

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    began = time.monotonic()
    assert client.post("/report", params=SITE, content=endless(), headers=kind).status_code == 400
    assert time.monotonic() - began < 20
    assert given(tmp_path) == ()


def test_no_page_empties_what_the_server_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit takes a wish to clear its caches from any page: here it does not arrive."""
    monkeypatch.setattr(_gate, "live", lambda key: True)
    clear, run = BackMsg(), BackMsg()
    clear.clear_cache = True
    run.rerun_script.query_string = "a=1"
    coming = [{"type": "websocket.receive", "bytes": one.SerializeToString()} for one in (clear, clear, run)]
    coming.append({"type": "websocket.disconnect", "code": 1000})

    async def receive() -> dict[str, object]:
        return coming.pop(0)

    async def send(message: object) -> None:
        raise AssertionError(message)

    async def taken() -> list[object]:
        watched = _gate._watched("key", receive, send)
        return [await watched(), await watched()]

    first, second = asyncio.run(taken())
    assert first == {"type": "websocket.receive", "bytes": run.SerializeToString()}
    assert second["type"] == "websocket.disconnect"


def test_a_record_that_is_gone_is_not_made_anew_by_an_emptied_cache(tmp_path: Path) -> None:
    kept = whole_record(tmp_path)
    assert kept.last() == 0
    (tmp_path / "record.sqlite").unlink()
    st.cache_resource.clear()
    with pytest.raises(DataError, match="record_gone"):
        whole_record(tmp_path).last()
    assert not (tmp_path / "record.sqlite").exists()


@pytest.mark.parametrize("name", ["{outside}", "../secrets", "../mappings/../secrets", "", None])
def test_only_mappings_that_were_kept_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    """A browser may send what was never offered: a path to another file of the server."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "mine.toml").write_text("a = 1")
    (tmp_path / "secrets.toml").write_text("secret = 1")
    told: dict[str, object] = {"assist-kept": name and name.format(outside=tmp_path / "secrets")}
    monkeypatch.setattr(_assistant.st, "session_state", told)
    _assistant._take(folder)
    assert "secret" not in str(told.get(_assistant._TEXT))
    told["assist-kept"] = "mine"
    _assistant._take(folder)
    assert told[_assistant._TEXT] == "a = 1"


def test_a_fault_that_nobody_thought_of_says_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(host: str | None) -> bool:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(_gate, "known_host", broken)
    answer = client.get("/")
    assert (answer.status_code, answer.text) == (500, "500")
    for name in ("x-content-type-options", "x-frame-options", "content-security-policy"):
        assert name in answer.headers, name
