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
from geo.coverage.states import with_gap
from geo.model.params import Params
from geo.model.sites import SERVICES, STATES, kind_column
from geo.priorities.ranking import rank_of_score, scaled_criteria, shared_ranks, weighted_score


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
        states = with_gap(sums[[f"{name}_{state}" for state in STATES]].set_axis(list(STATES), axis=1))
        people = states["population"].where(states["population"] > 0)
        for case in ("best", "worst"):
            states[f"{case}_share"] = (sums[f"{name}_{case}"] / people).clip(0, 1)
        states["best_share"] = states[["best_share", "share"]].max(axis=1, skipna=False)
        states["worst_share"] = states[["worst_share", "share"]].min(axis=1, skipna=False)
        totals[name] = _total(states)
        prefix = "" if name == "water" else "sanitation_"
        table = table.join(states.add_prefix(prefix) if prefix else states)
    if "water" in totals:
        table = table.join(_all_tails(work))
        totals["water"] |= {"distances_rounded_up_to_m": 1} | _distances(work) | {"person_km": _walked(table)}
    table = table[(table.index >= 0) | sums["places"].gt(0).to_numpy()]
    _write_partitioned(out / "villages", table.reset_index(drop=True))
    listed = kept_parts(work / "priorities")
    sites = _rank(_with_facts(listed, work), params) if len(listed) else pd.DataFrame({"village_code": []})
    _write_partitioned(out / "priorities", sites)
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


def _walked(table: pd.DataFrame) -> float | None:
    """Person-kilometres of all; missing where somebody has nothing to walk to, as in a village."""
    walked = table["person_km"][table["population"] > 0]
    return None if walked.empty or walked.isna().any() else float(walked.sum())


def _unknown(work: Path) -> int:
    files = [work / f"{name}.parquet" for name in SERVICES]
    tables = [pd.read_parquet(path, columns=["status"]) for path in files if path.is_file()]
    return int(sum((table["status"] == "unknown").sum() for table in tables))


def _total(states: pd.DataFrame) -> dict[str, Any]:
    known = states[states["population"].notna()]
    total: dict[str, Any] = {name: float(known[name].sum()) for name in ("population", *STATES, "gap")}
    people = total["population"]
    total["share"] = (total["on_premises"] + total["served"]) / people if people else None
    for name in ("best_share", "worst_share"):
        total[name] = float((known[name] * known["population"]).sum()) / people if people else None
    return total


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
        kind = kind_column(service)
        names = ["number", "name", "village_code", "status", kind, "reported_on", "lon", "lat"]
        facts = pd.read_parquet(work / f"{service}.parquet", columns=names).rename(columns={kind: "technology"})
        told.append(part.merge(facts, on="number", validate="one_to_one").drop(columns="number"))
    return pd.concat(told, ignore_index=True)


def _rank(sites: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Score and rank over the whole ground, each service its own list; no spread of ranks at this size."""
    listed = []
    for _, rows in sites.groupby("service", sort=False):
        part = rows.reset_index(drop=True)
        score = weighted_score(scaled_criteria(part), params.weight_of())
        rank = rank_of_score(score)
        part = part.assign(score=score, rank=rank, tied=shared_ranks(rank))
        keys = pa.table({"rank": rank, "site_id": pa.array(part["site_id"], pa.string())})
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
