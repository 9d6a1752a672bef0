"""Counts by village that say no place: they join the villages that are known, and nothing known is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from geo.model.errors import DataError
from geo.model.inputs import Inputs
from geo.workspace.importing import import_files, read_tables
from geo.workspace.versions import load, save
from tests.builders import inputs, settlement, village

A, B, C = (f"32.03.18.200{n}" for n in (1, 2, 3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = {A: "Sukamaju", B: "Pasirbaru", C: "Sukamaju"}
    villages = [
        village(code, name=name, population=1000.0, households=250, hh_open=40, data_source="BPS")
        for code, name in names.items()
    ]
    data: Inputs = inputs([settlement("s", (107.15, -7.2), 10.0)], (), villages)
    save(tmp_path / "ws", data.tables(), {})
    return tmp_path / "ws"


def stbm(path: Path, rows: list[list[object]]) -> Path:
    """An office's STBM sheet: title, header of two rows, numbers of columns, then the villages."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("STBM")
        sheet.write(0, 0, "REKAP DATA STBM KECAMATAN PAGELARAN")
        for n, row in enumerate(rows):
            sheet.write_row(n + 2, 0, row)
    return path


def test_stbm_counts_join_the_villages_there_are(folder: Path, tmp_path: Path) -> None:
    path = stbm(
        tmp_path / "stbm.xlsx",
        [
            ["No", "Kode Desa", "Desa", "Jumlah KK", "JSP", "JSSP", "Sharing", "BABS", "CTPS"],
            [1, 2, 3, 4, 5, 6, 7, 8, 9],
            [1, "3203182001", "SUKAMAJU", 260, 150, 60, 30, 20, 90],
            [2, None, "Desa Pasir Beru", 240, 100, 50, 40, 50, None],
            [3, None, "Desa PASIR BARU", 240, 101, 50, 40, None, 0],
            [4, None, "Sukamaju", 100, 1, 1, 1, 1, 1],
            [5, "3203182999", "Entah", 100, 1, 1, 1, 1, 1],
        ],
    )
    before = load(folder).villages.set_index("village_code")
    done = import_files(folder, {"villages": path})
    checked = done.tables["villages"]
    assert checked.counts() == {"read": 5, "accepted": 2, "rejected": 3, "fixed": 0, "blanked": 0}
    keys = {fault.row: fault.key for fault in checked.faults if fault.severity == "rejected"}
    assert keys == {6: "village_not_known", 8: "village_ambiguous", 9: "village_not_known"}
    assert [fault.values["count"] for fault in checked.faults if fault.key == "counts_of_known"] == [2]
    assert done.dropped == ()
    after = load(folder).villages.set_index("village_code")
    assert sorted(after.index) == [A, B, C]
    assert after.loc[A, ["households", "hh_jsp", "hh_jssp", "hh_shared", "hh_open", "hh_handwashing"]].tolist() == [
        260, 150, 60, 30, 20, 90,
    ]  # fmt: skip
    assert after.loc[B, ["hh_jsp", "hh_open", "hh_handwashing"]].tolist() == [101, 40, 0], "blank is not said, 0 is"
    assert after.loc[C, ["households", "hh_open"]].tolist() == [250, 40]
    assert after["population"].tolist() == [1000.0] * 3
    assert after.loc[A, "name"] == "Sukamaju"
    assert after.loc[A, "data_source"] == "BPS; stbm.xlsx"
    assert after.geometry.geom_equals(before.geometry.loc[after.index]).all()
    assert after["surveyed_on"].equals(before["surveyed_on"].loc[after.index])


def test_nobody_known_is_an_error_that_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("kode desa,desa,babs\n99.99.99.2001,Entah,3\n")
    with pytest.raises(DataError, match="no_village_known"):
        import_files(folder, {"villages": path})


def test_with_places_it_is_a_table_of_villages(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"kode desa,desa,babs,lat,lon\n{A},Baru,3,-7.2,107.15\n")
    import_files(folder, {"villages": path})
    assert load(folder).villages["name"].tolist() == ["Baru"]


@pytest.fixture
def double(tmp_path: Path) -> Path:
    """Two kecamatan with a village Sukamanah each."""
    names = {"32.03.18.2001": "Bunijaya", "32.03.18.2002": "Sukamanah", "32.03.19.2001": "Sukamanah",
             "32.03.19.2002": "Cibeber"}  # fmt: skip
    rows = "".join(f"{code},{name},{900 + n},-7.{2 + n},107.1\n" for n, (code, name) in enumerate(names.items()))
    path = tmp_path / "desa.csv"
    path.write_text(f"village_code,name,population,lat,lon\n{rows}")
    import_files(tmp_path / "ws", {"villages": path})
    return tmp_path / "ws"


@pytest.mark.parametrize(
    "text",
    [
        # a merged cell of a sheet says it for all rows it spans
        "Kecamatan,Desa,KK,BABS\nPagelaran,Bunijaya,400,11\n,Sukamanah,300,12\nTanggeung,Sukamanah,500,13\n,Cibeber,200,14\n",
        # a line of its own for each kecamatan
        "Kecamatan,Desa,KK,BABS\nPagelaran,,,\n,Bunijaya,400,11\n,Sukamanah,300,12\nTanggeung,,,\n,Sukamanah,500,13\n,Cibeber,200,14\n",
        # by the code of the kecamatan
        "Kode Kecamatan,Desa,BABS\n32.03.18,Bunijaya,11\n320318,Sukamanah,12\n32.03.19,Sukamanah,13\n32.03.19,Cibeber,14\n",
        "Sub-district,Village,BABS\nK1,Bunijaya,11\nK1,Sukamanah,12\nK2,Sukamanah,13\nK2,Cibeber,14\n",
        "Kec,Kel,BABS\nK1,Bunijaya,11\nK1,Sukamanah,12\nK2,Sukamanah,13\nK2,Cibeber,14\n",
    ],
)
def test_the_kecamatan_tells_villages_of_one_name_apart(double: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "hitungan.csv"
    path.write_text(text)
    checked = read_tables({"villages": path}, None, load(double))["villages"]
    assert checked.rejected == 0
    found = checked.rows.set_index("village_code")["hh_open"]
    assert found.to_dict() == {
        "32.03.18.2001": 11, "32.03.18.2002": 12, "32.03.19.2001": 13, "32.03.19.2002": 14,
    }  # fmt: skip


def test_one_kecamatan_settles_a_name_that_two_have(double: Path, tmp_path: Path) -> None:
    path = tmp_path / "hitungan.csv"
    path.write_text("Desa,Kecamatan,BABS\nBunijaya,Pagelaran,11\nSukamanah,Pagelaran,12\n")
    checked = read_tables({"villages": path}, None, load(double))["villages"]
    assert checked.rows.set_index("village_code")["hh_open"].to_dict() == {"32.03.18.2001": 11, "32.03.18.2002": 12}
    path.write_text("Desa,Kecamatan,BABS\nSukamanah,Entah,12\nCibeber,Entah,3\nBunijaya,Entah,4\n")
    checked = read_tables({"villages": path}, None, load(double))["villages"]
    assert [fault.key for fault in checked.faults if fault.severity == "rejected"] == ["village_ambiguous"]


@pytest.mark.parametrize(
    ("text", "kept", "keys"),
    [
        # numbers as people write them
        ("Desa,Jumlah Jiwa,Jumlah KK\nPasirbaru,2.900,1.487\n", {"population": 2900.0, "households": 1487.0}, {}),
        # a code nobody has is no village, whatever the name; the row after it counts
        (
            f"Kode Desa,Desa,BABS\n32.03.05.2004,Pasirbaru,555\n{B},Pasirbaru,24\n",
            {"hh_open": 24.0},
            {2: "village_not_known"},
        ),
        (f"Kode Desa,Desa,BABS\n{A},Pasirbaru,77\n", None, {2: "village_contradiction"}),
        (f"Kode Desa,Desa,BABS\n{B},Pasir Barru,78\n", {"hh_open": 78.0}, {}),
        # several kecamatan: a name alone tells nothing
        (
            f"Kecamatan,Kode Desa,Desa,BABS\nCibinong,,Pasirbaru,555\nPagelaran,{B},Pasirbaru,25\n",
            {"hh_open": 25.0},
            {2: "village_by_name"},
        ),
        # parts of a village are not the village
        ("Desa,RW,BABS\nPasirbaru,01,24\nPasirbaru,02,20\n", None, {2: "village_parts", 3: "village_parts"}),
    ],
)
def test_what_a_row_means(
    folder: Path, tmp_path: Path, text: str, kept: dict[str, float] | None, keys: dict[int, str]
) -> None:
    path = tmp_path / "hitungan.csv"
    path.write_text(text)
    checked = read_tables({"villages": path}, None, load(folder))["villages"]
    assert {fault.row: fault.key for fault in checked.faults if fault.severity == "rejected"} == keys
    assert checked.read == checked.accepted + checked.rejected == text.count("\n") - 1
    if kept is None:
        assert checked.accepted == 0
        return
    (row,) = checked.rows.to_dict("records")
    assert row["village_code"] == B
    assert {name: row[name] for name in kept} == kept
    if "population" in kept:
        assert row["population_estimated"] is False
        assert row["population_source"] == "hitungan.csv"


def test_counts_without_known_villages_say_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("kode desa,desa,babs\n32.03.18.2001,Entah,3\n")
    with pytest.raises(DataError, match="counts_alone"):
        read_tables({"villages": path})
