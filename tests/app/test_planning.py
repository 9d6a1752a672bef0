"""Weights of members, plans of every kind, scenarios, costs and long searches, as a user has them on the pages."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from forum import Record
from forum.meetings import meetings
from geo.analysis.analyse import analyse
from geo.analysis.scenarios import Scenario
from geo.model.changes import Change, CostChange, NewSite
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.workspace import versions as ws
from tests.app.test_pages import run, said
from tests.builders import as_shown
from texts import t
from views.session import jobs as _jobs

pytestmark = pytest.mark.filterwarnings("ignore")
ALL = "repair,upgrade,new,latrine,mck"


@pytest.fixture
def folder(tmp_path: Path, shipped: Inputs) -> Path:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    return tmp_path


def record(folder: Path) -> Record:
    return Record(f"sqlite:///{folder / 'record.sqlite'}")


def bodies(app: AppTest) -> str:
    return "\n".join(str(html.proto.body) for html in app.get("html"))


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception


@pytest.mark.parametrize(
    "query",
    [
        {"actions": ALL},
        {"unit": "actions", "number": "5", "actions": ALL},
        {"unit": "target", "target": "75", "actions": ALL},
        {"unit": "target", "target": "100"},
        {"floor": "60", "poor": "3"},
        {"standard": "sphere", "actions": "new,mck", "tech": "rainwater"},
        {"budget": "0"},
        {"area": "all", "budget": "900"},
        {"commit": "CJ005A14,nobody"},
    ],
    ids=str,
)
def test_every_kind_of_plan(query: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("plan", monkeypatch, folder, **query)
    assert not app.error, [error.value for error in app.error]
    assert t("plan.gained", "id") in bodies(app)


def test_scenarios_are_saved_and_compared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("plan", monkeypatch, folder, actions=ALL)
    for name, budget in (("Hemat", 200), ("Besar", 900)):
        app.number_input(key="w_budget").set_value(budget).run()
        next(w for w in app.text_input if w.label == t("scenario.name", "id")).input(name)
        next(w for w in app.text_input if w.label == t("common.your_name", "id")).input("Bu Siti")
        press(app, t("scenario.save", "id"))
        assert not app.error, [error.value for error in app.error]
    assert list(record(folder).latest("scenario", "name")) == ["Hemat", "Besar"]
    assert app.multiselect(key="w_compare").value == ["Hemat", "Besar"]
    assert app.query_params["compare"] in ("Hemat,Besar", ["Hemat,Besar"])
    words = said(app)
    assert "Hanya dalam Besar" in words.replace("\\", "")
    figures = app.table[0].value
    apart = t("scenario.difference", "id", one="Hemat", other="Besar")
    assert list(figures.columns) == ["Hemat", "Besar", apart]
    gained = figures.loc[t("plan.gained", "id")].str.replace(r"\D", "", regex=True).astype(int)
    assert gained[apart] == gained["Besar"] - gained["Hemat"]
    assert gained["Besar"] > gained["Hemat"] > 0
    again = run("plan", monkeypatch, folder, compare="Hemat,Besar,Tidak ada")
    assert again.multiselect(key="w_compare").value == ["Hemat", "Besar"]


def test_a_scenario_needs_a_name_and_somebody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("plan", monkeypatch, folder)
    press(app, t("scenario.save", "id"))
    assert t("scenario.no_name", "id") in [as_shown(error.value) for error in app.error]
    app.text_input(key="scenario-name").input("Hemat")
    press(app, t("scenario.save", "id"))
    assert t("error.nobody", "id") in [as_shown(error.value) for error in app.error]
    assert app.text_input(key="scenario-name").value == "Hemat", "what was typed stays"
    app.text_input(key="scenario-who").input("Bu Siti")
    press(app, t("scenario.save", "id"))
    assert not app.error
    assert t("common.recorded", "id") in [toast.value for toast in app.toast]
    assert list(record(folder).latest("scenario", "name")) == ["Hemat"]


def test_members_give_weights_and_use_them_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("priorities", monkeypatch, folder, weigh="pairs")
    app.select_slider(key="weigh-gain_people-crucialness").set_value(9).run()
    assert "Rasio konsistensi" in said(app)
    for who in ("Bu Siti", "Pak Budi"):
        next(w for w in app.text_input if w.label == t("common.your_name", "id")).input(who)
        press(app, t("weigh.keep", "id"))
    app.run()
    kept = record(folder).latest("weights", "member")
    assert list(kept) == ["Bu Siti", "Pak Budi"]
    assert kept["Bu Siti"].content["consistency"] >= 0
    assert "Rata-rata geometrik" in said(app).replace("\\", "")
    press(app, t("weigh.use_together", "id"))
    assert "gain_people:10" in str(app.query_params["weights"])


def test_an_inconsistent_judge_is_warned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("priorities", monkeypatch, folder, weigh="pairs")
    app.select_slider(key="weigh-gain_people-crucialness").set_value(9)
    app.select_slider(key="weigh-crucialness-relief_people").set_value(9)
    app.select_slider(key="weigh-gain_people-relief_people").set_value(-9).run()
    assert any("kurang cocok" in warning.value for warning in app.warning)


def test_points_and_any_weights_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("priorities", monkeypatch, folder, weigh="points", spread="simplex")
    assert app.selectbox(key="w_spread").value == "simplex"
    assert t("weigh.points.help", "id") in said(app).replace("\\", "")


def test_a_cost_in_the_record_shows_on_the_page_and_in_the_plan(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bodies(run("plan", monkeypatch, folder))
    for technology in ("tap", "borehole", "protected_spring"):
        change = CostChange("repair", technology, 1e6, None, 9.0, 1e5, 1e5, 2026, "HSPK 2026", "32.03")
        record(folder).set_cost("Bu Siti", change)
    app = run("costs", monkeypatch, folder, lang="en")
    sheet = app.dataframe[0].value if app.dataframe else None
    assert sheet is not None
    assert bodies(run("plan", monkeypatch, folder)) != before


def test_visits_are_told_on_request(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("plan", monkeypatch, folder, budget="200")
    app.toggle(key="plan-visits").set_value(True).run()
    assert not app.exception
    assert "kemungkinan" in said(app)


def wait(app: AppTest, *until: str) -> None:
    deadline = time.monotonic() + 90
    while not any(word in as_shown(box.value) for box in (*app.success, *app.error) for word in until):
        assert time.monotonic() < deadline
        app.run()
        assert not app.exception


def test_a_long_search_runs_apart_and_can_be_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_jobs, "LARGE", 0)
    record(folder).set_cost("A", CostChange("repair", "tap", 1e6, None, 9.0, 1e5, 1e5, 2026, "HSPK", "32.03"))
    app = run("plan", monkeypatch, folder, actions=ALL, floor="50", commit="CJ005A14")
    press(app, t("plan.start", "id"))
    wait(app, "orang bertambah terlayani")
    job = app.session_state["plan-job"]
    found = job.result()
    assert "CJ005A14" in {site["site_id"] for site in found["sites"]}
    assert json.loads((job.folder / "changes.json").read_text())[0]["kind"] == "cost"
    press(app, t("plan.start", "id"))
    assert app.session_state["plan-job"].running
    press(app, t("plan.cancel", "id"))  # so early that there may be nothing yet: said, not hidden
    wait(app, "orang bertambah terlayani", t("error.cancelled", "id"))
    assert not app.session_state["plan-job"].running


def test_the_agenda_of_a_meeting_from_a_scenario(
    folder: Path, shipped: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sites, in the order of the list, and a word of the steps that are no repair."""
    params = Params(area="32.03.18")
    rows = analyse(shipped, params, ()).priorities
    sites = rows[rows["service"] == "water"]["site_id"].iloc[[3, 7]].tolist()
    new = NewSite("water", "baru", "borehole", 107.1, -7.2)
    changes = (*(Change("water", site, "functional") for site in reversed(sites)), new)
    version = ws.current(folder)
    record(folder).append("A", "scenario", Scenario("Anggaran kecil", version, params, changes).as_content())
    app = run("forum", monkeypatch, folder)
    box = next(box for box in app.selectbox if box.label == t("forum.agenda_from", "id"))
    box.select("Anggaran kecil").run()
    assert not app.exception
    words = said(app).replace("\\", "")
    assert t("forum.agenda_of", "id", count="2") in words
    assert t("forum.agenda_rest", "id", count="1") in words
    for label, text in ((t("forum.place", "id"), "Aula"), (t("forum.chair", "id"), "Bu Camat")):
        next(field for field in app.text_input if field.label == label).set_value(text)
    press(app, t("forum.call", "id"))
    (meeting,) = meetings(record(folder).standing()).values()
    assert [item.site_id for item in meeting.items] == sites
    assert meeting.basis["scenario"] == "Anggaran kecil"


def test_a_plan_over_years_says_whom_its_actions_of_nobody_reach(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run("plan", monkeypatch, folder, horizon="5", budget="500")
    rows = next(one.value for one in app.dataframe if "ID" in one.value.columns)
    assert "0" in set(rows[t("plan.in_plan", "id")].astype(str)), "some serve only people of whom nothing is known"
    nobody = rows[t("plan.in_plan", "id")].astype(str).eq("0").sum()
    assert f"Tindakan yang hanya menjangkau mereka: {nobody}, biaya Rp" in said(app)
