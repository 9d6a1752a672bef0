"""The interface for other programs: OGC API – Features as GDAL and QGIS read it; paging, filters, versions, keys."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from forum.acts import attend, call, decide
from forum.meetings import Attendee, Decision, Meeting
from forum.public.tokens import issue
from geo.model.inputs import Inputs
from geo.workspace import versions as ws
from tests.forum.test_meetings import APPROVED, ITEM
from views.public import api as _api
from views.public.api import MOST, ROUTES
from views.public.collections import COLLECTIONS, analysed
from views.server import gate as _gate
from views.server.gate import Gate
from views.session import record as _session
from views.session.record import whole_record

pytestmark = pytest.mark.filterwarnings("ignore")  # Streamlit's own start-up warns
QGIS_PYTHON = os.environ.get("MATA_AIR_QGIS_PYTHON", "/usr/bin/python3")
SERVED = Starlette(routes=ROUTES, middleware=[Middleware(Gate)])


@pytest.fixture
def client(tmp_path: Path, shipped: Inputs, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    monkeypatch.setenv("MATA_AIR_WORKSPACE", str(tmp_path))
    with TestClient(SERVED, base_url="http://127.0.0.1") as made:
        yield made


def items(client: TestClient, name: str, **asked: object) -> dict:
    answer = client.get(f"/api/collections/{name}/items", params={key: str(value) for key, value in asked.items()})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/geo+json")
    return dict(answer.json())


def test_every_link_leads_to_something_and_every_collection_says_what_it_is(client: TestClient) -> None:
    seen, todo = set(), ["http://127.0.0.1/api"]
    while todo:
        address = todo.pop()
        if address in seen or "offset" in address:
            continue
        seen.add(address)
        answer = client.get(address.removeprefix("http://127.0.0.1"))
        assert answer.status_code == 200, address
        if "json" in answer.headers["content-type"]:
            told = answer.json()
            links = [*told.get("links", []), *(link for one in told.get("collections", []) for link in one["links"])]
            todo += [link["href"] for link in links]
    assert len(seen) > 3 * len(COLLECTIONS)
    assert (
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
        in client.get("/api/conformance").json()["conformsTo"]
    )
    assert client.get("/api/openapi.json").json()["openapi"].startswith("3.0")


def test_pages_hold_every_feature_once(client: TestClient) -> None:
    whole = items(client, "water_points", limit=MOST, area="32.03.18")
    ids, address = [], "/api/collections/water_points/items?limit=50&area=32.03.18"
    while address:
        page = client.get(address).json()
        assert page["numberReturned"] == len(page["features"]) <= 50
        assert page["numberMatched"] == whole["numberMatched"]
        ids += [one["id"] for one in page["features"]]
        address = next((one["href"] for one in page["links"] if one["rel"] == "next"), "").removeprefix(
            "http://127.0.0.1"
        )
    assert ids == [one["id"] for one in whole["features"]]
    assert len(set(ids)) == len(analysed("32.03.18", None).water_points) == whole["numberMatched"]


def test_filters_boxes_days_and_single_features(client: TestClient) -> None:
    rows = analysed("32.03.18", None).water_points
    broken = items(client, "water_points", area="32.03.18", status="non_functional", limit=MOST)
    assert broken["numberMatched"] == (rows["status"] == "non_functional").sum() > 0
    box = items(client, "water_points", area="32.03.18", bbox="107.16,-7.19,107.18,-7.15", limit=MOST)
    assert box["numberMatched"] == len(rows.cx[107.16:107.18, -7.19:-7.15]) > 0
    days = items(client, "water_points", area="32.03.18", datetime="2026-01-01/..", limit=MOST)
    assert days["numberMatched"] == (rows["reported_on"] >= "2026-01-01").sum() > 0
    one = client.get("/api/collections/villages/items/32.03.18.2002?area=32.03.18").json()
    village = analysed("32.03.18", None).villages.set_index("village_code").loc["32.03.18.2002"]
    assert one["properties"]["served"] == pytest.approx(village["served"])
    assert client.get("/api/collections/villages/items/32.03.18.9999").status_code == 404
    assert client.get("/api/collections/kings/items").status_code == 404
    told = client.get("/api/collections/villages/items?f=csv&area=32.03.18").text
    assert told.count("\n") == len(analysed("32.03.18", None).villages.dropna(subset="village_code")) + 1


def test_yes_and_no_are_asked_for_as_such_and_a_box_may_go_over_the_line_of_dates(client: TestClient) -> None:
    rows = analysed("32.03.18", None).villages
    rows = rows[rows["village_code"].notna()]
    (name,) = [
        one
        for one in rows
        if rows[one].dropna().map(lambda cell: isinstance(cell, bool)).all() and rows[one].notna().any()
    ][:1]
    for value in ("true", "false"):
        found = items(client, "villages", area="32.03.18", limit=MOST, **{name: value})
        assert found["numberMatched"] == (rows[name] == (value == "true")).sum()
    assert client.get(f"/api/collections/villages/items?{name}=perhaps").status_code == 400
    everything = items(client, "water_points", area="32.03.18", limit=1)["numberMatched"]
    assert items(client, "water_points", area="32.03.18", bbox="100,-11,-170,6", limit=1)["numberMatched"] == everything
    assert items(client, "water_points", area="32.03.18", bbox="170,-11,-170,6", limit=1)["numberMatched"] == 0


@pytest.mark.parametrize("asked", ["limit=-1", "limit=0", "limit=%C2%B2", "bbox=107,-7,108,-8", "datetime=now", "datetime=2026-02-01/2026-01-01", "limit=x", "offset=1.5", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=nan,0,1,1", "datetime=yesterday",
                                   "nothing=1", "geometry=1", "area=99", "area=x", "version=none", "f=xml", "capacity_people=many"])  # fmt: skip
def test_a_bad_question_is_refused_in_words(client: TestClient, asked: str) -> None:
    answer = client.get(f"/api/collections/water_points/items?{asked}")
    assert answer.status_code == 400
    assert len(answer.json()["description"]) > 5


def test_a_fixed_version_stays_as_it_was(client: TestClient, tmp_path: Path, shipped: Inputs) -> None:
    first = ws.current(tmp_path)
    tables = shipped.tables()
    ws.save(tmp_path, {**tables, "water_points": tables["water_points"].iloc[:-100]}, dict(shipped.sources))
    assert items(client, "water_points", limit=1)["numberMatched"] == len(shipped.water_points) - 100
    assert items(client, "water_points", limit=1, version=first)["numberMatched"] == len(shipped.water_points)
    assert items(client, "villages", limit=1, version=first)["features"][0]["properties"]["data_version"] == first


def test_decisions_are_given_without_persons(client: TestClient, tmp_path: Path) -> None:
    record = whole_record(tmp_path)
    assert items(client, "decisions")["numberMatched"] == 0
    meeting = Meeting(
        0, "Rapat", "Balai", date.today(), "Bu Rahasia", "32.03.18", "v", {}, (replace(ITEM, name="Sumur Pak Rahasia"),)
    )
    number = call(record, "Bu Rahasia", meeting).number
    attend(record, "Bu Rahasia", number, Attendee("Siti Rahasia", "Dinas", "government"))
    told = APPROVED | {"person": "Ujang Rahasia", "reason": "janji Pak Rahasia"}
    decide(record, "Bu Rahasia", number, Decision(ITEM.key, **told, amount_idr=4e6))
    found = items(client, "decisions")
    assert [one["properties"]["lead"] for one in found["features"]] == ["Dinas PUPR"]
    assert "Rahasia" not in json.dumps(found)


def test_the_place_of_a_households_decided_toilet_is_coarse(client: TestClient, tmp_path: Path) -> None:
    record = whole_record(tmp_path)
    item = replace(ITEM, service="sanitation", technology="excreta_storage", lat=-7.2123456, lon=107.1234567)
    number = call(record, "A", Meeting(0, "R", "B", date.today(), "A", "32.03.18", "v", {}, (item,))).number
    attend(record, "A", number, Attendee("B", "Dinas", "government"))
    decide(record, "A", number, Decision(item.key, **APPROVED, amount_idr=4e6))
    found = items(client, "decisions")["features"]
    assert [one["properties"]["place_shifted"] for one in found] == [True]
    assert "7.21234" not in json.dumps(found)


def test_a_key_of_its_own_use_opens_and_no_other(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (_gate, _session, _api):
        monkeypatch.setattr(module, "signing_in", lambda: True)
    monkeypatch.setattr(_gate, "has_auth", lambda: True)
    assert client.get("/api").status_code == 401
    key, event = issue(whole_record(tmp_path), "Admin", "Bappeda", "api")
    other, _ = issue(whole_record(tmp_path), "Admin", "Tim", "forms")
    assert client.get("/api", headers={"authorization": f"Bearer {key}"}).status_code == 200
    landing = client.get(f"/api/key/{key}").json()
    assert all(f"/api/key/{key}" in link["href"] for link in landing["links"])
    assert client.get(f"/api/key/{other}").status_code == 401
    assert client.post(f"/api/key/{key}/collections", content=b"").status_code == 405
    whole_record(tmp_path).withdraw("Admin", event.number)
    assert client.get(f"/api/key/{key}").status_code == 401


@pytest.mark.qgis
def test_gdal_and_qgis_read_it_as_their_users_do(client: TestClient, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(SERVED, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        ends = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < ends
            time.sleep(0.02)
        script = Path(__file__).with_name("oapif_visit.py")
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
        done = subprocess.run(
            [QGIS_PYTHON, str(script), f"http://127.0.0.1:{port}/api"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        server.should_exit = True
        thread.join(10)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    analysis = analysed(None, None)
    assert seen["gdal"]["water_points"] == seen["qgis"]["water_points"]["count"] == len(analysis.water_points) > 100
    assert (
        seen["gdal"]["villages"] == seen["qgis"]["villages"]["count"] == analysis.villages["village_code"].notna().sum()
    )
    assert seen["gdal"]["priorities"] == len(analysis.priorities)
    assert seen["gdal_box"] == len(analysis.water_points.cx[107.16:107.18, -7.19:-7.15]) > 0
    assert all(one["valid"] for one in seen["qgis"].values())
    assert {"status", "load_people", "data_version"} <= set(seen["qgis"]["water_points"]["fields"])
