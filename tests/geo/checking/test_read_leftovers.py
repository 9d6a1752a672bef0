"""Sheets and blocks of one kind, questions for a state, ids that a spreadsheet spoilt, examples, dates of two readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from geo.checking.checked_table import Checked
from geo.workspace.importing import check_file

HEADS = ["No", "Nama", "Lintang", "Bujur", "Kondisi", "Jenis"]


def site(n: int, name: str, status: str = "baik") -> list[object]:
    east = 107.1 + int.from_bytes(name.encode(), "big") % 997 / 2000
    return [n, name, -7.2 - east / 1000, east, status, "sumur bor"]


def book(tmp_path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Checked:
    work = openpyxl.Workbook()
    work.remove(work.active)
    for name, rows in sheets.items():
        sheet = work.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    work.save(tmp_path / "f.xlsx")
    return check_file(tmp_path / "f.xlsx", "water_points")


def keys(found: Checked) -> list[str]:
    return [fault.key for fault in found.faults]


def lines(tmp_path: Path, text: str) -> Checked:
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    return check_file(tmp_path / "f.csv", "water_points")


def test_sheets_of_one_kind_are_one_table_and_told(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        {
            "Desa A": [HEADS, site(1, "S1"), site(2, "S2")],
            "Desa B": [HEADS, site(1, "T3"), site(2, "T4", "rusak"), site(3, "T5", "xyzzy")],
            "Catatan": [["Dibuat oleh", "bidan desa"]],
        },
    )
    assert found.rows["name"].tolist() == ["S1", "S2", "T3", "T4", "T5"]
    joined = next(fault for fault in found.faults if fault.key == "part_joined")
    assert joined.values["part"] == "Desa B"
    assert joined.values["rows"] == "2–4"
    assert joined.values["numbers"] == "4–6"
    assert "sheet_taken" in keys(found)
    blank = next(fault for fault in found.faults if fault.severity == "blanked")
    assert blank.row == 6
    assert blank.value == "xyzzy"


@pytest.mark.parametrize("names", [("Data 2022", "Data 2023"), ("A", "B")])
def test_two_years_of_one_list_are_not_added_up(tmp_path: Path, names: tuple[str, str]) -> None:
    rows: list[list[object]] = [list(HEADS), *(site(n, f"S{n}") for n in range(1, 5))]
    found = book(tmp_path, {names[0]: rows, names[1]: rows})
    assert len(found.rows) == 4
    assert "part_joined" not in keys(found)
    assert "sheet_taken" in keys(found)


def test_a_second_block_beside_the_first_holds_other_things(tmp_path: Path) -> None:
    heads = HEADS[1:]
    left, right = [site(n, f"S{n}")[1:] for n in (1, 2, 3)], [site(n, f"T{n}", "rusak")[1:] for n in (1, 2)]
    rows = [[*one, None, *(right[n] if n < len(right) else [])] for n, one in enumerate(left)]
    found = book(tmp_path, {"Data": [[*heads, None, *heads], *rows]})
    assert found.rows["name"].tolist() == ["S1", "S2", "S3", "T1", "T2"]
    assert found.rows["status"].tolist() == ["functional"] * 3 + ["non_functional"] * 2
    assert next(fault for fault in found.faults if fault.key == "part_joined").values["part"] == "G–K"


def test_ids_that_count_anew_in_every_sheet_stay_apart(tmp_path: Path) -> None:
    heads: list[object] = ["id", *HEADS[1:]]
    found = book(tmp_path, {"A": [heads, site(1, "S1"), site(2, "S2")], "B": [heads, site(1, "T1"), site(2, "T2")]})
    assert found.rows["point_id"].tolist() == ["1", "2", "B/1", "B/2"]
    assert "part_numbers" in keys(found)


@pytest.mark.parametrize(
    ("head", "yes", "no", "turned"),
    [
        ("is_functional", "TRUE", "FALSE", False), ("Berfungsi?", "ya", "tidak", False), ("working", "y", "n", False),
        ("functioning", "1", "0", False), ("En panne", "oui", "non", True), ("Broken?", "Yes", "No", True),
        ("rusak", "ya", "tidak", True),
    ],
)  # fmt: skip
def test_a_question_for_the_state_is_read_the_way_it_asks(
    tmp_path: Path, head: str, yes: str, no: str, turned: bool
) -> None:
    found = lines(tmp_path, f"id,lat,lon,{head},technology\na,-7.2,107.1,{yes},borehole\nb,-7.3,107.2,{no},borehole\n")
    states = ["functional", "non_functional"]
    assert found.rows["status"].tolist() == (states[::-1] if turned else states)
    assert "asked" in keys(found)


def test_a_question_leaves_the_column_of_the_state_alone(tmp_path: Path) -> None:
    text = "id,lat,lon,status,working,technology\na,-7.2,107.1,needs_repair,yes,borehole\n"
    assert lines(tmp_path, text).rows["status"].tolist() == ["needs_repair"]


def test_ids_that_a_spreadsheet_spoilt_lose_no_site(tmp_path: Path) -> None:
    ids = ["3.20318E+12", "3.20318E+12", "1-Mar", "P-5"]
    rows = "".join(f"{one},-7.{n + 2},107.1,functional,borehole\n" for n, one in enumerate(ids))
    found = lines(tmp_path, "id,lat,lon,status,technology\n" + rows)
    assert len(found.rows) == 4
    assert found.rows["point_id"].is_unique
    assert found.rows["point_id"].tolist()[2:] == ["1-Mar", "P-5"]
    assert {"id_spoilt", "id_spoilt_shared", "ids_made"} <= set(keys(found))


def test_the_example_of_a_form_is_told(tmp_path: Path) -> None:
    text = "id,name,lat,lon,status,technology\nCONTOH-1,Contoh pengisian,-7.2,107.1,functional,borehole\n"
    found = lines(tmp_path, text + "P2,Sumur percontohan,-7.3,107.2,functional,borehole\n")
    assert [(fault.row, fault.value) for fault in found.faults if fault.key == "example_row"] == [(2, "CONTOH-1")]


@pytest.mark.parametrize(
    ("days", "read"),
    [
        (["2023/05/12", "23/05/12"], ["2023-05-12", None]),
        (["2023-05-12", "23/05/12"], ["2023-05-12", "2012-05-23"]),
        (["23/05/2012", "21/05/12"], ["2012-05-23", "2012-05-21"]),
    ],
)
def test_a_short_date_beside_dates_that_begin_with_the_year_may_be_two(
    tmp_path: Path, days: list[str], read: list[str | None]
) -> None:
    rows = "".join(f"p{n},-7.{n + 2},107.1,functional,borehole,{day}\n" for n, day in enumerate(days))
    found = lines(tmp_path, "id,lat,lon,status,technology,reported_on\n" + rows)
    assert [None if day is None or day != day else str(day)[:10] for day in found.rows["reported_on"]] == read


def test_a_year_with_plus_and_minus_before_it_is_read(tmp_path: Path) -> None:
    text = "id,lat,lon,status,technology,installed_year\na,-7.2,107.1,functional,borehole,+/- 2015\n"
    assert lines(tmp_path, text).rows["installed_year"].tolist() == [2015]
