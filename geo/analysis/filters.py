"""Which sites a map shows: by village, status, technology and the age of the report. No figure changes by it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from geo.model.results import Analysis
from geo.model.sites import site_id_column


@dataclass(frozen=True)
class Filter:
    """What a site must be to be shown; an empty choice lets all pass.

    `technology` is the kind for sanitation; `min_age_years` the age of its report at least: a site whose report has no
    date passes, since it may be as old.
    """

    villages: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    technology: tuple[str, ...] = ()
    min_age_years: float = 0.0

    @property
    def asks(self) -> bool:
        """Whether anything is left out."""
        return bool(self.villages or self.status or self.technology or self.min_age_years > 0)


def filtered(analysis: Analysis, wanted: Filter) -> Analysis:
    """Return the analysis with those sites alone that pass, and settlements of the wanted villages; totals stay.

    Its provenance names the filter.

    Parameters
    ----------
    analysis
        Whole.
    wanted
        What passes.
    """
    if not wanted.asks:
        return analysis
    water = _passing(analysis, analysis.water_points, "technology", wanted)
    sanitation = _passing(analysis, analysis.sanitation, "kind", wanted)
    kept = {("water", site) for site in water[site_id_column("water")]}
    kept |= {("sanitation", site) for site in sanitation[site_id_column("sanitation")]}
    rows = analysis.priorities
    if len(rows):
        pairs = zip(rows["service"], rows["site_id"], strict=True)
        rows = rows[pd.Series([pair in kept for pair in pairs], index=rows.index, dtype=bool)]
    places = analysis.places
    if wanted.villages:
        places = places[places["village_code"].isin(wanted.villages)]
    told = {**analysis.provenance, "filter": wanted}
    return replace(analysis, water_points=water, sanitation=sanitation, priorities=rows, places=places, provenance=told)


def _passing(analysis: Analysis, table: gpd.GeoDataFrame, kind: str, wanted: Filter) -> gpd.GeoDataFrame:
    keep = pd.Series(True, index=table.index)
    for column, choice in (("village_code", wanted.villages), ("status", wanted.status), (kind, wanted.technology)):
        if choice:
            keep &= table[column].isin(choice)
    if wanted.min_age_years > 0:
        as_of = pd.Timestamp(analysis.provenance["params"].as_of)
        age = (as_of - pd.to_datetime(table["reported_on"])).dt.days / 365.25
        keep &= ~(age < wanted.min_age_years)
    return table[keep]
