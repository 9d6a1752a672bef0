"""Tiles put together: villages and priorities by province, totals of the whole ground."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.batch.prepare import kept_parts
from geo.batch.tiles import tails_of_rows
from geo.coverage.villages import figures_of, totals_of
from geo.model.params import Params, params_as_text
from geo.model.sites import SERVICES, STATES
from geo.priorities.ranking import scaled_criteria, scored, site_facts


def gather(work: Path, out: Path, params: Params, told: list[dict[str, Any]]) -> dict[str, Any]:
    """Put tiles together: villages and priorities by province, as GeoParquet; totals as a dictionary.

    Parameters
    ----------
    work
        Folder with what the tiles kept.
    out
        Folder of the result.
    params
        With the weights of the score.
    told
        What each tile said of itself.
    """
    shares = pd.read_parquet(work / "villages.parquet")
    sums = kept_parts(work / "sums")
    sums = sums.groupby(level=0).sum(min_count=1).reindex(range(-1, len(shares) - 1))
    table = shares[["village_code", "name", "surveyed_on", "households", "counted"]].rename(
        columns={"counted": "population_counted"}
    )
    table = pd.concat([table.iloc[[-1]], table.iloc[:-1]]).set_index(sums.index)
    totals: dict[str, Any] = {}
    for name in [service for service in SERVICES if f"{service}_served" in sums]:
        states = sums[[f"{name}_{state}" for state in STATES]].to_numpy(dtype=float)
        cases = (sums[f"{name}_{case}"].to_numpy(dtype=float) for case in ("best", "worst"))
        figures = pd.DataFrame(figures_of(states, *cases), index=sums.index)
        if name == "water":
            figures = figures.join(_all_tails(work))
        totals[name] = totals_of({column: figures[column].to_numpy(dtype=float) for column in figures})
        table = table.join(figures if name == "water" else figures.add_prefix("sanitation_"))
    if "water" in totals:
        totals["water"] |= {"distances_rounded_up_to_m": 1} | _distances(work)
    table = table[(table.index >= 0) | sums["places"].gt(0).to_numpy()]
    made = {"parameters": params_as_text(params)}  # as every row of a file says
    _write_partitioned(out / "villages", table.reset_index(drop=True).assign(**made))
    listed = kept_parts(work / "priorities")
    sites = _rank(_with_facts(listed, work), params) if len(listed) else pd.DataFrame({"village_code": []})
    _write_partitioned(out / "priorities", sites.assign(**made))
    return {
        "total": totals.get("water"),
        "sanitation": totals.get("sanitation"),
        "villages": int((table.index >= 0).sum()),
        "places": int(sum(entry["places"] for entry in told)),
        "sites": len(sites),
        "sites_of_unknown_status": _unknown(work),
        "tiles": len(told),
        "widest_halo_m": max(entry["halo_m"] for entry in told),
        "worker_peak_mb": round(max(entry["peak_mb"] for entry in told)),
        "out": str(out),
    }


def _unknown(work: Path) -> int:
    files = [work / f"{name}.parquet" for name in SERVICES]
    tables = [pd.read_parquet(path, columns=["status"]) for path in files if path.is_file()]
    return int(sum((table["status"] == "unknown").sum() for table in tables))


def _all_tails(work: Path) -> pd.DataFrame:
    whole, rest = kept_parts(work / "tails"), kept_parts(work / "rest")
    return pd.concat([whole, tails_of_rows(rest)])


def _distances(work: Path) -> dict[str, float | None]:
    """Median and 90th percentile of the whole ground, to a metre (rounded up)."""
    parts = [np.load(path) for path in sorted((work / "metres").glob("*.npy"))]
    people = np.zeros(max(len(part) for part in parts))
    for part in parts:
        people[: len(part)] += part
    reached = people.cumsum()
    if not len(reached) or reached[-1] <= 0:
        return {"distance_median_m": None, "distance_p90_m": None}
    at = [float(np.searchsorted(reached, share * reached[-1] * (1 - 1e-9))) for share in (0.5, 0.9)]
    return {"distance_median_m": at[0], "distance_p90_m": at[1]}


def _with_facts(sites: pd.DataFrame, work: Path) -> pd.DataFrame:
    """What the inventory says of each site, beside its indicators."""
    told = []
    for service, part in sites.groupby("service", sort=False):
        rows = pd.read_parquet(work / f"{service}.parquet")
        facts = pd.DataFrame(site_facts(rows, str(service))).assign(number=rows["number"])
        known = facts.drop(columns=[name for name in facts if name in part and name != "number"])
        known = known.assign(lat=rows["lat"], lon=rows["lon"])
        told.append(part.merge(known, on="number", validate="one_to_one").drop(columns="number"))
    return pd.concat(told, ignore_index=True)


def _rank(sites: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Score and rank over the whole ground, each service its own list; no spread of ranks at this size."""
    listed = []
    for _, rows in sites.groupby("service", sort=False):
        part = rows.reset_index(drop=True)
        part = part.assign(**scored(scaled_criteria(part), params.weight_of()))
        keys = pa.table({"rank": part["rank"], "site_id": pa.array(part["site_id"], pa.string())})
        listed.append(part.iloc[pc.sort_indices(keys, [("rank", "ascending"), ("site_id", "ascending")]).to_numpy()])
    return pd.concat(listed, ignore_index=True) if listed else sites


def _write_partitioned(folder: Path, table: pd.DataFrame) -> None:
    """One GeoParquet a province (``province=32/part.parquet``); points get a bbox column. The old folder goes last."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    province = table["village_code"].astype("str").str[:2].fillna("none")

    def write(code: str, rows: pd.DataFrame) -> None:
        target = part / f"province={code}" / "part.parquet"
        target.parent.mkdir(parents=True)
        if "lon" in rows:
            points = gpd.points_from_xy(rows["lon"], rows["lat"])
            shaped = gpd.GeoDataFrame(rows.reset_index(drop=True), geometry=points, crs="EPSG:4326")
            shaped.to_parquet(target, write_covering_bbox=True)
        else:
            rows.reset_index(drop=True).to_parquet(target)

    with ThreadPoolExecutor(2) as pool:  # more wait for each other
        list(pool.map(write, *zip(*table.groupby(province), strict=True)) if len(table) else [])
    shutil.rmtree(folder, ignore_errors=True)
    if part.exists():
        part.replace(folder)
    else:  # nothing to tell is told by an empty folder
        folder.mkdir(parents=True)
