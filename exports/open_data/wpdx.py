"""Water points as the Water Point Data Exchange takes them (WPdx Data Standard 1.2), for an office that shares data.

Asked for are place, water at the visit, day, who says so, and source or technology: a point without one is left out, as
is one that was made up as a sample: nobody says that it is there.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from exports.tables.sheet import guarded
from geo.model.area_names import area_name
from geo.model.facts import facts
from geo.model.sites import SAMPLE


def wpdx_csv(points: gpd.GeoDataFrame, villages: gpd.GeoDataFrame, publisher: str) -> tuple[bytes, int]:
    """Return a CSV with WPdx's columns, and how many points it has.

    Parameters
    ----------
    points
        Rows of `water_points`, EPSG:4326.
    villages
        Their names.
    publisher
        Who says so; each point's own source where it is empty.
    """
    words = facts("wpdx")["write"]
    days = pd.to_datetime(points["reported_on"], errors="coerce")
    technology = points["technology"].astype(object).map(words["technology"].get)
    keep = days.notna() & technology.notna() & points.geometry.notna() & ~points["data_source"].eq(SAMPLE)
    rows, days, technology = points[keep], days[keep], technology[keep]
    status = rows["status"].map(words["status"])
    codes = rows["village_code"].astype(object).where(rows["village_code"].notna(), "")
    names = dict(zip(villages["village_code"], villages["name"], strict=True))
    table = pd.DataFrame(
        {
            "#lat_deg": rows.geometry.y.round(7),
            "#lon_deg": rows.geometry.x.round(7),
            "#status_id": [one["gives"] for one in status],
            "#status": [one["says"] for one in status],
            "#report_date": days.dt.strftime("%Y-%m-%d"),
            "#water_source": [one["source"] for one in technology],
            "#water_tech": [one["tech"] for one in technology],
            "#install_year": pd.to_numeric(rows["installed_year"], errors="coerce").astype("Int64"),
            "#source": [publisher] * len(rows) if publisher else rows["data_source"],
            "#activity_id": rows["point_id"],
            "#country_id": ["ID" if area_name(code[:2]) else "" for code in codes],
            **{f"#adm{n}": [area_name(code[:size]) or "" for code in codes] for n, size in ((1, 2), (2, 5), (3, 8))},
            "#adm4": codes.map(names),
        }
    )
    return guarded(table).to_csv(index=False, lineterminator="\n").encode("utf-8"), len(table)
