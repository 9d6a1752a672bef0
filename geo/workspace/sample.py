"""The seeded sample for the shipped villages: `python -m geo.workspace.sample` writes `data/sample/*.csv` anew.

Everything here is made up, plausible for rural Java and Lampung, and says so in every row (`data_source = sample`).
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.model.facts import DATA_DIR
from geo.workspace.shipped import shipped_villages

_SEED = 320323
_SHORT = {"32.03.18": "CJ", "35.07.33": "MA", "36.01.09": "PD", "18.10.05": "PR"}
#: technology: share of points in hilly Cianjur, share elsewhere, capacity in people (low, high)
_TECHNOLOGY: dict[str, tuple[float, float, tuple[int, int]]] = {
    "protected_spring": (0.28, 0.05, (250, 900)),
    "unprotected_spring": (0.14, 0.03, (80, 250)),
    "tap": (0.20, 0.16, (150, 600)),
    "protected_well": (0.14, 0.28, (60, 200)),
    "open_well": (0.12, 0.14, (40, 150)),
    "hand_pump": (0.04, 0.14, (150, 350)),
    "borehole": (0.06, 0.18, (400, 1500)),
    "rainwater": (0.02, 0.02, (20, 60)),
}
_STATUS = {
    "functional": 0.52,
    "needs_repair": 0.15,
    "non_functional": 0.15,
    "dry_season": 0.07,
    "not_in_use": 0.03,
    "abandoned": 0.03,
    "unknown": 0.05,
}
_FACILITY = {
    "public_toilet": (0.55, (60, 200)),
    "shared_latrine": (0.3, (15, 40)),
    "communal_septic": (0.15, (100, 400)),
}
_FACILITY_STATUS = {"functional": 0.5, "needs_repair": 0.17, "non_functional": 0.2, "not_in_use": 0.06, "unknown": 0.07}
_DUSUN = (
    "Krajan",
    "Cikole",
    "Sukasari",
    "Babakan",
    "Margasari",
    "Kebon Kalapa",
    "Pasir Awi",
    "Karang Tengah",
    "Sinar Jaya",
    "Tegal Sari",
    "Sumber Agung",
    "Wonosari",
)


def _inside(
    rng: np.random.Generator, polygon: shapely.Geometry, centre: tuple[float, float] | None = None, spread: float = 0.0
) -> tuple[float, float]:
    """A random place in a polygon: anywhere, or scattered around a centre (spread in degrees)."""
    west, south, east, north = polygon.bounds
    for _ in range(200):
        if centre is None:
            x, y = rng.uniform(west, east), rng.uniform(south, north)
        else:
            x, y = rng.normal(centre[0], spread), rng.normal(centre[1], spread)
        if polygon.contains(shapely.Point(x, y)):
            return float(x), float(y)
    place = polygon.representative_point()
    return float(place.x), float(place.y)


def _settlements(rng: np.random.Generator, village: Any) -> list[dict[str, Any]]:
    count = int(np.clip(round(village.area_km2 / 2.2), 3, 9))
    known = not np.isnan(village.population)
    parts = rng.multinomial(int(village.population), rng.dirichlet(np.full(count, 2.5))) if known else [None] * count
    names = rng.permutation(_DUSUN)[:count]
    rows = []
    for number, (name, people) in enumerate(zip(names, parts, strict=True), start=1):
        lon, lat = _inside(rng, village.geometry)
        rows.append(
            {
                "settlement_id": f"{village.village_code}-D{number}",
                "village_code": village.village_code,
                "name": f"Dusun {name}",
                "population": people,
                "lat": round(lat, 5),
                "lon": round(lon, 5),
            }
        )
    return rows


def _report(rng: np.random.Generator) -> str:
    return str((pd.Timestamp("2026-09-30") - pd.Timedelta(days=int(rng.gamma(2.0, 320)))).date())


def _water(rng: np.random.Generator, village: Any, dusun: list[dict[str, Any]]) -> list[dict[str, Any]]:
    hilly = village.village_code.startswith("32.03")
    shares = np.array([entry[0 if hilly else 1] for entry in _TECHNOLOGY.values()])
    people = 3000.0 if np.isnan(village.population) else village.population
    rows = []
    for number in range(1, int(np.clip(round(people / 380), 5, 16)) + 1):
        near = dusun[int(rng.integers(len(dusun)))]
        lon, lat = _inside(rng, village.geometry, (near["lon"], near["lat"]), 0.0035)
        technology = str(rng.choice(list(_TECHNOLOGY), p=shares / shares.sum()))
        low, high = _TECHNOLOGY[technology][2]
        capacity = round(float(rng.uniform(low, high)) / 10) * 10 if rng.random() < 0.85 else None
        cost = round(float(rng.uniform(4, 40))) * 1_000_000 if rng.random() < 0.3 else None
        rows.append({
            "point_id": f"{_SHORT[village.village_code[:8]]}{village.village_code[-3:]}A{number:02d}",
            "name": f"{near['name']} {number}", "village_code": village.village_code,
            "status": str(rng.choice(list(_STATUS), p=list(_STATUS.values()))), "technology": technology,
            "capacity_people": capacity, "installed_year": int(rng.integers(1996, 2025)), "reported_on": _report(rng),
            "rehab_cost_idr": cost, "manager": str(rng.choice(["KPSPAMS", "Desa", "RT/RW", "Perorangan"])),
            "lat": round(lat, 5), "lon": round(lon, 5),
        })  # fmt: skip
    return rows


def _sanitation(rng: np.random.Generator, village: Any, dusun: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    shares = [entry[0] for entry in _FACILITY.values()]
    for number in range(1, int(rng.integers(2, 6)) + 1):
        near = dusun[int(rng.integers(len(dusun)))]
        lon, lat = _inside(rng, village.geometry, (near["lon"], near["lat"]), 0.0012)
        kind = str(rng.choice(list(_FACILITY), p=shares))
        low, high = _FACILITY[kind][1]
        rows.append({
            "facility_id": f"{_SHORT[village.village_code[:8]]}{village.village_code[-3:]}S{number:02d}",
            "name": near["name"], "village_code": village.village_code, "kind": kind,
            "status": str(rng.choice(list(_FACILITY_STATUS), p=list(_FACILITY_STATUS.values()))),
            "capacity_people": int(rng.integers(low, high)), "women_separate": bool(rng.random() < 0.5),
            "accessible": bool(rng.random() < 0.15), "reported_on": _report(rng),
            "lat": round(lat, 5), "lon": round(lon, 5),
        })  # fmt: skip
    return rows


def _institutions(rng: np.random.Generator, village: Any) -> list[dict[str, Any]]:
    rows = []
    for number, kind in enumerate(["school", "school", "health_post"][: int(rng.integers(1, 4))], start=1):
        lon, lat = _inside(rng, village.geometry)
        boys, girls = (int(rng.integers(60, 160)), int(rng.integers(60, 160))) if kind == "school" else (None, None)
        name = f"SDN {village.name} {number}" if kind == "school" else f"Poskesdes {village.name}"
        rows.append(
            {
                "institution_id": f"{village.village_code}-L{number}",
                "name": name,
                "village_code": village.village_code,
                "kind": kind,
                "boys": boys,
                "girls": girls,
                "lat": round(lat, 5),
                "lon": round(lon, 5),
            }
        )
    return rows


def _survey(rng: np.random.Generator, village: Any) -> dict[str, Any]:
    """Survey columns of a village; about one in seven has no completed inventory."""
    known = not np.isnan(village.population)
    households = (
        village.households if not np.isnan(village.households) else (round(village.population / 3.5) if known else None)
    )
    parts = rng.multinomial(int(households), rng.dirichlet([1.5, 9, 2, 2.5, 1.2])) if households else [None] * 5
    return {
        "village_code": village.village_code, "households": households,
        "households_piped": int(households * rng.beta(1.6, 5)) if households else None,
        "poor_share": round(float(rng.beta(3, 18)), 3),
        "surveyed_on": _report(rng) if rng.random() < 0.86 else None,
        **dict(zip(["hh_safe", "hh_own", "hh_shared", "hh_unimproved", "hh_open"], parts, strict=True)),
    }  # fmt: skip


def _add_pits(rng: np.random.Generator, tables: dict[str, list[dict[str, Any]]], code: str) -> None:
    """Two pits of a kecamatan dug too near to a well, some 6 m away."""
    wells = [row for row in tables["water_points"] if row["village_code"].startswith(code)]
    wells = [row for row in wells if row["technology"] == "protected_well" and row["status"] == "functional"]
    for number, chosen in enumerate(rng.choice(len(wells), min(2, len(wells)), replace=False), start=1):
        well = wells[int(chosen)]
        tables["sanitation"].append({
            "facility_id": f"{_SHORT[code]}C{number:02d}", "name": "Cubluk", "village_code": well["village_code"],
            "kind": "excreta_storage", "status": "functional", "containment": "cubluk", "reported_on": "2026-03-12",
            "lat": round(well["lat"] + 0.00005, 5), "lon": well["lon"],
        })  # fmt: skip


def _add_needs(rng: np.random.Generator, tables: dict[str, list[dict[str, Any]]], villages: gpd.GeoDataFrame) -> None:
    """Add toilets and water of schools, emptying of tanks, a treatment plant a kecamatan, handwashing, safe water.

    Drawn apart from the rest, so that what was drawn before stays as it was.
    """
    for row in tables["institutions"]:
        school = row["kind"] == "school"
        row["water"] = bool(rng.random() < 0.7) if rng.random() < 0.8 else None
        told = school and rng.random() < 0.85
        row["toilets_boys"] = int(rng.integers(1, 4)) if told else None
        row["toilets_girls"] = int(rng.integers(1, 4)) if told else None
    for row in tables["sanitation"]:
        tank = row["kind"] == "communal_septic"
        days = int(rng.integers(100, 3600))
        row["containment"] = "tangki septik" if tank else "cubluk" if rng.random() < 0.5 else None
        row["emptied_on"] = (
            str((pd.Timestamp("2026-09-30") - pd.Timedelta(days=days)).date()) if tank and rng.random() < 0.7 else None
        )
    for code, group in villages.groupby(villages["village_code"].str[:8]):
        village = group.iloc[int(rng.integers(len(group)))]
        lon, lat = _inside(rng, village.geometry)
        tables["sanitation"].append({
            "facility_id": f"{_SHORT[code]}IPLT", "name": f"IPLT {code}", "village_code": village.village_code,
            "kind": "treatment_plant", "status": "functional", "reported_on": "2026-05-04", "lat": round(lat, 5),
            "lon": round(lon, 5),
        })  # fmt: skip
        _add_pits(rng, tables, code)
    for row in tables["survey"]:
        households = row["households"]
        row["hh_handwashing"] = int(households * rng.beta(5, 3)) if households else None
        rest = households - row["hh_handwashing"] if households else 0
        row["hh_handwashing_limited"] = int(rest * rng.beta(3, 3)) if households else None
        piped = row["households_piped"]
        row["hh_water_safe"] = int(piped * rng.beta(2, 6)) if piped and rng.random() < 0.6 else None


def build(villages: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    """Return the sample tables for the shipped villages, the same for the same seed and NumPy."""
    rng = np.random.default_rng(_SEED)
    tables: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("settlements", "water_points", "sanitation", "institutions", "survey")
    }
    for village in villages.itertuples():
        dusun = _settlements(rng, village)
        tables["settlements"] += dusun
        tables["water_points"] += _water(rng, village, dusun)
        tables["sanitation"] += _sanitation(rng, village, dusun)
        tables["institutions"] += _institutions(rng, village)
        tables["survey"].append(_survey(rng, village))
    _add_needs(np.random.default_rng(_SEED + 1), tables, villages)
    return {name: pd.DataFrame(rows).assign(data_source="sample") for name, rows in tables.items()}


if __name__ == "__main__":
    for name, table in build(shipped_villages()).items():
        whole = [
            c
            for c in table.columns
            if c
            in ("population", "capacity_people", "rehab_cost_idr", "boys", "girls", "households", "households_piped")
            or c.startswith(("hh_", "toilets_"))
        ]
        table.astype(dict.fromkeys(whole, "Int64")).to_csv(
            DATA_DIR / "sample" / f"{name}.csv", index=False, lineterminator="\n"
        )
