"""The history of sites: earlier reports of one file, and reports that a newer one took the place of at an import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import geopandas as gpd
import pandas as pd

from geo.checking.checked_table import Checked
from geo.checking.column_mapping import ColumnMapping
from geo.checking.proposals import columns_found
from geo.checking.validate import check
from geo.model.changes import Change, Changes, CostChange
from geo.model.facts import columns_of
from geo.model.inputs import Inputs
from geo.model.sites import SITE_TABLES, site_id_column
from geo.model.tables import empty_table
from geo.reading.raw_table import Fault, RawTable, with_cells

#: Id of a site in its own table, by table.
_SITE_IDS = {"water_points": "point_id", "sanitation": "facility_id"}


def earlier_reports(raw: RawTable, table: str, mapping: ColumnMapping) -> Checked | None:
    """Check the earlier reports that a file holds of its own sites, as a table of reports; None if it holds none.

    Parameters
    ----------
    raw
        In plain columns (`geo.checking.layouts.understood`); its `older` rows are those reports.
    table
        Of the sites.
    mapping
        As for the sites.
    """
    if raw.older is None:
        return None
    known = set(columns_of("reports")) | {"lat", "lon", "wkt"}
    named = {"site_id" if ours == _SITE_IDS[table] else ours: theirs for ours, theirs in mapping.columns.items()}
    for ours, theirs in columns_found(raw, table, mapping).items():  # as the file has them, where no shape made them
        name = "site_id" if ours == _SITE_IDS[table] else ours
        if name in ("site_id", "reported_on", "status") and _as_written(raw, theirs):
            named.setdefault(name, theirs)
    own = replace(
        mapping,
        columns={ours: theirs for ours, theirs in named.items() if ours in known},
        values={ours: words for ours, words in mapping.values.items() if ours in known},
        constants={"service": _service(table)},
    )
    found = check(raw.older, "reports", own)
    return replace(joining(found), faults=tuple(fault for fault in found.faults if fault.row is not None))


def _as_written(raw: RawTable, column: str) -> bool:
    """Whether a column is as the file has it, made by no shape."""
    both = column in raw.as_written and column in raw.cells
    return both and bool(raw.cells[column].equals(raw.as_written[column].reindex(raw.cells.index)))


def placed_by_id(raw: RawTable, known: Inputs, mapping: ColumnMapping) -> RawTable:
    """Give reports without places those of the sites they name; what names no site is told."""
    column = columns_found(raw, "reports", mapping).get("site_id")
    if column is None or column not in raw.cells:
        return raw
    places = {
        str(site): (shape.y, shape.x)
        for table, key in _SITE_IDS.items()
        for site, shape in zip(getattr(known, table)[key], getattr(known, table).geometry, strict=True)
    }
    ids = raw.cells[column].map(lambda text: text.strip() if isinstance(text, str) else None)
    at = ids.map(places)
    lost = ids.index[(ids.notna() & at.isna()).to_numpy(bool)]
    told = [Fault("no_such_site", "rejected", int(row), column, str(ids[row])) for row in lost]
    both = {
        name: at.map(lambda one, n=n: repr(one[n]) if isinstance(one, tuple) else None)
        for n, name in enumerate(("lat", "lon"))
    }
    return with_cells(raw, both, *told)


def of_no_site(reports: Checked, tables: Iterable[gpd.GeoDataFrame]) -> Checked:
    """Tell of reports that bring a place of their own whose site none of the tables has: they change no site."""
    known = {str(site) for table in tables for key in _SITE_IDS.values() if key in table.columns for site in table[key]}
    rows = reports.rows[reports.rows["site_id"].notna()]
    lost = rows[~rows["site_id"].isin(known)]
    if lost.empty:
        return reports
    ids = list(dict.fromkeys(map(str, lost["site_id"])))
    values = {"count": len(lost), "ids": ", ".join(ids[:8]) + (" …" if len(ids) > 8 else "")}
    told = Fault("of_no_site", "note", int(lost["source_row"].iloc[0]), "site_id", ids[0], values)
    return replace(reports, faults=(*reports.faults, told))


def joining(reports: Checked) -> Checked:
    """Return checked reports as an addition to those there are, each named by what it says."""
    rows = reports.rows if "report_id" in reports.sources else _with_ids(reports.rows)
    return replace(reports, rows=rows, faults=tuple(f for f in reports.faults if f.key != "ids_made"), joins=True)


def outdated(old: Inputs, tables: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return, as reports, the dated rows of the old sites that rows of the same id say something newer than.

    Parameters
    ----------
    old
        The version before.
    tables
        What takes the place of its tables, by name.
    """
    parts = [empty_table("reports")]
    for service, name in SITE_TABLES.items():
        if name not in tables:
            continue
        before, key = old.tables()[name], _SITE_IDS[name]
        after = tables[name].drop_duplicates(key).set_index(key)
        before = before[before[key].isin(after.index) & before["reported_on"].notna()]
        now = after.loc[before[key], ["status", "reported_on"]].set_index(before.index)
        other = (now["status"] != before["status"]) | (now["reported_on"] != before["reported_on"])
        past = before[other.to_numpy(bool)]
        if len(past):
            rows = past[["status", "reported_on", "data_source", "source_row", "geometry"]]
            parts.append(_with_ids(rows.assign(report_id=None, service=service, site_id=past[key])))
    found = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return gpd.GeoDataFrame(found[[*parts[0].columns]], geometry="geometry", crs="EPSG:4326")


def reports_of(inputs: Inputs, service: str, site_id: str) -> pd.DataFrame:
    """Return the earlier reports of a site, the newest first: ``reported_on, status, data_source``."""
    rows = inputs.reports
    mine = rows[(rows["service"] == service) & (rows["site_id"] == site_id)]
    return pd.DataFrame(mine[["reported_on", "status", "data_source"]]).sort_values("reported_on", ascending=False)


def photo_of(inputs: Inputs, service: str, site_id: str) -> str | None:
    """Return the picture that the data name of a site; None where they name none."""
    table = getattr(inputs, SITE_TABLES[service])
    named = table.loc[table[site_id_column(service)] == site_id, "photo_url"].dropna()
    return str(named.iloc[0]) if len(named) else None


def years_of(inputs: Inputs, changes: Changes) -> tuple[int, int] | None:
    """Return the first and last year of which anything is reported; None where no report has a date."""
    days = [
        pd.Timestamp(day)
        for service in SITE_TABLES
        if len(told := _told(inputs, changes, service))
        for day in (told["on"].min(), told["on"].max())
    ]
    return (min(days).year, max(days).year) if days else None


def as_at(inputs: Inputs, changes: Changes, year: int) -> tuple[Inputs, Changes]:
    """Return the sites as the reports until the end of a year tell them, and the changes that are left to apply.

    A site that nobody had reported on by then is of unknown status; one that was built later is not there. Population
    and boundaries are those of today: only what was known of sites goes back.
    """
    tables = {name: _as_at(inputs, changes, service, year) for service, name in SITE_TABLES.items()}
    return replace(inputs, **tables), tuple(change for change in changes if isinstance(change, CostChange))


def _as_at(inputs: Inputs, changes: Changes, service: str, year: int) -> gpd.GeoDataFrame:
    name = SITE_TABLES[service]
    rows = inputs.tables()[name]
    if "installed_year" in rows:
        rows = rows[~(pd.to_numeric(rows["installed_year"], errors="coerce") > year)]
    told = _told(inputs, changes, service)
    told = told[told["on"] <= pd.Timestamp(date(year, 12, 31))]
    last = told.sort_values("on", kind="stable").drop_duplicates("site_id", keep="last").set_index("site_id")
    ids = rows[_SITE_IDS[name]]
    status = last["status"].reindex(ids).fillna("unknown").to_numpy()
    return rows.assign(status=status, reported_on=last["on"].reindex(ids).to_numpy())


def _told(inputs: Inputs, changes: Changes, service: str) -> pd.DataFrame:
    """Everything dated that is told of a service's sites: ``site_id, on, status``; of one day the last told counts."""
    name = SITE_TABLES[service]
    rows = inputs.tables()[name].rename(columns={_SITE_IDS[name]: "site_id"})
    earlier = inputs.reports[inputs.reports["service"] == service]
    parts = [
        pd.DataFrame(part[["site_id", "reported_on", "status"]]).set_axis(["site_id", "on", "status"], axis=1)
        for part in (earlier, rows)
    ]
    later = [
        (change.site_id, change.reported_on, change.status)
        for change in changes
        if isinstance(change, Change) and change.service == service and change.reported_on is not None
    ]
    parts.append(pd.DataFrame(later, columns=["site_id", "on", "status"]))
    found = pd.concat([part.assign(on=pd.to_datetime(part["on"])) for part in parts if len(part)] or parts[-1:])
    return found[found["on"].notna()]


def _service(table: str) -> str:
    return next(service for service, name in SITE_TABLES.items() if name == table)


def _with_ids(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Name each report by its site, day and status: the same one met again keeps its name."""
    days = pd.to_datetime(rows["reported_on"]).dt.strftime("%Y-%m-%d")
    names = rows["site_id"].astype(str) + "@" + days + ":" + rows["status"].astype(str)
    again = names.groupby(names).cumcount()
    return rows.assign(report_id=names.where(again == 0, names + "-" + (again + 1).astype(str)).astype(object))
