"""The guide (Panduan): every task can be done as it is written, in both languages, and the page and the PDF hold them all."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from geo.model.facts import facts
from tests.e2e.conftest import Fresh
from tests.e2e.guide_walk import follow, prepare, press
from tests.e2e.steps import at_rest
from texts import LANGUAGES, t

ROOT = Path(__file__).resolve().parents[2]
TASKS = {task["key"]: task for task in facts("guide_tasks")["tasks"]}


@pytest.fixture(scope="module")
def prepared(fresh: Fresh, chromium: Browser) -> Iterator[str]:
    """A server whose record holds what the tasks need."""
    with fresh.serving() as begun:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="id-ID")
        prepare(context.new_page(), begun.address)
        context.close()
        yield begun.address


#: In English one task a reader: the steps are the same.
ENGLISH = {task["who"]: key for key, task in TASKS.items()}


@pytest.mark.parametrize(("key", "lang"), [*((key, "id") for key in TASKS), *((key, "en") for key in ENGLISH.values())])
def test_a_task_can_be_done_as_it_is_written(prepared: str, chromium: Browser, key: str, lang: str) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="id-ID", accept_downloads=True)
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    follow(tab, prepared, TASKS[key], lang)
    context.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_steps_name_is_in_the_texts(lang: str) -> None:
    """Every label in bold stands so in the texts of its language: the guide knows of a button that was renamed."""
    said = read_po(io.BytesIO((ROOT / "texts" / f"{lang}.po").read_bytes()), abort_invalid=True)
    texts = {str(one.string).replace("**", "") for one in said if not str(one.id).startswith("task.")}
    filled = [re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(text)) + r"(…|\b)") for text in texts if "{" in text]
    missing = []
    for key, task in TASKS.items():
        for number in range(1, len(task["steps"]) + 1):
            for label in re.findall(r"\*\*(.+?)\*\*", t(f"task.{key}.{number}", lang)):
                parts = [part.strip() for part in re.split(r"…|: ", label) if part.strip()]
                known = all(
                    any(part in text for text in texts) or any(one.match(part) for one in filled) for part in parts
                )
                missing += [] if known else [(key, number, label)]
    assert missing == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_and_the_pdf(prepared: str, chromium: Browser, lang: str) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="id-ID", accept_downloads=True)
    tab = context.new_page()
    tab.goto(f"{prepared}/guide?lang={lang}")
    at_rest(tab)
    title = t("task.plan_budget.title", lang)
    tab.locator("summary", has_text=title).click()
    at_rest(tab)
    expect(tab.get_by_text(t("task.plan_budget.goal", lang))).to_be_visible()
    picture = tab.locator("img[src*='/media/']").first
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("one => one.naturalWidth") == 1280
    press(tab, "tab", t("guidebook.who.engineer", lang))
    expect(tab.get_by_text(t("task.take_to_field.title", lang))).to_be_visible()
    with tab.expect_download(timeout=60_000) as told:
        tab.get_by_role("button", name=t("guidebook.pdf", lang)).click()
    pages = PdfReader(told.value.path()).pages
    written = " ".join(" ".join((page.extract_text() or "").split()) for page in pages)
    missing = [key for key in TASKS if " ".join(t(f"task.{key}.title", lang).split()) not in written]
    assert missing == []
    assert sum(len(page.images) for page in pages) >= sum(
        step.get("picture", False) for one in TASKS.values() for step in one["steps"]
    )
    context.close()
