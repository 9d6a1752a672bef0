"""The public page and the way of a report, as the server gives them: open when turned on, light, without a person."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from forum import Record
from forum.acts import attend, call, decide
from forum.community import Report, receive
from forum.meetings import Attendee, Decision, Item, Meeting
from forum.partners import Commitment, commit
from forum.public.followed import code_of
from forum.public.openness import Openness, choose
from forum.public.proposals import Proposal, answer, propose
from geo.model.inputs import Inputs
from geo.workspace import versions as ws
from texts import LANGUAGES, count, percent, t
from views.community import report_form as _report_form
from views.public import follow as _follow
from views.public import pages as _pages
from views.public.svg_map import _apart
from views.server.gate import Gate
from views.session import cache
from views.session.record import whole_record

pytestmark = pytest.mark.filterwarnings("ignore")  # Streamlit's own start-up warns
#: As much as a cheap phone loads at once.
MOST_BYTES = 150_000


@pytest.fixture
def client(tmp_path: Path, shipped: Inputs, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    monkeypatch.setenv("MATA_AIR_WORKSPACE", str(tmp_path))
    for module in (_report_form, _follow):
        module._LIMITS.storage.reset()
    monkeypatch.setattr(_pages, "_KNOWN", {"at": 0.0})
    monkeypatch.setattr(_pages, "_ASKED_S", 0.0)
    routes = [*_report_form.ROUTES, *_pages.ROUTES]
    with TestClient(Starlette(routes=routes, middleware=[Middleware(Gate)]), base_url="http://127.0.0.1") as made:
        yield made


def opened(tmp_path: Path) -> Record:
    record = whole_record(tmp_path)
    choose(record, "Admin", Openness(True, "CC-BY-4.0", "Forum AMPL"))
    return record


def decided(record: Record) -> None:
    """An approval whose site, lead and reason name persons, and a meeting to come."""
    code = "32.03.18.2002"
    item = Item("water", "CJ002A04", 1, "Sumur Pak Ujang", code, "Pangadegan", "unknown", "hand_pump", 10.0, 1e6, -7.2, 107.1,
                {"id": "a", "en": "b"})  # fmt: skip
    meeting = Meeting(
        0,
        "Musyawarah",
        "Balai",
        date.today() + timedelta(days=9),
        "Bu Rahasia",
        "32.03.18",
        "v",
        {},
        (item, replace(item, site_id="CJ002A05")),
    )
    number = call(record, "Bu Rahasia", meeting).number
    attend(record, "Bu Rahasia", number, Attendee("Siti Rahasia", "Dinas", "government"))
    decide(record, "Bu Rahasia", number, Decision("water:CJ002A04", "approved", "consensus", lead="Dinas PUPR", fund="apbd",
           amount_idr=4.5e6, year=2027, person="Ujang Rahasia", reason="janji Pak Dadang 0812-3456-7890"))  # fmt: skip


def test_no_free_field_brings_a_person_to_an_open_page(client: TestClient, tmp_path: Path) -> None:
    record = opened(tmp_path)
    items = [Item("water", f"CJ002A0{n}", n, name, "32.03.18.2002", "Pangadegan", "unknown", "hand_pump", 10.0, 1e6, -7.2, 107.1,
                  {"id": "a", "en": "b"}) for n, name in enumerate(("SUMUR PAK RAHASIA", "Sumur Hj Rahasia"), 4)]  # fmt: skip
    meeting = Meeting(
        0, "Rapat di rumah Bu Rahasia", "rumah Pak Rahasia", date.today(), "Bu", "32.03.18", "v", {}, tuple(items)
    )
    number = call(record, "Bu", meeting).number
    attend(record, "Bu", number, Attendee("Siti", "Dinas", "government"))
    for item, reason in zip(items, ("janji pak rahasia", "NIK 3203181234567890"), strict=True):
        told = {"lead": "Pak Rahasia 0812-3456-7890", "fund": "apbd", "amount_idr": 1.0, "year": 2027, "reason": reason}
        decide(record, "Bu", number, Decision(item.key, "approved", "consensus", **told))
    commit(record, "Bu", [Commitment("Bu Euis Rahasia", "community", "water", "32.03.18.2002", "pinjam mobil Pak Haji Rahasia",
                                     "planned", date.today())])  # fmt: skip
    for path in ("/public", "/public/32.03.18.2002", "/public?lang=en", "/public/32.03.18.2002?lang=en"):
        page = client.get(path).text.lower()
        for text in ("rahasia", "0812", "3203181234567890"):
            assert text not in page, (path, text)


def test_reports_and_meetings_of_another_area_are_not_told_as_its_own(client: TestClient, tmp_path: Path) -> None:
    record = opened(tmp_path)
    receive(record, Report("water", "CJ002A04", "broken", "patah"))
    decided(record)
    assert t("profile.reports", "id", waiting=1, verified=0, refused=0) in client.get("/public?area=32.03.18").text
    other = client.get("/public?area=18.10.05").text
    assert t("public.no_reports", "id") in other
    assert "Musyawarah" not in other


def test_files_are_of_the_language_that_was_asked_for(client: TestClient, tmp_path: Path) -> None:
    opened(tmp_path)
    told = {lang: json.loads(client.get(f"/public/data.geojson?lang={lang}").content)["title"] for lang in LANGUAGES}
    assert told == {lang: t("title.coverage", lang) for lang in LANGUAGES}


def test_many_who_ask_at_once_make_a_page_once(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path)
    made: list[str] = []
    real = _pages._area
    monkeypatch.setattr(_pages, "_area", lambda *asked: made.append("x") or real(*asked))
    with ThreadPoolExecutor(8) as pool:
        pages = set(pool.map(lambda _: client.get("/public").text, range(16)))
    assert (len(pages), len(made)) == (1, 1)


def settled(client: TestClient, path: str, wanted: str) -> str:
    """The page, once it is made anew."""
    ends = time.monotonic() + 30
    while wanted not in (text := client.get(path).text):
        assert time.monotonic() < ends, text[:2000]
        time.sleep(0.05)
    return text


def test_nothing_is_public_until_it_is_turned_on(client: TestClient, tmp_path: Path) -> None:
    for path in ("/public", "/public/32.03.18.2002", "/public/data.csv", "/public/points.csv", "/public/metadata.json"):
        assert client.get(path).status_code == 404
    record = opened(tmp_path)
    assert client.get("/public").status_code == 200
    choose(record, "Admin", Openness(False))
    assert client.get("/public").status_code == 404


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_of_an_area_tells_the_engine_s_figures_and_is_light(
    client: TestClient, tmp_path: Path, lang: str
) -> None:
    opened(tmp_path)
    answer = client.get(f"/public?lang={lang}")
    assert answer.status_code == 200
    assert len(answer.content) < MOST_BYTES
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    analysis = _pages._analysis("32.03.18")
    for service in ("water", "sanitation"):
        assert percent(analysis.totals[service]["share"], lang) in answer.text
        assert count(analysis.totals[service]["gap"], lang) in answer.text
    for row in analysis.villages.dropna(subset="village_code").itertuples():
        assert row.name in answer.text
        assert f"public/{row.village_code}?" in answer.text
    assert answer.text.count("<path") == 2 * len(analysis.villages.dropna(subset="village_code"))
    assert "Forum AMPL" in answer.text
    assert "CC-BY-4.0" in answer.text
    assert not re.findall(r'(?:src|href)="https?:', answer.text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_village_has_its_page_and_another_code_has_none(client: TestClient, tmp_path: Path, lang: str) -> None:
    opened(tmp_path)
    analysis = _pages._analysis("32.03.18")
    row = analysis.villages[analysis.villages["village_code"] == "32.03.18.2002"].iloc[0]
    page = client.get(f"/public/32.03.18.2002?lang={lang}")
    assert len(page.content) < MOST_BYTES
    for value in (row["population"], row["served"], row["over_capacity"], row["sanitation_out_of_reach"]):
        assert count(value, lang) in page.text
    for other in ("32.03.18.2999", "nothing", "..", "%2e%2e%2frecord.sqlite", "data.exe"):
        assert client.get(f"/public/{other}").status_code == 404


def test_no_person_is_on_any_page_and_decisions_are(client: TestClient, tmp_path: Path) -> None:
    record = opened(tmp_path)
    receive(
        record, Report("water", "CJ002A04", "broken", "rumah Ibu Rahasia", name="Asep Rahasia", phone="081234567890")
    )
    decided(record)
    for path in ("/public", "/public/32.03.18.2002"):
        page = client.get(path).text
        for text in ("Rahasia", "Ujang", "Dadang", "0812"):
            assert text not in page, (path, text)
        assert "Dinas PUPR" in page
        assert "Rp4.500.000, 2027" in page
        assert t("public.reason_kept", "id") in page
    page = client.get("/public").text
    assert "Musyawarah" in page
    assert t("profile.reports", "id", waiting=1, verified=0, refused=0) in page
    assert record.head().short in page


def test_the_page_before_is_served_while_the_new_one_is_made(
    client: TestClient, tmp_path: Path, shipped: Inputs
) -> None:
    record = opened(tmp_path)
    first = client.get("/public").text
    decided(record)
    assert client.get("/public").text == first
    assert "Dinas PUPR" in settled(client, "/public", "Dinas PUPR")
    for n in range(6):
        choose(record, "Admin", Openness(True, "CC0-1.0", f"Forum {n}"))
        settled(client, "/public", f"Forum {n}")
    assert len(list((tmp_path / "public").iterdir())) <= 4


def test_who_is_known_to_the_record_is_named_nowhere_without_a_title_either(client: TestClient, tmp_path: Path) -> None:
    """A reason that names a member plainly, and a village's own name beside it, which stays."""
    record = opened(tmp_path)
    item = Item("water", "CJ002A04", 1, "Sumur Cikupa", "32.03.18.2002", "Pangadegan", "unknown", "hand_pump", 10.0, 1e6,
                -7.2, 107.1, {"id": "a", "en": "b"})  # fmt: skip
    number = call(
        record, "Rahmat", Meeting(0, "Rapat", "Balai", date.today(), "Rahmat", "32.03.18", "v", {}, (item,))
    ).number
    attend(record, "Rahmat", number, Attendee("Wawan Setiawan", "Desa Pangadegan", "village"))
    decide(record, "Rahmat", number, Decision("water:CJ002A04", "approved", "consensus", lead="wawan  setiawan", fund="apbd",
           amount_idr=1e6, year=2027, reason="tanah milik Wawan Setiawan dihibahkan"))  # fmt: skip
    given = client.get("/public/decisions.csv").content.decode("utf-8-sig")
    assert "CJ002A04" in given
    assert "wawan" not in given.lower()
    assert "CJ002A04" in client.get("/public/decisions.geojson").text
    for path in ("/public", "/public/32.03.18.2002"):
        page = client.get(path).text
        assert "wawan" not in page.lower()
        assert "Pangadegan" in page
        assert t("public.reason_kept", "id") in page


def test_what_was_withdrawn_is_not_served_while_the_page_is_made_anew(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = opened(tmp_path)
    decided(record)
    assert "Dinas PUPR" in client.get("/public").text
    said = record.standing("decision")[0]
    record.withdraw("Bu Rahasia", said.number)
    monkeypatch.setattr(_pages, "_MOMENT_S", 0.0, raising=False)
    _pages._KNOWN.clear()
    assert "Dinas PUPR" not in client.get("/public").text


def test_data_are_given_with_what_describes_them(client: TestClient, tmp_path: Path) -> None:
    opened(tmp_path)
    analysis = _pages._analysis("32.03.18")
    rows = list(csv.DictReader(io.StringIO(client.get("/public/data.csv").content.decode("utf-8-sig"))))
    assert len(rows) == len(analysis.villages)
    assert len(json.loads(client.get("/public/data.geojson").content)["features"]) == len(rows)
    assert client.get("/public/data.xlsx").content[:2] == b"PK"
    points = list(csv.DictReader(io.StringIO(client.get("/public/points.csv").content.decode("utf-8-sig"))))
    assert len(points) == len(analysis.water_points)
    assert not {"name", "manager", "photo_url", "phone"} & set(points[0])
    assert {"status", "technology", "lat", "lon", "marks"} <= set(points[0])
    assert "/public/decisions.geojson" in client.get("/public").text
    told = json.loads(client.get("/public/metadata.json").content)
    assert told["licence"] == "CC-BY-4.0"
    assert told["version"] == cache.inputs().version
    assert {"village_code", "served", "share"} <= set(told["columns"])


def test_a_report_is_followed_by_its_code_alone(client: TestClient, tmp_path: Path) -> None:
    sent = client.post("/report?site=CJ002A04&service=water", data={"what": "broken", "text": "patah", "name": "Asep", "phone": "0812"},
                       headers={"origin": "http://127.0.0.1"})  # fmt: skip
    event = whole_record(tmp_path).standing("community")[0]
    code = code_of(event)
    assert code in sent.text
    assert "<svg" in sent.text
    page = client.get(f"/report/{code}?lang=en")
    assert (page.status_code, "CJ002A04" in page.text, "not yet" in page.text) == (200, True, True)
    assert "Asep" not in page.text
    assert "patah" not in page.text
    asked = client.get(f"/report/follow?code={code[:5].upper()}-{code[5:]}&lang=id")
    assert (asked.status_code, t("follow.received", "id") in asked.text) == (200, True)
    assert client.get(f"/report/{event.number}").status_code == 404
    assert client.get(f"/report/{event.hash[:10]}").status_code == 404  # the head that minutes and public page print


def test_nobody_finds_a_code_by_trying(client: TestClient, tmp_path: Path) -> None:
    answers = [client.get(f"/report/{n:010x}").status_code for n in range(25)]
    assert answers[:20] == [404] * 20
    assert set(answers[20:]) == {429}
    record = whole_record(tmp_path)
    code = code_of(receive(record, Report("water", "CJ002A04", "broken", "patah")))
    assert client.get(f"/report/{code}").status_code == 200  # who has a code is let in after others tried


def test_what_became_of_a_proposal_is_public_and_no_person_is(client: TestClient, tmp_path: Path) -> None:
    record = opened(tmp_path)
    told = Proposal(
        "Musyawarah Desa Pangadegan", "village", "new", "water", "32.03.18.2002", "Pangadegan", "Sumur Cikupa",
        "jalan 2 km", technology="borehole", lat=-7.21, lon=107.12,
    )  # fmt: skip
    number = propose(record, "Bu Rahasia", told).number
    propose(
        record, "Bu", replace(told, title="Sumur Pak Rahasia", reason="rumah Bu Rahasia jauh", proposer="Pak Rahasia")
    )
    answer(record, "Bu", number, "put_off", "menunggu dana desa")
    for path in ("/public", "/public/32.03.18.2002"):
        page = settled(client, path, "Sumur Cikupa")
        assert "ditunda: menunggu dana desa" in page
        assert "rahasia" not in page.lower()
        assert "put off: menunggu dana desa" in client.get(f"{path}?lang=en").text


def test_names_on_the_small_map_lie_over_no_other_and_the_marked_one_is_there() -> None:
    names = [
        (True, -9.0, 100.0, 50.0, "Mekarsari"),
        (False, -1.0, 110.0, 52.0, "Selagedang"),
        (True, -5.0, 300.0, 50.0, "A"),
    ]
    assert [name for _, _, name in _apart(sorted(names))] == ["Selagedang", "A"]
