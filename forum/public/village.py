"""What the forum's record tells of a village: decisions and promises, commitments, reports. No person is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forum.community import reports
from forum.meetings import Decision, Item, Meeting, Progress, late, meetings
from forum.partners import Commitment, commitments
from forum.public.proposals import Proposal, proposals
from forum.record import Event

#: What became of a report: nobody has looked yet, somebody saw that it is so, or that it is not.
REPORT_STATES = ("waiting", "verified", "refused")


@dataclass(frozen=True)
class Decided:
    """A decision on a site of the village, and how far its promise is; `late` as `forum.meetings.late` says it."""

    meeting: int
    title: str
    on: date
    item: Item
    decision: Decision
    steps: tuple[Progress, ...]
    late: str | None

    @property
    def step(self) -> str:
        """The last step that was reached; empty where nothing was approved."""
        return self.steps[-1].step if self.steps else "planned" if self.decision.decision == "approved" else ""


@dataclass(frozen=True)
class Story:
    """The record's part of a village's profile; `reports` counts those of its sites and places by `REPORT_STATES`."""

    decided: tuple[Decided, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    reports: Mapping[str, int] | None = None
    proposals: tuple[Proposal, ...] = ()


def decided_in(meeting: Meeting, today: date) -> tuple[Decided, ...]:
    """Return what was decided in a meeting, in the order of its agenda."""
    return tuple(
        Decided(
            meeting=meeting.number, title=meeting.title, on=meeting.on, item=item, decision=meeting.of[item.key],
            steps=meeting.steps_of(item.key), late=late(meeting, item.key, today),
        )
        for item in meeting.items
        if item.key in meeting.of
    )  # fmt: skip


def persons_in(events: Sequence[Event]) -> frozenset[str]:
    """Names of persons that the record holds, in small letters: who was there, voted, decided, trained, takes part.

    One word of fewer than four letters is left out: it would be found in everything.
    """
    found: set[str] = set()
    for event in events:
        fields = _PERSONS.get(event.kind, ())
        found.update(str(event.content.get(name) or "") for name in fields)
    plain = {" ".join(name.casefold().split()) for name in found}
    return frozenset(name for name in plain if len(name) > _SHORTEST)


#: Which entries of an event name a person.
_PERSONS: Mapping[str, tuple[str, ...]] = {
    "meeting": ("chair",), "attendance": ("name",), "proxy": ("member", "holder"), "vote": ("member",),
    "voted": ("member",), "weighing": ("member",), "recusal": ("member",), "dissent": ("member",),
    "decision": ("person",), "training": ("trainer",), "trained": ("name",), "member": ("name",),
    "weights": ("member",), "community": ("name",),
}  # fmt: skip
_SHORTEST = 3


def numbers_that_hold(found: Sequence[Decided]) -> frozenset[int]:
    """Return the numbers of the decisions that hold: of several on one site the last."""
    by_number = sorted(found, key=lambda one: one.decision.number)
    return frozenset({one.item.key: one.decision.number for one in by_number}.values())


def stories(events: Sequence[Event], villages: Mapping[str, str], today: date) -> dict[str, Story]:
    """Return the story of each village that the record tells of.

    Parameters
    ----------
    events
        Standing events.
    villages
        Code of the village in which each site stands, by ``service:site_id``; a report that names a village itself
        needs none.
    today
        For what is late.
    """
    decided: dict[str, list[Decided]] = {}
    for meeting in meetings(events).values():
        for one in decided_in(meeting, today):
            decided.setdefault(one.item.village_code, []).append(one)
    for code, mine in decided.items():
        hold = numbers_that_hold(mine)
        decided[code] = [one for one in mine if one.decision.number in hold]
    promised: dict[str, list[Commitment]] = {}
    for commitment in commitments(events):
        promised.setdefault(commitment.village_code, []).append(commitment)
    asked: dict[str, list[Proposal]] = {}
    for proposal in proposals(events):
        asked.setdefault(proposal.village_code, []).append(proposal)
    told: dict[str, dict[str, int]] = {}
    for report in reports(events):
        code = report.village_code or villages.get(f"{report.service}:{report.site_id}", "")
        counts = told.setdefault(code, dict.fromkeys(REPORT_STATES, 0))
        counts[report.verdict or "waiting"] += 1
    return {
        code: Story(
            tuple(decided.get(code, ())), tuple(promised.get(code, ())), told.get(code), tuple(asked.get(code, ()))
        )
        for code in sorted({*decided, *promised, *told, *asked} - {""})
    }
