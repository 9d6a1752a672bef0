"""Write what drifts: docs/data-dictionary.md and docs/roles.md from data/*.toml, docs/architecture.md from the imports,
docs/asvs.md from docs/asvs.toml.

A test fails when they are out of date.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from docs.rooms import picture as rooms  # noqa: E402
from docs.rooms import tables  # noqa: E402
from forum.members import ROLES  # noqa: E402
from forum.roles import ANYONE, may  # noqa: E402
from forum.roles import table as acts  # noqa: E402
from geo.model.facts import facts  # noqa: E402
from texts import t  # noqa: E402


def dictionary() -> str:
    """Return the data dictionary as Markdown."""
    lines = [
        "# Data dictionary",
        "",
        "Made by `python docs/generate.py` from `data/tables.toml`, `data/choices.toml`, `data/indicators.toml` and",
        "`data/columns.toml`.",
        "",
    ]
    for table, entry in facts("tables").items():
        lines += [
            f"## {table}",
            "",
            f"Key `{entry['key']}`; geometry {' or '.join(entry['geometry'])} (EPSG:4326).",
            "",
        ]
        lines += ["| column | type | unit, range | Indonesia | English |", "|---|---|---|---|---|"]
        for name, column in entry["columns"].items():
            kind = column["type"]
            if kind == "choice":
                kind = ", ".join(facts("choices")[column["choices"]])
            limits = f"{column['min']}–{column['max']}" if "min" in column else ""
            unit = " ".join(part for part in (column.get("unit", ""), limits) if part)
            star = " (required)" if column.get("required") else ""
            lines.append(f"| `{name}`{star} | {kind} | {unit} | {column['id']} | {column['en']} |")
        lines.append("")
    lines += [*_indicators(), ""]
    for part, told in (("columns", "Computed and added columns"), ("field", "What the field fills in")):
        lines += [
            f"## {told}",
            "",
            "From `data/columns.toml`.",
            "",
            "| column | format | Indonesia | English | meaning |",
        ]
        lines.append("|---|---|---|---|---|")
        for name, column in facts("columns")[part].items():
            means = column.get("en_means", "")
            lines.append(f"| `{name}` | {column['format']} | {column['id']} | {column['en']} | {means} |")
        lines.append("")
    return "\n".join(lines)


def _indicators() -> list[str]:
    """The indicators: label, meaning, unit, direction, source; those of the score have a weight at the start."""
    lines = [
        "## Indicators of a repairable site",
        "",
        "From `data/indicators.toml`; those with a weight are the criteria of the score.",
        "",
        "| column | format | Indonesia | English | meaning | unit | better | weight | source |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, entry in facts("indicators").items():
        better = "more" if entry["higher_is_better"] else "less"
        told = [entry["format"], entry["id"], entry["en"], entry.get("en_means", ""), entry["unit"]["en"], better]
        lines.append(f"| `{name}` | {' | '.join(told)} | {entry.get('weight', '')} | {entry['source']['en']} |")
    return lines


def roles() -> str:
    """Return who may do what as Markdown."""
    everybody = (ANYONE, *ROLES)
    lines = [
        "# Who may do what",
        "",
        "Made by `python docs/generate.py` from `data/roles.toml`. It counts on a server where people sign in; on a",
        "laptop nobody is asked. *own*: for oneself alone (one's own vote, presence, organisation, what one said).",
        "`anyone` is whoever is not signed in: `/report` takes reports and `/ballot` ballots by code; besides, the",
        "public page where it is on, and what telephones and programs ask with a key (`/api`, `/openrosa`,",
        "`/survey`, `/calendar`).",
        "",
        f"| action | | {' | '.join(everybody)} |",
        f"|---|---|{'---|' * len(everybody)}",
    ]
    for act in acts():
        marks = [("yes" if may(r, act, own=False) else "own") if may(r, act) else "–" for r in everybody]
        lines.append(f"| `{act}` | {t(f'record.{act}', 'en')} | {' | '.join(marks)} |")
    return "\n".join([*lines, ""])


def asvs() -> str:
    """Return the table of OWASP ASVS, rule by rule, as Markdown."""
    with (ROOT / "docs" / "asvs.toml").open("rb") as file:
        rules = tomllib.load(file)["rule"]
    states = {"met": "met", "not_applicable": "not applicable", "not_met": "**not met**", "untested": "untested"}
    number = {state: sum(one["state"] == state for one in rules) for state in states}
    counts = ", ".join(f"{number[state]} {words.strip('*')}" for state, words in states.items())
    lines = [
        "# OWASP ASVS 5.0.0, levels 1 and 2, rule by rule",
        "",
        "Made by `python docs/generate.py` from `docs/asvs.toml`; subjects in our own words, the rules are OWASP's.",
        "*met*: the tests named fail without it, or the note names the document. *untested*: it holds by the code, and",
        "the note says which test would show it.",
        f"Of {len(rules)} rules: {counts}.",
        "",
        "| rule | level | about | state | held by, or what it would take |",
        "|---|---|---|---|---|",
    ]
    for one in rules:
        told = " · ".join(part for part in (one["by"].replace("tests/", ""), one["note"]) if part).replace("|", "/")
        lines.append(f"| {one['id']} | {one['level']} | {one['about']} | {states[one['state']]} | {told} |")
    return "\n".join([*lines, ""])


def architecture() -> str:
    """Return the page on the rooms, the part between its two marks made anew from docstrings and imports."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    begin, end = "<!-- rooms: made by docs/generate.py -->\n", "<!-- end of rooms -->\n"
    before, rest = text.split(begin)
    return before + begin + tables() + end + rest.split(end)[1]


#: What is made, by its place in `docs/`.
MADE = {
    "data-dictionary.md": dictionary,
    "roles.md": roles,
    "architecture.md": architecture,
    "asvs.md": asvs,
    "pictures/rooms.svg": rooms,
}

if __name__ == "__main__":
    for place, maker in MADE.items():
        (ROOT / "docs" / place).write_text(maker(), encoding="utf-8")
