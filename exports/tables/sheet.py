"""What an export is made of: a table, its title, and the marks every file carries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.analysis.privacy import coarse_rows, coarsened
from geo.cells.cell_error import RISKY
from geo.model.errors import DataError
from geo.model.params import Params, params_as_text
from geo.model.results import Analysis
from geo.model.sites import SAMPLE
from texts import count, metres, source_text, t, why

#: Columns that name persons: they stay in the record and never leave in a file.
PRIVATE = ("manager", "who")
#: How workbooks are written: nothing of the data is run as a formula, followed as a link, or taken for a number.
INERT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_GAP = r"[\s.\-–()]{0,2}"
#: Indonesian mobile and landline numbers, e-mail addresses, and the 16 digits of an identity card (NIK).
_PERSONAL = re.compile(
    rf"(?<![\w.-])(?:\+62|62|\(?[0O]){_GAP}[2-9](?:{_GAP}\d){{7,11}}(?![\w-])"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|(?<![\w.-])\d{16}(?![\w-])"
)
#: Texts that people write as they like. Ids, codes, keys and addresses are never touched: others find sites by them.
_FREE = ("name", "note", "source", "quality", "containment", "why", "population_source", "data_source", "photo_url")


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table ready to be written: rows, title, and `about` (label → text) with version, standard, date and marks.

    `report_at` is the address of the form on which a site is reported, for a code on its sheet.
    `analysis` is the ground the rows lie on, for maps; `lang` the language of what a writer adds; `photos` the folder
    in which the workspace keeps pictures.
    """

    rows: gpd.GeoDataFrame
    title: str
    about: dict[str, str]
    analysis: Analysis | None = None
    lang: str = "id"
    photos: Path | None = None
    report_at: str = ""


def data_marks(analysis: Analysis, lang: str) -> list[str]:
    """Return the warnings a reader of any figure needs: sample data, estimated population, unverified standard."""
    found = analysis.provenance
    keys = {
        "mark.estimate": found["estimated_population"],
        "mark.unverified": not found["standard_verified"],
    }
    sample = sample_mark(found["sample_tables"], lang)
    return ([sample] if sample else []) + [t(key, lang) for key, holds in keys.items() if holds]


def sample_mark(tables: Sequence[str], lang: str) -> str:
    """Say which tables are made up; nothing where none is."""
    if not tables:
        return ""
    own = {"villages": "mark.survey"}
    if {"rivers", "elevation"} <= set(tables):  # in one word, where both are made up
        own |= dict.fromkeys(("rivers", "elevation"), "mark.terrain")
    names = dict.fromkeys(t(own.get(name, f"table.{name}"), lang).lower() for name in tables)
    return t("mark.sample", lang, tables=", ".join(names))


def about(analysis: Analysis, lang: str, on: date | None = None) -> dict[str, str]:
    """Return the provenance of a file as label → text."""
    params = analysis.provenance["params"]
    left_out = {t("about.filter", lang): t("about.filtered", lang)} if "filter" in analysis.provenance else {}
    if "as_at" in analysis.provenance:
        left_out[t("about.as_at", lang)] = t("about.as_at_rule", lang, year=analysis.provenance["as_at"])
    if "shifted" in analysis.provenance:
        many = count(analysis.provenance["shifted"], lang)
        left_out[t("about.shifted", lang)] = t("about.shifted_rule", lang, count=many)
    return left_out | {
        t("about.version", lang): str(analysis.provenance["version"]),
        t("about.standard", lang): f"{params.standard}: {analysis.provenance['standard_source']}",
        t("about.area", lang): params.area or t("about.everywhere", lang),
        t("about.season", lang): t(f"season.{params.season}", lang),
        t("about.reach", lang): _reach(analysis, lang),
        t("about.weights", lang): _weights(params, lang),
        t("about.record", lang): count(len(analysis.provenance["changes"]), lang),
        t("about.sharing", lang): t("about.sharing_rule" if params.capacity else "about.sharing_off", lang),
        t("about.date", lang): (on or date.today()).isoformat(),
        t("about.sources", lang): without_personal(", ".join(_sources(analysis, lang))),
        t("about.marks", lang): " ".join(data_marks(analysis, lang)),
    }


def _sources(analysis: Analysis, lang: str) -> list[str]:
    """Where the data come from, each once; what is sample is said once."""
    told = list(dict.fromkeys(source_text(one, lang) for one in analysis.provenance["data_sources"]))
    sample = source_text(SAMPLE, lang)
    return [one for one in told if one != sample or not any(other != one and other.endswith(sample) for other in told)]


def about_line(told: Mapping[str, str], parts: Sequence[str], lang: str) -> str:
    """Return some parts of `about` in one line, e.g. ``("version", "area")``; what is not told is left out."""
    labels = [t(f"about.{part}", lang) for part in parts]
    return " · ".join(f"{label}: {told[label]}" for label in labels if label in told)


def _reach(analysis: Analysis, lang: str) -> str:
    found = analysis.provenance["reach_m"].items()
    return ", ".join(f"{t(f'service.{name}', lang).lower()} {metres(value, lang)}" for name, value in found)


def _weights(params: Params, lang: str) -> str:
    """The weights behind score and rank, the largest first."""
    found = sorted(params.weight_of().items(), key=lambda pair: -pair[1])
    return ", ".join(f"{t(f'criterion.{name}', lang)} {count(value, lang, 1)}" for name, value in found if value > 0)


def sheet_of(
    analysis: Analysis,
    rows: gpd.GeoDataFrame,
    title: str,
    lang: str,
    on: date | None = None,
    photos: Path | None = None,
    *,
    exact: bool = False,
    report_at: str = "",
) -> Sheet:
    """Make a sheet of some rows of an analysis; every row carries version, standard, date and marks as columns.

    Places of single households are moved (`geo.analysis.privacy`), unless the file is for those who go there
    (``exact``).
    """
    if not exact:
        analysis, rows = coarsened(analysis), coarse_rows(rows)
    params = analysis.provenance["params"]
    marked = rows.assign(
        data_version=str(analysis.provenance["version"]),
        standard=params.standard,
        parameters=params_as_text(params),
        exported_on=(on or date.today()).isoformat(),
        marks=" ".join(data_marks(analysis, lang)),
    )
    for name in marked.columns:
        if pd.api.types.is_datetime64_any_dtype(marked[name]):
            days = [None if pd.isna(day) else day.date().isoformat() for day in marked[name]]
            marked[name] = pd.Series(days, index=marked.index, dtype=object)
    return Sheet(public(marked), title, about(analysis, lang, on), analysis, lang, photos, report_at)


def public(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows as anybody may have them: no column with persons, no number or address of one in a text."""
    kept = rows.drop(columns=[name for name in PRIVATE if name in rows])
    texts = [name for name in _FREE if name in kept and not pd.api.types.is_numeric_dtype(kept[name])]
    return kept.assign(**{name: kept[name].map(without_personal) for name in texts})


def without_personal(value: Any) -> Any:
    """Blank out telephone numbers, e-mail addresses and identity numbers in a text.

    Examples
    --------
    >>> without_personal("Pak Budi 0812-3456-7890"), without_personal("w-a08123456789f"), without_personal(None)
    ('Pak Budi […]', 'w-a08123456789f', None)
    >>> without_personal("telp (0263) 512345, asep@desa.id"), without_personal("tahun 2019, 32.03.18.2014, Rp1.250.000")
    ('telp […], […]', 'tahun 2019, 32.03.18.2014, Rp1.250.000')
    """
    return _PERSONAL.sub("[…]", value) if isinstance(value, str) else value


def with_why(rows: gpd.GeoDataFrame, lang: str) -> gpd.GeoDataFrame:
    """Add the sentence of each site of a priority list."""
    if rows.empty:
        return rows
    plain = rows.drop(columns="geometry").to_dict("records")
    return rows.assign(why=[why(site, lang) for site in plain])


def plain_table(sheet: Sheet) -> pd.DataFrame:
    """The rows without geometry; positions as `lat`, `lon` where the shape is a point and the columns are not there."""
    rows = sheet.rows
    plain = pd.DataFrame(rows.drop(columns=rows.geometry.name))
    points = (rows.geom_type == "Point").all() if len(rows) else False
    if points and "lat" not in plain:
        plain = plain.assign(lat=rows.geometry.y, lon=rows.geometry.x)
    return plain


def defused(value: Any) -> Any:
    """Make a text inert in spreadsheets: a quote before = + - @ TAB (numbers are not text, and stay).

    Examples
    --------
    >>> defused("=1+1"), defused("Sumur"), defused(-7.2)
    ("'=1+1", 'Sumur', -7.2)
    """
    return "'" + value if isinstance(value, str) and value.startswith(RISKY) else value


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with every text cell guarded."""
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(**{name: table[name].map(defused) for name in texts})


def expect(found: int, wanted: int, name: str) -> None:
    """Refuse a file that, read back, does not hold what was written."""
    if found != wanted:
        raise DataError("error.export", format=name, found=found, wanted=wanted)
