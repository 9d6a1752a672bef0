"""What an export is made of: a table, its title, and the marks every file carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd

from geo.model import Analysis
from texts import t, why


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table ready to be written: rows, title, and `about` (label → text) with version, standard, date and marks."""

    rows: gpd.GeoDataFrame
    title: str
    about: dict[str, str]


def marks(analysis: Analysis, lang: str) -> list[str]:
    """Return the warnings a reader of any figure needs: sample data, estimated population, unverified standard."""
    found = analysis.provenance
    keys = {
        "mark.estimate": found["estimated_population"],
        "mark.unverified": not found["standard_verified"],
    }
    sample = [sample_mark(found["sample_tables"], lang)] if found["sample"] else []
    return sample + [t(key, lang) for key, holds in keys.items() if holds]


def sample_mark(tables: Sequence[str], lang: str) -> str:
    """Say which tables are made up."""
    names = [t("mark.survey" if name == "villages" else f"table.{name}", lang).lower() for name in tables]
    return t("mark.sample", lang, tables=", ".join(names))


def about(analysis: Analysis, lang: str, on: date | None = None) -> dict[str, str]:
    """Return the provenance of a file as label → text."""
    params = analysis.provenance["params"]
    return {
        t("about.version", lang): str(analysis.provenance["version"]),
        t("about.standard", lang): f"{params.standard}: {analysis.provenance['standard_source']}",
        t("about.area", lang): params.area or t("about.everywhere", lang),
        t("about.season", lang): t(f"season.{params.season}", lang),
        t("about.sharing", lang): t("about.sharing_rule" if params.capacity else "about.sharing_off", lang),
        t("about.date", lang): (on or date.today()).isoformat(),
        t("about.sources", lang): ", ".join(analysis.provenance["data_sources"]),
        t("about.marks", lang): " ".join(marks(analysis, lang)),
    }


def sheet_of(analysis: Analysis, rows: gpd.GeoDataFrame, title: str, lang: str, on: date | None = None) -> Sheet:
    """Make a sheet of some rows of an analysis; every row carries version, standard, date and marks as columns."""
    params = analysis.provenance["params"]
    marked = rows.assign(
        data_version=str(analysis.provenance["version"]),
        standard=params.standard,
        exported_on=(on or date.today()).isoformat(),
        marks=" ".join(marks(analysis, lang)),
    )
    for name in marked.columns:
        if pd.api.types.is_datetime64_any_dtype(marked[name]):
            days = [None if pd.isna(day) else day.date().isoformat() for day in marked[name]]
            marked[name] = pd.Series(days, index=marked.index, dtype=object)
    return Sheet(marked, title, about(analysis, lang, on))


def with_why(rows: gpd.GeoDataFrame, lang: str) -> gpd.GeoDataFrame:
    """Add the sentence of each site of a priority list."""
    if rows.empty:
        return rows
    plain = rows.drop(columns="geometry").to_dict("records")
    return rows.assign(why=[why(site, lang) for site in plain])
