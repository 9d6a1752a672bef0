"""Sheets and blocks of one kind, questions for a state, ids that a spreadsheet spoilt, examples, dates of two readings."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from geo.cells.vocabulary import meant
from geo.checking.checked_table import Checked
from geo.checking.notices import _nearest_other
from geo.reach.distance import GEOD
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


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("R.B.", "non_functional"), ("r/b", "non_functional"), ("N/F", "non_functional"), ("P.F.", "needs_repair"),
        ("R.R.", "needs_repair"), ("!working", "non_functional"), ("functional?", None), ("S.P.", None),
        ("a. Baik", "functional"), ("B/R", None),
    ],
)  # fmt: skip
def test_initials_are_one_word(text: str, status: str | None) -> None:
    word = meant(text, "status")
    assert (None if word is None else word.value) == status


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Sumur terlindung/tidak terlindung", None), ("Improved spring (not protected)", None),
        ("Protected well / unprotected", None), ("mata air (terlindung)", "protected_spring"),
        ("unprotected spring", "unprotected_spring"), ("Sumur tidak terlindung (SGL)", "open_well"), ("mata air tidak terlindung", "unprotected_spring"),
    ],
)  # fmt: skip
def test_what_is_not_protected_is_not_said_to_be(text: str, kind: str | None) -> None:
    word = meant(text, "technology")
    assert (None if word is None else word.value) == kind


def test_a_decimal_comma_under_a_head_of_one_axis_is_no_pair(tmp_path: Path) -> None:
    found = lines(tmp_path, "id;Latitude Nord;Longitude Ouest;etat\n1;12,35;1,52;bon\n2;12,36;1,53;panne\n")
    assert [(p.y, p.x) for p in found.rows.geometry] == [(12.35, -1.52), (12.36, -1.53)]


@pytest.mark.parametrize(
    "heads",
    ["lon_d,lon_m,lon_s,lat_d,lat_m,lat_s", "Long D,Long M,Long S,Lat D,Lat M,Lat S", "E_d,E_m,E_s,N_d,N_m,N_s"],
)
def test_the_s_of_seconds_is_no_south(tmp_path: Path, heads: str) -> None:
    found = lines(tmp_path, f"id,{heads},status\na,35,12,50,12,47,10,working\n")
    (place,) = found.rows.geometry
    assert (round(place.y, 4), round(place.x, 4)) == (12.7861, 35.2139)


@pytest.mark.parametrize(
    ("heads", "row", "place"),
    [
        ("lat,N/S,lon,E/W", "6.79,S,39.2,E", (-6.79, 39.2)), ("lat,lat_dir,lon,lon_dir", "12.3,N,1.52,W", (12.3, -1.52)),
        ("lat,LU/LS,lon,BT/BB", "7.21,LS,107.12,BT", (-7.21, 107.12)),
        ("lat_deg,lat_min,NS,long_deg,long_min,EW", "6,30,S,39,15,E", (-6.5, 39.25)),
    ],
)  # fmt: skip
def test_a_column_of_its_own_tells_the_side(tmp_path: Path, heads: str, row: str, place: tuple[float, float]) -> None:
    found = lines(tmp_path, f"id,{heads},status\na,{row},working\n")
    assert [(round(p.y, 6), round(p.x, 6)) for p in found.rows.geometry] == [place]
    assert "side_in_column" in keys(found)


def test_a_minus_against_the_side_of_the_head_is_a_fault(tmp_path: Path) -> None:
    found = lines(tmp_path, "id,LS,BT,kondisi\na,7.21,107.12,baik\nb,-7.22,107.13,baik\nc,7.23,-107.14,baik\n")
    assert found.rows["point_id"].tolist() == ["a", "b"]
    assert [fault.row for fault in found.faults if fault.severity == "rejected"] == [4]


def test_two_places_of_one_row_are_told(tmp_path: Path) -> None:
    text = "id,lat,lon,geom,status\na,-7.21,107.12,POINT(107.12 -7.21),baik\nb,-7.26,107.12,POINT(107.30 -7.40),baik\n"
    assert [fault.row for fault in lines(tmp_path, text).faults if fault.key == "two_places"] == [3]


def test_a_share_is_no_count(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(
        "kode desa,nama desa,lat,lon,penduduk,kk,BABS %,% layak sendiri,Jumlah SR (%)\n"
        "32.03.18.2001,A,-7.2,107.1,3000,900,10,75,30\n",
        encoding="utf-8",
    )
    rows = check_file(tmp_path / "v.csv", "villages").rows
    assert rows[["hh_open", "hh_own", "households_piped"]].isna().all(axis=None)


def grouped(tmp_path: Path, rows: Sequence[Sequence[object]], merges: Sequence[str], table: str) -> Checked:
    work = openpyxl.Workbook()
    for row in rows:
        work.active.append(list(row))
    for one in merges:
        work.active.merge_cells(one)
    work.save(tmp_path / "g.xlsx")
    return check_file(tmp_path / "g.xlsx", table)


def test_heads_of_groups_tell_whose_place_it_is(tmp_path: Path) -> None:
    rows = [
        ["ID", "Rumah responden", None, "Titik air", None, "Status"],
        [None, "Lat", "Lon", "Lat", "Lon", None],
        ["a", -7.9, 107.9, -7.2, 107.2, "baik"],
    ]
    found = grouped(tmp_path, rows, ["B1:C1", "D1:E1"], "water_points")
    assert [(p.y, p.x) for p in found.rows.geometry] == [(-7.2, 107.2)]
    assert "gps_chosen" in keys(found)


def test_of_groups_that_are_years_the_newest_counts(tmp_path: Path) -> None:
    rows = [
        ["Kode Desa", "Nama Desa", "Lat", "Lon", 2022, None, 2023, None],
        [None, None, None, None, "Penduduk", "KK", "Penduduk", "KK"],
        ["32.03.18.2001", "A", -7.2, 107.1, 2800, 780, 2900, 800],
    ]
    found = grouped(tmp_path, rows, ["E1:F1", "G1:H1"], "villages")
    assert found.rows[["population", "households"]].iloc[0].tolist() == [2900, 800]
    rows = [["ID", "Lat", "Lon", "Kondisi", None], [None, None, None, 2022, 2024], ["a", -7.2, 107.1, "baik", "rusak"]]
    assert grouped(tmp_path, rows, ["D1:E1"], "water_points").rows["status"].tolist() == ["non_functional"]


def test_what_is_merged_over_rows_is_said_of_each(tmp_path: Path) -> None:
    rows = [
        ["ID", "Kondisi", "Lat", "Lon"], ["a", "rusak berat", -7.2, 107.1], ["b", None, -7.3, 107.2],
        ["c", "baik", -7.4, 107.3],
    ]  # fmt: skip
    found = grouped(tmp_path, rows, ["B2:B3"], "water_points")
    assert found.rows["status"].tolist() == ["non_functional", "non_functional", "functional"]


@pytest.mark.parametrize(
    "heads", ["Baik,Rusak Ringan,Rusak Berat", "Functional,Partially functional,Non functional", "Bon,Regular,En panne"]
)
def test_a_row_of_totals_leaves_the_ticks_alone(tmp_path: Path, heads: str) -> None:
    text = f"id,nama,lat,lon,{heads}\na,A,-7.2,107.1,x,,\nb,B,-7.3,107.2,,x,\nc,C,-7.4,107.3,,,x\n,Jumlah,,,12,3,5\n"
    found = lines(tmp_path, text)
    assert found.rows["status"].tolist() == ["functional", "needs_repair", "non_functional"]


def test_a_month_in_words_proves_which_report_is_newer(tmp_path: Path) -> None:
    text = 'point_id,lat,lon,status,report_date\nX,6.4,-10.7,rusak,"Sep 3, 2019"\nX,6.4,-10.7,baik,"Oct 13, 2021"\n'
    found = lines(tmp_path, text)
    assert found.rows["status"].tolist() == ["functional"]
    assert "older_kept" in keys(found)


def test_a_prefix_counts_on_what_says_that_it_is_a_well(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(
        "osm_id,lat,lon,man_made,amenity,disused:amenity,removed:pump,abandoned:man_made\n"
        "1,-1.1,35.1,water_well,,pub,,\n2,-1.2,35.2,water_well,,,manual,\n3,-1.3,35.3,,,,,water_well\n",
        encoding="utf-8",
    )
    assert check_file(path, "water_points").rows["status"].tolist() == ["unknown", "unknown", "abandoned"]


def test_thousands_at_one_place_are_told_in_bounds(tmp_path: Path) -> None:
    """A register that gives the village's middle for each of its wells; a pair of each with each would fill the memory."""
    rows = "".join(f"p{n},-7.2,107.1,functional,borehole\n" for n in range(30_000))
    tracemalloc.start()
    found = lines(tmp_path, "id,lat,lon,status,technology\n" + rows + "q,-7.2001,107.1,functional,borehole\n")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    told = [fault for fault in found.faults if fault.key == "possible_duplicate"]
    assert len(told) == 30_000
    assert told[-1].values["other"] == "p0"
    assert told[-1].values["far"] == 11
    assert {fault.values["other"] for fault in told[1:-1]} == {"p0"}
    assert most < 400_000_000


def test_the_nearest_of_its_kind_is_the_one_that_a_search_through_all_finds() -> None:
    random = np.random.default_rng(3)
    xy = np.column_stack([107.1 + random.integers(0, 60, 300) / 60_000, -7.2 + random.integers(0, 60, 300) / 60_000])
    nearest, metres = _nearest_other(xy)
    for n in range(len(xy)):
        far = GEOD.inv(*np.broadcast_to(xy[n], xy.shape).T, *xy.T)[2]
        far[n] = np.inf
        if far.min() > 25:
            assert nearest[n] == -1
        else:
            assert metres[n] == pytest.approx(far.min(), abs=1e-6)
            assert far[nearest[n]] == pytest.approx(far.min(), abs=1e-3)
