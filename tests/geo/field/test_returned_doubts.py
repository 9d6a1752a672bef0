"""What a returned file says that nobody can be sure of is shown, and not taken by itself."""

from datetime import date
from pathlib import Path

import pytest

from geo.field.returned import differences
from geo.reading.readers import read_any
from tests.builders import inputs, point, settlement

ON = date(2026, 11, 28)


def _returned(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]
    path = tmp_path / "r.csv"
    path.write_text(text, encoding="utf-8")
    known = inputs([settlement("a", (107.1, -7.2), 100.0)], [point("p", (107.1, -7.2), status="non_functional")])
    return differences(known, read_any(path), on=ON)


@pytest.mark.parametrize("day", ["32/13/2026", "2099-01-01", "kemarin"])
def test_a_day_that_cannot_be_read_makes_a_change_doubtful(tmp_path: Path, day: str) -> None:
    found, faults = _returned(tmp_path, f"site_id,kondisi,tanggal\np,Baik,{day}\n")
    assert [(one.kind, one.doubtful) for one in found] == [("status", True)]
    assert [one.column for one in faults if one.severity == "rejected"] == ["date"]
    sure, _ = _returned(tmp_path, "site_id,kondisi,tanggal\np,Baik,2026-11-20\n")
    assert [(one.kind, one.doubtful, one.on) for one in sure] == [("status", False, "2026-11-20")]


def test_another_kind_of_a_known_site_is_told(tmp_path: Path) -> None:
    _, faults = _returned(tmp_path, "site_id,kondisi,jenis\np,Baik,mata air terlindung\n")
    told = [one for one in faults if one.key == "returned_kind"]
    assert [one.value for one in told] == ["mata air terlindung"]
    assert told[0].values["said"] == "protected_spring"


def test_a_new_site_of_a_kind_nobody_knows_stops_nothing(tmp_path: Path) -> None:
    found, faults = _returned(tmp_path, "nama,kondisi,jenis,lat,lon\nBaru,Baik,xyzzy,-7.3,107.3\n")
    assert [one.kind for one in found] == ["new"]
    assert "likely" in next(one for one in faults if one.key == "unknown_value").values
