"""With which other weight a site would be among the first: held against every weight that the sliders have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.analysis.analyse import analyse
from geo.model.facts import criteria
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.priorities.ranking import scaled_criteria, scored
from geo.priorities.turning import TRIED, weight_enough
from texts import turned_text


@pytest.fixture(scope="module")
def listed(shipped: Inputs) -> pd.DataFrame:
    rows = analyse(shipped, Params(area="32.03.18", draws=1)).priorities
    return rows[rows["service"] == "water"].reset_index(drop=True)


def test_the_least_change_is_found_and_holds(listed: pd.DataFrame) -> None:
    weights, first, scaled = Params().weight_of(), 5, scaled_criteria(listed)
    found = 0
    for row in range(len(listed)):
        told = weight_enough(listed, weights, row, first)
        ranks = {
            (round(abs(value - weights[name]), 9), name): int(scored(scaled, {**weights, name: value})["rank"][row])
            for name in criteria()
            for value in TRIED
        }
        enough = {key for key, rank in ranks.items() if rank <= first and key[0] > 0}
        if listed["rank"].iloc[row] <= first or not enough:
            assert told is None
            continue
        found += 1
        assert told is not None
        assert round(abs(told.enough - told.weight), 9) == min(change for change, _ in enough)
        assert scored(scaled, {**weights, told.criterion: told.enough})["rank"][row] == told.rank <= first
    assert found > 5


def test_what_no_weight_changes_is_told_so() -> None:
    """The last of two alike in everything but worse in all stays last."""
    names = [*criteria(), "cost_idr"]
    rows = pd.DataFrame({name: np.array([2.0, 1.0]) for name in names})
    for name, entry in criteria().items():
        if not entry["higher_is_better"]:
            rows[name] = np.array([1.0, 2.0])
    assert weight_enough(rows, Params().weight_of(), 1, 1) is None
    assert weight_enough(rows, Params().weight_of(), 0, 1) is None
    assert "No single weight" in turned_text(None, 1, "en")
