"""Budget ballots: one code one ballot, never joined; paper typed in twice; counted once. On both databases."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from forum import Record
from forum.acts import withdraw
from forum.polls import urn
from forum.polls.polls import (
    Poll,
    Project,
    call_poll,
    cast,
    cleaned,
    count_poll,
    digest,
    give_out,
    poll_of,
    polls,
    type_in,
    typed_once,
)
from geo.model.errors import CallError
from tests.builders import at_once


def project(key: str, cost: int) -> Project:
    return Project(key, "water", f"p{key}", "repair", "tap", f"Sumur {key}", "32.03.18.2001", "A", cost, 10.0, -7, 107)


POLL = Poll("Anggaran 2027", "32.03.18", "v", "", 100, tuple(project(str(n), n * 20) for n in range(1, 6)))


@pytest.fixture
def number(record: Record) -> int:
    return call_poll(record, "Ani", POLL).number


def test_one_code_one_ballot_under_a_receipt(record: Record, number: int) -> None:
    codes = give_out(record, "Ani", number, 3)
    assert not any(cleaned(code) in "\n".join(record.lines()) for code in codes)
    receipts = {
        cast(record, codes[0].lower().replace("-", " "), ["2", "1"]): ("1", "2"),
        cast(record, codes[1], ["5"]): ("5",),
    }
    with pytest.raises(CallError, match=r"error.ballot_spent"):
        cast(record, codes[0], ["3"])
    count_poll(record, "Ani", number)
    found = polls(record.standing())[number]
    assert dict(found.ballots or ()) == receipts
    assert [receipt for receipt, _ in found.ballots or ()] == sorted(receipts)
    for refused in (
        lambda: cast(record, codes[2], ["1"]),
        lambda: count_poll(record, "Ani", number),
        lambda: give_out(record, "Ani", number, 1),
        lambda: type_in(record, "Ani", number, codes[2], ["1"]),
    ):
        with pytest.raises(CallError, match=r"error.poll_over"):
            refused()
    assert urn.all_of(record) == {}


@pytest.mark.parametrize(
    ("chosen", "said"), [([], "ballot_empty"), (["9"], "ballot_unknown"), (["5", "1"], "ballot_over"), (["5", "5"], "")]
)
def test_what_a_ballot_may_hold(record: Record, number: int, chosen: list[str], said: str) -> None:
    code = give_out(record, "Ani", number, 1)[0]
    before = record.last()
    if not said:
        assert cast(record, code, chosen)
        return
    with pytest.raises(CallError, match=rf"error.{said}"):
        cast(record, code, chosen)
    assert (record.last(), urn.all_of(record)) == (before, {})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"title": " "}, "forum_missing"), ({"budget_idr": 0}, "number"), ({"projects": ()}, "poll_projects"),
     ({"closes": "2020-01-01T10:00+07:00"}, "poll_past"), ({"closes": "besok"}, "moment"),
     ({"projects": (project("1", 20), project("1", 30))}, "poll_projects"), ({"projects": (project("1", 101),)}, "poll_cost"),
     ({"projects": (project("1", 0),)}, "poll_cost")],
)  # fmt: skip
def test_polls_that_are_none(record: Record, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(CallError, match=said):
        call_poll(record, "Ani", replace(POLL, **wrong))
    assert record.last() == 0


def test_it_ends_when_it_says(record: Record) -> None:
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    number = call_poll(record, "Ani", replace(POLL, closes=later)).number
    codes = give_out(record, "Ani", number, 2)
    cast(record, codes[0], ["1"])
    assert polls(record.standing())[number].over(datetime.now(UTC) + timedelta(seconds=2))
    while not polls(record.standing())[number].over():
        pass
    with pytest.raises(CallError, match=r"error.poll_over"):
        cast(record, codes[1], ["1"])
    assert type_in(record, "Ani", number, codes[1], ["2"]) is None  # handed in in time, typed in afterwards
    with pytest.raises(CallError, match=r"error.poll_waiting"):
        count_poll(record, "Ani", number)
    assert type_in(record, "Budi", number, codes[1], ["2"])
    count_poll(record, "Ani", number)
    assert len(polls(record.standing())[number].ballots or ()) == 2


def test_nobody_looks_before_the_announced_end(record: Record) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    number = call_poll(record, "Ani", replace(POLL, closes=later)).number
    cast(record, give_out(record, "Ani", number, 1)[0], ["1"])
    for anyway in (False, True):
        with pytest.raises(CallError, match=r"error.poll_goes_on"):
            count_poll(record, "Ani", number, anyway=anyway)


def test_paper_is_typed_in_by_two(record: Record, number: int) -> None:
    code, other = give_out(record, "Ani", number, 2)
    assert type_in(record, "Ani", number, code, ["1", "2"]) is None
    with pytest.raises(CallError, match=r"error.ballot_typed"):
        type_in(record, " ani ", number, code, ["1", "2"])
    with pytest.raises(CallError, match=r"error.ballot_differs"):
        type_in(record, "Budi", number, code, ["1", "3"])
    assert not record.standing("spent")
    receipt = type_in(record, "Citra", number, code, ["2", "1"])  # the third agrees with the first
    assert receipt is not None
    assert typed_once(record, number) == 0
    type_in(record, "Ani", number, other, ["4"])
    assert typed_once(record, number) == 1
    cast(record, other, ["5"])  # whoever held the slip was quicker on the telephone
    assert typed_once(record, number) == 0
    count_poll(record, "Ani", number)
    assert dict(polls(record.standing())[number].ballots or ())[receipt] == ("1", "2")


def test_slips_withdrawn_open_nothing_and_what_is_cast_stays(record: Record, number: int) -> None:
    used, unused = give_out(record, "Ani", number, 2)
    cast(record, used, ["1"])
    for kind in ("spent", "poll"):
        with pytest.raises(CallError, match=r"error.forum_(secret_stays|stands)"):
            withdraw(record, "Ani", record.standing(kind)[0].number)
    withdraw(record, "Ani", record.standing("slips")[0].number)
    assert poll_of(record.standing(), unused) is None
    with pytest.raises(CallError, match=r"error.ballot_code"):
        cast(record, unused, ["1"])
    count_poll(record, "Ani", number)
    assert len(polls(record.standing())[number].ballots or ()) == 1
    with pytest.raises(CallError, match=r"error.forum_secret_stays"):
        withdraw(record, "Ani", record.standing("counted")[0].number)


def test_nothing_lost_nothing_twice_while_it_is_counted(record: Record, number: int) -> None:
    """Forty phones, each sending twice, and somebody who counts in the middle."""
    codes, rng = give_out(record, "Ani", number, 40), random.Random(7)
    done: list[str] = []
    refusals: list[str] = []

    def sending(code: str) -> None:
        try:
            done.append(cast(record, code, [str(rng.randint(1, 5))]))
        except CallError as error:
            refusals.append(error.key)

    def counting(_: str) -> None:
        while len(done) < 10:
            pass
        count_poll(record, "Ani", number)

    at_once(lambda code: sending(code) if code else counting(code), [(code,) for code in (*codes, *codes, "")])
    found = polls(record.standing())[number]
    assert sorted(receipt for receipt, _ in found.ballots or ()) == sorted(done)
    assert len(found.spent) == len(done) >= 10
    assert set(refusals) <= {"error.ballot_spent", "error.poll_over"}


def test_no_query_joins_a_ballot_to_a_code(record: Record, number: int) -> None:
    codes = give_out(record, "Ani", number, 8)
    receipts = [cast(record, code, [str(n % 5 + 1)]) for n, code in enumerate(codes)]
    with record.begun(reading=True) as connection:
        names = sa.inspect(connection).get_table_names()
        rows = [row for one in names for row in connection.execute(sa.select(sa.text("*")).select_from(sa.table(one)))]
    holding = [str(row) for row in rows if any(receipt in str(row) for receipt in receipts)]
    assert len(holding) == 1
    assert not any(digest(code) in holding[0] for code in codes)
    assert [code for code, _ in urn.held(record, f"poll:{number}")] == sorted(receipts)
    count_poll(record, "Ani", number)
    counted = json.loads(record.lines()[-1])["content"]
    assert not any(digest(code) in counted for code in codes)


def test_a_poll_whose_urn_was_lost_can_be_ended(record: Record, number: int) -> None:
    codes = give_out(record, "Ani", number, 2)
    for code in codes:
        cast(record, code, ["1"])
    with record.begun() as connection:
        connection.execute(sa.text("DELETE FROM urns"))
    with pytest.raises(CallError, match=r"error.urn_count"):
        count_poll(record, "Ani", number)
    count_poll(record, "Ani", number, anyway=True)
    assert polls(record.standing())[number].ballots == ()
