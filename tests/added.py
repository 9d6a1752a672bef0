"""One throw-away entry of each kind, written into a copy of the house as docs/adding.md says, and looked for in it.

`ENTRIES` says what is written where; the function of the same name, run in the copy, looks for it wherever it should
be. `tests/test_registries.py` does both.
"""

from __future__ import annotations

import os
import runpy
import tempfile
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ("texts/id.po", "texts/en.po")
#: By kind: file → (line below which it is written, or nothing for the end of the file; what is written).
ENTRIES: dict[str, dict[str, tuple[str, str]]] = {
    "indicator": {
        "geo/priorities/indicators.py": (
            "INDICATORS: dict[str, Callable[[Candidates], pd.Series]] = {",
            '    "added": added,\n',
        ),
        "data/indicators.toml": (
            "",
            '\n[added]\nid = "Coba"\nen = "Tried"\nformat = "people"\nunit = { id = "orang", en = "people" }\n'
            'higher_is_better = true\nsource = { id = "coba", en = "trial" }\nweight = 0\nscale = "linear"\n',
        ),
        **dict.fromkeys(
            TEXTS,
            ("", '\nmsgid "criterion.added"\nmsgstr "Tried"\n\nmsgid "criterion.added.help"\nmsgstr "Tried out."\n'),
        ),
    },
    "layer": {
        "layers/groups.py": (
            "LAYERS: dict[str, Layer] = {",
            '    "added": coloured(\n        "layer.added",\n        lambda analysis, view: analysis.water_points.assign(\n'
            '            id=lambda rows: rows["point_id"], label="<b>Tried</b>", colour="#12ab34"\n        ),\n'
            '        {"#12ab34": "layer.added.one"},\n    ),\n',
        ),
        **dict.fromkeys(
            TEXTS, ("", '\nmsgid "layer.added"\nmsgstr "Tried"\n\nmsgid "layer.added.one"\nmsgstr "Tried green"\n')
        ),
    },
    "export": {
        "exports/formats.py": (
            "EXPORTS: dict[str, Export] = {",
            '    "tsv": Export("exports.tables.added:to_tsv", "text/tab-separated-values", _BOTH),\n',
        ),
        "exports/tables/added.py": (
            "",
            "from exports.tables.sheet import guarded, plain_table\n\n\ndef to_tsv(sheet):\n"
            '    return guarded(plain_table(sheet)).to_csv(index=False, sep="\\t").encode()\n',
        ),
        **dict.fromkeys(TEXTS, ("", '\nmsgid "format.tsv"\nmsgstr "Tried TSV"\n')),
    },
    "page": {
        "dashboard.py": ("PAGES = {", '    "added": "views/added.py",\n'),
        "views/added.py": (
            "",
            "import streamlit as st\n\nfrom texts import t\nfrom views.session import state\n\n"
            'st.subheader(t("page.added", state.get("lang")))\n',
        ),
        **dict.fromkeys(TEXTS, ("", '\nmsgid "page.added"\nmsgstr "Tried page"\n')),
    },
    "reader": {
        "geo/reading/readers.py": (
            "READERS: dict[str, Callable[[Path, dict[str, Any]], RawTable]] = {",
            '    ".added": read_csv,\n',
        ),
    },
    "standard": {
        "data/standards.toml": (
            "",
            '\n[added]\nreach_m = 321\nimproved_only = false\nsanitation_reach_m = 50\nsource = "Trial 2026"\n'
            "verified = false\n",
        ),
        **dict.fromkeys(TEXTS, ("", '\nmsgid "standard.added"\nmsgstr "Tried standard"\n')),
    },
    "command": {
        "cli/geo.py": (
            "COMMANDS: dict[str, Callable[..., None]] = {",
            '    "added": tried,\n',
        ),
        "cli/added.py": ("", 'def tried() -> None:\n    """Try a command."""\n    print("tried")\n'),
    },
}
#: What stands elsewhere in a file that is written to: file, what is there, what stands there then.
BESIDE = {
    "indicator": (
        "geo/priorities/indicators.py",
        "def gain_people(",
        'def added(c: Candidates) -> pd.Series:\n    """Twice the people in reach."""\n'
        "    return _named(c, c.reached * 2)\n\n\ndef gain_people(",
    ),
    "layer": ("layers/groups.py", "from layers.layer import Layer", "from layers.layer import Layer, coloured"),
    "command": ("cli/geo.py", "from cli.analyse import", "from cli.added import tried\nfrom cli.analyse import"),
}


def write(house: Path, kind: str) -> None:
    """Write the entry of a kind into a copy of the house."""
    if kind in BESIDE:
        name, old, new = BESIDE[kind]
        text = (house / name).read_text(encoding="utf-8")
        assert old in text, name
        (house / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    for name, (below, added) in ENTRIES[kind].items():
        path = house / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text.count(f"{below}\n") == 1 or not below, f"{name} has no line {below}"
        text = text.replace(f"{below}\n", f"{below}\n{added}", 1) if below else text + added
        path.write_text(text, encoding="utf-8")


def _page(name: str, **query: str) -> AppTest:
    """A page of the dashboard, with the areas that ship."""
    from dashboard import PAGES

    os.environ.setdefault("MATA_AIR_WORKSPACE", tempfile.mkdtemp())
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if name != "map":
        app.switch_page(PAGES[name]).run()
    assert not app.exception, app.exception
    return app


def _said(app: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*app.markdown, *app.subheader, *app.caption, *app.text))


def _analysis() -> Any:
    from geo.analysis.analyse import analyse
    from geo.model.inputs import Inputs
    from geo.model.params import Params
    from geo.workspace.shipped import shipped_tables

    tables, sources = shipped_tables()
    return analyse(Inputs.of(tables, version="shipped", sources=sources), Params(area="32.03.18", draws=20), ())


def _dictionary() -> str:
    return str(runpy.run_path(str(ROOT / "docs" / "generate.py"))["dictionary"]())


def _help(*arguments: str) -> str:
    from cli.geo import application

    done = CliRunner().invoke(application(), [*arguments, "--help"], terminal_width=4000)
    assert done.exit_code == 0, done.output
    return done.output


def indicator() -> None:
    """A column of the list, of every file and its dictionary, a slider, a line of the methods, a page of the docs."""
    from datetime import date

    from exports.formats import export
    from exports.tables.columns import describe
    from exports.tables.sheet import sheet_of, with_why
    from geo.model.params import Params

    found = _analysis()
    rows = found.priorities
    assert (rows["added"] == 2 * rows["local_population"]).all()
    assert describe("added", "id").label == "Coba"
    sheet = sheet_of(found, with_why(rows, "id"), "x", "id", date(2026, 11, 24))
    for name in ("csv", "xlsx", "geojson", "gpkg"):
        export(sheet, name)  # each explains every column, or raises
    assert "added" in export(sheet, "csv").decode().splitlines()[0]
    assert "| `added` | people | Coba | Tried |" in _dictionary()
    assert Params(weights=(("added", 2.0),)).weight_of()["added"] == 2
    assert any("Tried" in str(one.label) for one in _page("priorities", lang="en").slider)
    assert "Tried out." in _said(_page("methods", lang="en"))


def layer() -> None:
    """A switch, features, a legend, the canvas of very many, the sites in view, and the paper."""
    import json
    import struct

    from layers.groups import LAYERS, feature_groups
    from layers.in_view import InView
    from layers.legend import legend_html
    from layers.packed import feature_count, packed
    from layers.view import View
    from views.onmap.keep_map import Look, _paper

    found, view = _analysis(), View("en")
    features = LAYERS["added"].features(found, view)
    assert len(features) == len(found.water_points) == feature_count(found, view, ["added"])
    assert "<b>" not in features[0]["properties"]["label"]
    assert len(feature_groups(found, view, ["added"])) == 1
    legend = legend_html(["added"], "en")
    assert "Tried green" in legend
    assert "#12ab34" in legend
    (plan,) = json.loads(packed(found, view, ["added"])["plan"])
    assert (plan["name"], plan["kind"], plan["classes"]) == ("added", "rings", [{"colour": "#12ab34"}])
    assert plan["names"].count("\n") == len(features) - 1
    assert len(packed(found, view, ["added"])["added_at"]) == len(features) * struct.calcsize("2d")
    assert json.loads(InView(found, view, ["added"]).part((0.0, 0.0, 256.0, 256.0), 18)["plan"]) == [plan]
    paper = _paper(found, Look("water", ("added",), "en"), "pdf", "Map")
    assert _pdf_text(paper).count("Tried green") == 1
    assert _pdf_text(_paper(found, Look("water", (), "en"), "pdf", "Map")).count("Tried green") == 0
    app = _page("map", lang="en", layers="added")
    assert not any("added" in str(box.value) for box in app.warning), "the address knows it"
    assert "Tried" in app.button_group(key="w_layers").options
    assert any("Tried green" in str(html.proto.body) for html in app.get("html"))


def _pdf_text(data: bytes) -> str:
    import io

    from pypdf import PdfReader

    return " ".join(PdfReader(io.BytesIO(data)).pages[0].extract_text().split())


def export() -> None:
    """A format of the command line and its help, and a button a table on the page Ekspor."""
    from datetime import date

    from exports.formats import export as written
    from exports.formats import file_name
    from exports.tables.sheet import sheet_of

    found = _analysis()
    data = written(sheet_of(found, found.priorities, "x", "id", date(2026, 11, 24)), "tsv")
    assert data.decode().splitlines()[0].split("\t")[0] == "site_id"
    assert file_name("x", "tsv") == "x.tsv"
    assert "tsv" in _help("export")
    assert "tsv" in _help("coverage")
    assert [one.proto.label for one in _page("export").get("download_button")].count("Tried TSV") == 2


def page() -> None:
    """It opens, with its name above it, beside the others."""
    for lang in ("id", "en"):
        assert "Tried page" in [one.value for one in _page("added", lang=lang).subheader]


def reader() -> None:
    """A file with its ending is read and checked, and the page Data takes one."""
    from geo.workspace.importing import check_file

    path = Path(tempfile.mkdtemp()) / "w.added"
    path.write_text("point_id,status,lat,lon\np,functional,-7.2,107.15\n")
    assert check_file(path, "water_points").accepted == 1
    assert any(".added" in one.proto.type for one in _page("data").get("file_uploader"))


def standard() -> None:
    """A choice of the sidebar, of the address and of two commands; a line of the methods; a set of limits."""
    from geo.coverage.standards import limits
    from geo.model.params import Params

    assert limits(Params(standard="added"), "water").reach_m == 321
    assert "added" in _help("coverage")
    assert "added" in _help("yardsticks")
    app = _page("map", standard="added", lang="en")
    assert app.selectbox(key="w_standard").value == "added"
    assert "Tried standard" in app.selectbox(key="w_standard").options
    for name in ("service", "priorities", "plan", "export"):
        _page(name, standard="added")
    assert "Tried standard" in _said(_page("methods", lang="en"))


def command() -> None:
    """It is called, it is in the help, and whoever forgets the README is told."""
    from cli.geo import application

    assert "added" in _help()
    assert "Try a command." in _help("added")
    assert CliRunner().invoke(application(), ["added"]).output == "tried\n"
