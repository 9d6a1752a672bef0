"""What a budget ballot came to, for whoever holds a slip of it: rules side by side, and every ballot by its receipt."""

from __future__ import annotations

import csv
import io
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from exports.paper.slips import project_name
from forum.polls.polls import Poll
from forum.public.ballots import RULES, Count, served
from forum.public.ballots import Project as Buy
from texts import count, money, percent, t

#: Counts of polls that are over, by workspace and number: nothing changes them any more.
_COUNTED: OrderedDict[tuple[Path, int], dict[str, Count]] = OrderedDict()
_KEPT = 8
#: The tables that anybody counts it anew from, as `python -m forum count` reads them.
TABLES = ("projects", "ballots")


def counted(folder: Path, poll: Poll) -> dict[str, Count]:
    """Return what each rule buys of a poll that is counted; worked out once."""
    key = folder, poll.number
    if key not in _COUNTED:
        cast = [frozenset(keys) for _, keys in poll.ballots or ()]
        given = [Buy(one.key, one.cost_idr) for one in poll.projects]
        _COUNTED[key] = {name: rule(given, cast, poll.budget_idr) for name, rule in RULES.items()}
        while len(_COUNTED) > _KEPT:
            _COUNTED.popitem(last=False)
    return _COUNTED[key]


def result_of(folder: Path, poll: Poll, lang: str) -> dict[str, Any]:
    """Return the tables of the page: rules, projects with votes, receipts; each with its heads."""
    found, cast = counted(folder, poll), [frozenset(keys) for _, keys in poll.ballots or ()]
    titles = {name: t(f"ballot.{name}", lang) for name in found}
    rules = []
    for name, one in found.items():
        numbers = ", ".join(project.key for project in poll.projects if project.key in one.chosen) or "–"
        rules.append([titles[name], numbers, money(one.cost, lang), served_words(one, cast, lang)])
    votes = next(iter(found.values())).votes
    projects = [
        [one.key, project_name(vars(one), lang), money(one.cost_idr, lang), count(votes[one.key], lang)]
        for one in poll.projects
    ]
    receipts = [[code, ", ".join(keys)] for code, keys in poll.ballots or ()]
    heads = {
        "rules": ("rule", "chosen", "cost", "voters"),
        "projects": ("number", "project", "cost", "votes"),
        "receipts": ("receipt", "chosen"),
    }
    rows = {"rules": rules, "projects": projects, "receipts": receipts}
    return {
        name: {"heads": [t(f"ballot.head.{one}", lang) for one in heads[name]], "rows": rows[name]} for name in rows
    }


def served_words(one: Count, cast: Sequence[frozenset[str]], lang: str) -> str:
    """Say how many of those who voted get at least one project that they chose."""
    got, _ = served(one, cast)
    return f"{count(got, lang)} ({percent(got / len(cast), lang) if cast else '–'})"


def table_of(poll: Poll, name: str) -> str:
    """Return one of `TABLES` as a CSV."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    if name == "projects":
        lines.writerow(["project_id", "cost_idr", "site_id"])
        lines.writerows([one.key, one.cost_idr, one.site_id] for one in poll.projects)
    else:
        lines.writerow(["ballot_id", "project_id"])
        lines.writerows([code, key] for code, keys in poll.ballots or () for key in keys)
    return out.getvalue()
