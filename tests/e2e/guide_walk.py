"""The guide's tasks, followed in a browser: each step is done as it is written, and what it says is looked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.steps import at_rest, fill

Shot = Callable[[Page, str, int], None]


def prepare(tab: Page, address: str) -> None:
    """Put into the record what tasks need: a meeting with two people and nothing decided, a second with one decision."""
    for _ in range(2):
        tab.goto(f"{address}/forum?meeting=0")
        at_rest(tab)
        fill(tab, "Tempat", "Aula kecamatan")
        fill(tab, "Pimpinan rapat", "Bu Camat")
        tab.get_by_role("button", name="Buka rapat").click()
        tab.get_by_text("Belum ada yang tercatat hadir.").wait_for()
        at_rest(tab)
        for name, organisation in (("Siti", "LSM Air"), ("Asep", "Desa Pangadegan")):
            fill(tab, "Nama", name)
            fill(tab, "Lembaga", organisation)
            tab.get_by_role("button", name="Tambah", exact=True).click()
            at_rest(tab)
    found = re.search(r"meeting=(\d+)", tab.url)
    assert found is not None
    tab.goto(f"{address}/forum?meeting={found[1]}&part=sites&item=0")
    at_rest(tab)
    fill(tab, "Pelaksana", "Dinas PUPR")
    tab.get_by_role("button", name="Catat keputusan").click()
    tab.get_by_text("Diputuskan: ").first.wait_for()


def follow(tab: Page, address: str, task: Mapping[str, Any], lang: str, shot: Shot | None = None) -> None:
    """Do every step of a task, one after the other; `shot` takes the pictures that it asks for."""
    for number, step in enumerate(task["steps"], start=1):
        if "page" not in step:
            continue
        where = f"{task['key']} {number} {lang}"
        if "query" in step:
            path = "" if step["page"] == "map" else step["page"]
            tab.goto(f"{address}/{path}?{step['query']}{'&' if step['query'] else ''}lang={lang}")
            _rest(tab, step)
        if "press" in step:
            press(tab, step["press"]["kind"], step["press"][lang])
            _rest(tab, step)
        seen = tab.get_by_text(step["see"][lang]).filter(visible=True)
        expect(seen.first, f"{where}: {step['see'][lang]}").to_be_visible()
        assert not tab.locator("[data-testid=stException]").count(), where
        if shot is not None and step.get("picture"):
            seen.first.scroll_into_view_if_needed()
            shot(tab, task["key"], number)


def _rest(tab: Page, step: Mapping[str, Any]) -> None:
    if step["page"] != "report":  # the plain page does not run again
        at_rest(tab)


def press(tab: Page, kind: str, label: str) -> None:
    """Press what a step names: a button, a fold, a switch, one of a row of choices."""
    one = _found(tab, kind, label).first
    one.wait_for(state="attached")
    one.scroll_into_view_if_needed()
    if kind == "combobox":
        at_rest(tab)  # what came into sight may load, and a box that is drawn anew closes
    if kind in ("tab", "switch"):  # the field itself lies under its label
        one.locator("xpath=ancestor-or-self::label[1]").or_(one).first.click()
    else:
        one.click()


def _found(tab: Page, kind: str, label: str) -> Locator:
    if kind == "expander":
        return tab.locator("summary", has_text=label)
    if kind == "tab":
        return tab.get_by_role("radio", name=label, exact=True)
    exact = tab.get_by_role(kind, name=label, exact=True)  # type: ignore[arg-type]
    written = re.escape(label).replace("/", r"\/")
    icon = re.compile(rf"^[a-z_]+\s+{written}$")  # an icon before it, or a key behind
    named = exact.or_(tab.get_by_role(kind, name=icon))  # type: ignore[arg-type]
    return named if named.count() else tab.get_by_role(kind, name=label)  # type: ignore[arg-type]
