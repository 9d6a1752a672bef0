"""Every page in every language, run as Streamlit runs it, from dashboard.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import PAGES
from forum.record import Record
from geo.model.changes import Change
from geo.model.inputs import Inputs
from geo.workspace import versions as ws
from geo.workspace.importing import import_files
from tests.builders import LAT, LON, as_shown, inputs, offset, point, settlement, village
from texts import LANGUAGES, t
from views.forum import DESKS
from views.session.guide import steps
from views.session.state import _valid

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.filterwarnings(
    "ignore"
)  # Streamlit's own start-up warns; the product's modules are tested strictly


def run(page: str, monkeypatch: pytest.MonkeyPatch, folder: Path, **query: str) -> AppTest:
    """Open the dashboard, then switch to the page as a user does."""
    monkeypatch.setenv("MATA_AIR_WORKSPACE", str(folder))
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    if page != "map":
        app.switch_page(PAGES[page]).run()
    assert not app.exception, app.exception
    return app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shipped: Inputs) -> Path:
    path = tmp_path_factory.mktemp("ws")
    ws.save(path, shipped.tables(), dict(shipped.sources))
    return path


def said(app: AppTest) -> str:
    parts = [*app.caption, *app.text, *app.markdown, *app.warning, *app.info, *app.subheader]
    return "\n".join(as_shown(part.value) for part in parts)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_and_says_that_data_are_sample(
    page: str, lang: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = run(page, monkeypatch, folder, lang=lang)
    assert {"id": "DATA CONTOH", "en": "SAMPLE DATA"}[lang] in said(app)


@pytest.mark.parametrize("area", ["35.07.33", "36.01.09", "18.10.05", "all"])
def test_every_area(area: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for page in ("map", "priorities"):
        run(page, monkeypatch, folder, area=area)


def test_a_link_opens_what_it_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run(
        "map",
        monkeypatch,
        folder,
        area="18.10.05",
        standard="sphere",
        radius="750",
        season="dry",
        service="sanitation",
        lang="en",
    )
    assert app.slider(key="w_radius").value == 750
    assert app.selectbox(key="w_standard").value == "sphere"
    assert app.selectbox(key="w_area").value == "18.10.05"
    assert app.query_params["radius"] in ("750", ["750"])


def test_a_link_with_nonsense_is_answered_not_obeyed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("map", monkeypatch, folder, standard="who", radius="-3", weights="beauty:1", layers="x", area="Pagelaran")
    warnings = "\n".join(as_shown(w.value) for w in app.warning)
    for word in ("who", "-3", "beauty:1", "Pagelaran"):
        assert word in warnings


def test_a_moved_slider_changes_the_figures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("map", monkeypatch, folder)
    before = [str(html.proto.body) for html in app.get("html")]
    app.slider(key="w_radius").set_value(200).run()
    assert not app.exception
    after = [str(html.proto.body) for html in app.get("html")]
    assert before != after
    assert app.query_params["radius"] in ("200", ["200"])


def test_own_data_without_population_shows_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = inputs(
        [settlement("a", offset(0), None)], [point("p", offset(10), "unknown", technology="unknown")], [village()]
    )
    ws.save(tmp_path, data.tables(), {})
    for page in PAGES:
        app = run(page, monkeypatch, tmp_path)
        assert "DATA CONTOH" not in said(app)
    assert t("headline.no_population", "id") in said(run("map", monkeypatch, tmp_path))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_on_foot_without_roads_is_refused_and_said(
    lang: str, tmp_path: Path, shipped: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "w"
    ws.save(folder, shipped.tables() | {"roads": shipped.roads.iloc[:0]}, dict(shipped.sources))
    for page in ("map", "service", "data"):
        app = run(page, monkeypatch, folder, lang=lang, metric="walk")
        assert app.session_state["s_metric"] == "line"


@pytest.mark.parametrize("page", ["map", "service", "priorities"])
def test_a_queue_that_leaves_no_time_to_walk_is_said(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run(page, monkeypatch, folder, queue="60")
    assert t("control.no_reach", "id", reach="0 m") in said(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_site_tells_its_history(lang: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Earlier reports of the data and of the record, the newest first."""
    rows = [
        "wpdx_id,status_id,water_source_clean,report_date,lat_deg,lon_deg",
        f"p,Yes,Borehole,2019 Jan 05 12:00:00 AM,{LAT},{LON}",
        f"p,No,Borehole,2021 Mar 05 12:00:00 AM,{LAT},{LON}",
    ]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    folder = tmp_path / "w"
    ws.save(folder, inputs([settlement("s", offset(0), 10)], villages=[village()]).tables(), {})
    import_files(folder, {"water_points": tmp_path / "a.csv"})
    Record(f"sqlite:///{folder / 'record.sqlite'}").report_status("Siti", Change("water", "p", "functional"))
    app = run("map", monkeypatch, folder, site="p", lang=lang)
    shown = next(
        table.value for table in app.dataframe if t("map.source", lang) in table.value and len(table.value) == 2
    )
    assert shown[t("map.source", lang)].tolist() == ["Siti", f"{t('history.report', lang)}: a.csv"]
    assert shown[t("map.status", lang)].tolist() == [t("status.functional", lang)] * 2


@pytest.mark.parametrize("name", ["map", "plan", "forum", "data"])
def test_a_record_that_is_gone_is_told_and_used_again_once_it_is_back(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shipped: Inputs
) -> None:
    folder = tmp_path / "w"
    ws.save(folder, shipped.tables(), dict(shipped.sources))
    app = run(name, monkeypatch, folder)
    kept = folder / "record.sqlite"
    kept.rename(tmp_path / "aside")
    app.run()
    assert not app.exception
    assert t("error.record_gone", "id", detail=kept) in [as_shown(box.value) for box in app.error]
    (tmp_path / "aside").rename(kept)
    app.run()
    assert not app.exception
    assert not app.error


def test_a_filter_is_in_the_address_and_drops_what_is_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run(
        "map", monkeypatch, folder, with_status="non_functional,nonsense", in_village="32.03.18.2001,11.01.01.2001"
    )
    assert app.multiselect(key="w_with_status").value == ["non_functional"]
    assert app.multiselect(key="w_in_village").value == ["32.03.18.2001"]
    told = next(m.value for m in app.markdown if "titik ditampilkan" in m.value)
    app.multiselect(key="w_with_status").unselect("non_functional").run()
    assert not app.exception
    assert app.query_params["in_village"] in ("32.03.18.2001", ["32.03.18.2001"])
    assert next(m.value for m in app.markdown if "titik ditampilkan" in m.value) != told
    app.selectbox(key="w_area").select("35.07.33").run()
    assert app.multiselect(key="w_in_village").value == []


def test_a_list_of_very_many_villages_is_narrowed_by_typing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is chosen stays in the list, whatever is typed; a code is found as well as a name."""
    monkeypatch.setattr("views.parts.narrow.LISTED", 3)
    app = run("map", monkeypatch, folder, in_village="32.03.18.2001")
    assert len(app.multiselect(key="w_in_village").options) == 1
    kept = app.multiselect(key="w_in_village").options[0]
    app.text_input(key="narrow-filter").input("A").run()
    assert not app.exception
    listed = app.multiselect(key="w_in_village").options
    assert listed[0] == kept
    assert len(listed) > 2
    assert all("a" in name.casefold() for name in listed[1:])
    app.text_input(key="narrow-filter").input("32.03.18.2002").run()
    assert len(app.multiselect(key="w_in_village").options) == 2
    app.multiselect(key="w_in_village").select("32.03.18.2002").run()
    app.text_input(key="narrow-filter").input("").run()
    assert app.multiselect(key="w_in_village").value == ["32.03.18.2001", "32.03.18.2002"]
    assert not app.exception


def test_many_villages_may_be_chosen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than four hundred characters; what a whole kecamatan has."""
    villages = [f"32.03.18.20{n:02d}" for n in range(1, 15)]
    app = run("map", monkeypatch, folder, in_village=",".join(villages + villages + villages))
    assert not any("in_village" in as_shown(box.value) for box in app.warning)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_tour_goes_over_the_pages_and_back(lang: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("map", monkeypatch, folder, lang=lang)
    app.button(key="guide-start").click().run()
    for number, step in enumerate(steps(), start=1):
        assert not app.exception, (number, app.exception)
        assert app.error == [] or not app.error, number
        assert t(f"guide.{number}.title", lang) in said(app)
        assert {name: app.session_state[f"s_{name}"] for name in step if name != "page"} == {
            name: value for name, value in step.items() if name != "page"
        }
        assert not app.warning or all(name not in as_shown(app.warning[-1].value) for name in step)
        app.button(key="guide-next").click().run()
    assert app.session_state["s_guide"] == "0"
    assert not [button for button in app.button if button.key == "guide-next"]
    app.button(key="guide-start").click().run()
    app.button(key="guide-next").click().run()
    app.button(key="guide-back").click().run()
    assert t("guide.1.title", lang) in said(app)
    app.button(key="guide-stop").click().run()
    assert app.session_state["s_guide"] == "0"


def test_the_steps_of_the_tour_can_be_had(shipped: Inputs) -> None:
    for step in steps():
        assert step["page"] in PAGES
        assert not step.get("site") or step["site"] in set(shipped.water_points["point_id"])
        for name, value in step.items():
            assert name == "page" or _valid(name, value), (name, value)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map_goes_back_through_the_years(lang: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier year knows fewer sites, says so, and is not taken for today."""
    app = run("map", monkeypatch, folder, lang=lang)
    now = [str(html.proto.body) for html in app.get("html")]
    app.select_slider(key="w_year").set_value(2021).run()
    assert not app.exception
    told = "\n".join(as_shown(one.value) for one in app.warning)
    assert "2021" in told
    assert [str(html.proto.body) for html in app.get("html")] != now
    assert app.query_params["year"] in ("2021", ["2021"])
    again = run("map", monkeypatch, folder, lang=lang, year="2021")
    assert told in "\n".join(as_shown(one.value) for one in again.warning)
    assert run("map", monkeypatch, folder, lang=lang, year="1990").session_state["s_year"] == "0"


def test_every_desk_of_the_forum_may_be_asked_for_by_its_link(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for desk in DESKS:
        assert _valid("desk", desk), f"views/session/state.py knows no desk {desk}"
    app = run("forum", monkeypatch, folder, desk="public")
    assert t("public.switch", "id") in said(app)
    assert not any("desk" in as_shown(one.value) for one in app.warning)
