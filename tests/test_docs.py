"""Docs that can drift are generated or tested."""

from __future__ import annotations

import re
import runpy
import tomllib
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from cli.forum import app as forum_app
from cli.geo import COMMANDS, application
from exports.formats import EXPORTS
from geo.model.facts import facts, standard_keys
from geo.priorities.indicators import INDICATORS
from geo.reading.readers import READERS
from texts import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["data-dictionary.md", "roles.md", "architecture.md", "asvs.md", "pictures/rooms.svg"])
def test_generated_pages_are_up_to_date(page: str) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "generate.py"))["MADE"]
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == made[page](), "run python docs/generate.py"
    assert len(made) == 5, "each page that is made stands in this test"


def test_the_table_of_security_names_every_rule_once_and_tests_that_exist() -> None:
    """253 rules of levels 1 and 2 in OWASP's 5.0.0, by chapter."""
    rules = tomllib.loads((ROOT / "docs" / "asvs.toml").read_text(encoding="utf-8"))["rule"]
    ids = [tuple(map(int, one["id"].split("."))) for one in rules]
    assert ids == sorted(set(ids))
    chapters = Counter(one[0] for one in ids)
    assert list(chapters.values()) == [27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7]
    for one in rules:
        assert one["state"] in ("met", "not_applicable", "not_met", "untested"), one["id"]
        assert one["by"] or one["note"], one["id"]
        assert not one["by"] or one["state"] == "met", one["id"]
        for test in filter(None, one["by"].split(", ")):
            path, _, name = test.partition("::")
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), (one["id"], test)


def test_the_picture_of_the_rooms_shows_each_once_and_points_down() -> None:
    from docs.rooms import needed, taken

    rooms, drawn = taken(), ElementTree.parse(ROOT / "docs" / "pictures" / "rooms.svg")
    svg = "{http://www.w3.org/2000/svg}"
    names = [str(text.text).split(":")[0].removesuffix(".py") for text in drawn.iter(f"{svg}text")]
    assert sorted(names) == sorted(rooms)
    inside = {
        f"{folder}/{path.parent.name}"
        for folder in ("geo", "exports", "views")
        for path in (ROOT / folder).glob("*/__init__.py")
    }
    assert {*rooms} == inside | {"dashboard", "views", "cli", "layers", "exports", "forum", "texts"}
    arrows = [path.get("d", "") for path in drawn.getroot().findall(f"{svg}path")]
    assert len(arrows) == sum(len(others) for others in needed(rooms).values())
    for arrow in arrows:
        numbers = [int(number) for number in re.findall(r"\d+", arrow)]
        assert numbers[1] < numbers[-1], arrow
    assert rooms["geo/model"] == set()


def test_every_indicator_says_what_it_is() -> None:
    for name, function in INDICATORS.items():
        assert function.__doc__, name
        assert function.__name__ == name
        assert name in facts("indicators"), f"data/indicators.toml has no [{name}]"
    for name, entry in facts("indicators").items():
        assert name in INDICATORS, f"geo/priorities/indicators.py lists no {name}"
        missing = {"id", "en", "format", "unit", "higher_is_better", "source"} - set(entry)
        assert not missing, f"data/indicators.toml: [{name}] does not say {sorted(missing)}"
        assert all(set(entry[part]) == {*LANGUAGES} for part in ("unit", "source")), f"data/indicators.toml: [{name}]"
        assert ("weight" in entry) == ("scale" in entry), f"data/indicators.toml: [{name}] weight and scale"
    assert list(INDICATORS) == list(facts("indicators")), "the same order in data/indicators.toml"


CALLED = [("geo", name) for name in COMMANDS] + [
    ("forum", str(one.name or one.callback.__name__)) for one in forum_app.registered_commands
]


@pytest.mark.parametrize(("program", "command"), CALLED)
def test_every_command_is_in_the_readme_and_has_help(program: str, command: str) -> None:
    assert re.search(rf"python -m {program} {command}\b", README), f"README.md shows no `python -m {program} {command}`"
    call = [command] if program == "geo" else [program, command]
    done = CliRunner().invoke(application(), [*call, "--help"])
    assert done.exit_code == 0, done.output
    told = done.output.split("Options:")[0].replace("[OPTIONS]", "").split(command, 1)[1]
    assert re.search(r"[A-Z][a-z]+ ", told), f"{command} has no docstring, which is its help"


def test_every_command_is_of_the_application() -> None:
    made = application()
    assert [one.name for one in made.registered_commands] == list(COMMANDS)
    assert [one.name for one in made.registered_groups] == ["forum"]


def test_help_names_every_standard_and_format() -> None:
    for command, names in (("coverage", standard_keys()), ("yardsticks", standard_keys()), ("export", list(EXPORTS))):
        told = CliRunner().invoke(application(), [command, "--help"], terminal_width=4000).output
        assert [name for name in names if not re.search(rf"\b{name}\b", told)] == []


def test_readme_names_formats_and_its_pictures_exist() -> None:
    for ending in ("CSV", "XLSX", "GeoJSON", "GeoPackage", "shapefile"):
        assert ending in README
    assert set(EXPORTS) >= {"xlsx", "csv", "geojson", "gpkg"}
    assert set(READERS) >= {".csv", ".xlsx", ".geojson", ".gpkg", ".zip"}
    for name in ("map", "priorities", "plan"):
        assert (ROOT / "docs" / "pictures" / f"{name}.png").stat().st_size > 10_000
