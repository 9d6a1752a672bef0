"""What a map shows of an analysis, and what never changes by it."""

from __future__ import annotations

from datetime import date

from shapely.affinity import translate

from geo.analysis.analyse import analyse
from geo.analysis.filters import Filter, filtered
from geo.model.params import Params
from geo.model.results import Analysis
from tests.builders import inputs, offset, point, settlement, village


def ground() -> Analysis:
    points = [
        point("a", offset(10), village_code="32.03.18.2001", reported_on="2016-01-01"),
        point(
            "b", offset(20), "non_functional", village_code="32.03.18.2001", technology="tap", reported_on="2025-01-01"
        ),
        point("c", offset(20_000), "non_functional", village_code="32.03.18.2002"),
    ]
    villages = [village(), village("32.03.18.2002", geometry=translate(village()["geometry"], 0.18))]
    return analyse(inputs([settlement("s", offset(0), 100)], points, villages), Params(as_of=date(2026, 1, 1)), ())


def shown(wanted: Filter) -> list[str]:
    return filtered(ground(), wanted).water_points["point_id"].tolist()


def test_each_choice_and_all_together() -> None:
    assert shown(Filter()) == ["a", "b", "c"]
    assert shown(Filter(villages=("32.03.18.2001",))) == ["a", "b"]
    assert shown(Filter(status=("non_functional",))) == ["b", "c"]
    assert shown(Filter(technology=("tap",))) == ["b"]
    assert shown(Filter(villages=("32.03.18.2002",), status=("functional",))) == []


def test_a_report_without_a_date_may_be_as_old() -> None:
    assert shown(Filter(min_age_years=5)) == ["a", "c"]
    assert shown(Filter(min_age_years=0.5)) == ["a", "b", "c"]
    assert shown(Filter(min_age_years=10.5)) == ["c"], "not yet so old"


def test_priorities_follow_and_figures_stay() -> None:
    whole = ground()
    part = filtered(whole, Filter(technology=("tap",)))
    assert part.priorities["site_id"].tolist() == ["b"]
    assert part.priorities["rank"].tolist() == whole.priorities.set_index("site_id").loc[["b"], "rank"].tolist()
    assert part.provenance["filter"] == Filter(technology=("tap",))
    assert "filter" not in whole.provenance
    assert part.totals == whole.totals
    assert part.villages is whole.villages
    assert len(filtered(whole, Filter(villages=("32.03.18.2002",))).places) == 0
