"""Any table that is written reads back the same, from each format."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.cells.cell_parsers import MISSING, SHEET_ERRORS
from geo.model.facts import facts
from geo.workspace.importing import check_file

#: What says that a cell is empty, or that a formula failed there.
_ABSENT = MISSING | SHEET_ERRORS | set(facts("ticks")["absent"])
#: Letters of any script, marks that hurt in CSV, and none that no format carries.
WORDS = (
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"), exclude_characters="\u2028\u2029\x85"),
        min_size=1,
        max_size=30,
    )
    .map(str.strip)
    .filter(lambda text: text and text.lower() not in _ABSENT and not text.startswith("'"))
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": WORDS,
            "status": st.sampled_from(list(facts("choices")["status"])),
            "technology": st.sampled_from(list(facts("choices")["technology"])),
            "capacity_people": st.none() | st.integers(0, 1_000_000).map(float) | st.integers(40, 1_000_000).map(lambda v: v / 4),
            "installed_year": st.none() | st.integers(1800, 2026).map(float),
            "reported_on": st.dates(min_value=pd.Timestamp("1950-01-01").date(), max_value=pd.Timestamp("2026-11-24").date()),
            "lat": st.floats(-55.9, 78.4).map(lambda v: round(v, 6) if abs(v) > 0.01 else 0.5),
            "lon": st.floats(-179.9, 179.9).map(lambda v: round(v, 6) or 0.5),
        }
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


def write(rows: pd.DataFrame, path: Path) -> None:
    frame = gpd.GeoDataFrame(
        rows.drop(columns=["lat", "lon"]), geometry=gpd.points_from_xy(rows["lon"], rows["lat"]), crs="EPSG:4326"
    )
    if path.suffix == ".csv":
        rows.to_csv(path, index=False)
    elif path.suffix == ".tsv":
        rows.to_csv(path, index=False, sep="\t", encoding="utf-16")
    elif path.suffix == ".xlsx":
        with pd.ExcelWriter(
            path,
            engine="xlsxwriter",
            engine_kwargs={"options": {"strings_to_formulas": False, "strings_to_urls": False}},
        ) as book:
            rows.to_excel(book, index=False)
    elif path.suffix == ".geojson":
        path.write_text(frame.assign(reported_on=frame["reported_on"].astype(str)).to_json(), encoding="utf-8")
    elif path.suffix == ".gpkg":
        frame.to_file(path, driver="GPKG", engine="pyogrio")
    else:
        frame.to_parquet(path)


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".geojson", ".gpkg", ".parquet"])
@given(rows=ROWS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_table_reads_back_the_same(ending: str, rows: list[dict[str, object]]) -> None:
    table = pd.DataFrame(rows)
    table.insert(0, "point_id", [f"p{n}" for n in range(len(table))])
    table["capacity_people"] = table["capacity_people"].astype(float)
    table["installed_year"] = table["installed_year"].astype(float)
    table["reported_on"] = pd.to_datetime(table["reported_on"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{ending}"
        write(table, path)
        found = check_file(path, "water_points")
    assert (found.read, found.accepted) == (len(table), len(table)), found.faults
    back = found.rows.set_index("point_id").loc[table["point_id"]].reset_index()
    for name in ("name", "status", "technology"):
        assert back[name].tolist() == table[name].tolist()
    for name in ("capacity_people", "installed_year", "reported_on"):
        pd.testing.assert_series_equal(back[name], table[name], check_dtype=False)
    assert back.geometry.x.round(6).tolist() == table["lon"].tolist()
    assert back.geometry.y.round(6).tolist() == table["lat"].tolist()
