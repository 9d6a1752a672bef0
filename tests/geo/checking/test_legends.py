"""Codes that another sheet explains."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from geo.checking.checked_table import Checked
from geo.workspace.importing import check_file

HEAD = ("id", "lat", "lon", "jenis", "kondisi")
ROWS = (("a", -7.2, 107.1, "a", 1), ("b", -7.3, 107.1, "b", 2), ("c", -7.4, 107.1, "c", 1))


def _checked(
    path: Path, sheet: str, rows: list[tuple[object, ...]], more: tuple[tuple[object, ...], ...] = ()
) -> Checked:
    book = Workbook()
    data = book.active
    data.title = "Data"
    for row in (HEAD, *ROWS, *more):
        data.append(row)
    other = book.create_sheet(sheet)
    for row in rows:
        other.append(row)
    book.save(path)
    return check_file(path, "water_points")


TWO = [
    ("Jenis", "Arti"), ("a", "Sumur gali"), ("b", "PAH"), ("c", "Sumur bor"), (), ("Kondisi", "Arti"), (1, "Baik"), (2, "Rusak"),
]  # fmt: skip
BESIDE = [
    ("Arti", "Jenis", "", "Kondisi", "Arti"),
    ("Sumur gali", "a", "", 1, "Baik"),
    ("PAH", "b", "", 2, "Rusak"),
    ("Sumur bor", "c"),
]
CHOICES = [
    ("list_name", "name", "label"), ("jenis", "a", "Sumur gali"), ("jenis", "b", "PAH"), ("jenis", "c", "Sumur bor"),
    ("kondisi", 1, "Baik"), ("kondisi", 2, "Rusak"), ("ya", 1, "Ya"), ("ya", 2, "Tidak"),
]  # fmt: skip
LINES = [("Jenis: a = Sumur gali, b = PAH, c = Sumur bor",), ("Kondisi",), ("1 = Baik",), ("2 = Rusak",)]


@pytest.mark.parametrize(
    "rows", [TWO, BESIDE, CHOICES, LINES], ids=["two lists", "beside each other", "choices", "lines"]
)
def test_codes_take_the_words_of_a_legend(tmp_path: Path, rows: list[tuple[object, ...]]) -> None:
    checked = _checked(tmp_path / "f.xlsx", "Keterangan", rows)
    assert list(checked.rows["technology"]) == ["open_well", "rainwater", "borehole"]
    assert list(checked.rows["status"]) == ["functional", "non_functional", "functional"]
    told = {fault.column: fault.values["codes"] for fault in checked.faults if fault.key == "legend_read"}
    assert told["kondisi"] == "1 = Baik; 2 = Rusak"


def test_a_code_the_legend_has_not_is_blanked(tmp_path: Path) -> None:
    checked = _checked(tmp_path / "f.xlsx", "Kode", TWO, (("d", -7.5, 107.1, "x", 1),))
    assert list(checked.rows["technology"]) == ["open_well", "rainwater", "borehole", "unknown"]
    assert [(one.row, one.value) for one in checked.faults if one.severity == "blanked"] == [(5, "x")]


def test_legends_that_contradict_each_other_count_by_their_name(tmp_path: Path) -> None:
    other = [("kondisi", 1, "Baik"), ("kondisi", 2, "Rusak"), ("kondisi lama", 1, "Rusak"), ("kondisi lama", 2, "Baik")]
    checked = _checked(tmp_path / "f.xlsx", "Kode", other)
    assert list(checked.rows["status"]) == ["unknown"] * 3  # both are called so: nobody knows
    clear = [("kondisi", 1, "Baik"), ("kondisi", 2, "Rusak"), ("pompa", 1, "Rusak"), ("pompa", 2, "Baik")]
    assert list(_checked(tmp_path / "g.xlsx", "Kode", clear).rows["status"]) == [
        "functional",
        "non_functional",
        "functional",
    ]


def test_another_sheet_of_things_is_no_legend(tmp_path: Path) -> None:
    things = [("kode", "kondisi"), ("1", "rusak"), ("2", "rusak"), ("3", "rusak")]
    checked = _checked(tmp_path / "f.xlsx", "Lain", things)
    assert list(checked.rows["status"]) == ["unknown"] * 3
