"""The command starts at once, and every command that analyses takes every parameter of an analysis."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from cli.geo import COMMANDS
from cli.options import FIELDS, GROUND, PARAMETERS, Asked
from geo.model.params import Params

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "pandas", "scipy", "geopandas", "shapely", "streamlit", "matplotlib", "numba", "sqlalchemy", "babel")
#: What a command does without, and why.
WITHOUT = {
    "yardsticks": {"standard", "radius", "weight", "top_n", "draws", "spread"},  # compares standards, ranks nothing
    "batch": {"top_n", "draws", "spread"},  # ranks without a range
}


@pytest.mark.parametrize("call", [["--help"], ["coverage", "--help"], ["forum", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(call: list[str]) -> None:
    told = "import sys; sys.argv = ['geo', *{call!r}]\nfrom cli.geo import app\ntry:\n    app()\nexcept SystemExit:\n    pass\n"
    told = told.format(call=call) + f"print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_parameter_has_an_option() -> None:
    assert set(FIELDS.values()) == {field.name for field in fields(Params)}
    assert set(FIELDS) == set(PARAMETERS)


@pytest.mark.parametrize("name", ["coverage", "priorities", "plan", "yardsticks", "batch", "export"])
def test_every_command_that_analyses_takes_every_parameter(name: str) -> None:
    taken = set(inspect.signature(COMMANDS[name]).parameters)
    assert set(PARAMETERS) - taken == WITHOUT.get(name, set())


@pytest.mark.parametrize("name", ["coverage", "priorities", "plan", "yardsticks"])
def test_every_command_that_analyses_takes_every_table(name: str) -> None:
    assert set(GROUND) <= set(inspect.signature(COMMANDS[name]).parameters)


def test_nothing_given_is_the_default_and_nought_is_a_value() -> None:
    assert Asked({}).params() == Params()
    given = {
        "queue_min": 0.0,
        "no_capacity": True,
        "weight": ["gain_people=0"],
        "standard": None,
        "assume_mapped": False,
    }
    params = Asked(given).params(Params(queue_min=9.0, standard="jmp"))
    assert (params.queue_min, params.capacity, params.standard) == (0.0, False, "jmp")
    assert params.weights == (("gain_people", 0.0),)
