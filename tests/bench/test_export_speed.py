"""Ten thousand sites in every format, and a hundred site sheets: `make bench`."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd

from exports.formats import EXPORTS, export
from exports.tables.sheet import Sheet, sheet_of, with_why
from geo.analysis.analyse import analyse
from geo.model.params import Params
from geo.workspace.shipped import shipped_tables
from geo.workspace.versions import load, save


def test_ten_thousand_sites(tmp_path: Path) -> None:
    tables, sources = shipped_tables()
    save(tmp_path, tables, sources)
    analysis = analyse(load(tmp_path), Params())
    made = sheet_of(analysis, with_why(analysis.priorities, "id"), "Prioritas", "id")
    many = pd.concat([made.rows] * (10_000 // len(made.rows) + 1), ignore_index=True).head(10_000)
    many["site_id"] = [f"site-{n:06d}" for n in range(len(many))]
    large = Sheet(many, made.title, made.about, analysis)
    hundred = Sheet(made.rows.head(100), made.title, made.about, analysis)
    print()
    for name in EXPORTS:
        rows = hundred if name == "pdf" else large
        began = time.perf_counter()
        size = len(export(rows, name))
        print(f"{name}: {len(rows.rows)} sites, {time.perf_counter() - began:.1f} s, {size / 1e6:.1f} MB")
