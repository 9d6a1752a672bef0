"""The sites on the map as a table, row and mark tied to each other."""

from __future__ import annotations

import pandas as pd

from geo.model.results import Analysis
from geo.model.sites import kind_column, site_id_column
from texts import count, day, t
from views.parts.table import worded
from views.parts.text import small
from views.session import state
from views.session.linked import linked_table

#: So many rows are on the page.
_MOST = 2_000


def sites_table(analysis: Analysis, lang: str) -> None:
    """Draw the sites of the service looked at, those that the filter lets pass."""
    service = state.get("service")
    kind, id_column = kind_column(service), site_id_column(service)
    table = analysis.water_points if service == "water" else analysis.sanitation
    if len(table) > _MOST:
        small(t("map.sites_listed", lang, shown=count(_MOST, lang), whole=count(len(table), lang)))
    rows = table.head(_MOST)
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    shown = pd.DataFrame(
        {
            "ID": rows[id_column],
            t("map.name", lang): rows["name"].fillna(""),
            t("map.kind", lang): rows[kind].map(lambda name: t(f"{kind}.{name}", lang)),
            t("map.status", lang): rows["status"].map(lambda name: t(f"status.{name}", lang)),
            t("map.village", lang): rows["village_code"].map(lambda code: villages.get(code, "–")),
            t("map.load", lang): rows["load_people"].round(),
            t("map.reported", lang): rows["reported_on"].map(lambda v: day(v, lang)),
        }
    )
    shown = worded(shown, {t("map.load", lang): lambda v: count(v, lang)})
    places = list(zip(rows.geometry.y, rows.geometry.x, strict=True))
    linked_table(shown, rows[id_column].tolist(), places, 16, "sites-table", alt=t("map.sites_table", lang))
