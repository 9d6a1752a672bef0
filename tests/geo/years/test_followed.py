"""An earlier plan held against today: what is seen, and what is not."""

from __future__ import annotations

from geo.analysis.replay import apply_changes
from geo.model.changes import Change, NewSite, Upgrade
from geo.years.followed import by_year, followed
from tests.builders import inputs, offset, point, settlement


def step(site: str, action: str, year: int = 2027, people: float = 10.0) -> dict[str, object]:
    told = {"service": "water", "site_id": site, "action": action, "village_code": None, "year": year}
    return told | {"cost_idr": 5e6, "gain_in_plan": people}


def test_what_became_of_a_plan_is_what_the_data_show() -> None:
    data = inputs(
        [settlement("s", offset(0), 100.0)],
        [point(name, offset(100.0 * n), "non_functional") for n, name in enumerate(("a", "b", "c"))],
    )
    now = apply_changes(
        data,
        (
            Change("water", "a", "functional"),
            Upgrade("water", "c", 100.0),
            NewSite("water", "new-1", "borehole", 107.15, -7.2, None, "32.03.18.2001"),
        ),
    )
    planned = [step("a", "repair"), step("b", "repair"), step("new-1", "new", 2028), step("new-2", "new", 2028)]
    planned += [step("c", "upgrade", 2028), step("a", "upgrade", 2028)]
    rows = followed(planned, now)
    assert [row.became for row in rows] == ["done", "not_done", "done", "not_seen", "done", "not_seen"]
    first, second = by_year(rows)
    assert (first.year, first.planned, first.done, first.not_seen, first.done_idr, first.done_people) == (
        2027, 2, 1, 0, 5e6, 10.0,
    )  # fmt: skip
    assert (second.planned, second.done, second.not_seen) == (4, 2, 2)
    assert not by_year([])


def test_an_upgrade_is_done_when_the_table_states_what_it_was_to_bring() -> None:
    data = inputs(
        [settlement("s", offset(0), 100.0)],
        [point(name, offset(100.0 * n), capacity_people=people) for n, (name, people) in enumerate((("a", 200.0), ("b", 150.0)))],
    )  # fmt: skip
    planned = [step(name, "upgrade") | {"capacity_people": 200.0} for name in ("a", "b")]
    planned += [step("a", "upgrade"), step("gone", "upgrade") | {"capacity_people": 200.0}]
    assert [row.became for row in followed(planned, data)] == ["done", "not_seen", "not_seen", "not_seen"]
