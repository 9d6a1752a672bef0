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
from datetime import datetime, timedelta
from typing import Any

FORMAT = "mata-air-meeting/1"
#: Scores closer than this are equal, as in the list of priorities.
EQUAL = 1e-9
#: What was looked at, whether it is equal (None: nobody can tell from what is here), and what was found.
Line = tuple[str, bool | None, str]


def recount(told: dict[str, Any], *printed: str) -> list[Line]:
    """Return what was checked: name, whether it is equal, and what was found.

    Parameters
    ----------
    told
        The meeting's file.
    printed
        From the minutes on paper: the record's head, ``COUNT:HASH``, and the code of the meeting's own lines,
        ``M-COUNT:HASH``. Without the second nobody can tell from the file alone that no line of the meeting is missing.
    """
    if told.get("format") != FORMAT:
        return [("file", False, f"not a file of {FORMAT}")]
    events = told["events"]
    checked = [_chain(told), _head(told["hashes"], told["head"], "head"), _own_lines(told)]
    for text in filter(None, (one.strip().lower() for one in printed)):
        if text.startswith("m-"):
            checked.append(_lines(events, text))
        else:
            checked.append(_head(told["hashes"], text, "printed_head"))
    if not any(text.strip().lower().startswith("m-") for text in printed):
        checked.append(("complete", None, "not checked: give the code M-COUNT:HASH of the minutes on paper"))
    contents = [(event, json.loads(event["content"])) for event in events]
    claims, standing = told["claims"], _standing(contents)
    return [
        *checked,
        _same("votes", _votes(standing), claims["votes"]),
        _same("receipts", _receipts(standing), claims["receipts"]),
        _urns(contents),
        _same("weights", _weights(standing), claims["weights"]),
        _order(contents),
        _quorum(contents),
        _rules(contents),
        _same("decisions", _decisions(standing), claims["decisions"]),
        _by_vote(contents),
    ]


Said = list[tuple[dict[str, Any], dict[str, Any]]]


def _standing(contents: Said, until: float = float("inf")) -> Said:
    """Lines that count after line `until`: without withdrawals up to then, and what they withdrew."""
    told = [(event, said) for event, said in contents if event["number"] <= until]
    gone = {said["number"] for event, said in told if event["kind"] == "withdrawal"}
    return [(event, said) for event, said in told if event["kind"] != "withdrawal" and event["number"] not in gone]


def lines_code(hashes: list[str]) -> str:
    """The code of a meeting's own lines, as the minutes print it: how many, and a hash of all of their hashes."""
    return f"M-{len(hashes)}:{hashlib.sha256(''.join(hashes).encode()).hexdigest()[:16]}"


def _lines(events: list[dict[str, Any]], code: str) -> Line:
    """No line of the meeting is missing, added or another, up to where the minutes were printed."""
    count = code[2:].partition(":")[0]
    if not count.isdigit() or not 0 < int(count) <= len(events):
        return ("printed_lines", False, f"{len(events)} lines are here, {code} is printed")
    found = lines_code([event["hash"] for event in events[: int(count)]]).lower()
    return ("printed_lines", found == code, code if found == code else f"{found} is here, {code} is printed")


def _own_lines(told: dict[str, Any]) -> Line:
    """The file's own code of the meeting's lines is of the lines that are in it."""
    said, found = str(told.get("lines", "")), lines_code([event["hash"] for event in told["events"]])
    if not said:
        return ("lines", None, "the file has no code of its lines")
    return ("lines", said.lower() == found.lower(), said if said.lower() == found.lower() else f"{found} is here")


def _chain(told: dict[str, Any]) -> Line:
    """Each line says what its hash says, follows the one before it, and is of this meeting."""
    hashes, meeting, last, mine = told["hashes"], told["meeting"], 0, set[int]()
    for event in told["events"]:
        number, said = event["number"], json.loads(event["content"])
        line = [number, *(event[name] for name in ("at", "who", "kind", "content", "before"))]
        digest = hashlib.sha256(json.dumps(line, ensure_ascii=False).encode()).hexdigest()
        if number <= last:
            return ("chain", False, f"line {number} stands after line {last}")
        before = hashes[number - 2] if 1 < number <= len(hashes) + 1 else "0" * 64
        if digest != event["hash"] or number > len(hashes) or hashes[number - 1] != digest or event["before"] != before:
            return ("chain", False, f"line {number} was changed")
        own = said["number"] in mine if event["kind"] == "withdrawal" else meeting in (number, said.get("meeting"))
        if not own:
            return ("chain", False, f"line {number} is of no part of this meeting")
        mine.add(number)
        last = number
    return ("chain", True, f"{len(mine)} lines")


def _head(hashes: list[str], head: str, name: str) -> Line:
    count, _, start = head.partition(":")
    if not count.isdigit() or len(start) < 12 or int(count) < 1:
        return (name, False, f"{head} is no COUNT:HASH")
    number = int(count)
    if number > len(hashes):
        return (name, False, f"the record was cut: {len(hashes)} lines of {number}")
    found = hashes[number - 1]
    return (name, found.startswith(start), head if found.startswith(start) else f"line {number} is another")


def _votes(standing: Said) -> dict[str, dict[str, int]]:
    """Votes by item and grade, of those who may vote and have not stepped aside."""
    found: dict[str, dict[str, int]] = {}
    seen: set[tuple[str, str]] = set()
    votes = [said for event, said in standing if event["kind"] == "vote"]
    there = {item: _there(standing, item) for item in {said["item"] for said in votes}}
    for said in votes:
        who = (said["member"], said["item"])
        if said["member"] in there[said["item"]] and who not in seen:
            seen.add(who)
            _add(found, said["item"], said["grade"])
    for event, said in standing:
        for _, grade in said["ballots"] if event["kind"] == "opened" else ():
            _add(found, said["item"], grade)
    return found


def _add(found: dict[str, dict[str, int]], item: str, grade: str) -> None:
    counts = found.setdefault(item, {})
    counts[grade] = counts.get(grade, 0) + 1


def _urns(contents: Said) -> Line:
    """In every urn lay as many ballots as people had voted in secret: each once, there, and not aside."""
    number = 0
    for event, said in _standing(contents):
        if event["kind"] != "opened":
            continue
        number += 1
        then = _standing(contents, event["number"])
        voted = [one["member"] for e, one in then if e["kind"] == "voted" and one["item"] == said["item"]]
        allowed = set(voted) & set(_there(then, said["item"]))
        if len(said["ballots"]) != len(voted) or len(allowed) != len(voted):
            told = f"{len(said['ballots'])} ballots, {len(allowed)} who might vote and did, {len(voted)} votes"
            return ("urns", False, f"line {event['number']}: {said['item']}: {told}")
    return ("urns", True, f"{number} opened")


def _there(standing: Said, item: str) -> dict[str, str]:
    """Who counts for an item, with the kind of organisation: present or spoken for, not aside, nor is their speaker."""
    aside = {said["member"] for event, said in standing if event["kind"] == "recusal" and said["item"] == item}
    there = {said["name"]: said["kind"] for event, said in standing if event["kind"] == "attendance"}
    proxies = [said for event, said in standing if event["kind"] == "proxy" and said["holder"] in there]
    spoken = {one["member"]: one["kind"] for one in proxies if one["holder"] not in aside}
    return {name: kind for name, kind in (there | spoken).items() if name not in aside}


def _receipts(standing: Said) -> dict[str, list[str]]:
    """Each vote under the code that was given for it."""
    openly = {
        f"{event['hash'][:4]}-{event['hash'][4:8]}".upper(): [said["item"], said["grade"]]
        for event, said in standing
        if event["kind"] == "vote"
    }
    opened = [said for event, said in standing if event["kind"] == "opened"]
    return openly | {code: [said["item"], grade] for said in opened for code, grade in said["ballots"]}


def _weights(standing: Said) -> dict[str, float]:
    """The mean of the shares that the members gave each criterion, each member's last word."""
    given = {said["member"]: said["weights"] for event, said in standing if event["kind"] == "weighing"}
    found: dict[str, float] = {}
    for weights in given.values():
        total = sum(weights.values()) or 1.0
        for name, value in weights.items():
            found[name] = found.get(name, 0.0) + value / total / len(given)
    return found


def _order(contents: Said) -> Line:
    """The agenda's order, from the criteria that were recorded with it and the weights that stood then."""
    last = next(((e, said) for e, said in reversed(_standing(contents)) if e["kind"] == "agenda"), None)
    if last is None or not last[1].get("scaled"):
        return ("order", None, "as computed before the meeting; the file holds nothing to work it out anew")
    event, said = last
    weights = _weights(_standing(contents, event["number"]))
    keys: dict[str, list[tuple[str, int]]] = {}
    for item in said["items"]:
        keys.setdefault(item["service"], []).append((f"{item['service']}:{item['site_id']}", item["rank"]))
    for listed in keys.values():
        scores = [(key, rank, _score(said["scaled"].get(key, {}), weights)) for key, rank in listed]
        for (one, first, high), (other, second, low) in itertools.pairwise(scores):
            if high < low - EQUAL:
                return ("order", False, f"{other} scores {low:.4f}, {one} before it {high:.4f}")
            if first > second or (first == second and high > low + EQUAL):
                return ("order", False, f"{one} has rank {first}, {other} after it {second}")
    return ("order", True, f"{len(said['items'])} sites")


def _score(values: dict[str, float], weights: dict[str, float]) -> float:
    """The weighted mean of the criteria that are known."""
    known = {name: value for name, value in values.items() if name in weights}
    total = sum(weights[name] for name in known)
    return sum(weights[name] * value for name, value in known.items()) / total if total else 0.0


def _quorum(contents: Said) -> Line:
    """At every decision that stands as many were there as the rules then asked for, without those who stepped aside."""
    set_ = False
    for event, said in _standing(contents):
        if event["kind"] != "decision":
            continue
        then = _standing(contents, event["number"])
        rules = next((one for e, one in reversed(then) if e["kind"] == "rules"), None)
        if rules is None:
            continue
        set_ = True
        kinds = list(_there(then, said["item"]).values())
        few = [kind for kind, least in rules["quorum"].items() if kinds.count(kind) < least]
        if few or len(kinds) < rules["quorum_all"]:
            return ("quorum", False, f"line {event['number']}: {said['item']} was decided without it")
    return ("quorum", True, "kept" if set_ else "none was asked for")


#: What may be said of a meeting that is closed.
_AFTER = ("closing", "progress", "withdrawal")


def _rules(contents: Said) -> Line:
    """Nothing stands after the closing, no rules after the first vote, no vote after the end, none in the open where
    votes are secret, no decision before its second reading, no holder has too many proxies; no line says an earlier
    moment than the one before it."""
    before, closed = "", None
    for event, said in contents:
        number, now = event["number"], datetime.fromisoformat(event["at"])
        if before and now < datetime.fromisoformat(before):
            return ("rules", False, f"line {number} says an earlier moment than the one before it")
        before = event["at"]
        if closed is not None and event["kind"] not in _AFTER:
            return ("rules", False, f"line {number} stands after the closing in line {closed}")
        then = _standing(contents, number)
        rules = next((one for e, one in reversed(then) if e["kind"] == "rules"), None) or {}
        wrong = _against_rules(event, said, then, rules, now)
        if wrong:
            return ("rules", False, f"line {number}: {wrong}")
        if event["kind"] == "closing" and any(e["number"] == number for e, _ in _standing(contents)):
            closed = number
    return ("rules", True, "kept")


def _against_rules(
    event: dict[str, Any], said: dict[str, Any], then: Said, rules: dict[str, Any], now: datetime
) -> str:
    """What a line has against the rules that stood then; empty for nothing."""
    kind = event["kind"]
    if kind in ("vote", "voted"):
        if rules.get("closes") and now > datetime.fromisoformat(rules["closes"]):
            return f"a vote after the end, {rules['closes']}"
        if kind == "vote" and rules.get("secret"):
            return "an open vote where votes are secret"
    if kind == "decision" and rules.get("reading_hours"):
        first = next((e["at"] for e, one in then if e["kind"] == "reading" and one["item"] == said["item"]), None)
        due = None if first is None else datetime.fromisoformat(first) + timedelta(hours=rules["reading_hours"])
        if due is None or now < due:
            return f"{said['item']} was decided before its second reading"
    if kind == "rules" and any(e["kind"] in ("vote", "voted", "decision") for e, _ in then):
        return "rules set after the first vote or decision"
    if kind == "proxy":
        held = sum(one["holder"] == said["holder"] for e, one in then if e["kind"] == "proxy")
        if held > int(rules.get("proxies") or 0):
            return f"{said['holder']} speaks for {held}, {rules.get('proxies') or 0} allowed"
    return ""


def _by_vote(contents: Said) -> Line:
    """No item was approved "by vote" that most of those who voted called unworthy, nor rejected that most did not.

    Where nobody's vote is recorded (hands in the hall) there is nothing to compare.
    """
    compared = 0
    for event, said in _standing(contents):
        if event["kind"] != "decision" or said["way"] != "vote" or said["decision"] not in ("approved", "rejected"):
            continue
        counts = _votes(_standing(contents, event["number"])).get(said["item"], {})
        voted, against = sum(counts.values()), counts.get("unworthy", 0)
        if not voted:
            continue
        compared += 1
        if (2 * against > voted) != (said["decision"] == "rejected") and 2 * against != voted:
            told = f"line {event['number']}: {said['item']} was {said['decision']}, {against} of {voted} said unworthy"
            return ("by_vote", False, told)
    return ("by_vote", True, f"{compared} compared")


def _decisions(standing: Said) -> dict[str, list[Any]]:
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
    """Run on a file; what the minutes print may follow. Exit 0 all equal, 1 something differs, 2 no file."""
    named = {name: arguments[n + 1] for n, name in enumerate(arguments[:-1]) if name in ("--head", "--lines")}
    if named:  # as the minutes print them
        rest = [one for n, one in enumerate(arguments) if one not in named and arguments[max(n - 1, 0)] not in named]
        arguments = [*rest, named.get("--head", ""), named.get("--lines", "")]
    if not 1 <= len(arguments) <= 3:
        print("python recount.py FILE [[--head] COUNT:HASH] [[--lines] M-COUNT:HASH]", file=sys.stderr)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            lines = recount(json.load(file), *arguments[1:])
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        print(f"{arguments[0]}: {error!r}", file=sys.stderr)
        return 2 if isinstance(error, OSError) else 1
    for name, equal, what in lines:
        print(f"{'?' if equal is None else '=' if equal else 'DIFFERS'} {name}: {what}")
    return 1 if any(equal is False for _, equal, _ in lines) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
