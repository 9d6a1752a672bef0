"""What a file says twice, or in a way that could be two: the newest counts, nothing is read wrongly in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.cells.cell_error import CellError
from geo.cells.numbers import parse_measure, style_of
from geo.cells.vocabulary import meant
from geo.workspace.importing import check_file, import_files
from geo.workspace.versions import current, load

HEAD = "point_id,name,status,reported_on,lat,lon\n"


def written(folder: Path, text: str, name: str = "w.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_newest_of_dated_reports_is_the_site_and_the_others_its_history(tmp_path: Path) -> None:
    rows = "1,A,baik,2019-05-01,-7.2,107.1\n1,A,rusak,2024-05-01,-7.2001,107.1\n2,B,baik,2020-01-01,-7.21,107.1\n"
    found = check_file(written(tmp_path, HEAD + rows), "water_points")
    assert found.rows.set_index("point_id")["status"].to_dict() == {"1": "non_functional", "2": "functional"}
    assert found.rejects.empty
    assert "older_kept" in {fault.key for fault in found.faults}
    import_files(tmp_path / "ws", {"water_points": tmp_path / "w.csv"})
    past = load(tmp_path / "ws", current(tmp_path / "ws")).reports
    assert list(zip(past["site_id"], past["status"], strict=True)) == [("1", "functional")]


@pytest.mark.parametrize(
    "second",
    ["1,A,rusak,2019-05-01,-7.2,107.1", "1,A,rusak,,-7.2,107.1", "1,A,rusak,2024-05-01,-7.25,107.1"],
    ids=["same day", "no date", "far away"],
)
def test_rows_of_one_id_that_are_no_history_stay_a_contradiction(tmp_path: Path, second: str) -> None:
    found = check_file(written(tmp_path, f"{HEAD}1,A,baik,2019-05-01,-7.2,107.1\n{second}\n"), "water_points")
    assert found.rows["status"].tolist() == ["functional"]
    assert len(found.rejects) == 1
    assert "duplicate_id" in {fault.key for fault in found.faults}


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("Rp. 5 juta", "IDR", 5e6), ("Rp. 500 ribu", "IDR", 5e5), ("ca. 100", "people", 100), ("th. 2010", "year", 2010),
        ("approx. 100 people", "people", 100), ("12%", "share", 0.12), ("12,5 %", "share", 0.125),
    ],
)  # fmt: skip
def test_the_point_of_an_abbreviation_is_no_decimal_point(text: str, unit: str, value: float) -> None:
    assert parse_measure(text, unit, grouped=True)[0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit"), [("25%", "households"), ("$300", "IDR"), ("€ 1.500", "IDR"), ("25 %", "people")]
)
def test_per_cent_and_foreign_money_are_no_number_of_the_column(text: str, unit: str) -> None:
    with pytest.raises(CellError) as fault:
        parse_measure(text, unit, grouped=True)
    assert fault.value.key == "other_unit"


def test_one_decimal_makes_no_thousands_decimals(tmp_path: Path) -> None:
    assert style_of(["2.5 juta", "750.000"]).point is None
    text = "settlement_id,population,lat,lon\na,2.5,-7.2,107.1\nb,1.250,-7.21,107.1\nc,310,-7.22,107.1\n"
    found = check_file(written(tmp_path, text), "settlements")
    assert found.rows.set_index("settlement_id")["population"].dropna().to_dict() == {"c": 310.0}
    assert {fault.key for fault in found.faults} >= {"number_two_ways", "lost_thousands"}
    money = "point_id,status,biaya,lat,lon\n1,rusak,2.5 juta,-7.2,107.1\n2,rusak,750.000,-7.21,107.1\n"
    found = check_file(written(tmp_path, money, "m.csv"), "water_points")
    assert found.rows["rehab_cost_idr"].tolist() == [2.5e6, 750_000.0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Berfungsi/Tidak berfungsi", None), ("kadang tidak berfungsi", None), ("bukan tidak berfungsi", None),
        ("Berfungsi tapi meteran tidak berfungsi", None), ("Baik - pompa mati", None), ("Working - pump stolen", None),
        ("Functional (broken handle)", None), ("functional (not working in dry season)", None),
        ("Berfungsi - rusak ringan", "needs_repair"), ("Rusak berat, tidak berfungsi", "non_functional"),
        ("tidak fungsional", "non_functional"), ("Rusak Berat (RB)", "non_functional"), ("1 - Baik", "functional"),
    ],
)  # fmt: skip
def test_a_state_of_several_parts_is_what_all_of_them_say(text: str, value: str | None) -> None:
    word = meant(text, "status")
    assert (word.value if word else None) == value


def test_a_column_of_our_name_that_holds_something_else_gives_way(tmp_path: Path) -> None:
    text = "point_id,status,kondisi,lat,lon\n1,Milik Desa,baik,-7.2,107.1\n2,Milik Pribadi,rusak berat,-7.21,107.1\n"
    found = check_file(written(tmp_path, text), "water_points")
    assert found.rows["status"].tolist() == ["functional", "non_functional"]


def test_a_row_without_latitude_takes_its_position_from_the_column_that_has_one(tmp_path: Path) -> None:
    text = 'point_id,status,koordinat,lat,lon\n1,baik,"-7.21, 107.12",,\n2,baik,,-7.22,107.13\n'
    found = check_file(written(tmp_path, text), "water_points")
    assert [(round(p.y, 3), round(p.x, 3)) for p in found.rows.geometry] == [(-7.21, 107.12), (-7.22, 107.13)]
    assert "place_of_other_column" in {fault.key for fault in found.faults}


def test_a_site_without_an_id_keeps_the_one_it_was_given_when_its_state_changes(tmp_path: Path) -> None:
    one = check_file(written(tmp_path, "name,status,lat,lon\nA,baik,-7.2,107.1\n", "1.csv"), "water_points")
    other = check_file(written(tmp_path, "name,status,lat,lon\nA,rusak,-7.2,107.1\n", "2.csv"), "water_points")
    assert one.rows["point_id"].tolist() == other.rows["point_id"].tolist()


def test_days_that_programs_write_for_no_date_are_none(tmp_path: Path) -> None:
    text = HEAD + "1,A,baik,1900-01-01,-7.2,107.1\n2,B,baik,01/01/1970,-7.21,107.1\n3,C,baik,2020-02-02,-7.22,107.1\n"
    found = check_file(written(tmp_path, text), "water_points")
    assert found.rows["reported_on"].notna().tolist() == [False, False, True]


def test_what_was_read_is_told(tmp_path: Path) -> None:
    found = check_file(written(tmp_path, HEAD + "1,A,Kurang Baik,2020-02-02,-7.2,107.1\n"), "water_points")
    (told,) = [fault for fault in found.faults if fault.key == "synonym"]
    assert (told.value, told.values["read"]) == ("Kurang Baik", "needs_repair")


def test_a_lone_position_on_the_other_side_of_the_equator_is_told(tmp_path: Path) -> None:
    rows = "".join(f"{n},A,baik,,{-7.2 - n / 1000:.3f},107.{100 + n}\n" for n in range(15))
    found = check_file(written(tmp_path, HEAD + rows + "99,B,baik,,7.205,107.11\n"), "water_points")
    (told,) = [fault for fault in found.faults if fault.key == "other_hemisphere"]
    assert (told.row, told.values["count"]) == (17, 1)
    assert len(found.rows) == 16
    both = HEAD + "".join(f"{n},A,baik,,{(-1) ** n * (1.2 + n / 1000):.3f},107.{100 + n}\n" for n in range(16))
    assert "other_hemisphere" not in {fault.key for fault in check_file(written(tmp_path, both), "water_points").faults}


def test_many_texts_read_in_one_way_are_one_line(tmp_path: Path) -> None:
    rows = "".join(f"{n},A,baik,{n + 10:02d}/05/2020,{-7.2 - n / 1000:.3f},107.{100 + n}\n" for n in range(12))
    found = check_file(written(tmp_path, HEAD + rows), "water_points")
    days = [fault for fault in found.faults if fault.key in ("day_first", "more_alike")]
    assert [fault.key for fault in days] == ["day_first"] * 3 + ["more_alike"]
    assert sum(fault.values["count"] for fault in days) == 12
