"""Rows of a list that are none of its things, and things that only look so."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from geo.cells.vocabulary import asked_state
from geo.model.errors import DataError
from geo.workspace.importing import check_file


def read(path: Path, text: str, table: str = "water_points") -> list[list[object]]:
    path.write_text(text, encoding="utf-8")
    found = check_file(path, table)
    assert found.read == found.accepted + found.rejected
    names = ["name", "status", "technology"] if table == "water_points" else ["name", "population"]
    return found.rows[names].astype(object).to_numpy().tolist()


def test_things_named_by_their_kind_are_no_headings(tmp_path: Path) -> None:
    text = "No,Nama Sarana,Lintang,Bujur,Pemakai\n1,Sumur Bor,-7.1,107.1,20\n2,PAH Pak Asep,-7.2,107.1,5\n3,Sumur Gali,-7.3,107.1,9\n"
    assert [row[2] for row in read(tmp_path / "f.csv", text)] == ["unknown"] * 3


@pytest.mark.parametrize("name", ["Suma Hill", "Total Baru", "Jumlah Rejo", "SUM-01", "Mean Wells", "Catatan Barat"])
def test_things_with_a_place_are_no_totals(name: str, tmp_path: Path) -> None:
    text = f"id,kondisi,lat,lon,pemakai\n{name},,-7.1,107.1,30\nb,rusak,-7.2,107.1,10\n"
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    assert check_file(path, "water_points").rows["point_id"].tolist() == [name, "b"]


def test_a_heading_that_nobody_understands_ends_the_one_before(tmp_path: Path) -> None:
    text = "no;nama;lat;lon\nA. Kondisi baik;;;\n1;S1;-7.1;107.1\nB. Belum dilihat;;;\n1;S2;-7.2;107.1\nII. RUSAK BERAT (3 unit);;;\n1;S3;-7.3;107.1\n"
    assert [row[1] for row in read(tmp_path / "f.csv", text)] == ["functional", "unknown", "non_functional"]


def test_villages_and_settlements_are_the_things_of_their_lists(tmp_path: Path) -> None:
    text = "id,kode desa,nama,penduduk,lat,lon\nKECAMATAN X,,,,,\na,32.03.18.2001,Dusun 2,120,-7.1,107.1\nb,32.03.18.2001,Kampung Baru,90,-7.2,107.1\n"
    assert read(tmp_path / "f.csv", text, "settlements") == [["Dusun 2", 120.0], ["Kampung Baru", 90.0]]


def test_numbers_that_go_on_are_of_things(tmp_path: Path) -> None:
    text = "no;nama;kondisi;lat;lon\n1;S1;baik;-7.1;107.1\n2;Dusun Barat;;;\n3;S3;baik;-7.3;107.1\n"
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    found = check_file(path, "water_points")
    assert (found.read, found.accepted, found.rejected) == (3, 2, 1)


def test_ids_that_count_anew_under_each_heading_are_told_apart(tmp_path: Path) -> None:
    text = "id;kondisi;lat;lon\nDesa A;;;\n1;baik;-7.1;107.1\n2;rusak;-7.2;107.1\nDesa B;;;\n1;baik;-7.3;107.1\n"
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    assert check_file(path, "water_points").rows["point_id"].tolist() == ["1/1", "1/2", "2/1"]


@pytest.mark.parametrize("name", ["MCK", "Usulan 2027", "Data lama", "Template", "Toilets"])
def test_a_sheet_of_other_things_is_not_joined(name: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Titik air"
    for sheet, ident in ((book.active, "a"), (book.create_sheet(name), "b")):
        sheet.append(("id", "kondisi", "lat", "lon"))
        sheet.append((ident, "baik", -7.1 if ident == "a" else -7.2, 107.1))
    book.save(tmp_path / "f.xlsx")
    assert check_file(tmp_path / "f.xlsx", "water_points").rows["point_id"].tolist() == ["a"]


def test_a_legend_is_not_the_list(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Legenda"
    for row in (("kode", "arti"), (1, "Baik"), (2, "Rusak")):
        book.active.append(row)
    sheet = book.create_sheet("Data")
    for row in (("id", "nama", "lat", "lon"), ("a", "S1", -7.1, 107.1), ("b", "S2", -7.2, 107.1)):
        sheet.append(row)
    book.save(tmp_path / "f.xlsx")
    assert check_file(tmp_path / "f.xlsx", "water_points").accepted == 2


@pytest.mark.parametrize("cells", ["-7,21", "02/05", "4,5", "2 5"])
def test_one_number_under_the_head_of_a_place_is_none(cells: str, tmp_path: Path) -> None:
    path = tmp_path / "f.tsv"
    path.write_text(f"id\tkondisi\tlokasi\na\tbaik\t{cells}\n", encoding="utf-8")
    with pytest.raises(DataError):
        check_file(path, "water_points")


@pytest.mark.parametrize(
    ("head", "yes"),
    [
        ("Berfungsi (ya/tidak)", "functional"),
        ("Apakah sarana berfungsi atau tidak?", "functional"),
        ("Functional / Non-functional", "functional"),
        ("Is it functional or not?", "functional"),
        ("No problems", None),
        ("Belum rusak", None),
        ("Does not need repair", None),
        ("Status perbaikan", None),
        ("Tidak berfungsi", "non_functional"),
    ],
)
def test_what_a_head_asks(head: str, yes: str | None) -> None:
    assert asked_state(head, "water_points") == yes


def test_money_that_is_no_rupiah_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("id,kondisi,lat,lon,rehab cost ($)\na,rusak,-7.1,107.1,1250\n", encoding="utf-8")
    assert check_file(path, "water_points").rows["rehab_cost_idr"].isna().all()


def test_reports_of_toilets_are_of_sanitation(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    text = "id,layanan,site_id,kondisi,tanggal,lat,lon\nr1,jamban,m1,rusak,2026-01-02,-7.1,107.1\nr2,MCK,m1,baik,2026-01-03,-7.1,107.1\nr3,listrik,p1,baik,2026-01-04,-7.1,107.1\n"
    path.write_text(text, encoding="utf-8")
    found = check_file(path, "reports")
    assert found.rows["service"].tolist() == ["sanitation", "sanitation"]
    assert found.rejected == 1
