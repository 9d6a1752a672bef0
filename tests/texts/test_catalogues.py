"""Both catalogues hold the same keys, every key is used, and pages hold no text of their own."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from dashboard import PAGES
from exports.formats import EXPORTS
from geo.model.facts import criteria, facts, standard_keys
from geo.model.sites import STATES, STATUSES
from geo.priorities.indicators import INDICATORS
from layers.groups import LAYERS
from texts import LANGUAGES, keys_of, t
from texts.catalogue import _catalogue

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for folder in ("geo", "cli", "layers", "exports", "forum", "texts", "views")
    for path in (ROOT / folder).rglob("*.py")
]
SOURCES.append(ROOT / "dashboard.py")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_same_keys_and_same_fields() -> None:
    assert keys_of("id") == keys_of("en")
    for key in keys_of("id"):
        texts = [written(key, lang) for lang in LANGUAGES]
        assert all(text.strip() and text != key for text in texts), key
        assert fields(texts[0]) == fields(texts[1]), key


def written(key: str, lang: str) -> str:
    """A text as it stands in the catalogue, of many where it has a singular of its own."""
    many = _catalogue(lang).ngettext(key, key, 2)
    return _catalogue(lang).gettext(key) if many == key else many


def test_one_is_said_in_the_singular() -> None:
    assert t("export.count", "en", count="1") == "1 site chosen"
    assert t("export.count", "en", count="2") == "2 sites chosen"
    assert t("export.count", "en", count=1) == "1 site chosen"
    assert t("export.count", "id", count="1").startswith("1 ")
    assert t("osm.found", "en", table="Roads", count="1") == "Roads: 1 row"
    singular = [key for key in keys_of("en") if _catalogue("en").ngettext(key, key, 1) != key]
    assert len(singular) > 10
    for key in singular:
        assert fields(_catalogue("en").ngettext(key, key, 1)) <= fields(written(key, "en")), key


def used() -> tuple[set[str], set[str]]:
    """Whole keys, and the beginnings of keys made with an f-string, as the sources name them."""
    whole, beginnings = set(), set()
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
    whole |= {key for entry in facts("standards").values() for key in entry.get("note_keys", [])}
    faults = {value for value in whole if re.fullmatch(r"[a-z_]+", value)}
    whole |= {f"{part}.{key}" for key in faults for part in ("fault", "remedy", "severity")}
    return whole, {text for text in beginnings if re.fullmatch(r"[a-z_]+\.([a-z_]+\.)?", text)}


def test_every_key_is_used() -> None:
    whole, beginnings = used()
    ours = beginnings | {"technology.", "kind."}
    unused = [
        key
        for key in keys_of("id")
        if key not in whole
        and not any(key.startswith(text) for text in ours if text not in ("fault.", "remedy.", "severity."))
    ]
    assert unused == []


def test_every_key_that_is_asked_for_exists() -> None:
    asked = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                takes = {"t", "DataError", "CallError", "Problem", "Layer", "Fault", "CellError"}
                if node.func.id in takes and isinstance(first, ast.Constant):
                    key = str(first.value)
                    asked |= {f"fault.{key}", f"remedy.{key}"} if node.func.id in ("Fault", "CellError") else {key}
    for status in STATUSES:
        asked.add(f"status.{status}")
    for state in STATES:
        asked.add(f"state.{state}")
    for name in criteria():
        assert name in INDICATORS
        asked |= {f"criterion.{name}", f"criterion.{name}.help"}
    asked |= {layer.key for layer in LAYERS.values()}
    asked |= {f"page.{name}" for name in PAGES} | {f"standard.{name}" for name in standard_keys()}
    asked |= {f"format.{name}" for name, one in EXPORTS.items() if one.offered}
    for table in ("technology", "facility_kind"):
        asked |= {f"{'technology' if table == 'technology' else 'kind'}.{name}" for name in facts("choices")[table]}
    asked.discard("error.x")
    for lang in LANGUAGES:
        missing = sorted(asked - keys_of(lang))
        assert not missing, f"texts/{lang}.po lacks {', '.join(missing)}"


#: What `fault_text` gives to every sentence.
GIVEN = {"value", "column", "row", "count", "why", "section"}


def _told(node: ast.Call) -> set[str] | None:
    """The fields that a fault's place in the code fills; None where they are not written there."""
    if isinstance(node.func, ast.Name) and node.func.id == "CellError":
        return None if any(word.arg is None for word in node.keywords) else {str(word.arg) for word in node.keywords}
    written = [word.value for word in node.keywords if word.arg == "values"] + node.args[5:6]
    if not written:
        return set()
    if not isinstance(written[0], ast.Dict) or not all(isinstance(key, ast.Constant) for key in written[0].keys):
        return None
    return {str(key.value) for key in written[0].keys if isinstance(key, ast.Constant)}


def test_every_fault_fills_its_sentences() -> None:
    """A sentence with a field that its place in the code does not fill stopped the whole command."""
    seen, wrong = 0, []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("Fault", "CellError")
            )
            if not named or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            told = _told(node)
            for lang in LANGUAGES if told is not None else ():
                for kind in ("fault", "remedy"):
                    asked = fields(written(f"{kind}.{node.args[0].value}", lang))
                    if not asked <= told | GIVEN:
                        wrong.append(f"{path.name}:{node.lineno} {kind}.{node.args[0].value} asks for {asked}")
                    seen += 1
    assert wrong == []
    assert seen > 300


@pytest.mark.parametrize(
    "path", sorted((ROOT / "views").glob("*.py")) + sorted((ROOT / "layers").glob("*.py")), ids=lambda p: p.name
)
def test_pages_and_layers_hold_no_text_of_their_own(path: Path) -> None:
    """What the reader sees comes from the catalogues: the first argument of a Streamlit call is never a literal."""
    shows = {
        "write",
        "markdown",
        "caption",
        "text",
        "info",
        "warning",
        "error",
        "success",
        "subheader",
        "header",
        "title",
        "metric",
        "button",
        "selectbox",
        "slider",
        "text_input",
        "expander",
        "pills",
        "segmented_control",
    }
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in shows
            and node.args
        ):
            first = node.args[0]
            literal = (
                isinstance(first, ast.Constant)
                and isinstance(first.value, str)
                and re.search(r"[A-Za-z]{3}", first.value)
            )
            assert not literal, f"{path.name}:{node.lineno} shows {first.value!r}"


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        t("no.such.key", "id")
