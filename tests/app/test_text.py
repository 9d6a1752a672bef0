"""What people stays text: nothing of it reaches Markdown but through one door, `views.parts.text`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.test_house import ROOT
from texts import t
from views.parts.text import marked

#: Calls whose label or body Streamlit reads as Markdown.
DRAWN = frozenset(
    [
        "markdown",
        "caption",
        "info",
        "warning",
        "error",
        "success",
        "subheader",
        "header",
        "title",
        "toast",
        "expander",
        "button",
        "checkbox",
        "toggle",
        "radio",
        "pills",
        "segmented_control",
        "tabs",
        "metric",
        "link_button",
        "download_button",
        "popover",
        "form_submit_button",
        "slider",
        "select_slider",
        "spinner",
        "progress",
        "text_input",
        "text_area",
        "number_input",
        "date_input",
        "selectbox",
        "multiselect",
        "file_uploader",
        "feedback",
        "badge",
        "page_link",
    ]
)
#: Their arguments that are Markdown too.
ALSO = ("help", "text", "label", "body")
#: Helpers that draw a label they are given, by its place and name: their callers are looked at.
HANDED = {"who_field": (1, "label"), "own_field": (1, "label"), "place_field": (0, "label")}
#: Functions whose answer is harmless: the door, the house's own figures.
DOOR = frozenset(
    [
        "plain",
        "harmless",
        "marked",
        "refusal",
        "count",
        "money",
        "metres",
        "percent",
        "day",
        "len",
        "int",
        "round",
        "abs",
        "min",
        "max",
    ]
)


def functions(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


class Texts:
    """What a function's names hold, as far as its own lines tell."""

    def __init__(self, function: ast.AST) -> None:
        self.given: dict[str, list[ast.expr]] = {}
        self.handed = HANDED.get(getattr(function, "name", ""), (0, ""))[1]
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.given.setdefault(target.id, []).append(node.value)
            elif isinstance(node, ast.NamedExpr):
                self.given.setdefault(node.target.id, []).append(node.value)

    def harmless(self, told: ast.expr | None, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a text is made of constants, of catalogue texts and of what came through the door."""
        if isinstance(told, ast.Name):
            found = self.given.get(told.id, [])
            mine = told.id not in seen and bool(found)
            return told.id == self.handed or (mine and all(self.harmless(one, seen | {told.id}) for one in found))
        if isinstance(told, ast.Call):
            return self._answer(told, seen)
        if told is None or isinstance(told, ast.Constant):
            return True
        parts = {ast.JoinedStr: "values", ast.FormattedValue: "value", ast.IfExp: "body orelse"}
        parts |= {ast.BinOp: "left right", ast.BoolOp: "values", ast.Dict: "values"}
        inside = [getattr(told, name) for name in parts.get(type(told), "").split()]
        flat = [one for part in inside for one in (part if isinstance(part, list) else [part])]
        return bool(inside) and all(self.harmless(one, seen) for one in flat)

    def _answer(self, told: ast.Call, seen: frozenset[str]) -> bool:
        if isinstance(told.func, ast.Name) and told.func.id == "t":
            return all(self.harmless(one.value, seen) for one in told.keywords)
        if isinstance(told.func, ast.Attribute) and told.func.attr == "join":
            listed = told.args[0]
            return isinstance(listed, ast.GeneratorExp) and self.harmless(listed.elt, seen)
        return isinstance(told.func, ast.Name) and told.func.id in DOOR


def drawn() -> Iterator[tuple[str, ast.expr, Texts]]:
    """Every text that a page draws as Markdown: where it stands, and what it is made of."""
    for path in sorted([ROOT / "dashboard.py", *(ROOT / "views").rglob("*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told_by = [(Texts(one), one) for one in functions(tree)]
        inside = {id(node): texts for texts, one in told_by for node in ast.walk(one)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DRAWN:
                first = [] if node.func.attr == "progress" else node.args[:1]
                told = [*first, *(one.value for one in node.keywords if one.arg in ALSO)]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in HANDED:
                told = node.args[HANDED[node.func.id][0] :][:1]
            else:
                continue
            for one in told:
                yield f"{path.relative_to(ROOT)}:{one.lineno} {ast.unparse(one)}", one, inside[id(node)]


def test_nothing_reaches_markdown_but_through_the_door() -> None:
    found = [(where, texts.harmless(one)) for where, one, texts in drawn()]
    assert len(found) > 200, "the walk finds what is drawn"
    assert [where for where, harmless in found if not harmless] == [], "use views.parts.text: marked, refusal, plain"


@pytest.mark.parametrize(
    "evil",
    ["![p](http://x/y.png)", "[a](javascript:alert(1))", "<img src=http://x/y.png>", ":material/home:", "$x$", "${x}", "**b**", "`c`", "www.evil.example", "a@evil.example", "1. x", "- x", "# x"],
)  # fmt: skip
def test_the_door_leaves_nothing_that_markdown_reads(evil: str) -> None:
    shown = marked("scenario.gone", "en", names=evil).removeprefix(t("scenario.gone", "en", names="|").split("|")[0])
    marks = [at for at, sign in enumerate(shown) if sign in "![]<:$*`{@#" and (at == 0 or shown[at - 1] != "\\")]
    assert marks == [], shown
    assert marked("scenario.gone", "en", names="Anggaran 1.250, hemat") == t(
        "scenario.gone", "en", names="Anggaran 1.250, hemat"
    )
