"""A generated nation as GeoParquet: clustered settlements with villages, water points of every status.

Not Indonesia: only as many places and points, as unevenly spread. `python -m tests.bench.nation FOLDER PLACES POINTS`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

STATUS = ["functional", "needs_repair", "non_functional", "not_in_use", "abandoned", "unknown"]
CHANCE = [0.40, 0.28, 0.16, 0.05, 0.05, 0.06]
TECHNOLOGY = ["hand_pump", "tap", "protected_well", "protected_spring", "open_well", "unknown"]


def write_nation(folder: Path, places: int, points: int, *, seed: int = 7, shuffled: bool = False) -> dict[str, Path]:
    """Write villages, settlements and water points; about 240 places a village, villages of some 20 km2.

    `shuffled` rows lie in no order, so that the batch has to sort them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    count = max(places // 240, 1)
    # villages on a jittered grid of about 4.5 km, cut to a long land, a third of it empty
    columns = int(np.ceil(np.sqrt(count * 1.5 * 4)))
    cell = random.permutation(columns * (count * 3 // (2 * columns) + 1))[:count]
    # numbered district by district (some 40 km), as codes are
    cell = cell[np.lexsort((cell % columns, cell // columns, cell % columns // 10, cell // columns // 10))]
    centre = np.column_stack([95.0 + (cell % columns) * 0.04, -8.0 + (cell // columns) * 0.04]) + 0.02
    codes = np.array(
        [
            f"{11 + n * 80 // count:02d}.{n // 300 % 99 + 1:02d}.{n // 15 % 20 + 1:02d}.2{n % 999 + 1:03d}"
            for n in range(count)
        ]
    )
    codes = np.array(
        [f"{code[:9]}2{number % 999 + 1:03d}" if len(code) > 9 else code for number, code in enumerate(codes)]
    )
    _, first = np.unique(codes, return_index=True)
    weight = random.lognormal(0, 0.6, count)
    weight[np.setdiff1d(np.arange(count), first)] = 0  # a code that came twice keeps its first village
    weight /= weight.sum()
    hamlets = centre[:, None, :] + random.normal(0, 0.009, (count, 8, 2))

    def around(number: int) -> tuple[np.ndarray, np.ndarray]:
        village = np.sort(random.choice(count, number, p=weight))
        spot = hamlets[village, random.integers(8, size=number)]
        return village, spot + random.normal(0, 0.0025, (number, 2))

    village, xy = around(places)
    order = np.random.default_rng(1).permutation(places) if shuffled else np.arange(places)
    people = np.round(random.lognormal(2.2, 0.6, places), 1)
    table = pa.table(
        {
            "settlement_id": pa.array(np.char.add("s", np.char.zfill(np.arange(places)[order].astype(str), 9))),
            "village_code": pa.array(codes[village][order]),
            "population": people[order],
            "lon": xy[order, 0],
            "lat": xy[order, 1],
        }
    )
    pq.write_table(table, folder / "settlements.parquet", row_group_size=100_000, compression="zstd")
    at, xy = around(points)
    pd.DataFrame(
        {
            "point_id": [f"p{n:08d}" for n in range(points)],
            "village_code": codes[at],
            "status": random.choice(STATUS, points, p=CHANCE),
            "technology": random.choice(TECHNOLOGY, points),
            "lon": xy[:, 0],
            "lat": xy[:, 1],
        }
    ).to_parquet(folder / "water.parquet")
    official = np.bincount(village, weights=people, minlength=count)[first] * random.uniform(0.9, 1.1, len(first))
    pd.DataFrame(
        {
            "village_code": codes[first],
            "lon": centre[first, 0],
            "lat": centre[first, 1],
            "name": [f"Desa {code}" for code in codes[first]],
            "population": np.round(official),
            "households": np.round(official / 4),
            "households_piped": np.round(official / 4 * random.beta(1, 6, len(first))),
            "poor_share": np.round(random.uniform(0.03, 0.3, len(first)), 3),
            "surveyed_on": np.where(random.random(len(first)) < 0.8, "2026-03-01", None),
        }
    ).to_parquet(folder / "villages.parquet")
    return {name: folder / f"{name}.parquet" for name in ("villages", "settlements", "water")}


if __name__ == "__main__":
    print(write_nation(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), shuffled="--shuffled" in sys.argv))
