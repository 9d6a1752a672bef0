"""Docs that can drift are generated or tested."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from exports.formats import EXPORTS
from geo.priorities.indicators import INDICATORS
from geo.reading.readers import READERS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "maker"), [("data-dictionary.md", "dictionary"), ("roles.md", "roles")])
def test_generated_pages_are_up_to_date(page: str, maker: str) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "generate.py"))[maker]()
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == made, "run python docs/generate.py"


def test_every_indicator_says_what_it_is() -> None:
    for name, function in INDICATORS.items():
        assert function.__doc__, name
        assert function.__name__ == name


@pytest.mark.parametrize("command", ["check", "import", "coverage", "priorities", "plan", "export", "returned", "demo"])
def test_every_command_is_in_the_readme_and_has_help(command: str) -> None:
    assert f"geo {command}" in README
    done = subprocess.run(
        [sys.executable, "-m", "geo", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0


def test_readme_names_formats_and_its_pictures_exist() -> None:
    for ending in ("CSV", "XLSX", "GeoJSON", "GeoPackage", "shapefile"):
        assert ending in README
    assert set(EXPORTS) >= {"xlsx", "csv", "geojson", "gpkg"}
    assert set(READERS) >= {".csv", ".xlsx", ".geojson", ".gpkg", ".zip"}
    for name in ("map", "priorities", "plan"):
        assert (ROOT / "docs" / "pictures" / f"{name}.png").stat().st_size > 10_000
