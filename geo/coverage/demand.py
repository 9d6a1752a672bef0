"""Where the people are: settlements, or a village's people spread over its polygon; sums as the official total."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.coverage.ladders import household_counts
from geo.coverage.reconcile import reconciled, scales
from geo.coverage.states import COUNTED
from geo.model.arrays import Floats, Ints
from geo.model.inputs import Inputs
from geo.model.per_version import per_version
from geo.model.results import Notice
from geo.reach.villages_at import assign_villages

#: A sum of settlements that differs from the official total by more than this share is reported (DESIGN.md 1).
MISMATCH = 0.20
#: Cells that carry the people of a village whose settlements are not known: about so far apart, and at most so many.
CELL_M = 250.0
MAX_CELLS = 1_000
_METRES_PER_DEGREE = 111_320.0  # only to choose the number of cells: nothing is measured with it


def _spread(code: str, name: object, geometry: shapely.Geometry) -> pd.DataFrame:
    """Cells of equal weight over a polygon: points of a regular grid, at least one."""
    if geometry.geom_type == "Point":
        points = [geometry]
    else:
        west, south, east, north = geometry.bounds
        wide = np.cos(np.radians((south + north) / 2))
        step = max(CELL_M / _METRES_PER_DEGREE, float(np.sqrt(geometry.area * wide / MAX_CELLS)))
        x, y = np.meshgrid(
            np.arange(west + step / wide / 2, east, step / wide), np.arange(south + step / 2, north, step)
        )
        grid = shapely.points(x.ravel(), y.ravel())
        points = list(grid[shapely.intersects(geometry, grid)]) or [geometry.representative_point()]
    return pd.DataFrame(
        {
            "place_id": [f"{code}#{n:03d}" for n in range(len(points))],
            "village_code": code,
            "name": name,
            "people": np.nan,
            "kind": "cell",
            "lon": shapely.get_x(points),
            "lat": shapely.get_y(points),
        }
    )


def spread_over(villages: gpd.GeoDataFrame) -> list[pd.DataFrame]:
    """Spread villages over their polygons: ``place_id, village_code, name, people (missing), kind, lon, lat`` each."""
    rows = zip(villages["village_code"], villages["name"], villages.geometry, strict=True)
    return [_spread(code, name, geometry) for code, name, geometry in rows]


def _rows_of(table: pd.DataFrame, shapes: gpd.GeoSeries) -> Iterator[tuple[dict[str, Any], shapely.Geometry]]:
    yield from zip(table.to_dict("records"), shapes, strict=True)


def _spread_settlement(row: dict[str, Any], shape: shapely.Geometry) -> pd.DataFrame:
    """A settlement drawn as a polygon: its people in equal parts over the cells of it."""
    cells = _spread(str(row["place_id"]), row["name"], shape)
    return cells.assign(village_code=row["village_code"], people=row["people"] / len(cells), kind="settlement")


#: A population counted so many years or more before the inventory is told.
_YEARS_APART = 5
#: Buildings nearer than this to each other are one place (degrees, about 100 m).
_BUILT_DEG = 1e-3


def weighed_cells(buildings: gpd.GeoDataFrame, villages: gpd.GeoDataFrame) -> pd.DataFrame:
    """Put the people of villages without settlements where their buildings are: cells of 100 m with a `weight`.

    A building weighs its `weight`, else its footprint, else (a point, and a footprint of nothing) as much as the middle
    one of its village, else 1. Dasymetric: only proportions count, the people are the village's official total.
    """
    names = ["place_id", "village_code", "name", "people", "kind", "lon", "lat", "weight"]
    if not len(buildings) or not len(villages):
        return pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    spots = buildings.set_geometry(buildings.geometry.representative_point())
    codes = assign_villages(spots, villages)
    lon, lat = spots.geometry.x.to_numpy(), spots.geometry.y.to_numpy()
    footprint = shapely.area(buildings.geometry.to_numpy()) * np.cos(np.radians(lat)) * _METRES_PER_DEGREE**2
    weight = pd.to_numeric(buildings["weight"], errors="coerce").fillna(pd.Series(footprint).where(footprint > 0))
    weight = weight.fillna(weight.groupby(codes).transform("median")).fillna(1.0)
    frame = pd.DataFrame({"code": codes, "weight": weight, "lon": lon * weight, "lat": lat * weight})
    frame = frame.assign(x=np.floor(lon / _BUILT_DEG), y=np.floor(lat / _BUILT_DEG))[codes.notna() & (weight > 0)]
    sums = frame.groupby(["code", "x", "y"], sort=True)[["weight", "lon", "lat"]].sum().reset_index()
    number = sums.groupby("code").cumcount()
    known = dict(zip(villages["village_code"], villages["name"], strict=True))
    return pd.DataFrame(
        {
            "place_id": sums["code"] + "#b" + number.astype(str).str.zfill(4),
            "village_code": sums["code"].astype(object),
            "name": sums["code"].map(known),
            "people": np.nan,
            "kind": "cell",
            "lon": sums["lon"] / sums["weight"],
            "lat": sums["lat"] / sums["weight"],
            "weight": sums["weight"],
        }
    )


def _reconcile(places: pd.DataFrame, totals: dict[str, float]) -> tuple[pd.DataFrame, list[Notice]]:
    """Scale the people of each village to its official total, where there is one.

    Settlements of unknown size count as their village's average settlement (only scaled to an official total); where
    none is known, or all are 0, each counts the same.
    """
    people, codes = places["people"].to_numpy(dtype=float), places["village_code"]
    number, index = pd.factorize(codes, sort=True)
    number = np.where(number < 0, len(index), number).astype(np.int64)  # outside every village there is no total
    official = np.append(pd.Series(index, dtype=object).map(totals).to_numpy(dtype=float), np.nan)
    weight = places["weight"].fillna(1.0).to_numpy(dtype=float) if "weight" in places else np.ones(len(places))
    has = ~np.isnan(people)
    counted, known, weights = (
        np.bincount(number, weights=values, minlength=len(official)).astype(float)
        for values in (np.where(has, people, 0.0), has, weight)
    )
    result = reconciled(people, number, scales(official, counted, known, weights), weight)
    whole = known == np.bincount(number, minlength=len(official))
    notices = _mismatches(index, counted[whole], official[whole], np.flatnonzero(whole))
    bare = np.isnan(result)
    if bare.any():
        told = tuple(sorted(set(codes[bare].dropna())))
        notices.append(Notice("problem.bare_places", "settlements", told, {"count": int(bare.sum())}))
    return places.assign(people=result), notices


def _mismatches(index: pd.Index, counted: Floats, official: Floats, rows: Ints) -> list[Notice]:
    """Villages whose settlements, all of them counted, differ from the official total by more than a fifth."""
    off = np.abs(counted - official) > MISMATCH * np.maximum(official, 1e-9)
    return [
        Notice(
            "problem.population_mismatch",
            "villages",
            (str(index[row]),),
            {"counted": float(own), "official": float(told)},
        )
        for row, own, told in zip(rows[off], counted[off], official[off], strict=True)
    ]


@per_version
def demand_places(inputs: Inputs, *, assume_mapped: bool = False) -> tuple[gpd.GeoDataFrame, list[Notice]]:
    """Return the demand places and what was noticed about them.

    A village with settlements has its people there (those of a settlement drawn as a polygon spread over it); one
    without has them where its buildings are, by their footprint; one without those evenly over its polygon (or at its
    point). The sum per village is the official total where there is one; settlements keep their proportions. A place
    whose population nobody knows keeps a missing figure: it is in no state, and in no total.

    Parameters
    ----------
    inputs
        The validated tables.
    assume_mapped
        Take every inventory as completed, also outside every village.

    Returns
    -------
    places, notices
        `places` with ``place_id, village_code, name, people, counted, kind, piped_share, own_toilet_share, poor_share,
        mapped`` and a point. `counted` is the settlement's own figure, `people` the reconciled one.
    """
    villages, settlements = inputs.villages, inputs.settlements
    codes = assign_villages(settlements, villages)
    given = pd.DataFrame(
        {
            "place_id": settlements["settlement_id"].astype(object),
            "village_code": codes,
            "name": settlements["name"],
            "people": pd.to_numeric(settlements["population"], errors="coerce"),
            "kind": "settlement",
        }
    )
    drawn = (settlements.geom_type != "Point").to_numpy(dtype=bool) if len(settlements) else np.zeros(0, dtype=bool)
    spots = settlements.geometry[~drawn]
    spread = [_spread_settlement(row, shape) for row, shape in _rows_of(given[drawn], settlements.geometry[drawn])]
    given = given[~drawn].assign(lon=spots.x, lat=spots.y)
    bare = villages[~villages["village_code"].isin(set(codes.dropna())) & villages["population"].notna()]
    built = weighed_cells(inputs.buildings, bare)
    used = set(built["village_code"])
    spread += [built, *spread_over(bare[~bare["village_code"].isin(used)])]
    spread = [part for part in spread if len(part)]
    places = pd.concat([part for part in (given, *spread) if len(part)] or [given], ignore_index=True)
    places["counted"] = places["people"]
    official = pd.to_numeric(villages["population"], errors="coerce")
    known = dict(zip(villages["village_code"], official, strict=True))
    places, notices = _reconcile(places, known)
    notices += _contradictions(villages)
    if len(inputs.buildings) and not used:
        notices.append(Notice("problem.buildings_unused", "buildings", (), {"count": len(inputs.buildings)}))
    places = _with_village_shares(places, villages, assume_mapped)
    whole = not spread and len(places) == len(settlements)
    points = settlements.geometry.to_numpy() if whole else gpd.points_from_xy(places["lon"], places["lat"])
    return gpd.GeoDataFrame(places, geometry=points, crs="EPSG:4326"), notices


def _piped(villages: pd.DataFrame) -> dict[str, pd.Series]:
    """Share of households with a connection, least and most, and whether the others are known to have none.

    More connections than households make the larger stand; connections of nobody knows how many households may be
    everybody's.
    """
    piped, households = _number_of(villages, "households_piped"), _number_of(villages, "households")
    households = np.maximum(households, piped)
    share = (piped / households.where(households > 0)).mask(piped == 0, 0.0)
    return {"piped_share": share, "piped_least": share.fillna(0.0), "piped_most": share.fillna(1.0)} | {
        "piped_counted": ~((piped > 0) & _number_of(villages, "households").isna())
    }


def _toilets(villages: pd.DataFrame) -> dict[str, pd.Series]:
    """Share of households with a toilet of their own, least and most, and whether every household was counted.

    Households on no rung are unknown: they may have one. Where more stand on rungs than there are, those count. Where
    the households are not known their sum stands for them only if the count is complete: every rung of the JMP (own,
    shared, unimproved, open), or of STBM (permanent or semi-permanent, shared, open).
    """
    counts, households = household_counts(villages), _number_of(villages, "households")
    own = counts[["safely_managed", "basic"]].sum(axis=1, min_count=1)
    stbm = _number_of(villages, "hh_jsp").notna() | _number_of(villages, "hh_jssp").notna()
    whole = counts[["basic", "limited", "open"]].notna().all(axis=1) & (counts["unimproved"].notna() | stbm)
    on_rungs = counts.sum(axis=1)
    base = np.maximum(households, on_rungs).where(households.notna(), on_rungs.where(whole))
    base = base.where(base > 0)
    share, rest = (own / base).clip(0, 1), (base - on_rungs) / base
    counted = counts.notna().any(axis=1)
    return {
        "own_toilet_share": share,
        "own_toilet_least": share.fillna(0.0),
        "own_toilet_most": (share.fillna(0.0) + rest).where(counted & base.notna(), 1.0),
        "toilets_counted": ~counted | (rest.fillna(1.0) <= 1e-9),
    }


def _number_of(villages: pd.DataFrame, name: str) -> pd.Series:
    return pd.to_numeric(villages[name], errors="coerce").astype(float)


def _optional(villages: pd.DataFrame, name: str) -> pd.Series:
    return _number_of(villages, name) if name in villages else pd.Series(np.nan, index=villages.index)


def _contradictions(villages: pd.DataFrame) -> list[Notice]:
    """Counts of households that contradict each other, or that nothing can be made of."""
    households, piped = _number_of(villages, "households"), _number_of(villages, "households_piped")
    on_rungs = household_counts(villages).sum(axis=1, min_count=1)
    codes = villages["village_code"].astype(str)
    more = {
        "connections_exceed": ("piped", piped, households), "rungs_exceed": ("counted", on_rungs, households),
        "safe_exceeds": ("safe", _optional(villages, "hh_water_safe"), piped),
        "handwashing_exceeds": ("counted", _optional(villages, "hh_handwashing"), households),
    }  # fmt: skip
    found = [
        Notice(f"problem.{key}", "villages", (codes[n],), {name: float(part[n]), "households": float(whole[n])})
        for key, (name, part, whole) in more.items()
        for n in villages.index[(part > whole).to_numpy(dtype=bool)]
    ]
    mapped = pd.to_datetime(villages["surveyed_on"], errors="coerce").dt.year
    old = villages.index[(mapped - _optional(villages, "population_year") >= _YEARS_APART).to_numpy(dtype=bool)]
    if len(old):
        years = {"count": len(old), "years": _YEARS_APART}
        found.append(Notice("problem.counted_long_before", "villages", tuple(codes[old]), years))
    bare = villages.index[((piped > 0) & households.isna()).to_numpy(dtype=bool)]
    key = "problem.connections_without_households"
    return found + [Notice(key, "villages", (codes[n],), {"piped": float(piped[n])}) for n in bare]


def village_shares(villages: pd.DataFrame, assume_mapped: bool) -> pd.DataFrame:
    """Return what each village says of all its people, one row each: shares (0–1, missing where unknown), mapped."""
    shares = {
        **_piped(villages),
        **_toilets(villages),
        "poor_share": pd.to_numeric(villages["poor_share"], errors="coerce"),
        "diarrhoea_per_1000": pd.to_numeric(villages["diarrhoea_per_1000"], errors="coerce"),
        "mapped": villages["surveyed_on"].notna() | assume_mapped,
    }
    return pd.DataFrame(shares)


def _with_village_shares(places: pd.DataFrame, villages: gpd.GeoDataFrame, assume_mapped: bool) -> pd.DataFrame:
    shares = village_shares(villages, assume_mapped).set_axis(villages["village_code"].to_numpy())
    mine = shares.reindex(places["village_code"].to_numpy()).set_axis(places.index)
    mapped = mine["mapped"].isin([True]) | (mine["mapped"].isna() & assume_mapped)
    counted = {name: ~mine[name].isin([False]) for name in COUNTED.values()}
    return places.assign(**mine.assign(mapped=mapped, **counted))
