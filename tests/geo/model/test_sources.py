"""Every entry of the facts cites a source, and no source claims more than was read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.model.facts import facts
from texts import t
from views import methods

ROOT = Path(__file__).resolve().parents[3]

COLUMNS = {
    "issuer", "number", "year", "title", "article", "in_force_since", "in_force_until", "superseded_by", "checked_by",
    "checked_on", "checked_how", "verified", "url", "read", "remark",
}  # fmt: skip
FOUND = {"agrees", "agrees_second_hand", "differs", "not_supported", "not_read", "own"}


@pytest.mark.parametrize("key", list(facts("sources")))
def test_a_source_says_what_it_is_and_how_it_was_checked(key: str) -> None:
    entry = facts("sources")[key]
    assert set(entry) == COLUMNS
    assert entry["checked_how"] in ("issuer", "copy", "secondary", "memory", "own")
    assert not entry["verified"] or entry["checked_how"] == "issuer"
    assert not entry["superseded_by"] or entry["superseded_by"] in facts("sources")


@pytest.mark.parametrize("cite", facts("cites")["cite"], ids=lambda cite: f"{cite['file']}.{cite['entry']}")
def test_a_citation_names_an_entry_and_a_source(cite: dict[str, object]) -> None:
    assert cite["source"] in facts("sources")
    assert cite["found"] in FOUND
    assert not cite["verified"] or (facts("sources")[str(cite["source"])]["verified"] and cite["found"] == "agrees")


@pytest.mark.parametrize("file", ["standards", "rungs", "institutions", "technologies", "facilities"])
def test_every_entry_cites_something(file: str) -> None:
    cited = {
        name.strip() for cite in facts("cites")["cite"] if cite["file"] == file for name in cite["entry"].split(",")
    }
    assert set(facts(file)) - cited - {"unknown", "*"} == set() or "*" in cited


@pytest.mark.parametrize("part", list(facts("checks")))
def test_a_check_names_tests_that_exist(part: str) -> None:
    assert facts("checks")[part]["tests"]
    for named in facts("checks")[part]["tests"]:
        path, name = named.split("::")
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), named


def test_every_figure_of_the_page_says_how_it_is_checked() -> None:
    assert set(methods.PARTS) == set(facts("checks"))


@pytest.mark.parametrize("name", list(facts("technologies")))
def test_a_technology_says_whether_the_rule_of_ten_metres_means_it_and_why(name: str) -> None:
    entry = facts("technologies")[name]
    assert entry["ground"] is (entry["ground_why"] == "groundwater")
    for lang in ("id", "en"):
        assert t(f"ground.why.{entry['ground_why']}", lang, names="x")


def test_every_rule_of_a_standard_says_where_it_comes_from() -> None:
    """Whatever a standard counts by is cited, if only as this tool's own choice."""
    cited = {
        (cite["entry"], field.strip())
        for cite in facts("cites")["cite"]
        if cite["file"] == "standards"
        for field in cite["field"].split(",")
    }
    said = {"key", "source", "verified", "note_keys"}
    bare = {(name, rule) for name, entry in facts("standards").items() for rule in entry if rule not in said} - cited
    assert not bare
