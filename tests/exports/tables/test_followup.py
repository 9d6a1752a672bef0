"""The form for visiting known sites again: both forms by pyxform, sites by other readers, answers back as differences."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyogrio
import pytest
from pyxform.xls2xform import convert

from exports.formats import export
from exports.tables.sheet import Sheet, sheet_of, with_why
from geo.analysis.analyse import analyse
from geo.field.returned import differences
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.reading.readers import read_any
from tests.exports.test_formats import sheet as sheet  # the hostile one

XF = "{http://www.w3.org/2002/xforms}"
ENTITIES = "{http://www.opendatakit.org/xforms/entities}"


@pytest.fixture(scope="module")
def shipped_sheet(shipped: Inputs) -> Sheet:
    analysis = analyse(shipped, Params(area="32.03.18"))
    return sheet_of(analysis, with_why(analysis.priorities, "id"), "Prioritas", "id", date(2026, 11, 24))


def parts(sheet: Sheet) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(export(sheet, "odk"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_site_goes_along_with_what_is_known(shipped_sheet: Sheet, tmp_path: Path) -> None:
    made = parts(shipped_sheet)
    (tmp_path / "sites.geojson").write_bytes(made["sites.geojson"])
    back = pyogrio.read_dataframe(tmp_path / "sites.geojson").set_index("site_id")
    assert sorted(back.index) == sorted(shipped_sheet.rows["site_id"])
    for row in shipped_sheet.rows.itertuples():
        assert back.at[row.site_id, "geometry"].distance(row.geometry) < 1e-9
        assert back.at[row.site_id, "status"] == row.status
    lines = list(csv.DictReader(io.StringIO(made["sites.csv"].decode())))
    assert [one["site_id"] for one in lines] == back.index.tolist()
    assert len({one["name"] for one in lines}) == len(lines)
    assert "manager" not in made["sites.geojson"].decode()


@pytest.mark.parametrize(("form", "source"), [("kunjungan", "geojson"), ("kunjungan-entitas", "csv")])
def test_the_form_finds_what_is_known_where_it_says(shipped_sheet: Sheet, form: str, source: str) -> None:
    made = parts(shipped_sheet)
    warnings: list[str] = []
    root = ElementTree.fromstring(convert(made[f"{form}.xlsx"], warnings=warnings, file_type=".xlsx").xform)
    assert warnings == []
    instance = next(one for one in root.iter(f"{XF}instance") if one.get("id") == "sites")
    assert instance.get("src") == {"geojson": "jr://file/sites.geojson", "csv": "jr://file-csv/sites.csv"}[source]
    items = next(one for one in root.iter(f"{XF}itemset") if "'sites'" in one.get("nodeset"))
    key = items.find(f"{XF}value").get("ref")
    known = {bind.get("nodeset"): bind.get("calculate") for bind in root.iter(f"{XF}bind") if bind.get("calculate")}
    names = set(json.loads(made["sites.geojson"])["features"][0]["properties"])
    if source == "csv":
        names = set(made["sites.csv"].decode().splitlines()[0].split(","))
    assert key in names
    for node, says in known.items():
        if node.startswith("/data/known_"):
            assert says == f"instance('sites')/root/item[{key}= /data/site ]/{node.removeprefix('/data/known_')}"
            assert node.removeprefix("/data/known_") in names
    saved = {bind.get("nodeset"): bind.get(f"{ENTITIES}saveto") for bind in root.iter(f"{XF}bind")}
    wanted = {"/data/status_new": "status", "/data/visited_on": "last_seen"} if source == "csv" else {}
    assert {node: to for node, to in saved.items() if to} == wanted


def test_answers_come_back_as_differences_by_id(shipped_sheet: Sheet, shipped: Inputs, tmp_path: Path) -> None:
    """As ODK Central gives them out: groups and geopoints in columns of their own."""
    one, other = shipped_sheet.rows.iloc[0], shipped_sheet.rows.iloc[1]
    answers = pd.DataFrame(
        {
            "SubmissionDate": ["2026-11-25T03:00:00Z"] * 2, "site": ["x", "y"], "site_id": [one.site_id, other.site_id],
            "service": [one.service, other.service], "visited_on": ["2026-11-25"] * 2,
            "status_new": ["functional", other.status], "note": ["diperbaiki warga", None],
            "location-Latitude": [None, other.lat + 0.001], "location-Longitude": [None, other.lon],
        }
    )  # fmt: skip
    answers.to_csv(tmp_path / "answers.csv", index=False)
    found, faults = differences(shipped, read_any(tmp_path / "answers.csv", {}), on=date(2026, 11, 26))
    assert not [fault for fault in faults if fault.severity == "rejected"]
    told = {(diff.kind, diff.site_id, diff.new) for diff in found}
    assert ("status", one.site_id, "functional") in told
    assert {kind for kind, site, _ in told if site == other.site_id} == {"moved"}


def test_hostile_names_stay_text(sheet: Sheet) -> None:
    made = parts(sheet)
    assert len(json.loads(made["sites.geojson"])["features"]) == len(sheet.rows)
    assert len(list(csv.reader(io.StringIO(made["sites.csv"].decode())))) == len(sheet.rows) + 1


def test_ten_thousand_sites_in_ten_seconds(shipped_sheet: Sheet) -> None:
    rows = shipped_sheet.rows
    many = pd.concat([rows] * (10_000 // len(rows) + 1)).head(10_000).reset_index(drop=True)
    many["site_id"] = [f"s{n}" for n in range(10_000)]
    began = time.perf_counter()
    assert len(json.loads(parts(Sheet(many, "x", {}, shipped_sheet.analysis))["sites.geojson"])["features"]) == 10_000
    assert time.perf_counter() - began < 10


def test_what_a_spreadsheet_would_run_is_quoted_in_the_list(sheet: Sheet) -> None:
    risky = sheet.rows.assign(site_id=[f"=H{n}" for n in range(len(sheet.rows))])
    lines = list(csv.DictReader(io.StringIO(parts(Sheet(risky, sheet.title, sheet.about))["sites.csv"].decode())))
    assert [line["site_id"] for line in lines] == [f"'=H{n}" for n in range(len(lines))]
    assert all(line["label"].startswith("'=H") for line in lines)
    assert all(line["geometry"].startswith("-") for line in lines)  # a place is a place
