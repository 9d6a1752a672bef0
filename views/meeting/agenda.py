"""The agenda of a meeting: the first sites of the list of priorities, with what each stands on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forum.meetings import Item
from geo.model.results import Analysis
from geo.priorities.ranking import scaled_criteria
from texts import LANGUAGES, percent, t, why


def agenda(analysis: Analysis, services: list[str], most: int | None) -> list[Item]:
    """The first sites of each service (None: all), each with what it stands on."""
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    items = []
    for service in services:
        rows = analysis.priorities[analysis.priorities["service"] == service].head(most)
        for row in rows.drop(columns="geometry").to_dict("records"):
            told = {language: why(row, language) for language in ("id", "en")}
            items.append(_item(row, service, str(villages.get(row["village_code"], "–")), told))
    return items


def _item(row: Mapping[str, Any], service: str, village: str, told: dict[str, str]) -> Item:
    names = ("name", "village_code", "status", "technology")
    texts = {name: row[name] if isinstance(row[name], str) else "" for name in names}
    numbers = {name: float(row[name]) for name in ("gain_people", "cost_idr", "lat", "lon")}
    site, rank = str(row["site_id"]), int(row["rank"])
    return Item(service=service, site_id=site, rank=rank, village=village, why=told, **texts, **numbers)


def basis_of(analysis: Analysis, lang: str) -> dict[str, str]:
    """How the agenda was computed, in words that can be printed: of the page, and of each language (`season@en`)."""
    every = {one: _basis(analysis, one) for one in LANGUAGES}
    return every[lang] | {f"{name}@{one}": text for one, told in every.items() for name, text in told.items()}


def _basis(analysis: Analysis, lang: str) -> dict[str, str]:
    params = analysis.provenance["params"]
    total = sum(params.weight_of().values()) or 1.0
    weights = ", ".join(
        f"{t(f'criterion.{name}', lang)} {percent(value / total, lang)}"
        for name, value in params.weight_of().items()
        if value
    )
    season = t(f"season.{params.season}", lang)
    standard = t(f"standard.{params.standard}", lang)
    sample = t("forum.sample", lang) if analysis.provenance["sample"] else ""
    return {"standard": standard, "season": season, "weights": weights, "sample": sample}


def scaled_of(analysis: Analysis, items: list[Item]) -> dict[str, dict[str, float]]:
    """Of each item the criteria scaled to 0–1 over its list, those that are known: with them the order is recounted."""
    found: dict[str, dict[str, float]] = {}
    for service in {item.service for item in items}:
        rows = analysis.priorities[analysis.priorities["service"] == service]
        scaled = scaled_criteria(rows)
        place = {site: n for n, site in enumerate(rows["site_id"])}
        for item in items:
            if item.service == service and item.site_id in place:  # what was proposed is in no list
                values = {name: float(column[place[item.site_id]]) for name, column in scaled.items()}
                found[item.key] = {name: value for name, value in values.items() if value == value}
    return found
