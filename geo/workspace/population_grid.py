"""People from a population grid: one place a cell, split at village boundaries by area."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.checking.checked_table import Checked
from geo.model.arrays import Floats, Ints
from geo.model.errors import DataError
from geo.model.tables import empty_table
from geo.reach.rasters import Grid, open_grid
from geo.reading.raw_table import Fault

#: More cells than this want `batch` and GeoParquet.
MOST_CELLS = 50_000_000
#: Parts of a cell with fewer people than this are left out; what is left out is told.
_FEWEST = 1e-3


def settlements_of(path: Path, villages: gpd.GeoDataFrame | None) -> Checked:
    """Turn a population grid (people per cell, GeoTIFF, EPSG:4326) into rows of `settlements`.

    A cell lies in a village as far as its area does (exactextract); what no village covers keeps no village code. Cells
    without people make no row. Negative figures are no data: where the file does not say so, that is reported.

    Parameters
    ----------
    path
        The grid.
    villages
        With polygons; None or points: no cell gets a village code.

    Raises
    ------
    DataError
        If the grid cannot be used, or nobody lives in it.
    """
    grid = open_grid(path, MOST_CELLS)
    negative = (grid.values < 0) | np.isinf(grid.values)
    faults = []
    if negative.any():
        values = {"count": int(negative.sum()), "value": f"{np.nanmin(grid.values):g}"}
        faults.append(Fault("nodata_undeclared", "note", values=values))
    people = np.where(negative | np.isnan(grid.values), 0.0, grid.values)
    if not people.sum() > 0:
        raise DataError("error.raster_empty", path=path.name)
    parts = _parts(grid, people, villages)
    if villages is not None and (villages.geometry.geom_type != "Point").any() and parts["village_code"].isna().all():
        raise DataError("error.grid_elsewhere", path=path.name)
    left = float(people.sum() - parts["population"].sum())
    if abs(left) > 0.5:
        faults.append(Fault("people_left_out", "note", values={"count": round(left)}))
    rows = _as_settlements(parts, path.name)
    nothing = pd.DataFrame(columns=["row", "reason", "raw_line"])
    return Checked("settlements", path.name, rows, tuple(faults), nothing, len(rows))


def _parts(grid: Grid, people: Floats, villages: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """People of each part of a cell: ``cell, village_code, population, lon, lat``."""
    columns = people.shape[1]
    cells: Ints = np.flatnonzero(people.ravel() > 0).astype(np.int64)
    whole = pd.Series(1.0, index=cells)
    shaped = None if villages is None else villages[villages.geometry.geom_type != "Point"]
    found = []
    if shaped is not None and len(shaped):
        table = _coverage(grid, people, shaped)
        share = table.groupby("cell")["coverage"].sum()
        # villages that overlap share the cell's people; what none covers stays with the cell
        table["coverage"] /= np.maximum(table["cell"].map(share), 1.0)
        whole = whole.sub(share, fill_value=0.0).clip(lower=0.0)
        found.append(table)
    rest = whole[whole > 1e-6]
    outside = pd.DataFrame({"cell": rest.index.to_numpy(), "village": -1, "coverage": rest.to_numpy()})
    parts = pd.concat([*found, outside], ignore_index=True)
    parts["population"] = people.ravel()[parts["cell"].to_numpy()] * parts["coverage"]
    parts = parts[parts["population"] >= _FEWEST].reset_index(drop=True)
    row, column = np.divmod(parts["cell"].to_numpy(dtype=np.int64), columns)
    lon, lat = grid.west + (column + 0.5) * grid.width, grid.north - (row + 0.5) * grid.height
    parts["village_code"] = None
    if shaped is not None and len(shaped):
        inside = parts["village"].to_numpy() >= 0
        number = parts["village"].to_numpy()[inside]
        parts.loc[inside, "village_code"] = shaped["village_code"].to_numpy(dtype=object)[number]
        shapes = shaped.geometry.to_numpy()[number]
        off = np.flatnonzero(inside)[~shapely.contains_xy(shapes, lon[inside], lat[inside])]
        if len(off):
            # the centre lies next door: the part's own ground tells where its people are
            boxes = _boxes(grid, lon[off], lat[off])
            mine = shaped.geometry.to_numpy()[parts["village"].to_numpy()[off]]
            points = shapely.point_on_surface(shapely.intersection(boxes, mine))
            there = ~shapely.is_empty(points)
            lon[off[there]], lat[off[there]] = shapely.get_x(points[there]), shapely.get_y(points[there])
        off = np.flatnonzero(~inside)
        lon[off], lat[off] = _outside(shaped, lon[off], lat[off], grid)
    return parts.assign(lon=lon, lat=lat)


def _boxes(grid: Grid, lon: Any, lat: Any) -> Any:
    """Cells around their centres."""
    wide, high = grid.width / 2, grid.height / 2
    return shapely.box(lon - wide, lat - high, lon + wide, lat + high)


def _outside(villages: gpd.GeoDataFrame, lon: Floats, lat: Floats, grid: Grid) -> tuple[Floats, Floats]:
    """Move what no village covers out of the villages: its cell's centre may lie in one that covers only a part."""
    tree = shapely.STRtree(villages.geometry.to_numpy())
    at, _ = tree.query(shapely.points(lon, lat), predicate="intersects")
    for n in np.unique(at).tolist():
        box = _boxes(grid, lon[n], lat[n])
        taken = shapely.union_all(villages.geometry.to_numpy()[tree.query(box)])
        point = shapely.point_on_surface(shapely.difference(box, taken))
        if not shapely.is_empty(point):
            lon[n], lat[n] = shapely.get_x(point), shapely.get_y(point)
    return lon, lat


def _coverage(grid: Grid, people: Floats, villages: gpd.GeoDataFrame) -> pd.DataFrame:
    """How much of each cell with people lies in each village (by position)."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    height, width = people.shape
    source = NumPyRasterSource(
        people,
        xmin=grid.west,
        ymin=grid.north - height * grid.height,
        xmax=grid.west + width * grid.width,
        ymax=grid.north,
        srs_wkt=villages.crs.to_wkt(),
    )
    number = {"village": np.arange(len(villages))}
    numbered = gpd.GeoDataFrame(number, geometry=villages.geometry.to_numpy(), crs=villages.crs)
    told = exact_extract(source, numbered, ["cell_id", "coverage"], include_cols=["village"], output="pandas")
    counts = [len(cells) for cells in told["cell_id"]]
    table = pd.DataFrame(
        {
            "cell": np.concatenate(told["cell_id"].to_list()).astype(np.int64),
            "village": np.repeat(told["village"].to_numpy(dtype=np.int64), counts),
            "coverage": np.concatenate(told["coverage"].to_list()).astype(float),
        }
    )
    return table[(people.ravel()[table["cell"].to_numpy()] > 0) & (table["coverage"] > 1e-9)].reset_index(drop=True)


def _as_settlements(parts: pd.DataFrame, name: str) -> gpd.GeoDataFrame:
    code = parts["village_code"].astype(object)
    ids = "cell-" + parts["cell"].astype(str) + ("-" + code.fillna("")).where(code.notna(), "")
    table = empty_table("settlements").drop(columns="geometry").reindex(range(len(parts)))
    table = table.assign(
        settlement_id=ids.astype(object),
        village_code=code,
        population=parts["population"].astype(float),
        data_source=name,
        source_row=np.arange(1, len(parts) + 1),
    )
    points = gpd.points_from_xy(parts["lon"], parts["lat"])
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")
