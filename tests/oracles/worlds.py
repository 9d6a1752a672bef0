"""Seeded small worlds in the tables of DESIGN.md 2: all statuses, missing cells, contradictions, ties, boundaries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, box, mapping
from shapely.geometry.base import BaseGeometry

from .ground import EARTH

WEST, SOUTH, SIDE = 107.10, -7.25, 0.02  # about 2.2 km
STATUSES = ["functional", "needs_repair", "not_in_use", "dry_season", "non_functional", "abandoned", "unknown"]
TECHNOLOGIES = [
    "tap", "hand_pump", "borehole", "protected_well", "open_well", "protected_spring", "unprotected_spring",
    "rainwater", "surface_water", "kiosk", "unknown",
]  # fmt: skip
KINDS = [
    "public_toilet",
    "shared_latrine",
    "communal_septic",
    "school_toilet",
    "treatment_plant",
    "excreta_storage",
    "unknown",
]
NEAR_M = [9.0, 10.0, 10.00001, 45.0, 50.0, 240.0, 700.0]
EDGES_M = [200.0, 250.0, 500.0, 1000.0, 50.0, 1000.000002, 999.999999]


@dataclass(frozen=True)
class Recipe:
    """How large a world is, and how much of it nobody knows."""

    villages: int = 3
    settlements: int = 3
    points: int = 7
    facilities: int = 5
    institutions: int = 2
    missing: float = 0.25
    missing_counts: float = 0.0
    unmapped: float = 0.3
    spread_villages: bool = False


@dataclass(frozen=True)
class World:
    """The tables of one small world."""

    villages: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    sanitation: gpd.GeoDataFrame
    institutions: gpd.GeoDataFrame


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Rows as a GeoDataFrame with these columns, missing cells None or NaN."""
    return gpd.GeoDataFrame(pd.DataFrame(list(rows), columns=list(columns)), geometry="geometry", crs=4326)


def maybe(rng: np.random.Generator, chance: float, value: Any) -> Any:
    """The value, or None with a chance."""
    return None if rng.random() < chance else value


def moved(lon: float, lat: float, azimuth: float, metres: float) -> tuple[float, float]:
    """The spot so many metres away."""
    x, y, _ = EARTH.fwd(lon, lat, azimuth, metres)
    return float(x), float(y)


def day(rng: np.random.Generator) -> pd.Timestamp:
    """A day of the years 2005 to 2025."""
    return pd.Timestamp("2005-01-01") + pd.Timedelta(days=int(rng.integers(0, 7500)))


def household_counts(rng: np.random.Generator, households: int, missing: float) -> dict[str, int | None]:
    """Rungs of sanitation and hygiene that fit the households (now and then not), some uncounted."""
    parts = rng.multinomial(households, [0.2, 0.3, 0.15, 0.15, 0.1, 0.1])
    names = ["hh_safe", "hh_own", "hh_shared", "hh_unimproved", "hh_open"]
    counts = {name: maybe(rng, missing, int(part)) for name, part in zip(names, parts, strict=False)}
    counts["hh_handwashing"] = maybe(rng, missing, int(parts[0] + parts[1]))
    counts["hh_handwashing_limited"] = maybe(rng, missing, int(parts[2]))
    counts["hh_water_safe"] = maybe(rng, missing, int(parts[0]))
    if counts["hh_open"] and rng.random() < 0.3:
        counts["hh_open"] = 0
    return counts


def village_row(rng: np.random.Generator, number: int, recipe: Recipe) -> dict[str, Any]:
    """One village: a square, or a point where it has settlements and chance says so."""
    west, south = WEST + number * SIDE, SOUTH
    shape: BaseGeometry = box(west, south, west + SIDE, south + SIDE)
    households = int(rng.integers(20, 200))
    piped = int(rng.integers(0, households + 1)) if rng.random() < 0.7 else 0
    if rng.random() < recipe.missing / 3:
        piped = households + 5
    row = {
        "village_code": f"32.03.18.{2001 + number}",
        "name": f"Desa {number}",
        "population": maybe(rng, recipe.missing / 2, int(rng.integers(100, 1500))),
        "households": maybe(rng, recipe.missing / 2, households),
        "households_piped": maybe(rng, recipe.missing, piped),
        "surveyed_on": maybe(rng, recipe.unmapped, pd.Timestamp("2025-03-01")),
        "poor_share": maybe(rng, recipe.missing, round(float(rng.random()) / 2, 2)),
        "odf_verified_on": maybe(rng, 0.6, pd.Timestamp("2024-02-02")),
        "geometry": shape.centroid if rng.random() < 0.15 else shape,
    }
    return row | household_counts(rng, households, recipe.missing)


def settlement_rows(rng: np.random.Generator, village: Any, recipe: Recipe, first: int) -> list[dict[str, Any]]:
    """The dusun of a village; two of them may be mirror images about its middle line, so that distances tie."""
    number = int(village["village_code"][-1]) - 1
    west = WEST + number * SIDE
    count = int(rng.integers(0 if recipe.spread_villages else 1, recipe.settlements + 1))
    rows: list[dict[str, Any]] = []
    for index in range(count):
        lon, lat = west + SIDE * rng.uniform(0.1, 0.9), SOUTH + SIDE * rng.uniform(0.1, 0.9)
        if index and rng.random() < 0.4:
            lon, lat = 2 * west + SIDE - rows[-1]["geometry"].x, rows[-1]["geometry"].y
        population = int(rng.integers(0, 400)) if rng.random() < 0.95 else 0
        rows.append(
            {
                "settlement_id": f"s{first + index}",
                "village_code": village["village_code"],
                "name": f"Dusun {first + index}",
                "population": maybe(rng, recipe.missing_counts, population),
                "geometry": Point(lon, lat),
            }
        )
    return rows


def point_spot(rng: np.random.Generator, settlements: gpd.GeoDataFrame, villages: int) -> tuple[float, float]:
    """Anywhere, on the very edge of a reach, in the middle between two settlements, or upon one."""
    way = rng.random()
    if len(settlements) == 0 or way < 0.5:
        return WEST + villages * SIDE * float(rng.random()), SOUTH + SIDE * float(rng.random())
    first = settlements.geometry.iloc[int(rng.integers(len(settlements)))]
    other = settlements.geometry.iloc[int(rng.integers(len(settlements)))]
    if way < 0.75:
        return moved(first.x, first.y, float(rng.integers(0, 360)), float(rng.choice(EDGES_M)))
    return (first.x + other.x) / 2, (first.y + other.y) / 2


def water_row(rng: np.random.Generator, index: int, spot: tuple[float, float], recipe: Recipe) -> dict[str, Any]:
    """One water point."""
    return {
        "point_id": f"w{index}",
        "name": f"Titik {index}",
        "status": str(rng.choice(STATUSES)) if rng.random() < 0.6 else "functional",
        "technology": str(rng.choice(TECHNOLOGIES)),
        "improved": None if rng.random() < 0.6 else bool(rng.random() < 0.7),
        "capacity_people": maybe(rng, 0.2 + recipe.missing, int(rng.choice([0, 20, 50, 100, 250, 500]))),
        "reported_on": maybe(rng, recipe.missing, day(rng)),
        "rehab_cost_idr": maybe(rng, 0.5, int(rng.integers(1, 60)) * 1_000_000),
        "geometry": Point(*spot),
    }


def facility_row(rng: np.random.Generator, index: int, near: Point, recipe: Recipe) -> dict[str, Any]:
    """One facility, often a few metres from a water point: 9, exactly 10, or a little more."""
    spot = moved(near.x, near.y, float(rng.integers(0, 360)), float(rng.choice(NEAR_M)))
    return {
        "facility_id": f"f{index}",
        "name": f"Sarana {index}",
        "kind": str(rng.choice(KINDS)),
        "status": str(rng.choice(STATUSES)) if rng.random() < 0.6 else "functional",
        "capacity_people": maybe(rng, 0.2 + recipe.missing, int(rng.choice([0, 20, 40, 100]))),
        "containment": maybe(rng, 0.5, str(rng.choice(["tangki septik", "cubluk", "perpipaan kota"]))),
        "emptied_on": maybe(rng, 0.5, day(rng)),
        "reported_on": maybe(rng, recipe.missing, day(rng)),
        "rehab_cost_idr": maybe(rng, 0.5, int(rng.integers(1, 60)) * 1_000_000),
        "geometry": Point(*spot),
    }


def institution_row(rng: np.random.Generator, index: int, villages: int, recipe: Recipe) -> dict[str, Any]:
    """A school or a health post."""
    pupils = [maybe(rng, recipe.missing, int(rng.choice([0, 50, 60, 61, 100, 120]))) for _ in "bg"]
    toilets = [maybe(rng, recipe.missing, int(rng.integers(0, 4))) for _ in "bg"]
    return {
        "institution_id": f"i{index}",
        "name": f"Lembaga {index}",
        "kind": str(rng.choice(["school", "school", "health_post"])),
        "boys": pupils[0],
        "girls": pupils[1],
        "water": maybe(rng, recipe.missing, bool(rng.random() < 0.7)),
        "toilets_boys": toilets[0],
        "toilets_girls": toilets[1],
        "geometry": Point(WEST + villages * SIDE * rng.random(), SOUTH + SIDE * rng.random()),
    }


VILLAGE_COLUMNS = [
    "village_code", "name", "population", "households", "households_piped", "surveyed_on", "poor_share", "hh_safe",
    "hh_own", "hh_shared", "hh_unimproved", "hh_open", "hh_handwashing", "hh_handwashing_limited", "hh_water_safe",
    "odf_verified_on", "geometry",
]  # fmt: skip
SETTLEMENT_COLUMNS = ["settlement_id", "village_code", "name", "population", "geometry"]
WATER_COLUMNS = [
    "point_id", "name", "status", "technology", "improved", "capacity_people", "reported_on", "rehab_cost_idr",
    "geometry",
]  # fmt: skip
FACILITY_COLUMNS = [
    "facility_id", "name", "kind", "status", "capacity_people", "containment", "emptied_on", "reported_on",
    "rehab_cost_idr", "geometry",
]  # fmt: skip
INSTITUTION_COLUMNS = [
    "institution_id", "name", "kind", "boys", "girls", "water", "toilets_boys", "toilets_girls", "geometry",
]  # fmt: skip


def world(seed: int, recipe: Recipe | None = None) -> World:
    """The small world of a seed."""
    recipe, rng = recipe or Recipe(), np.random.default_rng(seed)
    villages = [village_row(rng, n, recipe) for n in range(recipe.villages)]
    dusun: list[dict[str, Any]] = []
    for village in villages:
        dusun += settlement_rows(rng, village, recipe, len(dusun))
    settlements = table(dusun, SETTLEMENT_COLUMNS)
    spots = [point_spot(rng, settlements, recipe.villages) for _ in range(recipe.points)]
    water = table([water_row(rng, n, spot, recipe) for n, spot in enumerate(spots)], WATER_COLUMNS)
    anchors = [*water.geometry, *settlements.geometry]
    near = [anchors[int(rng.integers(len(anchors)))] for _ in range(recipe.facilities)]
    sanitation = [facility_row(rng, n, spot, recipe) for n, spot in enumerate(near)]
    schools = [institution_row(rng, n, recipe.villages, recipe) for n in range(recipe.institutions)]
    return World(
        table(villages, VILLAGE_COLUMNS),
        settlements,
        water,
        table(sanitation, FACILITY_COLUMNS),
        table(schools, INSTITUTION_COLUMNS),
    )


def street_grid(rng: np.random.Generator, rows: int, columns: int, closed: float = 0.2) -> gpd.GeoDataFrame:
    """Streets between the vertices of a grid, some of them closed."""
    at = [[(WEST + c * 0.002 + 0.0003 * (r % 2), SOUTH + r * 0.002) for c in range(columns)] for r in range(rows)]
    pairs = [(at[r][c], at[r][c + 1]) for r in range(rows) for c in range(columns - 1)]
    pairs += [(at[r][c], at[r + 1][c]) for r in range(rows - 1) for c in range(columns)]
    kept = [pair for pair in pairs if rng.random() >= closed]
    lines = [{"road_id": f"r{n}", "name": None, "geometry": LineString(pair)} for n, pair in enumerate(kept)]
    return table(lines, ["road_id", "name", "geometry"])


def plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if value is None or value is pd.NaT or (not isinstance(value, BaseGeometry) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value


def write_geojson(rows: gpd.GeoDataFrame, path: Path) -> Path:
    """A table as GeoJSON, coordinates with all their digits."""
    features = [
        {
            "type": "Feature",
            "geometry": mapping(row["geometry"]),
            "properties": {name: plain(value) for name, value in row.items() if name != "geometry"},
        }
        for row in rows.to_dict("records")
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path
