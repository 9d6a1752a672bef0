"""The desk of partners: an answer is of its own village, and every answer of a bottleneck is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forum.partners import Bottleneck, Commitment, commit, note_bottleneck
from forum.record import Record
from geo.model.inputs import Inputs
from geo.workspace import versions as ws
from tests.app.test_pages import run
from texts import t


def test_every_answer_of_a_bottleneck_is_told(tmp_path: Path, shipped: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    record = Record(f"sqlite:///{tmp_path / 'record.sqlite'}")
    note_bottleneck(record, "Ani", Bottleneck("32.03.18.2001", "land", "tanah sengketa"))
    number = record.standing("bottleneck")[-1].number
    for activity in ("Mediasi", "Sertifikat"):
        told = Commitment("BPN", "government", "water", "32.03.18.2001", activity, "planned", date(2026, 1, 1), None, None,
                          "", "", number)  # fmt: skip
        commit(record, "Ani", [told])
    app = run("forum", monkeypatch, tmp_path, desk="partners")
    table = next(one.value for one in app.dataframe if t("bottleneck.answer", "id") in one.value)
    assert table[t("bottleneck.answer", "id")].tolist() == ["Mediasi (BPN); Sertifikat (BPN)"]
