"""What hostile and careless files did to the readers, each with what is right."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from geo.checking.checked_table import Checked
from geo.model.errors import DataError
from geo.reading.readers import read_any
from geo.workspace.importing import check_file

SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)
HEAD = "".join(
    f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
    for name in ("settlement_id", "village_code", "name", "population", "lat", "lon")
)


def ods(path: Path, rows: str, sheets: int = 1) -> Path:
    """A sheet of settlements, its rows as XML."""
    tables = "".join(
        f'<table:table table:name="S{n}"><table:table-row>{HEAD}</table:table-row>{rows}</table:table>'
        for n in range(sheets)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content {SPACES}><office:body><office:spreadsheet>{tables}'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return path


def text(said: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{said}</text:p></table:table-cell>'


def number(value: str) -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'


def row(ident: str, people: str, more: str = "", code: str = "") -> str:
    code = code or text("32.03.18.2001")
    return f"<table:table-row {more}>{text(ident)}{code}{text('A')}{people}{number('-7.2')}{number('107.1')}</table:table-row>"


def keys(found: Checked) -> set[str]:
    return {fault.key for fault in found.faults}


def test_a_line_break_in_a_cell_parts_two_numbers(tmp_path: Path) -> None:
    path = ods(tmp_path / "f.ods", row("a", text("12<text:line-break/>5")) + row("b", text("<![CDATA[310]]>")))
    found = check_file(path, "settlements")
    assert found.rows["population"].isna().tolist() == [True, False]
    assert found.rows["population"].tolist()[1] == 310


def test_cells_merged_downwards_say_the_same_in_each_row(tmp_path: Path) -> None:
    merged = text("32.03.18.2001", 'table:number-rows-spanned="2" table:number-columns-spanned="1"')
    rows = row("a", number("10"), code=merged) + row("b", number("20"), code="<table:covered-table-cell/>")
    found = check_file(ods(tmp_path / "f.ods", rows), "settlements")
    assert found.rows["village_code"].tolist() == ["32.03.18.2001"] * 2


def test_failed_formulas_and_hidden_rows_are_told(tmp_path: Path) -> None:
    failed = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    rows = row("a", failed) + row("b", number("20"), 'table:visibility="filter"')
    found = check_file(ods(tmp_path / "f.ods", rows), "settlements")
    assert {"sheet_error", "rows_hidden"} <= keys(found)
    assert found.blanked == 1
    book = openpyxl.Workbook()
    for line in (("id", "kondisi", "lat", "lon"), ("a", "baik", -7.1, 107.1), ("b", "rusak", -7.2, 107.1)):
        book.active.append(line)
    book.active.row_dimensions[3].hidden = True
    book.save(tmp_path / "f.xlsx")
    assert "rows_hidden" in keys(check_file(tmp_path / "f.xlsx", "water_points"))


@pytest.mark.parametrize(
    "cell",
    [
        '<table:table-cell office:value="5" table:number-columns-repeated="999999999"/>',
        text('a<text:s text:c="999999999"/>'),
    ],
)
def test_what_a_few_bytes_lay_out_is_counted(cell: str, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_any(ods(tmp_path / "f.ods", row("a", cell)))


def test_sheets_are_counted_together_and_under_any_name(tmp_path: Path) -> None:
    many = f'<table:table-row table:number-rows-repeated="900000">{text("a")}</table:table-row>'
    read_any(ods(tmp_path / "one.ods", many[:0] + row("a", number("1"))))
    for name in ("f.ods", "f.xls"):
        with pytest.raises(DataError) as raised:
            read_any(ods(tmp_path / name, many, sheets=20))
        assert raised.value.key == "error.far_cell"


def test_whole_numbers_of_sixteen_digits_stay_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (("id", "kondisi", "lat", "lon"), (3203180102030001, "baik", -7.1, 107.1)):
        book.active.append(line)
    book.save(tmp_path / "f.xlsx")
    assert check_file(tmp_path / "f.xlsx", "water_points").rows["point_id"].tolist() == ["3203180102030001"]


def test_a_sheet_with_only_a_header_holds_no_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(("id", "kondisi", "lat", "lon"))
    book.save(tmp_path / "f.xlsx")
    with pytest.raises(DataError) as raised:
        read_any(tmp_path / "f.xlsx", {"fits": lambda _: 0.0})
    assert raised.value.key == "error.empty_file"


def test_a_page_that_is_called_a_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.xls"
    path.write_text(
        "<html><head><meta charset='utf-8'></head><table><tr><th>id</th><th>kondisi</th><th>lat</th><th>lon</th></tr>"
        "<tr><td>a</td><td>baik</td><td>-7,21</td><td>107,12</td></tr></table></html>",
        encoding="utf-8",
    )
    found = check_file(path, "water_points")
    assert found.rows["status"].tolist() == ["functional"]


def test_a_zip_of_tables_gives_the_one_that_fits(tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/water.csv", "id,kondisi,jenis,lat,lon\na,baik,sumur bor,-7.1,107.1\n")
        archive.writestr("data/mck.csv", "id,jenis,kondisi,lat,lon\nm,MCK,rusak,-7.2,107.2\n")
    assert check_file(path, "water_points").rows["point_id"].tolist() == ["a"]
    assert check_file(path, "sanitation").rows["facility_id"].tolist() == ["m"]


def test_half_a_letter_in_json_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text('[{"id": "a\\ud800", "kondisi": "baik", "lat": -7.1, "lon": 107.1}]', encoding="utf-8")
    found = check_file(path, "water_points")
    assert found.accepted == 1
    found.rows["point_id"].iloc[0].encode("utf-8")


@pytest.mark.parametrize("heads", [("Jumlah Penduduk (L)", "Jumlah Penduduk (P)"), ("Laki-laki", "Perempuan")])
def test_men_and_women_are_added_up(heads: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        f"id;kode desa;{heads[0]};{heads[1]};lat;lon\na;32.03.18.2001;1.010;990;-7.1;107.1\n", encoding="utf-8"
    )
    found = check_file(path, "settlements")
    assert found.rows["population"].tolist() == [2000]
    assert "sexes" in keys(found)


def test_one_sex_is_not_all_people(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("id;kode desa;Penduduk (Laki-laki);lat;lon\na;32.03.18.2001;1010;-7.1;107.1\n", encoding="utf-8")
    assert check_file(path, "settlements").rows["population"].isna().all()


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("$GPGGA,120000,0712.6000,S,10707.2000,E,1,08,0.9,545.4,M,46.9,M,,", True),
        ("$GPGGA,120000,0712.6000,S,10707.2000,E,0,00,99.9,0,M,0,M,,", False),
        ("$GPGLL,0712.6000,S,10707.2000,E,120000,V", False),
        ("$GPGLL,0712.6000,S,10707.2000,E,120000,A", True),
        ("$GPGLL,0712.6000,S,10707.2000,E,120000,A*00", False),
    ],
)
def test_a_receiver_without_a_fix_says_no_place(cell: str, read: bool, tmp_path: Path) -> None:
    path = tmp_path / "f.tsv"
    path.write_text(
        f"id\tkondisi\tgps\na\tbaik\t{cell}\nb\tbaik\t-7.2, 107.1\nc\tbaik\t-7.3, 107.1\n", encoding="utf-8"
    )
    assert check_file(path, "water_points").accepted == 2 + read


def test_blanks_cost_no_time(tmp_path: Path) -> None:
    blanks = " " * 1900
    path = tmp_path / "f.tsv"
    lines = "".join(f"p{n}\tbaik\t-7.2{blanks[:1800]},107.1\t12{blanks}x\n" for n in range(200))
    path.write_text(f"id\tkondisi\tkoordinat\ttanggal\n{lines}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "geo", "check", str(path), "--as", "water_points", "--json"],
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert '"accepted": 200' in done.stdout


def test_a_hostile_file_is_bounded_in_every_command(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    lines = (f"p{n},{hash(str(n))},{hash(str(-n))},{n / 7}\n" for n in range(400_000))
    path.write_text("id,kondisi,nama,lat\n" + "".join(lines), encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "geo",
            "coverage",
            "--villages",
            str(path),
            "--water",
            str(path),
            "--out",
            str(tmp_path / "o.csv"),
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={**os.environ, "MATA_AIR_WORKER_MB": "60"},
    )
    assert done.returncode == 1
    assert "60" in done.stderr


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("id,kondisi,lat,lon\na,baik,-7.1,107.1\n", encoding="utf-8")
    before = path.read_bytes()
    for option in ("--rejects", "--fixes"):
        done = subprocess.run(
            [sys.executable, "-m", "geo", "check", str(path), "--as", "water_points", option, str(path)],
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 2
        assert path.read_bytes() == before
