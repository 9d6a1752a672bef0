"""Who does what where (3W), as a sheet: for HXL, Excel and maps of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from exports.tables.sheet import Sheet, without_personal
from texts import t

_COLUMNS = (
    "partner",
    "partner_kind",
    "sector",
    "activity",
    "stage",
    "village_code",
    "name",
    "starts",
    "ends",
    "amount_idr",
    "target",
    "shared",
)


def partners_sheet(
    found: Sequence[Mapping[str, Any]], villages: gpd.GeoDataFrame, version: str, lang: str, on: date | None = None
) -> Sheet:
    """Make a sheet of commitments, a row each, at a point within their village.

    Parameters
    ----------
    found
        The fields of `forum.partners.Commitment`.
    villages
        With code, name and shape.
    version
        Of the data the villages are from.
    """
    places = villages.drop_duplicates("village_code").set_index("village_code")
    rows = []
    for one in found:
        place = places.loc[one["village_code"]] if one["village_code"] in places.index else None
        told = {name: one[name] for name in ("partner", "sector", "activity", "stage", "amount_idr", "shared")}
        told |= {"target": one.get("target", "")}
        told |= {"village_code": one["village_code"], "partner_kind": one["kind"]}
        told |= {name: one[name].isoformat() if one[name] else None for name in ("starts", "ends")}
        told |= {"name": None if place is None else place["name"]}
        told["geometry"] = None if place is None or place.geometry is None else place.geometry.representative_point()
        rows.append(told)
    table = pd.DataFrame(rows, columns=[*_COLUMNS, "geometry"])
    for name in ("partner", "activity", "target", "shared"):
        table[name] = table[name].map(without_personal)
    table["amount_idr"] = pd.to_numeric(table["amount_idr"])
    shapes = gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326").assign(data_version=version)
    about = {t("about.version", lang): version, t("about.date", lang): (on or date.today()).isoformat()}
    return Sheet(shapes, t("partners.title", lang), about, lang=lang)
