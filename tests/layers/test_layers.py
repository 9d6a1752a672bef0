"""Every layer, and the text of data that must not become code."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import folium
import pytest
import shapely
from streamlit_folium import _get_feature_group_string

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.sites import SERVICES, STATUSES
from layers.ground import add_tiles
from layers.groups import LAYERS, feature_groups
from layers.legend import legend_html
from layers.markup import GROUND, escape
from layers.partners import partners_layer
from layers.saved import saved_html
from layers.tile_files import TileFile
from layers.view import View
from tests.builders import inputs, offset, point, settlement, village
from texts import LANGUAGES
from texts.looks import VILLAGE_OPACITY, share_classes
from views.server.assets import offline_content

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>${alert(1)}`'\"\\"
#: Run by whoever takes it for a template of Jinja, as Folium does with its scripts; the second is none.
TEMPLATES = ("{{ 6 * 7 }}00042", "{% for %}")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("name", list(LAYERS))
def test_every_layer_draws(shipped: Inputs, name: str, service: str, lang: str) -> None:
    analysis = analyse(shipped, Params(area="32.03.18"))
    rows = analysis.priorities.head(3)
    planned = tuple((r.site_id, "new", r.lon, r.lat) for r in rows.itertuples())
    features = LAYERS[name].features(analysis, View(lang, service, None, planned))
    assert features
    assert all(f["geometry"]["type"] in ("Point", "Polygon", "MultiPolygon") for f in features)
    if name == "villages":
        areas = [f for f in features if "style" in f["properties"]]
        assert len(areas) == 14
        assert all(f["properties"]["style"]["dashArray"] for f in areas), "approximate boundaries are dashed"
        named = {f["properties"]["said"]: f for f in features if "said" in f["properties"]}
        assert set(named) == set(analysis.villages["name"])
        for row in analysis.villages.itertuples():  # as wide as it says, the name lies in its village
            for lat, lon, wide in named[row.name]["properties"]["spots"]:
                across = shapely.LineString([(lon - wide * 0.49, lat), (lon + wide * 0.49, lat)])
                assert row.geometry.buffer(1e-5).covers(across)


def hostile() -> Inputs:
    return inputs(
        [settlement(f"s{EVIL}", offset(0), 100, name=EVIL)],
        [point(f"p{EVIL}{status}", offset(10), status, name=EVIL, data_source=EVIL) for status in STATUSES],
        [village(name=EVIL, population=90.0, population_estimated=True, population_source=EVIL)],
        sanitation=[{"facility_id": EVIL, "kind": "public_toilet", "name": EVIL, "at": offset(5), "data_source": EVIL}],
    )


def test_nothing_from_data_runs() -> None:
    analysis = analyse(hostile(), Params(standard="wpdx"))
    for service in SERVICES:
        for name, layer in LAYERS.items():
            for feature in layer.features(analysis, View("id", service)):
                for key in ("popup", "label", "said"):
                    text = feature["properties"].get(key, "")
                    assert not re.search(r"<(script|img)|\$\{|`|\\", text), (name, key, text)


def test_the_page_script_holds_no_tag_from_data() -> None:
    analysis = analyse(hostile(), Params(standard="wpdx"))
    page = folium.Map(tiles=None)
    for group in feature_groups(analysis, View("id"), LAYERS):
        group.add_to(page)
    html = page.get_root().render()
    assert "<script>alert(1)" not in html
    assert "onerror=alert(1)>" not in html
    assert "${alert(1)}" not in html


@pytest.mark.parametrize("word", TEMPLATES)
def test_no_text_of_data_is_a_template(word: str) -> None:
    """Neither as the page draws the map nor in a map that is kept."""
    found = inputs(
        [settlement(word, offset(0), 100, name=word)],
        [point(word, offset(10), "non_functional", name=word, data_source=word)],
        [village(name=word, population=90.0, population_source=word)],
    )
    analysis = analyse(found, Params(standard="wpdx"))
    page = folium.Map(tiles=None)
    tiles = TileFile(Path("x"), (0.0, 0.0, 1.0, 1.0), (0, 3), word)
    add_tiles(page, tiles, "/{z}/{x}/{y}")
    partners_layer(analysis.villages, {}, "id").add_to(page)
    groups = feature_groups(analysis, View("id"), LAYERS)
    drawn = "".join(_get_feature_group_string(group, page, number) for number, group in enumerate(groups))
    assert "4200042" not in drawn
    html = saved_html(page, feature_groups(analysis, View("id"), LAYERS), "", word, {word: word}, [], "id")
    assert "4200042" not in html
    told = unescape(html.replace("\\u0026", "&"))
    assert told.count(word) > 5, "and it is said as it is"


def test_escape_covers_html_and_template_literals() -> None:
    assert set("&<>\"'`$\\") & set(re.sub(r"&(#\d+|\w+);", "", escape(EVIL))) == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_legend_names_every_status_and_state(lang: str) -> None:
    html = legend_html(LAYERS, lang)
    assert html.count("data:image/svg+xml") == 2 * len(STATUSES) + 6, "and schools and posts, three ways each"
    assert legend_html([], lang) == ""


def test_the_legend_shows_villages_as_the_map_does_on_any_page() -> None:
    html = legend_html(["villages"], "id")
    alpha = f"{round(VILLAGE_OPACITY * 255):02x}"
    for _, _, colour in share_classes():
        assert f"background:linear-gradient({colour}{alpha},{colour}{alpha}),{GROUND}" in html
    assert any(f"background: {GROUND}" in text for kind, text in offline_content() if kind == "css"), "that of the map"
