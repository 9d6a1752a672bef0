"""Kinds of cells, places and tables that inventories hold, each with what is right: one small file a kind.

`cells.csv`: a cell under a head, the column of ours it becomes and its value (empty: it cannot be read, the site stays).
`positions.csv`: one or two cells and the place (empty: there is none, and the row says so). `tables.toml`: whole tables.
"""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.model.facts import facts
from geo.workspace.importing import check_file

HERE = Path(__file__).parent
FILL = {"sanitation": {"facility_id": "a", "kind": "public_toilet"}, "water_points": {"point_id": "a"}}


def lines(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";", quoting=csv.QUOTE_NONE))


def written(path: Path, cells: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerows([list(cells), list(cells.values())])
    return path


def test_the_corpus_is_large() -> None:
    tables = tomllib.loads((HERE / "tables.toml").read_text(encoding="utf-8"))
    assert len(lines("cells.csv")) + len(lines("positions.csv")) + len(tables["table"]) >= 250


@pytest.mark.parametrize("line", lines("cells.csv"), ids=lambda line: f"{line['head']}: {line['cell']}")
def test_a_cell(line: dict[str, str], tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(f'[{line["table"]}.columns]\n{line["column"]} = "{line["head"]}"\n', encoding="utf-8")
    filled = {name: value for name, value in FILL[line["table"]].items() if name != line["column"]}
    path = written(tmp_path / "f.tsv", {**filled, line["head"]: line["cell"], "lat": "-7.21", "lon": "107.12"})
    found = check_file(path, line["table"], mapping)
    assert (found.read, found.accepted, found.blanked) == (1, 1, int(not line["right"]))
    value = found.rows[line["column"]].iloc[0]
    if not line["right"]:
        default = facts("tables")[line["table"]]["columns"][line["column"]].get("default")
        assert value == default if default else pd.isna(value)
        assert [fault.row for fault in found.faults if fault.severity == "blanked"] == [2]
    else:
        told = str(value.date()) if hasattr(value, "date") else value
        right = float(line["right"]) if isinstance(told, float | int) and not isinstance(told, bool) else line["right"]
        assert (told if isinstance(right, float) else str(told)) == right


@pytest.mark.parametrize("line", lines("positions.csv"), ids=lambda line: f"{line['head']}: {line['cell']}")
def test_a_place(line: dict[str, str], tmp_path: Path) -> None:
    cells = {"id": "a", "kondisi": "baik", line["head"]: line["cell"]}
    if line["head2"]:
        cells[line["head2"]] = line["cell2"]
    found = check_file(written(tmp_path / "f.tsv", cells), "water_points")
    assert found.read == 1 == found.accepted + found.rejected
    if not line["lat"]:
        assert found.rejected == 1
        assert found.faults
    else:
        place = found.rows.geometry.iloc[0]
        assert (place.y, place.x) == (pytest.approx(float(line["lat"])), pytest.approx(float(line["lon"])))


def tables() -> list[dict[str, Any]]:
    return tomllib.loads((HERE / "tables.toml").read_text(encoding="utf-8"))["table"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("case", tables(), ids=lambda case: case["kind"])
def test_a_table(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / f"f.{case.get('ending', 'csv')}"
    path.write_text(case["text"], encoding=case.get("encoding", "utf-8"))
    found = check_file(path, case["as"])
    assert {name: count for name, count in found.counts().items() if name in case["counts"]} == case["counts"]
    assert found.read == found.accepted + found.rejected
    for column, right in case.get("right", {}).items():
        given = found.rows[column].tolist()
        told = [None if pd.isna(one) else str(one.date()) if hasattr(one, "date") else one for one in given]
        assert told == [None if one == "" else one for one in right], column
    if "places" in case:
        assert [[round(p.y, 4), round(p.x, 4)] for p in found.rows.geometry] == case["places"]
    assert set(case.get("told", [])) <= {fault.key for fault in found.faults}
