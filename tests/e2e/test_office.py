"""A server of an office: people sign in with a provider; the gate, the roles, the way out. No member, no page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import urljoin

import httpx2
import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, expect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from forum import Record
from forum.acts import attend, call, decide
from forum.community import Report, receive
from forum.meetings import Attendee, Decision, Item, Meeting
from forum.members import ROLES, Member, dismiss, enrol
from forum.roles import guard, may
from forum.training import Training, plan_training
from geo.model.errors import CallError
from geo.workspace.audit import code, noted
from tests.e2e.conftest import free_port, serving
from tests.e2e.wire import Wire, dial

ITEM = Item(
    "water",
    "p1",
    1,
    "Sumur",
    "32.03.18.2001",
    "Pagelaran",
    "non_functional",
    "hand_pump",
    100.0,
    1e6,
    -7.2,
    107.1,
    {"id": "x", "en": "x"},
)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the provider, which is none of ours


@dataclass(frozen=True)
class Office:
    address: str
    folder: Path
    record: Record

    def sent_back(self, client: httpx2.Client, account: str, first: str = "/") -> httpx2.Response:
        """Go the way of a browser from a page to the provider and back; return what the office answers then."""
        page = client.get(first)
        assert page.status_code == 401
        step = client.get(re.search(r'href="([^"]*sign-in[^"]*)"', page.text)[1].replace("&amp;", "&"))  # type: ignore[index]
        while "/oauth2/authorize" not in step.headers["location"]:
            step = client.get(urljoin(str(step.url), step.headers["location"]))
        return client.get(client.post(step.headers["location"], data={"sub": account}).headers["location"])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A member in each role, and one meeting."""
    folder = tmp_path_factory.mktemp("office")
    known = [
        User(sub=one, claims={"email": f"{one}@desa.id", "email_verified": True})
        for one in (*ROLES, "stranger", "leaving")
    ]
    address = f"http://127.0.0.1:{(port := free_port())}"
    with run_server_in_thread(
        user_claims=[*known, User(sub="claimant", claims={"email": "admin@desa.id"})]
    ) as provider:
        secrets = folder / "secrets.toml"
        metadata = f"http://127.0.0.1:{provider.server_port}/.well-known/openid-configuration"
        told = {"redirect_uri": f"{address}/oauth2callback", "cookie_secret": "s" * 40, "client_id": "mata-air"}
        told |= {"client_secret": "x", "server_metadata_url": metadata}
        secrets.write_text("[auth]\n" + "".join(f'{name} = "{value}"\n' for name, value in told.items()))
        (folder / "ws").mkdir()
        record = Record(f"sqlite:///{folder / 'ws' / 'record.sqlite'}")
        for role in ("admin", *(one for one in ROLES if one != "admin")):
            enrol(record, "setup", Member(f"{role}@desa.id", role, f"Org {role}", "village", role))
        with serving(folder, port=port, STREAMLIT_SECRETS_FILES=str(secrets)):
            yield Office(address, folder, record)
        record.close()


@pytest.fixture
def visitor(office: Office) -> Iterator[Callable[[], httpx2.Client]]:
    """Makes visitors of the office, each with cookies of their own."""
    made: list[httpx2.Client] = []

    def one() -> httpx2.Client:
        made.append(httpx2.Client(base_url=office.address, timeout=60))
        return made[-1]

    yield one
    for client in made:
        client.close()


@pytest.fixture
def inside(office: Office, visitor: Callable[[], httpx2.Client]) -> Callable[[str], httpx2.Client]:
    """Signs a member in."""

    def one(account: str) -> httpx2.Client:
        client = visitor()
        assert office.sent_back(client, account).status_code == 302
        return client

    return one


def refused(office: Office, cookies: Mapping[str, str]) -> bool:
    """Whether the websocket stays shut."""
    try:
        dial(office.address, cookies).close()
    except InvalidStatus as error:
        return error.response.status_code == 403
    return False


CLOSED = [
    ("GET", "/"), ("GET", "/map"), ("GET", "/static/js/index.js"), ("GET", "/media/a.png"), ("GET", "/app/static/a.css"),
    ("GET", "/_stcore/metrics"), ("GET", "/_stcore/host-config"), ("PUT", "/_stcore/upload_file/a/b"), ("DELETE", "/_stcore/upload_file/a/b"),
    ("GET", "/component/streamlit_folium.st_folium/index.html"), ("GET", "/in-view/0/9?box=0,0,1,1"), ("GET", "/_stcore/health/../metrics"), ("GET", "//auth/login"),
    ("GET", "/report/../map"), ("GET", "/reports"), ("GET", "/api"), ("GET", "/api/collections/villages/items"),
    ("GET", "/openrosa/formList"), ("POST", "/openrosa/submission"), ("GET", "/calendar/x.ics"), ("GET", "/public/../map"), ("POST", "/"), ("GET", "/_stcore/agent/openapi.json"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CLOSED, ids=str)
def test_nothing_is_open_to_whoever_has_not_signed_in(
    office: Office, visitor: Callable[[], httpx2.Client], method: str, path: str
) -> None:
    client = visitor()
    for headers in ({}, {"X-Mata-Air-Session": "a" * 64}, {"Cookie": "_streamlit_user=forged"}):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code in (400, 401)
        assert "_stcore" not in answer.text
        assert "/static/js" not in answer.text


def test_the_websocket_is_shut_too(office: Office) -> None:
    assert refused(office, {})
    assert refused(office, {"_streamlit_user": "forged"})


def test_a_page_at_another_port_of_this_machine_gets_no_websocket(
    office: Office, inside: Callable[[str], httpx2.Client]
) -> None:
    cookies = inside("viewer").cookies
    dial(office.address, cookies).close()
    for origin in ("http://127.0.0.1:3000", "http://localhost:8501", "https://evil.example"):
        with pytest.raises(InvalidStatus):
            dial(office.address, cookies, origin)


def test_what_is_open_to_all(visitor: Callable[[], httpx2.Client]) -> None:
    client = visitor()
    assert client.get("/_stcore/health").text == "ok"
    page = client.get("/report", params={"lang": "en"})
    assert page.status_code == 200
    assert "Report" in page.text
    assert client.get("/oauth2callback", params={"code": "x", "state": "y"}).status_code == 401
    assert client.get("/auth/login").headers["location"] == "/"


def test_a_member_comes_in_and_to_the_page_that_was_asked_for(
    office: Office, visitor: Callable[[], httpx2.Client]
) -> None:
    client = visitor()
    back = office.sent_back(client, "viewer", "/forum?lang=en&desk=training")
    assert back.headers["location"] == "/forum?lang=en&desk=training"
    cookies = back.headers.get_list("set-cookie")
    mine = next(line for line in cookies if line.startswith("_streamlit_user="))
    assert "HttpOnly" in mine
    assert "SameSite=lax" in mine
    assert "Max-Age=50400" in mine
    assert client.get("/").status_code == 200
    wire = Wire(office.address, client.cookies, "forum", "lang=en&desk=members")
    assert any("viewer" in text and "Org viewer" in text for text in wire.texts)
    wire.socket.close()


@pytest.mark.parametrize(
    "first",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "/\t/evil.example/", "/\r\nX: y", "/日本", "/a b"],
)
def test_nobody_is_sent_elsewhere(office: Office, visitor: Callable[[], httpx2.Client], first: str) -> None:
    client = visitor()
    step = client.get("/sign-in", params={"next": first})
    step = client.get(urljoin(str(step.url), step.headers["location"]))
    back = client.get(client.post(step.headers["location"], data={"sub": "viewer"}).headers["location"])
    assert back.headers["location"] == "/"


@pytest.mark.parametrize(("account", "told"), [("stranger", "stranger@desa.id"), ("claimant", "sub:claimant")])
def test_an_account_that_is_no_members_stays_outside(
    office: Office, visitor: Callable[[], httpx2.Client], account: str, told: str
) -> None:
    """`claimant` says to be the admin, with an address that the provider has not verified."""
    client = visitor()
    answer = office.sent_back(client, account)
    assert answer.status_code == 403
    assert told in answer.text
    assert client.get("/").status_code == 401
    assert refused(office, client.cookies)


def test_signing_out_ends_every_page_of_the_session(office: Office, inside: Callable[[str], httpx2.Client]) -> None:
    client, other = inside("viewer"), inside("viewer")
    cookies = dict(client.cookies)
    wire = Wire(office.address, cookies, "methods", "")
    client.get("/auth/logout", headers={"Sec-Fetch-Site": "cross-site"})
    wire.run({})
    assert not wire.away, "a link elsewhere signs nobody out"
    client.get("/auth/logout", headers={"Sec-Fetch-Site": "same-origin"})
    wire.run({})
    assert wire.away == "/"
    with pytest.raises(ConnectionClosed):
        wire.socket.recv(timeout=10)
    assert refused(office, cookies)  # the cookie is kept by whoever stole it: it opens nothing
    assert client.get("/", headers={"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}).status_code == 401
    assert other.get("/").status_code == 200


def test_a_member_who_is_dismissed_is_shut_out_at_once(office: Office, inside: Callable[[str], httpx2.Client]) -> None:
    enrol(office.record, "setup", Member("leaving@desa.id", "leaving", "Org", "village", "admin"))
    client = inside("leaving")
    wire = Wire(office.address, client.cookies, "methods", "")
    dismiss(office.record, "setup", "leaving@desa.id")
    assert client.get("/").status_code == 401
    wire.run({})
    assert wire.away == "/"
    with suppress(ConnectionClosed):
        wire.socket.recv(timeout=10)
    assert refused(office, client.cookies)


def test_no_session_comes_back_with_a_later_membership_nor_stays_beside_a_new_one(
    office: Office, inside: Callable[[str], httpx2.Client]
) -> None:
    person = Member("leaving@desa.id", "leaving", "Org", "village", "viewer")
    enrol(office.record, "setup", person)
    client = inside("leaving")
    old = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    dismiss(office.record, "setup", "leaving@desa.id")
    enrol(office.record, "setup", person)
    assert client.get("/", headers={"Cookie": old}).status_code == 401
    assert office.sent_back(client, "leaving").status_code == 302
    first = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    step = client.get("/sign-in")  # once more, without a sign-out
    step = client.get(urljoin(str(step.url), step.headers["location"]))
    assert (
        client.get(client.post(step.headers["location"], data={"sub": "leaving"}).headers["location"]).status_code
        == 302
    )
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"Cookie": first}).status_code == 401
    dismiss(office.record, "setup", "leaving@desa.id")


def test_ways_in_that_fail_are_noted_and_shown_safely(office: Office, visitor: Callable[[], httpx2.Client]) -> None:
    folder = office.folder / "ws"
    lines = len(noted(folder, 10_000))
    answer = visitor().get("/oauth2callback", params={"error": "\x1b[31mRED\u2028line2", "state": "x"})
    assert answer.status_code == 401
    for name in ("x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy"):
        assert name in answer.headers, name
    new = noted(folder, 10_000)[: -lines or None]
    assert [one["what"] for one in new] == ["sign_in_failed"]
    assert "\x1b" not in (office.folder / "log").read_text()


def test_a_record_that_is_gone_lets_nobody_in_and_says_so(
    office: Office, inside: Callable[[str], httpx2.Client]
) -> None:
    client = inside("viewer")
    path = office.folder / "ws" / "record.sqlite"
    path.rename(path.with_suffix(".away"))
    try:
        answer = client.get("/")
        assert answer.status_code == 503
        assert "record.sqlite" not in answer.text, "where it lies is for those who keep the server"
        form = {"what": "broken", "text": "rusak"}
        said = client.post("/report", params={"site": "CJ001A01", "service": "water"}, data=form)
        assert said.status_code == 503
        assert "record.sqlite" not in said.text
        assert not path.exists(), "no new one was made"
        assert refused(office, client.cookies)
        assert client.get("/auth/logout", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 503
    finally:
        path.with_suffix(".away").rename(path)
    assert client.get("/").status_code == 200


def test_secrets_that_break_open_nothing(tmp_path: Path) -> None:
    """Somebody changes the file and slips while the server runs: nobody comes in."""
    secrets, address = tmp_path / "secrets.toml", f"http://127.0.0.1:{(port := free_port())}"
    told = {
        "redirect_uri": f"{address}/oauth2callback",
        "cookie_secret": "s" * 40,
        "client_id": "m",
        "client_secret": "x",
    }
    told |= {"server_metadata_url": "http://127.0.0.1:9/.well-known/openid-configuration"}
    whole = "[auth]\n" + "".join(f'{name} = "{value}"\n' for name, value in told.items())
    secrets.write_text(whole)
    with serving(tmp_path, port=port, STREAMLIT_SECRETS_FILES=str(secrets)), httpx2.Client(base_url=address) as client:
        assert client.get("/").status_code == 401
        for broken in (whole + 'extra = "unterminated', "", "[other]\na = 1\n"):
            secrets.write_text(broken)
            until = time.monotonic() + 4  # Streamlit looks at the file every 200 ms
            while time.monotonic() < until:
                assert client.get("/").status_code in (401, 503)
                with pytest.raises(InvalidStatus):
                    dial(address, {})
            assert client.get("/_stcore/health").text == "ok"


def test_a_page_sends_what_was_never_offered(office: Office, inside: Callable[[str], httpx2.Client]) -> None:
    """Villages that are none, one of them a thousand times, a text without end."""
    before = office.record.last()
    wire = Wire(office.address, inside("member").cookies, "forum", "desk=partners")
    told = {"3w-partner": "Org member", "3w-activity": "Sumur", "3w-villages": []}
    button = "3w"
    village = wire.shown["3w-villages"].options[0]
    for wrong in ({"3w-villages": ["ZZZ"]}, {"3w-villages": [village] * 1000}):
        wire.run(told | wrong | {button: True})
        assert office.record.last() == before, str(office.record.events()[-1])[:300]
    wire.run(told | {"3w-activity": "x" * 900_000, button: True})
    assert all(len(str(event.content)) < 5000 for event in office.record.events())
    wire.socket.close()


def test_who_reports_is_shown_to_no_viewer_and_is_no_account(
    office: Office, inside: Callable[[str], httpx2.Client], visitor: Callable[[], httpx2.Client]
) -> None:
    form = {
        "what": "missing",
        "text": "mata air",
        "lat": "-7.2",
        "lon": "107.15",
        "name": "member",
        "phone": "0812999888",
    }
    assert visitor().post("/report", data=form).status_code == 200
    event = office.record.standing("community")[-1]
    assert event.who == "–"
    form["name"] = "Bu Rahasia"
    assert visitor().post("/report", data=form).status_code == 200
    for page, query in (("data", ""), ("forum", "desk=reports"), ("map", "")):
        wire = Wire(office.address, inside("viewer").cookies, page, query)
        assert "Rahasia" not in wire.raw
        assert "0812999888" not in wire.raw
        wire.socket.close()
    wire = Wire(office.address, inside("engineer").cookies, "forum", "desk=reports")
    assert "Rahasia" in wire.raw
    wire.socket.close()
    mine = office.record.guarded(guard("member@desa.id"))
    with pytest.raises(CallError, match=r"error\.role"):
        mine.withdraw("member", event.number)


def called(record: Record, there: Sequence[str] = ROLES) -> int:
    """A meeting at which one of each role is present, a report that waits, and a training that was held."""
    number = call(
        record, "setup", Meeting(0, "Rapat", "Balai", date(2026, 11, 1), "chair", "32.03.18", "v1", {}, (ITEM,))
    ).number
    for role in there:
        attend(record, "setup", number, Attendee(role, f"Org {role}", "village"))
    receive(record, Report("water", "p1", "broken", "rusak"))
    plan_training(record, "setup", Training("Alat", "Balai", date(2026, 11, 1), "Siti"))
    return number


def decided(record: Record) -> int:
    """A meeting that has approved its one site."""
    number = called(record)
    decide(record, "setup", number, Decision(ITEM.key, "approved", "consensus", "PUPR", "apbd", 1e6, 2027))
    return number


#: What is pressed: kind of event, page, query, widgets by key, button. {n} is the meeting, {role} whoever presses.
PRESSED = [
    ("training", "forum", "desk=training", {"training-title": "A", "training-place": "B", "training-trainer": "C"}, "training-plan"),
    ("member", "forum", "desk=members", {"member-account": "new-{role}@desa.id", "member-name": "n{role}", "member-organisation": "O"}, "member"),
    ("verdict", "forum", "desk=reports", {"judge-reason": "dilihat"}, "judge"),
    ("commitment", "forum", "desk=partners", {"3w-partner": "Org {role}", "3w-activity": "Sumur", "3w-villages": []}, "3w"),
    ("bottleneck", "forum", "desk=partners", {"hold-village": [], "hold-note": "tanah {role}"}, "hold"),
    ("meeting", "forum", "desk=meetings&meeting=0", {"forum-title": "T", "forum-place": "P", "forum-chair": "{role}"}, "forum-call"),
    ("vote", "forum", "meeting={n}&part=sites", {"forum-member": "{role}", "forum-grade": "Layak"}, "forum-voting"),
    ("poll", "forum", "desk=ballots", {"ballot-title": "A", "ballot-who": "{role}"}, "ballot-call"),
    ("decision", "forum", "meeting={n}&part=sites", {"forum-{n}-water:p1-lead": "PUPR"}, "forum-decide"),
    ("attendance", "forum", "meeting={e}&part=present", {"forum-name": "{role}", "forum-organisation": "O"}, "forum-attending"),
    ("weighing", "forum", "meeting={n}&part=weights", {"forum-weigher": "{role}", "forum-weight-gain_people": 3.0}, "forum-weighing"),
    ("trained", "forum", "desk=training", {"trained-name": "{role}", "trained-organisation": "O"}, "trained"),
    ("dissent", "forum", "meeting={d}&part=sites", {"forum-dissenter": "{role}", "forum-dissent-reason": "jauh"}, "forum-dissenting"),
    ("progress", "forum", "meeting={d}&part=promises", {"promise-of": [], "promise-proof": "SK"}, "promise-keep"),
    ("status", "map", "site=CJ001A01", {}, "report-send-CJ001A01"),
    ("weights", "priorities", "weigh=sliders", {"weigh-organisation": "O"}, "weigh-keep"),
    ("withdrawal", "data", "", {"withdraw-number": "{x}"}, "withdraw"),
    ("closing", "forum", "meeting={n}&part=minutes", {}, "forum-close"),
]  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_every_role_presses_everything_over_the_websocket(
    office: Office, inside: Callable[[str], httpx2.Client], role: str
) -> None:
    """A client of one's own presses what the page shows as not for this role; the record decides."""
    client = inside(role)
    number, done, empty = called(office.record), decided(office.record), called(office.record, ())
    for kind, page, query, values, pressed in PRESSED:
        wire = Wire(office.address, client.cookies, page, query.format(n=number, d=done, e=empty))
        button = next((key for key in wire.widgets if key == pressed or key.endswith(f"-{pressed}")), None)
        if button is None and not may(role, kind):  # not drawn at all: there is nothing to press
            wire.socket.close()
            continue
        assert button, (kind, list(wire.widgets)[4:], wire.texts[-9:])
        assert wire.disabled[button] != may(role, kind), (role, kind)
        events = office.record.events()
        mine = [event.number for event in events if event.who == role and event.kind == "weights"] or [
            events[-1].number
        ]
        filled = {
            key.format(n=number): value.format(role=role, x=mine[-1]) if isinstance(value, str) else value
            for key, value in values.items()
        }
        if "withdraw-number" in filled:  # a list offers it in words, once it stands
            wire.run({})
            told = [one for one in wire.shown["withdraw-number"].options if one.startswith(f"#{mine[-1]} ")]
            filled["withdraw-number"] = told[0] if told else "#0"
        wire.run({key: value for key, value in filled.items() if key in wire.widgets} | {button: True})
        new = office.record.events()[len(events) :]
        assert bool(new) == may(role, kind), "\n".join([role, kind, *wire.texts[5:]])
        assert {event.who for event in new} <= {role}
        wire.socket.close()


def test_the_log_tells_sign_ins_refusals_and_files_and_names_nobody(
    office: Office, inside: Callable[[str], httpx2.Client], visitor: Callable[[], httpx2.Client]
) -> None:
    folder = office.folder / "ws"
    lines = len(noted(folder, 10_000))
    assert office.sent_back(visitor(), "stranger").status_code == 403
    person = Member("leaving@desa.id", "leaving", "Org", "village", "engineer")
    enrol(office.record, "admin", person)
    client = inside("leaving")
    wire = Wire(office.address, client.cookies, "map", "site=CJ001A01")
    pressed = next(key for key in wire.widgets if key.endswith("report-send-CJ001A01"))
    enrol(office.record, "admin", replace(person, role="viewer"))  # between the page and the press
    events = len(office.record.events())
    wire.run({pressed: True})
    wire.socket.close()
    assert len(office.record.events()) == events
    client.get("/auth/logout", headers={"Sec-Fetch-Site": "same-origin"})
    found = noted(folder, 10_000)[: -lines or None]
    assert [one["what"] for one in reversed(found)] == ["sign_in_refused", "sign_in", "refused", "sign_out"]
    assert {one["who"] for one in found if "who" in one} == {code(folder, "leaving@desa.id")}
    assert next(one for one in found if one["what"] == "refused")["act"] == "status"
    text = (folder / "audit.log").read_text()
    assert not any(word in text for word in ("leaving", "stranger", "@", "127.0.0.1"))
    assert (folder / "audit.log").stat().st_mode & 0o777 == 0o600


def test_in_a_browser(office: Office, chromium: Browser) -> None:
    """In by the provider's page, the name and role are shown, and out again: the page before opens no more."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, locale="id-ID")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"{office.address}/costs")
    page.get_by_role("link", name="Masuk").click()
    page.get_by_placeholder("sub").fill("engineer")
    page.get_by_role("button", name="Authorize", exact=True).click()
    expect(page.get_by_text("engineer · Org engineer · teknisi")).to_be_visible()
    assert page.url.startswith(f"{office.address}/costs")
    other = context.new_page()
    other.goto(f"{office.address}/forum")
    expect(other.get_by_text("engineer · Org engineer · teknisi")).to_be_visible()
    page.get_by_role("button", name="Keluar").click()
    expect(page.get_by_role("heading", name="End Session")).to_be_visible()
    page.get_by_role("button").first.click()  # the provider's own question
    expect(page.get_by_role("heading", name="Masuk ke Mata Air")).to_be_visible()
    expect(other.get_by_role("heading", name="Masuk ke Mata Air")).to_be_visible()  # by its next look for news
    context.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("cookie_secret", "short"), "cookie_secret"),
        (("redirect_uri", "http://127.0.0.1/back"), "redirect_uri"),
        (("client_id", None), "client_id"),
    ],
)
def test_a_sign_in_that_is_not_whole_is_not_served(tmp_path: Path, change: tuple[str, str | None], told: str) -> None:
    auth = {
        "redirect_uri": "http://127.0.0.1/oauth2callback",
        "cookie_secret": "s" * 40,
        "client_id": "m",
        "client_secret": "x",
    }
    auth |= {"server_metadata_url": "http://127.0.0.1/.well-known/openid-configuration", change[0]: change[1] or ""}
    lines = [f'{name} = "{value}"' for name, value in auth.items() if value]
    (tmp_path / "secrets.toml").write_text("\n".join(["[auth]", *lines]))
    with (
        pytest.raises(AssertionError, match=told),
        serving(tmp_path, STREAMLIT_SECRETS_FILES=str(tmp_path / "secrets.toml")),
    ):
        pass


def test_a_server_copies_every_event_and_stays_shut_over_a_record_that_was_cut(tmp_path: Path) -> None:
    second, record = tmp_path / "second", tmp_path / "ws" / "record.sqlite"
    with (
        serving(tmp_path, MATA_AIR_BACKUP=str(second)) as address,
        httpx2.Client(base_url=address, timeout=60) as client,
    ):
        form, site = {"what": "broken", "text": "rusak"}, {"site": "CJ001A02", "service": "water"}
        assert client.post("/report", params=site, data=form).status_code == 200
        acknowledged, until, copy = time.time(), time.monotonic() + 20, second / "record.jsonl"
        while not copy.exists() or b"rusak" not in copy.read_bytes():
            assert time.monotonic() < until, "no copy"
            time.sleep(0.05)
        assert copy.stat().st_mtime <= acknowledged + 1, "behind by more than a second"
    record.unlink()
    with pytest.raises(AssertionError, match="record_short"), serving(tmp_path, MATA_AIR_BACKUP=str(second)):
        pass


def test_no_one_s_word_for_where_they_are_is_taken(tmp_path: Path) -> None:
    """A server without named proxies: 14 reports that name 14 addresses come from one; behind a named one, from 14."""
    form, site = {"what": "broken", "text": "rusak"}, {"site": "CJ001A02", "service": "water"}
    heard = []
    for named in ("", "127.0.0.1"):
        with (
            serving(tmp_path, MATA_AIR_PROXIES=named) as address,
            httpx2.Client(base_url=address, timeout=60) as client,
        ):
            told = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(14)]
            answers = [client.post("/report", params=site, data=form, headers=one) for one in told]
            heard.append([one.status_code for one in answers])
    assert heard == [[200] * 10 + [429] * 4, [200] * 14]
