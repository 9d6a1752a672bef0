"""Tables on the page: numbers sort as numbers and read as words; a press on any cell chooses its row."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from geo.model.inputs import Inputs
from geo.workspace import versions as ws
from texts import t
from views.onmap.draw_map import places
from views.parts.table import worded


def test_numbers_sort_as_numbers_and_read_as_words() -> None:
    table = pd.DataFrame({"people": [731.0, 2821.0, None], "name": ["a", "b", "c"]})
    shown = worded(table, {"people": lambda value: f"{value:,.0f}", "unknown": str})
    assert shown.data["people"].tolist()[:2] == [731.0, 2821.0]
    html = shown.to_html()
    assert "2,821" in html
    assert "–" in html
    assert worded(table, {}) is table


def _drawn() -> None:
    """The rows of the villages table as a page of its own: the panel that holds it is closed at first."""
    import streamlit as st

    from views.map import _rows
    from views.session import state
    from views.session.cache import analysis

    state.start()
    st.dataframe(_rows(analysis(state.params()).villages, "id"))


def test_the_villages_table_begins_with_who_is_not_served(
    shipped: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    monkeypatch.setenv("MATA_AIR_WORKSPACE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # a script run so stays the main module
    app = AppTest.from_function(_drawn, default_timeout=60).run()
    assert not app.exception
    table = app.dataframe[0].value
    heads = [t(f"map.{name}", "id") for name in ("village", "share_short", "gap_short", "unmapped_short")]
    assert list(table.columns[:4]) == heads
    assert all(pd.api.types.is_numeric_dtype(table[name]) for name in heads[1:])


def test_steps_of_a_plan_over_years_are_ringed(shipped: Inputs) -> None:
    from geo.analysis.analyse import analyse
    from geo.model.params import Params
    from geo.years.money import ANY, Grant
    from geo.years.plan import year_plan
    from geo.years.wish import YearWish

    params = Params(area="32.03.18")
    wish = YearWish(first=2027, years=2, grants=tuple(Grant(y, ANY, 3e8) for y in (2027, 2028)), seconds=5)
    found = year_plan(shipped, params, wish)
    assert found.steps
    ringed = places(analyse(shipped, params, priorities=False), found.steps)
    assert {one[0] for one in ringed} == {step.site_id for step in found.steps}
