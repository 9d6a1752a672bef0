"""The sites of a plan as rows for the field: each action with its cost and gain, and what is known of its site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.model.results import Analysis
from geo.model.sites import site_id_column
from texts import count, money, t

_KNOWN = ("name", "status", "reported_on", "photo_url", "data_source")
_TAKEN = (
    "service", "site_id", "action", "technology", "village_code", "lat", "lon", "units", "capacity_people", "cost_idr",
    "cost_estimated", "yearly_idr", "gain_alone", "gain_in_plan",
)  # fmt: skip


def plan_rows(analysis: Analysis, steps: Sequence[Mapping[str, Any]], lang: str) -> gpd.GeoDataFrame:
    """Return a row per action of a plan, in its order.

    Parameters
    ----------
    analysis
        Of the same data version: what is known of each site comes from here; a new site has no status yet.
    steps
        Of a plan (`geo.planning.plans.Step` as a mapping, or the `sites` of a plan's file).
    lang
        Language of the sentence.
    """
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for service, table in (("water", analysis.water_points), ("sanitation", analysis.sanitation)):
        plain = pd.DataFrame(table.drop(columns="geometry")).to_dict("records")
        known |= {(service, str(row[site_id_column(service)])): row for row in plain}
    rows = []
    for step in steps:
        row = {name: step.get(name) for name in _TAKEN}
        site = known.get((str(step["service"]), str(step["site_id"])), {})
        row |= {name: site.get(name) for name in _KNOWN}
        words = {
            "action": t(f"action.{step['action']}", lang),
            "people": count(step["gain_in_plan"], lang),
            "alone": count(step["gain_alone"], lang),
            "cost": money(step["cost_idr"], lang),
        }
        rows.append(row | {"why": t("why.plan", lang, **words)})
    table = pd.DataFrame(rows, columns=[*_TAKEN, *_KNOWN, "why"])
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")
