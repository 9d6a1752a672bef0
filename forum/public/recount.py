"""Recounts a meeting from its file, with nothing but Python: votes, weights, order, quorum, decisions, chain of hashes.

This file needs no other of the project: copy it beside the meeting's file and run ``python recount.py FILE``. What it
reads is written by the dashboard with the minutes (`evidence`, beside this file). It believes no total of the file: it
counts anew from what was recorded, checks that no recorded line was changed, and says where it comes to something else.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from typing import Any

FORMAT = "mata-air-meeting/1"
#: Scores closer than this are equal, as in the list of priorities.
EQUAL = 1e-9
Line = tuple[str, bool, str]


def recount(told: dict[str, Any], head: str = "") -> list[Line]:
    """Return what was checked: name, whether it is equal, and what was found.

    Parameters
    ----------
    told
        The meeting's file.
    head
        COUNT:HASH from a printed page: the record must hold that very event.
    """
    if told.get("format") != FORMAT:
        return [("file", False, f"not a file of {FORMAT}")]
    events = told["events"]
    checked = [_chain(events, told["hashes"]), _head(told["hashes"], told["head"], "head")]
    if head:
        checked.append(_head(told["hashes"], head, "printed head"))
    gone = {json.loads(event["content"])["number"] for event in events if event["kind"] == "withdrawal"}
    standing = [(event, json.loads(event["content"])) for event in events
                if event["kind"] != "withdrawal" and event["number"] not in gone]  # fmt: skip
    claims = told["claims"]
    return [
        *checked,
        _same("votes", _votes(standing), claims["votes"]),
        _same("receipts", _receipts(standing), claims["receipts"]),
        _same("weights", _weights(standing), claims["weights"]),
        _order(standing),
        _quorum(standing),
        _same("decisions", _decisions(standing), claims["decisions"]),
    ]


def _chain(events: list[dict[str, Any]], hashes: list[str]) -> Line:
    """Each line says what its hash says, and follows the one before it."""
    for event in events:
        number = event["number"]
        line = [number, *(event[name] for name in ("at", "who", "kind", "content", "before"))]
        digest = hashlib.sha256(json.dumps(line, ensure_ascii=False).encode()).hexdigest()
        before = hashes[number - 2] if number > 1 else "0" * 64
        if digest != event["hash"] or number > len(hashes) or hashes[number - 1] != digest or event["before"] != before:
            return ("chain", False, f"line {number} was changed")
    return ("chain", True, f"{len(events)} lines")


def _head(hashes: list[str], head: str, name: str) -> Line:
    count, _, start = head.partition(":")
    if not count.isdigit() or len(start) < 12:
        return (name, False, f"{head} is no COUNT:HASH")
    number = int(count)
    if number > len(hashes):
        return (name, False, f"the record was cut: {len(hashes)} lines of {number}")
    found = hashes[number - 1] if number else "0" * 64
    return (name, found.startswith(start), head if found.startswith(start) else f"line {number} is another")


def _votes(standing: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, dict[str, int]]:
    """Votes by item and grade, without those of members who stepped aside."""
    aside = {(said["member"], said["item"]) for event, said in standing if event["kind"] == "recusal"}
    found: dict[str, dict[str, int]] = {}
    seen: set[tuple[str, str]] = set()
    for event, said in standing:
        who = (said.get("member", ""), said.get("item", ""))
        if event["kind"] == "vote" and who not in aside | seen:
            seen.add(who)
            counts = found.setdefault(said["item"], {})
            counts[said["grade"]] = counts.get(said["grade"], 0) + 1
    return found


def _receipts(standing: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, list[str]]:
    """Each vote under the code that was given for it."""
    return {
        f"{event['hash'][:4]}-{event['hash'][4:8]}".upper(): [said["item"], said["grade"]]
        for event, said in standing
        if event["kind"] == "vote"
    }


def _weights(standing: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, float]:
    """The mean of the shares that the members gave each criterion, each member's last word."""
    given = {said["member"]: said["weights"] for event, said in standing if event["kind"] == "weighing"}
    found: dict[str, float] = {}
    for weights in given.values():
        total = sum(weights.values())
        for name, value in weights.items():
            found[name] = found.get(name, 0.0) + value / total / len(given)
    return found


def _order(standing: list[tuple[dict[str, Any], dict[str, Any]]]) -> Line:
    """The agenda's order, from the criteria that were recorded with it and the weights that stood then."""
    last = next(((e, said) for e, said in reversed(standing) if e["kind"] == "agenda"), None)
    if last is None or not last[1].get("scaled"):
        return ("order", True, "as computed before the meeting; the file holds nothing to work it out anew")
    event, said = last
    weights = _weights([one for one in standing if one[0]["number"] < event["number"]])
    scores = {}
    for key, values in said["scaled"].items():
        known = {name: value for name, value in values.items() if name in weights}
        total = sum(weights[name] for name in known)
        scores[key] = sum(weights[name] * value for name, value in known.items()) / total if total else 0.0
    keys = [f"{item['service']}:{item['site_id']}" for item in said["items"]]
    for one, other in itertools.pairwise(keys):
        if one.split(":")[0] == other.split(":")[0] and scores[one] < scores[other] - EQUAL:
            return ("order", False, f"{other} scores {scores[other]:.4f}, {one} before it {scores[one]:.4f}")
    return ("order", True, f"{len(keys)} sites")


def _quorum(standing: list[tuple[dict[str, Any], dict[str, Any]]]) -> Line:
    """At every decision as many were there as the rules ask for, without those who stepped aside."""
    rules: dict[str, Any] = {}
    there: list[tuple[str, str]] = []
    aside: set[tuple[str, str]] = set()
    for event, said in standing:
        if event["kind"] == "rules":
            rules = said
        elif event["kind"] in ("attendance", "proxy"):
            there.append((said["name"] if event["kind"] == "attendance" else said["member"], said["kind"]))
        elif event["kind"] == "recusal":
            aside.add((said["member"], said["item"]))
        elif event["kind"] == "decision" and rules:
            left = [kind for name, kind in there if (name, said["item"]) not in aside]
            few = [kind for kind, least in rules["quorum"].items() if left.count(kind) < least]
            if few or len(left) < rules["quorum_all"]:
                return ("quorum", False, f"line {event['number']}: {said['item']} was decided without it")
    return ("quorum", True, "kept" if rules else "none was set")


def _decisions(standing: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, list[Any]]:
    """What was decided of each item, how, and with how much money."""
    return {
        said["item"]: [said["decision"], said["way"], said.get("amount_idr")]
        for event, said in standing
        if event["kind"] == "decision"
    }


def _same(name: str, found: Any, claimed: Any) -> Line:
    if isinstance(found, dict) and isinstance(claimed, dict):
        for key in sorted({*found, *claimed}):
            mine, theirs = found.get(key), claimed.get(key)
            if isinstance(mine, float) and isinstance(theirs, (int, float)):
                equal = abs(mine - theirs) <= EQUAL
            else:
                equal = mine == theirs
            if not equal:
                return (name, False, f"{key}: counted {mine}, the file says {theirs}")
        return (name, True, f"{len(found)}")
    return (name, found == claimed, "" if found == claimed else "the file says something else")


def main(arguments: list[str]) -> int:
    """Run on a file; a printed head may follow. Exit 0 all equal, 1 something differs, 2 no file."""
    if not 1 <= len(arguments) <= 2:
        print("python recount.py FILE [COUNT:HASH]", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            lines = recount(json.load(file), *arguments[1:])
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        print(f"{arguments[0]}: {error!r}", file=sys.stderr)
        return 2 if isinstance(error, OSError) else 1
    for name, equal, what in lines:
        print(f"{'=' if equal else 'DIFFERS'} {name}: {what}")
    return 0 if all(equal for _, equal, _ in lines) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
