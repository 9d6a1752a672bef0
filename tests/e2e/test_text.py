"""Texts that would be pictures, links, signs or formulas, in everything a person writes: none becomes one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser

from forum import Record
from forum.acts import attend, call, close, dissent, vote
from forum.community import Report, receive
from forum.meetings import Attendee, Dissent, Item, Meeting, Vote
from forum.partners import Commitment, commit
from forum.polls.polls import Poll, Project, call_poll
from forum.public.proposals import Proposal, answer, propose
from forum.training import Training, plan_training
from geo.analysis.scenarios import Scenario
from geo.model.changes import CostChange, NewSite, Note
from geo.model.params import Params
from geo.workspace.versions import current, load, save
from tests.e2e.conftest import Fresh, begin

EVIL = (
    "![p](http://evil.example/y.png)", "[a](javascript:alert(1))", "<img src=http://evil.example/z.png>",
    ":material/home:", "$x^2$", "${7*7}",
)  # fmt: skip
#: In one text, as somebody would paste it.
ALL = " ".join(EVIL)
ASKED = [
    ("map", "area={e}"), ("map", "site={s}"), ("map", "standard={e}&season={e}"), ("map", "q={e}&status={e}&village={e}"),
    ("service", "area={e}"), ("priorities", "weights={e}"), ("priorities", "site={s}"), ("plan", "commit={e}&unit={e}"),
    ("plan", "compare={e}"), ("forum", "desk={e}&meeting={e}"), ("forum", "desk=reports"), ("forum", "desk=partners"),
    ("forum", "desk=training"), ("forum", "desk=proposals"), ("forum", "desk=ballots"), ("forum", "desk=members"), ("forum", "meeting={n}&part=present"), ("forum", "meeting={n}&part=sites"),
    ("forum", "meeting={n}&part=minutes"), ("forum", "meeting={n}&part=weights"), ("forum", "meeting={n}&part=promises"),
    ("costs", ""), ("data", "table={e}"), ("export", "which={e}"), ("methods", "standard={e}"),
]  # fmt: skip


@pytest.fixture
def served(fresh: Fresh) -> Iterator[tuple[str, int, str]]:
    """A server whose tables and record hold such texts wherever a person writes them."""
    folder = fresh.folder()
    data = load(folder / "ws", current(folder / "ws"))
    tables = dict(data.tables())
    points = tables["water_points"].copy()
    site = str(points["point_id"].iloc[0])
    points.loc[points.index[:3], "name"] = ALL
    for column in ("manager", "data_source", "technology"):
        if column in points and column != "technology":
            points.loc[points.index[:3], column] = ALL
    villages = tables["villages"].copy()
    villages.loc[villages.index[:5], "name"] = ALL
    save(folder / "ws", tables | {"water_points": points, "villages": villages}, {ALL: ALL} | dict(data.sources))
    begun = begin(folder)
    try:
        address = begun.answers()
        yield address, _said(folder / "ws", site), site
    finally:
        begun.end()


def _said(folder: Path, site: str) -> int:
    record = Record(f"sqlite:///{folder / 'record.sqlite'}")
    item = Item(
        "water",
        site,
        1,
        ALL,
        "32.03.18.2001",
        ALL,
        "non_functional",
        "hand_pump",
        9.0,
        1e6,
        -7.2,
        107.1,
        {"id": ALL, "en": ALL},
    )
    meeting = Meeting(0, ALL, ALL, date(2026, 11, 1), ALL, "32.03.18", ALL, {"standard": ALL, "weights": ALL}, (item,))
    number = call(record, ALL, meeting).number
    attend(record, ALL, number, Attendee(ALL, ALL, "village"))
    vote(record, ALL, number, Vote(ALL, item.key, "worthy", ALL))
    dissent(record, ALL, number, Dissent(ALL, item.key, ALL))
    close(record, ALL, number)
    receive(record, Report("water", site, "opinion", ALL, name=ALL, phone=ALL))
    commit(
        record, ALL, [Commitment(ALL, "ngo", "water", "32.03.18.2001", ALL, "planned", date(2026, 1, 1), shared=ALL)]
    )
    asked = Proposal(
        ALL, "village", "repair", "water", "32.03.18.2001", ALL, ALL, ALL, service="water", site_id=site, labour=ALL
    )
    answer(record, ALL, propose(record, ALL, asked).number, "put_off", ALL)
    plan_training(record, ALL, Training(ALL, ALL, date(2026, 11, 1), ALL))
    record.accept(ALL, Note("water", site, ALL))
    record.accept(ALL, NewSite("water", ALL, "hand_pump", 107.1, -7.2, None, "32.03.18.2001", ALL))
    record.set_cost(ALL, CostChange("repair", "tap", 5e6, None, 9.0, 0.0, 0.0, 2026, ALL, ALL))
    told = {"organisation": ALL, "method": "sliders", "pairs": [], "consistency": None}
    record.append(ALL, "weights", {"member": ALL, "weights": {"gain_people": 1.0}, **told})
    for n in (1, 2):
        scenario = Scenario(f"{ALL} {n}", current(folder), Params(), ())
        record.append(ALL, "scenario", scenario.as_content())
    project = Project("1", "water", site, "repair", "hand_pump", ALL, "32.03.18.2001", ALL, 9, None, -7.2, 107.1)
    call_poll(record, ALL, Poll(ALL, ALL, ALL, "", 9, (project,)))
    record.close()
    return number


def test_text_stays_text_on_every_page(served: tuple[str, int, str], chromium: Browser) -> None:
    """No other host is asked, and no element comes of a text: no picture, link, sign or formula of its making."""
    address, number, site = served
    context = chromium.new_context(viewport={"width": 1280, "height": 1200}, locale="id-ID")
    context.set_default_timeout(60_000)
    page = context.new_page()
    foreign: list[str] = []
    host = urlsplit(address).netloc
    page.on("request", lambda told: None if urlsplit(told.url).netloc in (host, "") else foreign.append(told.url))
    for name, query in ASKED:
        page.goto(f"{address}/{name}?lang=en&" + query.format(e=quote(ALL), s=quote(site), n=number))
        page.get_by_test_id("stAppViewContainer").wait_for()
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        for fold in page.locator("section[data-testid=stMain] details:not([open]) > summary").all():
            fold.evaluate("fold => fold.click()")
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        where = f"{name}?{query}"
        assert (
            page.locator("img[src*=evil], a[href^='javascript'], a[href*='evil']:not([href^='#']), .katex").count() == 0
        ), where
        told = page.locator("[data-testid=stMarkdownContainer]")
        assert "home" not in told.locator("[data-testid=stIconMaterial]").all_inner_texts(), where
        assert foreign == [], where
    context.close()
