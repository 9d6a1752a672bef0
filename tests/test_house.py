"""The house rules that can be checked: who imports whom, sizes, no outside addresses."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("geo", "cli", "layers", "exports", "forum", "texts", "views")
MAY = {
    "geo": {"geo"},
    "texts": {"texts", "geo"},
    "forum": {"forum", "geo"},
    "exports": {"exports", "texts", "geo"},
    "layers": {"layers", "texts", "geo"},
    "cli": {"cli", "exports", "forum", "texts", "geo"},
    "views": {"views", "layers", "exports", "forum", "texts", "geo"},
}
#: What a room of `geo` may import beside itself.
GEO_ROOMS = {
    "model": set(),
    "reach": {"model"},
    "reading": {"model"},
    "cells": {"model"},
    "checking": {"model", "reach", "reading", "cells"},
    "coverage": {"model", "reach"},
    "workspace": {"model", "reach", "reading", "checking"},
    "fetching": {"model", "reach", "reading"},
    "field": {"model", "reach", "reading", "checking", "cells"},
    "priorities": {"model", "reach", "coverage"},
    "analysis": {"model", "reach", "coverage", "priorities"},
    "batch": {"model", "reach", "checking", "workspace", "coverage", "priorities"},
    "planning": {"model", "reach", "coverage", "priorities", "analysis"},
    "years": {"model", "coverage", "priorities", "analysis", "planning"},
}
#: The same of `views`; the pages at its top take from every room, and no room takes from a page.
VIEW_ROOMS = {
    "parts": set(),
    "session": {"parts"},
    "server": {"parts", "session"},
    "onmap": {"parts", "session", "server"},
    "planning": {"parts", "session", "server", "onmap"},
    "community": {"parts", "session", "server"},
    "meeting": {"parts", "session", "server", "onmap", "community"},
    "bringing": {"parts", "session", "server"},
    "public": {"parts", "session", "server"},
}
EXPORT_ROOMS = {"tables": set(), "gis": {"tables"}, "paper": {"tables", "gis"}, "open_data": {"tables"}}
ROOMS = {"geo": GEO_ROOMS, "views": VIEW_ROOMS, "exports": EXPORT_ROOMS}
FORUM_TAKES = {"geo.model.changes", "geo.model.errors", "geo.model.sites"}
NOT_IN = {
    "geo": {"streamlit", "folium", "sqlalchemy"},
    "cli": {"streamlit", "folium"},
    "layers": {"streamlit", "sqlalchemy"},
    "exports": {"streamlit"},
    "forum": {"streamlit"},
    "texts": {"streamlit"},
}
#: `python -m geo` and `python -m forum`: they call `cli` and hold nothing else.
SHIMS = {"geo/__main__.py", "forum/__main__.py"}
MODULES_A_FOLDER = 16


def files() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


@pytest.mark.parametrize("path", files(), ids=named)
def test_imports_point_inwards(path: Path) -> None:
    name = named(path)
    if name in SHIMS:
        return
    folder = name.split("/")[0]
    for module in imported(path):
        top = module.split(".")[0]
        assert top not in NOT_IN.get(folder, set()), f"{name} imports {module}"
        if top not in FOLDERS:
            continue
        assert top in MAY[folder], f"{name} imports {module}"
        private = [part for part in module.split(".")[1:] if part.startswith("_") and not part.startswith("__")]
        assert not private, f"{name} imports the private {module}"
        if folder == "forum" and top == "geo":
            assert any(module.startswith(taken) for taken in FORUM_TAKES), f"{name} takes {module} from geo"


@pytest.mark.parametrize("path", [path for path in files() if named(path).split("/")[0] in ROOMS], ids=named)
def test_rooms_import_inwards(path: Path) -> None:
    top, *rooms = named(path).split("/")[:-1]
    table = ROOMS[top]
    if not rooms:
        return  # a page, or the folder's own door
    for module in imported(path):
        parts = module.split(".")
        if parts[0] != top or len(parts) < 3 or parts[1] == rooms[0]:
            assert parts[:2] != [top, "formats"], f"{named(path)} imports {module}"
            continue
        assert parts[1] in table[rooms[0]], f"{named(path)} imports {module}"


@pytest.mark.parametrize("top", list(ROOMS))
def test_every_room_is_in_the_table(top: str) -> None:
    assert {path.parent.name for path in (ROOT / top).glob("*/__init__.py")} == set(ROOMS[top])


def test_no_folder_is_a_floor_without_rooms() -> None:
    count = Counter(path.parent for path in files() if path.name != "__init__.py")
    assert {named(folder): number for folder, number in count.items() if number > MODULES_A_FOLDER} == {}


def test_no_circles() -> None:
    """No module is reached from itself along imports, not even along those inside functions."""
    modules = {named(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__"): path for path in files()}
    taken = {name: {other for other in imported(path) if other in modules} - {name} for name, path in modules.items()}
    while ends := {name for name, others in taken.items() if not others & set(taken)}:
        taken = {name: others for name, others in taken.items() if name not in ends}
    assert sorted(taken) == []


@pytest.mark.parametrize("path", [path for path in files() if path.name == "__init__.py"], ids=named)
def test_every_room_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), named(path)


@pytest.mark.parametrize("name", sorted(SHIMS))
def test_shims_are_short(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8").count("\n") <= 5


@pytest.mark.parametrize("path", [*files(), ROOT / "dashboard.py"], ids=named)
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    name = named(path)
    page = path.parent == ROOT / "views"
    bound = 80 if name == "dashboard.py" else 150 if page else 400
    assert text.count("\n") <= bound, f"{name} is longer than {bound} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False) or ""
            assert node.end_lineno - node.lineno - documented.count("\n") <= 60, f"{name}: {node.name} is too long"


def test_no_registry_address() -> None:
    """Packages are named, never the place they come from."""
    for path in (*ROOT.glob("*.txt"), *ROOT.glob("*.toml"), ROOT / "Makefile", ROOT / ".ci" / "run"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path
        assert "index-url" not in text.replace("--no-emit-index-url", ""), path


@pytest.mark.parametrize("path", sorted((ROOT / "views").rglob("*.py")), ids=named)
def test_buttons_act_at_once(path: Path) -> None:
    """A button without a callback loses its click when the page starts again before it gets to the button's work."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in ("button", "form_submit_button", "download_button"):
            given = {keyword.arg for keyword in call.keywords}  # None stands for `**doing(…)`
            assert given & {"on_click", None}, f"{path.name}:{call.lineno}"
