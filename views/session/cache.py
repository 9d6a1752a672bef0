"""All cached calls. What they return is shared between sessions and read-only."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st

from geo.analysis.analyse import analyse
from geo.analysis.maxflow import most_of
from geo.analysis.scenarios import Outcome, Scenario, outcome_of
from geo.analysis.standards_compared import Yardsticks, compare
from geo.model.area_names import area_line, area_name
from geo.model.areas import district_of
from geo.model.changes import Changes, CostChange, NewSite
from geo.model.facts import DATA_DIR
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.results import Analysis
from geo.planning.options import Options, options_of
from geo.planning.plans import Plan, Wish, best_plan, fewest_for
from geo.planning.visits import Visit, worth_visiting
from geo.planning.why_not import Answer
from geo.planning.why_not import why_not_any as why_not_of
from geo.reach.network import Network
from geo.workspace.history import as_at, years_of
from geo.workspace.shipped import SHIPPED_HEIGHTS, shipped_tables
from geo.workspace.versions import current, load, save
from geo.years.frontier import Frontier
from geo.years.frontier import frontier as frontier_of
from geo.years.plan import YearPlan, year_plan
from geo.years.wish import YearWish
from texts import t
from views.session.record import whole_record
from views.session.state import EVERYWHERE

#: Time to prove a plan while somebody waits.
SECONDS = 15.0
ROOT = Path(__file__).resolve().parents[2]


def workspace() -> Path:
    """Return the folder with the data versions: MATA_AIR_WORKSPACE, else `workspace/` beside the dashboard."""
    return Path(os.environ.get("MATA_AIR_WORKSPACE") or ROOT / "workspace")


@st.cache_resource(show_spinner=False)
def _made(folder: Path) -> None:
    if not (folder / "current").is_file():
        save(folder, *shipped_tables(), SHIPPED_HEIGHTS)


def prepare_workspace() -> None:
    """Write the shipped areas if the workspace holds nothing yet."""
    _made(workspace())


@st.cache_resource(show_spinner=False, max_entries=4)
def _load(folder: Path, version: str) -> Inputs:
    return load(folder, version)


def inputs() -> Inputs:
    """Return the current data version."""
    return _load(workspace(), current(workspace()))


def can_walk() -> bool:
    """Whether the current version has roads or heights to walk on."""
    data = inputs()
    return len(data.roads) > 0 or data.elevation is not None


@st.cache_resource(show_spinner=False, max_entries=2)
def road_network(version: str) -> Network | None:
    """Return the road network of a data version; None where it has no roads."""
    return Network.of(_load(workspace(), version).roads)


@st.cache_resource(show_spinner=False, max_entries=16)
def _yardsticks(
    version: str, params: Params, changes: Changes, folder: Path, keys: tuple[str, ...], service: str
) -> Yardsticks:
    return compare(_load(folder, version), params, changes, keys, service)


def yardsticks(params: Params, keys: tuple[str, ...], service: str) -> Yardsticks:
    """Return the current version under several standards."""
    return _yardsticks(inputs().version, _bare(params), changes(), workspace(), keys, service)


@st.cache_resource(show_spinner=False, max_entries=16)
def _most(version: str, params: Params, changes: Changes, folder: Path) -> dict[str, dict[str, Any]]:
    return most_of(_load(folder, version), params, changes)


def most(params: Params) -> dict[str, dict[str, Any]]:
    """Return the most people any sharing could serve, beside nearest first, over the whole version."""
    return _most(inputs().version, _bare(params), changes(), workspace())


@st.cache_resource(show_spinner=False, max_entries=64)
def _analyse(version: str, params: Params, changes: Changes, folder: Path) -> Analysis:
    return analyse(_load(folder, version), params, changes)


def _applicable(data: Inputs, found: Changes) -> Changes:
    """The record's changes of costs, and of sites that this data version has or that the record brought."""
    if not found:
        return ()
    known = set(data.water_points["point_id"]) | set(data.sanitation["facility_id"])
    kept = []
    for change in found:
        if isinstance(change, NewSite) and change.site_id not in known:
            known.add(change.site_id)
            kept.append(change)
        elif isinstance(change, CostChange) or (not isinstance(change, NewSite) and change.site_id in known):
            kept.append(change)
    return tuple(kept)


def changes() -> Changes:
    """Return the record's changes that apply to the current data version."""
    return _applicable(inputs(), whole_record(workspace()).changes())


def analysis(params: Params) -> Analysis:
    """Return the analysis of the current version under some parameters, with the record's changes."""
    data = inputs()
    return _analyse(data.version, params, changes(), workspace())


def _past(data: Inputs, params: Params, changes: Changes, year: int) -> Analysis:
    then, left = as_at(data, changes, year)
    return analyse(then, params, left)


@st.cache_resource(show_spinner=False, max_entries=24)
def _analyse_at(version: str, params: Params, changes: Changes, folder: Path, year: int) -> Analysis:
    found = _past(_load(folder, version), params, changes, year)
    return replace(found, provenance={**found.provenance, "as_at": year})


def analysis_at(params: Params, year: int) -> Analysis:
    """Return the analysis of the sites as the reports until the end of a year tell them."""
    return _analyse_at(inputs().version, params.with_(as_of=date(year, 12, 31)), changes(), workspace(), year)


@st.cache_data(show_spinner=False, max_entries=16)
def _years(version: str, changes: Changes, folder: Path) -> tuple[int, int] | None:
    return years_of(_load(folder, version), changes)


def report_years() -> tuple[int, int] | None:
    """Return the first and last year of which anything is reported."""
    return _years(inputs().version, changes(), workspace())


@st.cache_resource(show_spinner=False, max_entries=32)
def _options(
    version: str, params: Params, changes: Changes, folder: Path, actions: tuple[str, ...], technology: str
) -> Options:
    return options_of(_load(folder, version), params, changes, actions=actions, technology={"new": technology})


def options(params: Params, actions: tuple[str, ...], technology: str) -> Options:
    """Return what a plan may choose from."""
    return _options(inputs().version, _bare(params), changes(), workspace(), actions, technology)


@st.cache_resource(show_spinner=False, max_entries=512)
def _plan(
    version: str, params: Params, changes: Changes, folder: Path, actions: tuple[str, ...], technology: str, wish: Wish
) -> Plan:
    return best_plan(_options(version, params, changes, folder, actions, technology), wish)


def plan(params: Params, actions: tuple[str, ...], technology: str, wish: Wish) -> Plan:
    """Return the best plan for a wish."""
    return _plan(inputs().version, _bare(params), changes(), workspace(), actions, technology, wish)


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs={YearWish: repr})  # it holds mappings
def _year_plan(
    version: str,
    params: Params,
    changes: Changes,
    folder: Path,
    actions: tuple[str, ...],
    technology: str,
    wish: YearWish,
) -> YearPlan:
    built = {"new": technology}
    return year_plan(_load(folder, version), params, wish, changes, actions=actions, technology=built)


def years(params: Params, actions: tuple[str, ...], technology: str, wish: YearWish) -> YearPlan:
    """Return the plan over years for a wish."""
    return _year_plan(inputs().version, _bare(params), changes(), workspace(), actions, technology, wish)


@st.cache_resource(show_spinner=False, max_entries=32)
def _frontier(
    version: str,
    params: Params,
    changes: Changes,
    folder: Path,
    actions: tuple[str, ...],
    technology: str,
    weights: tuple[float, bool],
) -> Frontier:
    options = _options(version, params, changes, folder, actions, technology)
    return frontier_of(options, budgets=24, poor_weight=weights[0], count_unmapped=weights[1])


def frontier(params: Params, actions: tuple[str, ...], technology: str, wish: YearWish) -> Frontier:
    """Return people by money for every budget at once."""
    weights = (wish.poor_weight, wish.count_unmapped)
    return _frontier(inputs().version, _bare(params), changes(), workspace(), actions, technology, weights)


@st.cache_resource(show_spinner=False, max_entries=64)
def _fewest(
    version: str,
    params: Params,
    changes: Changes,
    folder: Path,
    actions: tuple[str, ...],
    technology: str,
    share: float,
) -> Plan:
    return fewest_for(_options(version, params, changes, folder, actions, technology), share, seconds=SECONDS)


def fewest(params: Params, actions: tuple[str, ...], technology: str, share: float) -> Plan:
    """Return the fewest actions that gain a share of what all of them would."""
    return _fewest(inputs().version, _bare(params), changes(), workspace(), actions, technology, share)


@st.cache_resource(show_spinner=False, max_entries=64)
def _why_not(
    version: str, params: Params, changes: Changes, folder: Path, actions: tuple[str, ...], technology: str, wish: Wish,
    site_id: str,
) -> Answer:  # fmt: skip
    return why_not_of(_options(version, params, changes, folder, actions, technology), wish, site_id)


def why_not(params: Params, actions: tuple[str, ...], technology: str, wish: Wish, site_id: str) -> Answer:
    """Return what would have to change for a site, or a village by its code, to be in a plan."""
    return _why_not(inputs().version, _bare(params), changes(), workspace(), actions, technology, wish, site_id)


@st.cache_resource(show_spinner=False, max_entries=32)
def _visits(
    version: str, params: Params, changes: Changes, folder: Path, actions: tuple[str, ...], technology: str, wish: Wish
) -> list[Visit]:
    asked = (version, params, changes, folder, actions, technology)
    return worth_visiting(_load(folder, version), params, changes, _options(*asked), _plan(*asked, wish))


def visits(params: Params, actions: tuple[str, ...], technology: str, wish: Wish) -> list[Visit]:
    """Return the visits that would most likely change the plan."""
    return _visits(inputs().version, _bare(params), changes(), workspace(), actions, technology, wish)


@st.cache_resource(show_spinner=False, max_entries=32)
def _outcome(scenario: Scenario, changes: Changes, folder: Path) -> Outcome:
    data = _load(folder, scenario.version)
    return outcome_of(data, scenario, _applicable(data, changes))


def outcome(scenario: Scenario) -> Outcome:
    """Return what a scenario brings, on its own data version, after the record's changes."""
    return _outcome(scenario, whole_record(workspace()).changes(), workspace())


def _bare(params: Params) -> Params:
    """Parameters without what a plan does not depend on."""
    return params.with_(weights=(), spread="around", top_n=Params.top_n, draws=Params.draws)


@st.cache_data(show_spinner=False)
def _kecamatan() -> dict[str, str]:
    with (DATA_DIR / "areas" / "kecamatan.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return {row["kecamatan_code"]: f"{row['name']}, {row['kabupaten']}" for row in rows}


def _official(code: str) -> str:
    """A kecamatan with its regency, from the ministry's list."""
    return ", ".join(name for name in (area_name(code), area_name(code[:5])) if name)


def districts() -> set[str]:
    """Return the areas in which the villages in use lie: kecamatan, or all of them where codes say none."""
    return {district_of(code) or EVERYWHERE for code in inputs().villages["village_code"]}


def area_names(data: Inputs, lang: str) -> dict[str, str]:
    """Return the areas of a data version to choose from: every kecamatan, then what they lie in, then all."""
    codes = sorted({district_of(code) for code in data.villages["village_code"]} - {""})
    known = _kecamatan()
    called = {code: known.get(code) or _official(code) for code in codes}
    names = {code: f"{name} ({code})" if name else code for code, name in called.items()}
    wider = {district_of(code) for code in codes} - {""} if len(codes) > 8 else set()
    wider |= {district_of(code) for code in wider} - {""} if len(wider) > 1 else set()
    larger = {code: f"{area_line(code) or code} ({code} …)" for code in sorted(wider)}
    return names | larger | {EVERYWHERE: t("about.everywhere", lang).capitalize()}
