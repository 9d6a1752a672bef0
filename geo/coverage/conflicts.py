"""Sources of water too near to excreta storage (DESIGN.md 4: within 10 m)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.model.facts import facts
from geo.model.sites import xy_of
from geo.reach.distance import pairs_in_reach

#: What is not sure of a conflict: columns for the best and the worst case, and for nobody's table.
DOUBTS = ("conflict_sure", "conflict_maybe")


def separation_m() -> float:
    """How far a source should be from excreta storage, metres.

    Examples
    --------
    >>> separation_m()
    10.0
    """
    return float(facts("facilities")["rules"]["separation_m"])


def _says(values: pd.Series, words: list[str]) -> np.ndarray:
    text = values.astype(object).fillna("").astype(str).str.lower()
    return np.asarray(np.logical_or.reduce([text.str.contains(word, regex=False) for word in words]), dtype=bool)


def stores_excreta(sanitation: pd.DataFrame) -> np.ndarray:
    """Facilities whose excreta lie in the ground where they stand, bool of shape (n,); those on a sewer do not.

    Examples
    --------
    >>> table = pd.DataFrame({"kind": ["excreta_storage", "public_toilet"], "containment": [None, "sewer"]})
    >>> stores_excreta(table).tolist()
    [True, False]
    """
    kinds = {name: bool(entry.get("storage")) for name, entry in facts("facilities").items() if name != "rules"}
    stored = sanitation["kind"].map(kinds).fillna(False).to_numpy(dtype=bool)
    return np.asarray(
        stored & ~_says(sanitation["containment"], facts("facilities")["rules"]["sewer_words"]), dtype=bool
    )


def has_tank(sanitation: pd.DataFrame) -> np.ndarray:
    """Facilities with a tank that is emptied, by kind or by what their containment says, bool of shape (n,)."""
    kinds = {name: bool(entry.get("tank")) for name, entry in facts("facilities").items() if name != "rules"}
    by_kind = sanitation["kind"].map(kinds).fillna(False).to_numpy(dtype=bool)
    worded = _says(sanitation["containment"], facts("facilities")["rules"]["tank_words"])
    return np.asarray(by_kind | worded, dtype=bool)


def conflicts(water: gpd.GeoDataFrame, sanitation: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """List sources within 10 m (boundary included) of excreta storage: ``point_id, facility_id, distance_m``.

    A source is a point that takes its water where it stands (`ground` in data/technologies.toml): a well, a spring; a
    tap or a kiosk is none, and neither is a point whose technology nobody knows.
    """
    grounds = {name for name, entry in facts("technologies").items() if entry.get("ground")}
    source = np.flatnonzero(water["technology"].isin(grounds))
    storage = np.flatnonzero(stores_excreta(sanitation)) if len(sanitation) else np.empty(0, dtype=np.int64)
    found = pairs_in_reach(xy_of(water.iloc[source]), xy_of(sanitation.iloc[storage]), separation_m())
    rows = source[found.place]
    table = gpd.GeoDataFrame(
        {
            "point_id": water["point_id"].to_numpy(dtype=object)[rows],
            "village_code": water["village_code"].to_numpy(dtype=object)[rows],
            "facility_id": sanitation["facility_id"].to_numpy(dtype=object)[storage[found.site]],
            "distance_m": found.distance_m,
        },
        geometry=water.geometry.to_numpy()[rows],
        crs=water.crs,
    )
    return table.sort_values(["distance_m", "point_id", "facility_id"], ignore_index=True)


def with_conflicts(
    water: gpd.GeoDataFrame, found: pd.DataFrame, sanitation: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Add `conflict_m` to water points: metres to the nearest excreta storage within 10 m, missing where none.

    Parameters
    ----------
    water
        The points.
    found
        From `conflicts`.
    sanitation
        Adds `conflict_sure` and `conflict_maybe` too: whether such a storage is there whatever is not known (the kind
        of a facility, where its excreta go, the technology of the point), and whether one may be.
    """
    nearest = found.groupby("point_id")["distance_m"].min() if len(found) else pd.Series(dtype="float64")
    told = water.assign(conflict_m=water["point_id"].map(nearest).astype("float64"))
    if sanitation is None:
        return told
    storing = set(sanitation.loc[_surely_stores(sanitation), "facility_id"])
    sure = found.loc[found["facility_id"].isin(storing), "point_id"]
    maybe = told["conflict_m"].notna().to_numpy() | _unknown_near(water, sanitation)
    return told.assign(conflict_sure=water["point_id"].isin(set(sure)).to_numpy(), conflict_maybe=maybe)


def _surely_stores(sanitation: pd.DataFrame) -> np.ndarray:
    """Facilities that store excreta whatever is not known of them: a tank by their kind, or what is stated of it."""
    tanks = {name: bool(entry.get("tank")) for name, entry in facts("facilities").items() if name != "rules"}
    told = sanitation["containment"].astype(object).fillna("").astype(str).str.strip() != ""
    tank = sanitation["kind"].map(tanks).fillna(False).to_numpy(dtype=bool)
    return np.asarray(stores_excreta(sanitation) & (tank | told.to_numpy(dtype=bool)), dtype=bool)


def _unknown_near(water: gpd.GeoDataFrame, sanitation: gpd.GeoDataFrame) -> np.ndarray:
    """Points of unknown technology, which may be wells, within 10 m of excreta storage, bool of shape (n,)."""
    near = np.zeros(len(water), dtype=bool)
    unknown = np.flatnonzero((water["technology"] == "unknown").to_numpy(dtype=bool))
    storage = np.flatnonzero(stores_excreta(sanitation)) if len(sanitation) else np.empty(0, dtype=np.int64)
    if len(unknown) and len(storage):
        found = pairs_in_reach(xy_of(water.iloc[unknown]), xy_of(sanitation.iloc[storage]), separation_m())
        near[unknown[found.place]] = True
    return near
