"""Who does what where, as files for others."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

from python_calamine import CalamineWorkbook

from exports.formats import export
from exports.tables.partners import partners_sheet
from layers.partners import partners_layer, partners_legend
from tests.builders import inputs, village
from texts import t

FOUND = [
    {"partner": "LSM Air", "kind": "ngo", "sector": "water", "village_code": "32.03.18.2001", "activity": "Sumur, hubungi 0812-3456-7890", "stage": "planned", "starts": date(2026, 1, 1), "ends": None, "amount_idr": 5e6, "shared": "=1+1"},
    {"partner": "Dinas", "kind": "government", "sector": "hygiene", "village_code": "32.03.18.2099", "activity": "CTPS", "stage": "done", "starts": date(2026, 2, 1), "ends": date(2026, 3, 1), "amount_idr": None, "shared": ""},
]  # fmt: skip


def test_hxl_excel_and_map_of_commitments() -> None:
    villages = inputs([], villages=[village()]).villages
    sheet = partners_sheet(FOUND, villages, "v1", "id", date(2026, 11, 25))
    rows = list(csv.reader(io.StringIO(export(sheet, "hxl").decode("utf-8-sig"))))
    named = dict(zip(rows[0], rows[1], strict=True))
    assert [named[name] for name in ("partner", "partner_kind", "sector", "village_code", "starts", "amount_idr")] == [
        "#org+name", "#org+type", "#sector", "#adm4+code", "#date+start", "#value+idr"
    ]  # fmt: skip
    first = dict(zip(rows[0], rows[2], strict=True))
    assert first["activity"] == "Sumur, hubungi […]", "no telephone number leaves"
    assert first["shared"] == "'=1+1", "nothing runs in a spreadsheet"
    book = CalamineWorkbook.from_filelike(io.BytesIO(export(sheet, "xlsx"))).get_sheet_by_name("mata_air").to_python()
    assert len(book) == 3
    assert book[1][book[0].index("starts")] == date(2026, 1, 1)
    features = json.loads(export(sheet, "geojson"))["features"]
    assert [feature["geometry"] is None for feature in features] == [False, True], "an unknown village has no place"


def test_villages_without_one_and_with_several_partners_differ_on_the_map() -> None:
    villages = inputs([], villages=[village(), village("32.03.18.2002"), village("32.03.18.2003")]).villages
    names = {"32.03.18.2002": ["<b>A"], "32.03.18.2003": ["A", "B"]}
    layer = partners_layer(villages, names, "id")
    content = json.loads(next(iter(layer._children.values())).json)
    colours = [feature["properties"]["style"]["fillColor"] for feature in content["features"]]
    assert len(set(colours)) == 3
    assert "<b>" not in content["features"][1]["properties"]["label"]
    for name, colour in zip(("none", "one", "several"), colours, strict=True):
        legend = partners_legend("id")
        assert t(f"partners.class.{name}", "id") in legend
        assert colour in legend
