"""Every parameter of an analysis can be set on the page, travels in the link and into the plan's own process."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.geo import app as geo
from cli.options import PARAMETERS, Asked
from geo.model.inputs import Inputs
from geo.model.params import Params, params_of_text
from geo.workspace import versions as ws
from tests.app.test_pages import run, said
from texts import t
from views.planning.wish import _of_analysis
from views.session import state

#: Field of `Params` → name in the link, another value, what it then is.
OTHER = {
    "area": ("area", "all", None),
    "standard": ("standard", "jmp", "jmp"),
    "radius_m": ("radius", "700", 700.0),
    "metric": ("metric", "walk", "walk"),
    "season": ("season", "dry", "dry"),
    "capacity": ("capacity", "no", False),
    "detour": ("detour", "14", 1.4),
    "walking_kmh": ("speed", "25", 2.5),
    "queue_min": ("queue", "7", 7.0),
    "assume_mapped": ("mapped", "yes", True),
    "top_n": ("top", "25", 25),
    "draws": ("draws", "500", 500),
    "spread": ("spread", "simplex", "simplex"),
    "weights": ("weights", "evidence:2", (("evidence", 2.0),)),
    "as_of": ("as_of", "2025-03-01", date(2025, 3, 1)),
}
WRONG = {"detour": "9", "as_of": "2999-01-01", "top": "0", "draws": "99", "mapped": "maybe", "speed": "11"}


def everything_else() -> Params:
    return state.params(state.DEFAULTS | {name: value for name, value, _ in OTHER.values()})


def test_the_link_holds_every_parameter() -> None:
    assert set(OTHER) == {field.name for field in fields(Params)}
    shipped = state.params(state.DEFAULTS)
    for field, (name, value, then) in OTHER.items():
        assert state.params(state.DEFAULTS | {name: value}) == shipped.with_(**{field: then})
        assert getattr(shipped, field) != then


def test_the_plan_is_searched_under_every_parameter() -> None:
    params = everything_else().with_(area="32.03.18", spread="around")
    plan = typer.main.get_command(geo).commands["plan"]
    for asked in (params, Params(), everything_else()):
        read = plan.make_context("plan", ["--out", "p.json", *_of_analysis(asked)]).params
        assert Asked({name: read[name] for name in PARAMETERS}).params() == asked


def test_the_pages_say_what_is_set(shipped: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    query = {name: value for name, value, _ in OTHER.values() if name in ("detour", "mapped", "top", "as_of")}
    app = run("priorities", monkeypatch, tmp_path, **query)
    assert t("control.mapped_now", "id") in said(app)
    assert "faktor jalan 1,4" in said(app)
    assert app.number_input(key="w_top").value == 25
    assert app.date_input(key="w_as_of").value == date(2025, 3, 1)
    app.toggle(key="w_mapped").set_value(False).run()
    assert not app.exception
    assert t("control.mapped_now", "id") not in said(app)
    app.date_input(key="w_as_of").set_value(date(2024, 1, 2)).run()
    assert app.query_params["as_of"] in ("2024-01-02", ["2024-01-02"])
    app.date_input(key="w_as_of").set_value(None).run()
    assert not app.exception
    assert "as_of" not in app.query_params


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_link_that_cannot_be_had_is_told(
    name: str, shipped: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    app = run("map", monkeypatch, tmp_path, **{name: WRONG[name]})
    assert app.session_state[f"s_{name}"] == state.DEFAULTS[name]


def test_yardsticks_name_their_parameters(tmp_path: Path, shipped: Inputs) -> None:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    call = ["yardsticks", "--workspace", str(tmp_path), "--detour", "1.4", "--as-of", "2025-01-01", "--json"]
    told = json.loads(CliRunner().invoke(geo, call).stdout)
    params = params_of_text(told["parameters"])
    assert (params.detour, params.as_of) == (1.4, date(2025, 1, 1))
    assert "radius" not in told["parameters"]
