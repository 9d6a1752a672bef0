"""Budget ballots: equal shares as pabutools counts it, the greedy rules by brute force, exact where it is near."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import warnings
from fractions import Fraction
from pathlib import Path

import pytest

from forum.public import ballots as _ballots
from forum.public.ballots import (
    RULES,
    STEP,
    Project,
    bought,
    by_votes,
    by_votes_per_rupiah,
    checked,
    equal_shares,
    served,
)
from geo.model.errors import CallError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pabutools.election import ApprovalBallot, ApprovalProfile, Cost_Sat, Instance
    from pabutools.election import Project as Other
    from pabutools.rules import method_of_equal_shares


ROOT = Path(__file__).resolve().parents[3]


def election(seed: int, most: int = 12) -> tuple[list[Project], list[frozenset[str]], int]:
    draw = random.Random(seed)
    projects = [
        Project(f"p{n:02}", draw.choice([draw.randint(1, 40), draw.randint(1, 9) * 10]))
        for n in range(draw.randint(1, most))
    ]
    keys = [one.key for one in projects]
    ballots = [frozenset(draw.sample(keys, draw.randint(0, min(5, len(keys))))) for _ in range(draw.randint(1, 30))]
    return projects, ballots, draw.randint(10, 150)


def theirs(projects: list[Project], ballots: list[frozenset[str]], budget: int, **more: object) -> set[str]:
    others = {one.key: Other(one.key, one.cost) for one in projects}
    instance = Instance(others.values(), budget_limit=budget)
    profile = ApprovalProfile([ApprovalBallot([others[key] for key in ballot]) for ballot in ballots])
    found = method_of_equal_shares(instance, profile, sat_class=Cost_Sat, **more)
    return {one.name for one in found}


@pytest.mark.parametrize("block", range(10))
def test_equal_shares_are_those_of_an_independent_package(block: int) -> None:
    """200 random elections, without and with raised shares."""
    for seed in range(block * 20, block * 20 + 20):
        projects, ballots, budget = election(seed)
        wanted = [one for one in projects if any(one.key in ballot for ballot in ballots)]
        if not wanted:
            continue
        assert set(bought(wanted, ballots, budget, complete=False)) == theirs(wanted, ballots, budget), seed
        increment = Fraction(budget, len(ballots)) * STEP
        raised = bought(wanted, ballots, budget, complete=True)
        assert set(raised) == theirs(wanted, ballots, budget, voter_budget_increment=increment), seed


def test_what_is_bought_is_what_exact_fractions_buy_in_that_order() -> None:
    for seed in range(300):
        projects, ballots, budget = election(seed, 25)
        wanted = [one for one in projects if any(one.key in ballot for ballot in ballots)]
        if wanted:
            share = Fraction(budget, len(ballots))
            assert _ballots._Look(wanted, ballots).bought(share) == _ballots._bought_exactly(wanted, ballots, share), (
                seed
            )


def test_no_rule_overspends_and_none_leaves_what_it_could_still_buy() -> None:
    for seed in range(200):
        projects, ballots, budget = election(seed)
        cost = {one.key: one.cost for one in projects}
        for name, rule in RULES.items():
            found = rule(projects, ballots, budget)
            assert found.rule == name
            assert found.cost == sum(cost[key] for key in found.chosen) <= budget
            assert len(set(found.chosen)) == len(found.chosen)
            left = [one for one in projects if one.key not in found.chosen and found.votes[one.key]]
            assert all(one.cost > budget - found.cost for one in left), (seed, name)


def test_a_minority_gets_its_part_with_equal_shares_alone() -> None:
    projects = [Project(f"big{n}", 10) for n in range(10)] + [Project("small", 30)]
    ballots = [frozenset(f"big{n}" for n in range(10))] * 7 + [frozenset({"small"})] * 3
    assert "small" not in by_votes(projects, ballots, 100).chosen
    assert "small" not in by_votes_per_rupiah(projects, ballots, 100).chosen
    found = equal_shares(projects, ballots, 100)
    assert "small" in found.chosen
    assert served(found, ballots) == (10, pytest.approx((7 * 7 + 3) / 10))


def test_what_is_no_election_is_refused() -> None:
    fine = [Project("a", 5)]
    for projects, ballots, budget in (
        ([Project("a", 5), Project("a", 6)], [], 5), ([Project("", 5)], [], 5), ([Project("a", 0)], [], 5), (fine, [], 0),
        (fine, [["b"]], 5),
    ):  # fmt: skip
        with pytest.raises(CallError):
            checked(projects, ballots, budget)
    assert checked(fine, [["a"], []], 5) == [frozenset({"a"}), frozenset()]
    for rule in RULES.values():
        assert rule(fine, [], 5).chosen == ()


def test_a_large_election_is_counted_in_a_breath() -> None:
    draw = random.Random(1)
    projects = [Project(f"p{n:03}", draw.randint(5_000_000, 90_000_000)) for n in range(100)]
    keys = [one.key for one in projects]
    ballots = [frozenset(draw.sample(keys, draw.randint(1, 12))) for _ in range(2500)]
    for rule in RULES.values():
        began = time.process_time()
        rule(projects, ballots, 1_500_000_000)
        assert time.process_time() - began < 2.0, rule


def test_the_command_counts_by_every_rule(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("project_id,cost_idr\nwell,60\ntap,50\ntoilet,50\n", encoding="utf-8")
    lines = [f"{n},well" for n in range(6)] + [f"{n},{one}" for n in range(6, 11) for one in ("tap", "toilet")]
    (tmp_path / "b.csv").write_text("ballot_id,project_id\n" + "\n".join(lines), encoding="utf-8")

    def run(*more: str, ballots: str = "b.csv") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "forum", "count", "--projects", str(tmp_path / "p.csv"), "--ballots", str(tmp_path / ballots),
                   "--budget", "110", *more]  # fmt: skip
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    told = json.loads(run("--json").stdout)
    assert (told["ballots"], told["votes"]) == (11, {"well": 6, "tap": 5, "toilet": 5})
    assert told["rules"]["equal_shares"]["chosen"] == ["well", "tap"]
    assert told["rules"]["equal_shares"]["voters_served"] == 11
    assert "11" in run().stdout
    (tmp_path / "c.csv").write_text("ballot_id,project_id\n1,castle\n", encoding="utf-8")
    assert run(ballots="c.csv").returncode == 2
    (tmp_path / "d.csv").write_text("a,b\n1,castle\n", encoding="utf-8")
    assert run(ballots="d.csv").returncode == 1
