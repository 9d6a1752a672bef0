"""One place to add a thing: a throw-away entry of each kind, written into a copy of the house, is seen everywhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.added import ENTRIES, write

ROOT = Path(__file__).resolve().parent.parent
_COPIED = ("cli", "data", "docs", "exports", "forum", "geo", "layers", "tests", "texts", "views", ".streamlit")
#: A failing run of these tests names the file to open when an entry lacks its other half.
_ADDING = "docs/adding.md"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house, small enough to be made once a test."""
    left_out = shutil.ignore_patterns("__pycache__", "pictures", "e2e", "bench")
    for name in _COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    for name in ("dashboard.py", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(house: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, *arguments]
    return subprocess.run(call, cwd=house, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.parametrize("kind", list(ENTRIES))
def test_an_entry_is_seen_everywhere(house: Path, kind: str) -> None:
    write(house, kind)
    done = run(house, "-c", f"from tests import added; added.{kind}()")
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("kind", list(ENTRIES))
def test_the_page_on_adding_names_every_file(kind: str) -> None:
    text = (ROOT / _ADDING).read_text(encoding="utf-8")
    part = text.split(f"\n## {kind.capitalize()}\n", 1)
    assert len(part) == 2, f"{_ADDING} has no part {kind}"
    told = part[1].split("\n## ", 1)[0]
    for name in ENTRIES[kind]:
        place = "texts/" if name.startswith("texts/") else name.replace("added", "<name>")
        assert place in told, f"{_ADDING} does not name {place} for: {kind}"


#: What is left out, the test that tells it, and the file that it names.
HALVES = {
    "indicator": ("data/indicators.toml", "tests/test_docs.py::test_every_indicator_says_what_it_is"),
    "layer": ("texts/id.po", "tests/texts/test_catalogues.py::test_every_key_that_is_asked_for_exists"),
    "export": ("texts/en.po", "tests/texts/test_catalogues.py::test_every_key_that_is_asked_for_exists"),
    "page": ("texts/id.po", "tests/texts/test_catalogues.py::test_every_key_that_is_asked_for_exists"),
    "standard": ("texts/en.po", "tests/texts/test_catalogues.py::test_every_key_that_is_asked_for_exists"),
    "reader": (
        "tests/geo/reading/test_readers.py",
        "tests/geo/reading/test_readers.py::test_the_same_table_from_every_format",
    ),
    "command": ("README.md", "tests/test_docs.py::test_every_command_is_in_the_readme_and_has_help"),
}


@pytest.mark.parametrize("kind", list(HALVES))
def test_half_an_entry_fails_naming_the_file_to_open(house: Path, kind: str) -> None:
    left_out, test = HALVES[kind]
    before = (house / left_out).read_text(encoding="utf-8")
    write(house, kind)
    (house / left_out).write_text(before, encoding="utf-8")
    done = run(house, "-m", "pytest", "-q", "-n0", test)
    assert done.returncode == 1, done.stdout[-3000:]
    assert any(left_out in line for line in done.stdout.splitlines() if line.startswith("E ")), done.stdout[-3000:]
