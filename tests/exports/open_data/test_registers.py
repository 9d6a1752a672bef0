"""Rows for registers, read back with another program: what they count is in the tables, what nobody counted is empty."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from exports.open_data.registers import registers_xlsx
from geo.model.errors import CallError
from geo.model.facts import facts
from geo.model.inputs import Inputs
from geo.workspace.importing import import_files
from geo.workspace.versions import load

ON = date(2026, 11, 29)
VILLAGES = (
    "kode;nama;penduduk;kk;inventaris selesai pada;hh_safe;hh_own;hh_shared;hh_unimproved;hh_open;hh_jsp;hh_jssp;lat;lon\n"
    "32.03.18.2001;Satu;400;100;2026-05-01;10;50;10;20;10;;;-7.20;107.10\n"
    "32.03.18.2002;Dua;400;100;;10;50;;;;;;-7.30;107.20\n"
    "32.03.18.2003;Tiga;400;100;2026-05-01;20;70;10;0;0;;;-7.40;107.30\n"
    "32.03.18.2004;Empat;400;100;2026-05-01;;;;;;40;15;-7.50;107.40\n"
)
POINTS = (
    "id;nama;kode desa;kondisi;jenis;lat;lon\n"
    "a;Sumur A;32.03.18.2001;baik;sumur gali;-7.2001;107.1001\n"
    "b;Pompa\u2028B;32.03.18.2001;rusak;pompa tangan;-7.2002;107.1002\n"
    "p;Sumur Pak Ujang;32.03.18.2003;baik;sumur gali;-7.4002;107.3002\n"
    "c;Lama C;32.03.18.2001;ditinggalkan;pompa tangan;-7.2003;107.1003\n"
    "d;Telp 0812 3456 7890;32.03.18.2002;baik;mata air;-7.3001;107.2001\n"
    "e;Tanpa jenis;32.03.18.2003;baik;;-7.4001;107.3001\n"
)
TOILETS = (
    "id;nama;kode desa;kondisi;jenis;lat;lon\n"
    "m;MCK Pasar;32.03.18.2001;baik;mck;-7.2004;107.1004\n"
    "n;Rumah Bu Ani;32.03.18.2001;baik;cubluk;-7.2005;107.1005\n"
)


def sheets(made: bytes) -> dict[str, list[dict[str, Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    found = {}
    for name in book.sheet_names:
        head, *rows = book.get_sheet_by_name(name).to_python()
        found[name] = [dict(zip(head, row, strict=True)) for row in rows]
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    folder = tmp_path_factory.mktemp("registers")
    files = {"villages": VILLAGES, "water_points": POINTS, "sanitation": TOILETS}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    import_files(folder / "ws", {name: folder / f"{name}.csv" for name in files})
    return load(folder / "ws")


def test_the_recap_counts_households_and_says_nothing_of_those_uncounted(world: Inputs) -> None:
    one, two, three, four = sheets(registers_xlsx(world, "32.03.18", "id", ON))["STBM pilar 1"]
    assert (one["jumlah_kk"], one["akses_aman"], one["layak_sendiri"], one["babs"]) == (100, 10, 50, 10)
    assert (one["belum_terdata"], one["persen_akses_layak"], one["tanpa_babs"]) == (0, 70, "tidak")
    assert (two["belum_terdata"], two["persen_akses_layak"], two["tanpa_babs"], two["babs"]) == (40, "", "", "")
    assert (three["persen_akses_layak"], three["tanpa_babs"]) == (100, "ya")
    assert (four["jsp"], four["jssp"], four["persen_akses_layak"], four["belum_terdata"]) == (40, 15, "", "")


def test_units_are_zero_only_where_all_were_looked_for(world: Inputs) -> None:
    found = sheets(registers_xlsx(world, None, "id", ON))
    water = {row["desa"]: row for row in found["Prodeskel air bersih"]}
    assert (water["Satu"]["jumlah_sumur_gali"], water["Satu"]["jumlah_sumur_pompa"]) == (1, 1), "c was abandoned"
    assert (water["Satu"]["jumlah_mata_air"], water["Dua"]["jumlah_mata_air"]) == (0, 1)
    assert (water["Dua"]["jumlah_sumur_gali"], water["Dua"]["inventaris_lengkap"]) == ("", "belum")
    assert water["Tiga"]["di_luar_formulir"] == 1
    assert water["Satu"]["jumlah_embung"] == ""
    toilets = {row["desa"]: row for row in found["Prodeskel sanitasi"]}
    assert (toilets["Satu"]["jumlah_mck_umum"], toilets["Satu"]["pemilik_jumlah_jamban_keluarga"]) == (1, 60)
    assert toilets["Empat"]["pemilik_jumlah_jamban_keluarga"] == 55
    assert {row["catatan"] for row in found["STBM pilar 1"]} == {""}, "nothing of this is a sample"


def test_no_household_and_no_number_of_a_person_is_on_opensids_map(world: Inputs) -> None:
    places = sheets(registers_xlsx(world, None, "id", ON))["OpenSID lokasi"]
    assert {row["nama"] for row in places} == {"Sumur A", "Pompa B", "Telp […]", "Tanpa jenis", "MCK Pasar", "p"}
    heads = ["kode_desa", "desk", "nama", "enabled", "lat", "lng", "ref_point", "foto", "id_cluster"]
    assert list(places[0]) == heads
    found = next(row for row in places if row["nama"] == "Pompa B")
    assert (found["lat"], found["lng"], found["enabled"]) == (-7.2002, 107.1002, 1)
    assert found["desk"] == "Pompa tangan. Tidak berfungsi"


def test_the_shipped_area_adds_up_and_says_that_it_is_a_sample(shipped: Inputs) -> None:
    found = sheets(registers_xlsx(shipped, "32.03.18", "en", ON))
    points = shipped.water_points
    points = points[points["village_code"].astype(str).str.startswith("32.03.18") & points["status"].ne("abandoned")]
    columns = facts("registers")["prodeskel_air_bersih"]["columns"]
    units = Counter()  # type: ignore[var-annotated]
    for row in found["Prodeskel air bersih"]:
        units.update({head: row[head] or 0 for head, one in columns.items() if one["of"] == "units"})
    kinds = points["technology"].fillna("").value_counts()
    for head, one in columns.items():
        if one["of"] == "units":
            assert units[head] == sum(kinds.get(kind, 0) for kind in one["kinds"]), head
    assert all(row["catatan"] == "sample, no real data" for row in found["Prodeskel air bersih"])
    assert any("SAMPLE" in str(row["Said of it"]).upper() for row in found["Notes"])
    assert any("compare with the office's own" in str(row["Said of it"]) for row in found["Notes"])


def test_every_kind_of_site_has_a_column_and_every_column_a_count() -> None:
    for name, entry in facts("registers").items():
        for head, one in entry.get("columns", {}).items():
            assert one["of"] in ("households", "units", "day", "none"), (name, head)
            known = facts("tables")["villages"]["columns"]
            assert set(one.get("sum", ())) | set(one.get("instead", ())) <= known.keys()
    water = facts("registers")["prodeskel_air_bersih"]["columns"].values()
    kinds = [kind for one in water for kind in one.get("kinds", ())]
    assert sorted(kinds) == sorted([*facts("choices")["technology"], ""]), "each technology is counted once"


def test_what_nobody_looked_for_is_empty_and_what_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(
        VILLAGES.replace("100;2026-05-01;10;50;10;20;10", "90;2026-05-01;10;50;10;20;10"), encoding="utf-8"
    )
    (tmp_path / "w.csv").write_text(POINTS + "z;Jauh;;baik;sumur gali;-7.9;109.9\n", encoding="utf-8")
    import_files(tmp_path / "ws", {"villages": tmp_path / "v.csv", "water_points": tmp_path / "w.csv"})
    found = sheets(registers_xlsx(load(tmp_path / "ws"), None, "id", ON))
    assert {row["jumlah_mck_umum"] for row in found["Prodeskel sanitasi"]} == {""}, "no sanitation was brought"
    assert "melebihi" in found["STBM pilar 1"][0]["catatan"]
    told = {row["Hal"]: row["Keterangan"] for row in found["Keterangan"]}
    assert any("tanpa desa" in text for text in told.values()), told
    assert any("tidak punya satu baris pun" in text for text in told.values())


def test_an_area_without_a_village_is_told(world: Inputs) -> None:
    with pytest.raises(CallError):
        registers_xlsx(world, "99.99.99", "id", ON)


def test_the_command_writes_it(tmp_path: Path) -> None:
    from tests.cli.test_geo import answer, call

    answer("demo", "--workspace", tmp_path / "ws")
    told = answer("registers", "--workspace", tmp_path / "ws", "--area", "32.03.18", "--out", tmp_path / "r.xlsx")
    assert told["area"] == "32.03.18"
    assert len(sheets((tmp_path / "r.xlsx").read_bytes())["STBM pilar 1"]) == 14
    assert call("registers", "--workspace", tmp_path / "ws", "--out", tmp_path / "r.csv").returncode == 2
