"""Beside the meetings: partners' commitments, reports of the community, training."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from forum import Record
from forum.community import Report, judge, receive, reports
from forum.meetings import Attendee
from forum.partners import (
    Bottleneck,
    Commitment,
    advance,
    commit,
    commitments,
    note_bottleneck,
    partners_of,
    programme,
    unanswered,
)
from forum.training import Training, attend_training, plan_training, trainings
from geo.model.changes import Change, NewSite
from geo.model.errors import CallError
from tests.builders import at_once

GIVEN = Commitment(
    "LSM Air",
    "ngo",
    "water",
    "32.03.18.2001",
    "Perbaikan sumur",
    "planned",
    date(2026, 1, 1),
    None,
    5e6,
    "mobil tangki",
)
BROKEN = Report("water", "p1", "broken", "gagang patah", name="Siti", phone="0812")


def test_commitments_are_told_anew_and_withdrawn(record: Record) -> None:
    first, second = commit(record, "A", [GIVEN, replace(GIVEN, village_code="32.03.18.2002", partner="Dinas")])
    found = commitments(record.standing())
    assert found == (replace(GIVEN, number=first.number), replace(found[1], number=second.number))
    advance(record, "A", first.number, "done")
    now = commitments(record.standing())
    assert [(one.number, one.stage) for one in now] == [(first.number, "done"), (second.number, "planned")]
    record.withdraw("A", second.number)
    assert len(commitments(record.standing())) == 1
    assert record.verify() == 4


def test_gaps_and_overlaps_by_sector(record: Record) -> None:
    villages = ["32.03.18.2001", "32.03.18.2002"]
    other = replace(GIVEN, partner="Dinas", sector="sanitation")
    commit(record, "A", [GIVEN, replace(GIVEN, activity="lain"), other])
    found = commitments(record.standing())
    assert partners_of(found, villages, None) == {villages[0]: ["LSM Air", "Dinas"], villages[1]: []}
    assert partners_of(found, villages, "sanitation") == {villages[0]: ["Dinas"], villages[1]: []}
    advance(record, "A", found[2].number, "done")
    assert partners_of(commitments(record.standing()), villages, "sanitation")[villages[0]] == [], (
        "what is done is over"
    )


@pytest.mark.parametrize(
    "fault",
    [
        {"partner": " "}, {"activity": ""}, {"village_code": ""}, {"kind": "king"}, {"sector": "gold"}, {"stage": "x"},
        {"amount_idr": -1.0}, {"ends": date(2025, 1, 1)}, {"number": 99},
    ],
)  # fmt: skip
def test_commitments_that_are_refused(record: Record, fault: dict[str, object]) -> None:
    with pytest.raises(CallError):
        commit(record, "A", [GIVEN, replace(GIVEN, **fault)])
    assert record.events() == (), "all or none"
    with pytest.raises(CallError):
        commit(record, "A", [])


def test_a_bottleneck_stands_until_an_activity_of_its_village_answers_it(record: Record) -> None:
    here, there = "32.03.18.2001", "32.03.18.2002"
    land = note_bottleneck(record, "A", Bottleneck(here, "land", " tanah warga belum dihibahkan "))
    note_bottleneck(record, "A", Bottleneck(there, "manager", "pengelola pindah"))
    for again in (
        Bottleneck(here, "land", "tanah warga belum dihibahkan"),
        Bottleneck(f"{here} ", "land", "Tanah  WARGA belum dihibahkan"),
    ):
        with pytest.raises(CallError, match="bottleneck_twice"):
            note_bottleneck(record, "B", again)
    for wrong in (Bottleneck(here, "luck", "x"), Bottleneck("", "land", "x"), Bottleneck(here, "land", " ")):
        with pytest.raises(CallError):
            note_bottleneck(record, "A", wrong)
    assert [one.number for one in unanswered(record.standing(), [here])] == [land.number]
    with pytest.raises(CallError, match="event"):  # of another village
        commit(record, "A", [replace(GIVEN, village_code=there, against=land.number)])
    answer = replace(GIVEN, sector="education", activity="Hibah tanah", target="1 surat", against=land.number)
    (event,) = commit(record, "A", [answer])
    assert unanswered(record.standing(), [here]) == []
    assert [one.kind for one in unanswered(record.standing(), [here, there])] == ["manager"]
    (row,) = programme(record.standing(), [here])
    assert (row["year"], row["until"], row["target"], row["against"]) == (
        2026, 2026, "1 surat", ("land", "tanah warga belum dihibahkan"),
    )  # fmt: skip
    for wrong in (999, land.number + 1):  # told anew, against what is none or another village's
        with pytest.raises(CallError, match="event"):
            commit(record, "A", [replace(answer, against=wrong, number=event.number)])
    with pytest.raises(CallError, match="event"):
        commit(record, "A", [replace(answer, village_code=there, number=event.number)])
    record.append("A", "commitment", {"partner": "P", "kind": "ngo", "sector": "water", "village_code": there,
                                      "activity": "lama", "stage": "done", "shared": "", "starts": "2026-01-01",
                                      "target": None})  # fmt: skip
    assert programme(record.standing(), [there])[0]["target"] == ""
    record.withdraw("A", event.number + 1)
    advance(record, "A", event.number, "done")
    assert programme(record.standing(), [here])[0]["stage"] == "done"
    for step in [one for one in record.standing("commitment") if one.content["village_code"] == here][::-1]:
        record.withdraw("A", step.number)
    assert len(unanswered(record.standing(), [here])) == 1


def test_the_programme_comes_by_year_and_of_its_villages_alone(record: Record) -> None:
    later = replace(GIVEN, activity="Lokakarya", starts=date(2028, 3, 1), ends=date(2029, 1, 1))
    commit(record, "A", [later, GIVEN, replace(GIVEN, village_code="32.03.18.2009")])
    found = programme(record.standing(), {"32.03.18.2001"})
    assert [(one["year"], one["until"], one["activity"]) for one in found] == [
        (2026, 2026, "Perbaikan sumur"), (2028, 2029, "Lokakarya"),
    ]  # fmt: skip


def test_a_report_changes_a_status_only_once_it_is_verified(record: Record) -> None:
    event = receive(record, BROKEN)
    assert record.changes() == ()
    assert reports(record.standing())[0].verdict == ""
    change = Change("water", "p1", "non_functional", date(2026, 11, 25))
    judge(record, "Pak Dusun", event.number, "verified", "dilihat sendiri", change)
    assert record.changes() == (change,)
    found = reports(record.standing())[0]
    assert (found.verdict, found.by, found.reason) == ("verified", "Pak Dusun", "dilihat sendiri")
    with pytest.raises(CallError):
        judge(record, "Pak Dusun", event.number, "refused", "lagi")
    assert record.verify() == 3


def test_a_point_missing_from_the_map(record: Record) -> None:
    told = Report("water", "", "missing", "sumur baru di RT 3", "32.03.18.2001", lat=-7.2, lon=107.1)
    event = receive(record, told)
    new = NewSite("water", "w-lapor-1", "hand_pump", 107.1, -7.2, None, "32.03.18.2001", "sumur baru")
    judge(record, "Pak Dusun", event.number, "verified", "dilihat", new)
    assert record.changes() == (new,)


@pytest.mark.parametrize(
    ("verdict", "reason", "change"),
    [
        ("verified", "", None),
        ("maybe", "x", None),
        ("refused", "x", Change("water", "p1", "functional")),
        ("verified", "x", Change("water", "p2", "functional")),
        ("verified", "x", Change("sanitation", "p1", "functional")),
        ("verified", "x", NewSite("water", "n", "tap", 107.0, -7.0)),
    ],
)
def test_verdicts_that_are_refused_change_nothing(record: Record, verdict: str, reason: str, change: object) -> None:
    event = receive(record, BROKEN)
    with pytest.raises(CallError):
        judge(record, "A", event.number, verdict, reason, change)
    with pytest.raises(CallError):
        judge(record, "A", 77, "refused", "x")
    opinion = receive(record, replace(BROKEN, what="opinion"))
    with pytest.raises(CallError):
        judge(record, "A", opinion.number, "verified", "x", Change("water", "p1", "functional"))
    assert (record.changes(), record.last()) == ((), opinion.number)


@pytest.mark.parametrize(
    "fault",
    [
        {"site_id": ""}, {"what": "rumour"}, {"service": "gas"}, {"what": "opinion", "text": " "},
        {"what": "missing", "text": "x"}, {"what": "missing", "text": "x", "lat": 91.0, "lon": 0.0},
    ],
)  # fmt: skip
def test_reports_that_say_nothing_are_refused(record: Record, fault: dict[str, object]) -> None:
    with pytest.raises(CallError):
        receive(record, replace(BROKEN, **fault))
    assert record.last() == 0


def test_two_who_judge_at_once_and_one_counts(record: Record, url: str) -> None:
    event = receive(record, BROKEN)
    refused: list[CallError] = []

    def look() -> None:
        mine = Record(url)
        try:
            judge(mine, "A", event.number, "verified", "dilihat", Change("water", "p1", "non_functional"))
        except CallError as error:
            refused.append(error)
        mine.close()

    at_once(look, [() for _ in range(6)])
    assert (len(refused), len(record.changes()), record.verify()) == (5, 1, 3)


def test_training_planned_and_attended(record: Record) -> None:
    past = plan_training(record, "A", Training("Membaca peta", "Aula", date(2026, 1, 5), "Bu Rina")).number
    attend_training(record, "A", past, Attendee("Siti", "Desa", "village"))
    with pytest.raises(CallError):
        attend_training(record, "A", past, Attendee("SITI", "Desa", "village"))
    later = plan_training(record, "A", Training("QField", "Aula", date.today() + timedelta(days=9), "Bu Rina")).number
    for number, one in (
        (later, Attendee("Budi", "Desa", "village")),
        (99, Attendee("Budi", "Desa", "village")),
        (past, Attendee("", "Desa", "village")),
    ):
        with pytest.raises(CallError):
            attend_training(record, "A", number, one)
    with pytest.raises(CallError):
        plan_training(record, "A", Training("", "Aula", date(2026, 1, 5), "Bu Rina"))
    found = trainings(record.standing())
    assert [one.name for one in found[past].attended] == ["Siti"]
    assert found[later].attended == ()


KOBO = """start;yang_dilaporkan;site_id;keterangan;nama;telepon;_lokasi_latitude;_lokasi_longitude;_uuid
2026-11-20;rusak;p1;gagang patah;Siti;0812;-7.2;107.1;u1
2026-11-21;titik belum ada di peta;;sumur baru di RT 3;;;-7.21;107.11;u2
2026-11-21;pendapat;;tanpa titik;;;-7.21;107.11;u3
2026-11-21;rusak;p2;;;;;;u4
"""


def take(path: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "forum",
        "reports",
        str(path),
        "--record",
        url,
        "--who",
        "Bu Rina",
        "--json",
        *more,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_answers_of_a_form_are_taken_once(record: Record, url: str, tmp_path: Path) -> None:
    path = tmp_path / "kobo.csv"
    path.write_text(KOBO, encoding="utf-8")
    done = take(path, url, "--rejects", str(tmp_path / "tolak.csv"))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {name: told[name] for name in ("read", "accepted", "rejected", "new", "known")} == {
        "read": 4, "accepted": 2, "rejected": 2, "new": 2, "known": 0
    }  # fmt: skip
    assert [fault["row"] for fault in told["faults"] if fault["severity"] == "rejected"] == [5, 4]
    with (tmp_path / "tolak.csv").open(encoding="utf-8-sig") as file:
        assert sorted(row["_uuid"] for row in csv.DictReader(file)) == ["u3", "u4"]
    again = json.loads(take(path, url).stdout)
    assert (again["new"], again["known"]) == (0, 2)
    found = reports(record.standing())
    assert [(one.what, one.site_id, one.name, one.ref, one.via) for one in found] == [
        ("broken", "p1", "Siti", "u1", "kobo"), ("missing", "", "", "u2", "kobo")
    ]  # fmt: skip
    assert (found[1].lat, found[1].lon) == (-7.21, 107.11)
    assert record.changes() == (), "nothing changes before somebody has looked"
    assert take(tmp_path / "none.csv", url).returncode == 2
