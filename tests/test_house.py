"""The house rules that can be checked: who imports whom, sizes, no outside addresses."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("geo", "layers", "exports", "forum", "texts", "views")
MAY = {
    "geo": {"geo"},
    "texts": {"texts", "geo"},
    "forum": {"forum", "geo"},
    "exports": {"exports", "texts", "geo"},
    "layers": {"layers", "texts", "geo"},
    "views": {"views", "layers", "exports", "forum", "texts", "geo"},
}
FORUM_TAKES = {"geo.changes", "geo.errors"}
NOT_IN = {
    "geo": {"streamlit", "folium", "sqlalchemy"},
    "layers": {"streamlit", "sqlalchemy"},
    "exports": {"streamlit"},
    "forum": {"streamlit"},
    "texts": {"streamlit"},
}
#: Entry points: they put the rooms together, and nothing imports them.
ENTRIES = {
    "geo/__main__.py",
    "geo/_cli.py",
    "geo/_cli_analyse.py",
    "geo/_cli_batch.py",
    "geo/_cli_osm.py",
    "geo/_cli_plan.py",
    "geo/_cli_propose.py",
    "geo/_cli_export.py",
    "geo/_cli_returned.py",
    "forum/__main__.py",
}


def files() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_inwards(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    folder = name.split("/")[0]
    for module in imported(path):
        top = module.split(".")[0]
        assert top not in NOT_IN.get(folder, set()), f"{name} imports {module}"
        if top not in FOLDERS:
            continue
        if name in ENTRIES:
            continue
        assert f"{module.replace('.', '/')}.py" not in ENTRIES, f"{name} imports an entry point"
        assert top in MAY[folder], f"{name} imports {module}"
        private = [part for part in module.split(".")[1:] if part.startswith("_") and not part.startswith("__")]
        assert not private or top == folder, f"{name} imports the private {module}"
        if folder == "forum" and top == "geo":
            assert any(module.startswith(taken) for taken in FORUM_TAKES), f"{name} takes {module} from geo"


@pytest.mark.parametrize("path", [*files(), ROOT / "dashboard.py"], ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    name = str(path.relative_to(ROOT))
    bound = 80 if name == "dashboard.py" else 150 if name.startswith("views/") and "/_" not in name else 400
    assert text.count("\n") <= bound, f"{name} is longer than {bound} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            documented = ast.get_docstring(node, clean=False) or ""
            assert node.end_lineno - node.lineno - documented.count("\n") <= 60, f"{name}: {node.name} is too long"


def test_no_registry_address() -> None:
    """Packages are named, never the place they come from."""
    for path in (*ROOT.glob("*.txt"), *ROOT.glob("*.toml"), ROOT / "Makefile", ROOT / ".ci" / "run"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path
        assert "index-url" not in text.replace("--no-emit-index-url", ""), path


@pytest.mark.parametrize("path", sorted((ROOT / "views").glob("*.py")), ids=lambda path: path.name)
def test_buttons_act_at_once(path: Path) -> None:
    """A button without a callback loses its click when the page starts again before it gets to the button's work."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in ("button", "form_submit_button", "download_button"):
            given = {keyword.arg for keyword in call.keywords}  # None stands for `**doing(…)`
            assert given & {"on_click", None}, f"{path.name}:{call.lineno}"
