"""The history of sites: earlier reports of a file, and reports that an import puts newer ones in place of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from geo.analysis.analyse import analyse
from geo.checking.checked_table import Checked
from geo.model.changes import Change
from geo.model.params import Params
from geo.workspace.history import as_at, reports_of, years_of
from geo.workspace.importing import check_file, import_files, read_tables
from geo.workspace.versions import load
from tests.builders import LAT, LON, inputs, offset, point, settlement, village

HEAD = "wpdx_id,status_id,water_source_clean,report_date,lat_deg,lon_deg\n"
WPDX = HEAD + (
    "p,No,Borehole,2019 Jan 05 12:00:00 AM,-7.2,107.1\n"
    "p,Yes,Borehole,2021 Mar 05 12:00:00 AM,-7.2,107.1\n"
    "q,Yes,Borehole,2020 Feb 01 12:00:00 AM,-7.21,107.1\n"
    "q,No,Borehole,2018 Feb 01 12:00:00 AM,,107.1\n"
)
LATER = HEAD + "p,No,Borehole,2023 Mar 05 12:00:00 AM,-7.2,107.1\nq,Yes,Borehole,2020 Feb 01 12:00:00 AM,-7.21,107.1\n"


def csv(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def past(workspace: Path, site: str) -> list[tuple[str, str]]:
    rows = reports_of(load(workspace), "water", site)
    return [(str(row.reported_on.date()), row.status) for row in rows.itertuples()]


def test_earlier_reports_of_a_file_and_of_the_version_before_are_history(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    done = import_files(folder, {"water_points": csv(tmp_path / "a.csv", WPDX)})
    assert done.tables["water_points"].counts() == {"read": 2, "accepted": 2, "rejected": 0, "fixed": 2, "blanked": 0}
    counts = done.tables["reports"].counts()
    assert (counts["read"], counts["accepted"], counts["rejected"]) == (2, 1, 1), "one of them has no place"
    assert done.tables["reports"].rejects["row"].tolist() == [5]
    assert past(folder, "p") == [("2019-01-05", "non_functional")]
    import_files(folder, {"water_points": csv(tmp_path / "b.csv", LATER)})
    now = load(folder).water_points.set_index("point_id")
    assert now.at["p", "status"] == "non_functional"
    assert past(folder, "p") == [("2021-03-05", "functional"), ("2019-01-05", "non_functional")]
    assert past(folder, "q") == [], "the same report again is no history"
    again = import_files(folder, {"water_points": csv(tmp_path / "b.csv", LATER)})
    assert (again.changed["water_points"]["changed"], len(load(folder).reports)) == (0, 2)


def test_a_file_of_reports_joins_those_there_are(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    import_files(folder, {"water_points": csv(tmp_path / "a.csv", WPDX)})
    text = "layanan,point_id,kondisi,tanggal,lat,lon\nair,p,rusak berat,2016-05-01,-7.2,107.1\n"
    done = import_files(folder, {"reports": csv(tmp_path / "r.csv", text)})
    assert done.changed["reports"] == {"added": 1, "gone": 0, "changed": 0}
    assert [when for when, _ in past(folder, "p")] == ["2019-01-05", "2016-05-01"]


def test_reports_given_beside_those_of_the_points_own_file(tmp_path: Path) -> None:
    text = (
        "point_id,status,reported_on,lat,lon\np,dry_season,2015-05-01,-7.2,107.1\n,dry_season,2015-05-01,-7.2,107.1\n"
    )
    files = {"water_points": csv(tmp_path / "a.csv", WPDX), "reports": csv(tmp_path / "r.csv", text)}
    found: Checked = read_tables(files)["reports"]
    assert (found.read, found.accepted, found.rejected) == (4, 2, 2)
    assert found.path == "r.csv + a.csv"


@pytest.mark.parametrize("ending", [".csv", ".geojson"])
def test_a_file_of_shapes_keeps_its_earlier_reports_too(tmp_path: Path, ending: str) -> None:
    path = csv(tmp_path / "a.csv", WPDX.replace(",,107.1", ",-7.21,107.1"))
    if ending == ".geojson":
        import geopandas as gpd
        import pandas as pd

        table = pd.read_csv(path, dtype=str)
        shapes = gpd.points_from_xy(table.pop("lon_deg").astype(float), table.pop("lat_deg").astype(float))
        path = tmp_path / "a.geojson"
        gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326").to_file(path)
    found = check_file(path, "water_points")
    assert found.history is not None
    assert sorted(found.history.rows["site_id"]) == ["p", "q"]
    assert found.rows.set_index("point_id")["status"].to_dict() == {"p": "functional", "q": "functional"}


def test_the_sites_as_they_were_by_hand() -> None:
    """Of each site the last that was told by then; nobody had told: unknown; built later: not there."""
    points = [
        point("p", offset(0), "non_functional", reported_on="2024-05-01"),
        point("q", offset(10), "functional", reported_on="2022-05-01"),
        point("r", offset(20), "functional"),
        point("s", offset(30), "functional", reported_on="2024-01-01", installed_year=2023),
    ]
    data = inputs([settlement("a", offset(0), 100.0)], points, [village()])
    earlier = pd.DataFrame(
        {
            "report_id": ["1", "2"],
            "service": "water",
            "site_id": ["p", "q"],
            "status": ["functional", "non_functional"],
            "reported_on": pd.to_datetime(["2020-02-01", "2023-02-01"]),
            "data_source": "a",
            "source_row": 1,
        }
    )
    reports = gpd.GeoDataFrame(earlier, geometry=[Point(LON, LAT)] * 2, crs="EPSG:4326")
    data = replace(data, reports=pd.concat([data.reports, reports], ignore_index=True))
    changes = (
        Change("water", "r", "dry_season", date(2021, 7, 1)),
        Change("water", "p", "needs_repair", date(2025, 1, 1)),
        Change("water", "q", "abandoned"),
    )
    wanted = {
        2019: {"p": "unknown", "q": "unknown", "r": "unknown"},
        2020: {"p": "functional", "q": "unknown", "r": "unknown"},
        2022: {"p": "functional", "q": "functional", "r": "dry_season"},
        2023: {"p": "functional", "q": "non_functional", "r": "dry_season", "s": "unknown"},
        2024: {"p": "non_functional", "q": "non_functional", "r": "dry_season", "s": "functional"},
        2025: {"p": "needs_repair", "q": "non_functional", "r": "dry_season", "s": "functional"},
    }
    assert years_of(data, changes) == (2020, 2025)
    for year, told in wanted.items():
        then, left = as_at(data, changes, year)
        assert dict(zip(then.water_points["point_id"], then.water_points["status"], strict=True)) == told, year
        assert left == ()
        assert then.sanitation.equals(data.sanitation)
    first = analyse(as_at(data, changes, 2019)[0], Params())
    assert (first.totals["water"]["served"], first.totals["water"]["population"]) == (0.0, 100.0)
    assert data.water_points["status"].tolist() == ["non_functional", "functional", "functional", "functional"]


def test_without_dates_there_are_no_years() -> None:
    data = inputs([settlement("a", offset(0), 100.0)], [point("p", offset(0))], [village()])
    assert years_of(data, ()) is None
