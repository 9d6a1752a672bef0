"""All cached calls. What they return is shared between sessions and read-only."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import streamlit as st

from forum import Record
from geo.analysis import analyse, candidate_lists
from geo.candidates import Candidates
from geo.facts import DATA_DIR
from geo.model import Analysis, Changes, Inputs, Params
from geo.plans import Plan, best_plan
from geo.shipped import shipped_tables
from geo.workspace import current, load, save
from views._state import EVERYWHERE

ROOT = Path(__file__).resolve().parent.parent


def workspace() -> Path:
    """Return the folder with the data versions: MATA_AIR_WORKSPACE, else `workspace/` beside the dashboard."""
    return Path(os.environ.get("MATA_AIR_WORKSPACE") or ROOT / "workspace")


@st.cache_resource(show_spinner=False)
def _made(folder: Path) -> None:
    if not (folder / "current").is_file():
        save(folder, *shipped_tables())


def prepare_workspace() -> None:
    """Write the shipped areas if the workspace holds nothing yet."""
    _made(workspace())


@st.cache_resource(show_spinner=False, max_entries=4)
def _load(folder: Path, version: str) -> Inputs:
    return load(folder, version)


def inputs() -> Inputs:
    """Return the current data version."""
    return _load(workspace(), current(workspace()))


@st.cache_resource(show_spinner=False)
def record(folder: Path) -> Record:
    """Return the forum's record of a workspace."""
    return Record(f"sqlite:///{folder / 'record.sqlite'}")


@st.cache_resource(show_spinner=False, max_entries=64)
def _analyse(version: str, params: Params, changes: Changes, folder: Path) -> Analysis:
    return analyse(_load(folder, version), params, changes)


def _changes(data: Inputs) -> Changes:
    """The record's changes to sites that this data version has."""
    known = set(data.water_points["point_id"]) | set(data.sanitation["facility_id"])
    return tuple(change for change in record(workspace()).changes() if change.site_id in known)


def analysis(params: Params) -> Analysis:
    """Return the analysis of the current version under some parameters, with the record's changes."""
    data = inputs()
    return _analyse(data.version, params, _changes(data), workspace())


@st.cache_resource(show_spinner=False, max_entries=16)
def _candidates(version: str, params: Params, changes: Changes, folder: Path) -> dict[str, Candidates]:
    return candidate_lists(_load(folder, version), params, changes)


@st.cache_resource(show_spinner=False, max_entries=256)
def _plan(version: str, params: Params, changes: Changes, folder: Path, budget_idr: float) -> Plan:
    return best_plan(_candidates(version, params, changes, folder), budget_idr, seconds=20.0)


def plan(params: Params, budget_idr: float) -> Plan:
    """Return the best repairs for a budget."""
    data = inputs()
    return _plan(data.version, params.with_(weights=()), _changes(data), workspace(), budget_idr)


@st.cache_data(show_spinner=False)
def _kecamatan() -> dict[str, str]:
    with (DATA_DIR / "areas" / "kecamatan.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return {row["kecamatan_code"]: f"{row['name']}, {row['kabupaten']}, {row['province']}" for row in rows}


def area_names(data: Inputs) -> dict[str, str]:
    """Return the areas of a data version to choose from: every kecamatan, then everything."""
    codes = sorted({code[:8] for code in data.villages["village_code"]})
    names = {code: f"{_kecamatan()[code]} ({code})" if code in _kecamatan() else code for code in codes}
    wider = sorted({code[:5] for code in codes}) if len(codes) > 8 else []
    return names | {code: f"{code} (…)" for code in wider} | {EVERYWHERE: "Semua / All"}
