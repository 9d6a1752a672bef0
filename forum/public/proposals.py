"""Proposals from below: what a village's assembly or a group asks for, and what became of each.

A proposal names a village and a reason, never a person; one of a site stands on the agenda of a meeting beside the
computed list, and what was decided of it there, and how far its promise is, is what became of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from forum.checks import amount, as_content, one_of, said
from forum.meetings import ORGANISATIONS, meetings
from forum.partners import SECTORS
from forum.record import Event, Record
from geo.model.errors import CallError

#: What is asked for: a site repaired, built anew for all or for the households, or an activity without a place.
WHAT = ("repair", "new", "latrine", "activity")
#: What the forum answers where no meeting decides: it is not taken up now, or not at all, or was done otherwise.
ANSWERS = ("put_off", "declined", "done")
#: The service of what is built.
SERVICE_OF = {"new": "water", "latrine": "sanitation"}


@dataclass(frozen=True)
class Proposal:
    """What was proposed, by whom (an assembly, a group), and why; `labour` is what they promise to do themselves.

    `site_id` names the site to repair; `lat` and `lon` where something is to be built, `technology` what. `photo` is
    the name of a picture that is kept. `became` is told by `proposals`: ``waiting``, an answer, or a meeting's decision
    (``approved``, ``deferred``, ``rejected``), with its `answered` reason and the last `step` of the promise.
    """

    proposer: str
    kind: str
    what: str
    sector: str
    village_code: str
    village: str
    title: str
    reason: str
    service: str = ""
    site_id: str = ""
    technology: str = ""
    labour: str = ""
    cost_idr: float | None = None
    lat: float | None = None
    lon: float | None = None
    photo: str = ""
    number: int = 0
    at: str = ""
    became: str = "waiting"
    answered: str = ""
    step: str = ""
    meeting: int = 0

    @property
    def site(self) -> str:
        """The site that it is about: the one to repair, else one of its own number; empty for an activity."""
        if self.what == "activity":
            return ""
        return self.site_id or f"usulan-{self.number}"

    @property
    def key(self) -> str:
        """Names it on an agenda; empty for an activity."""
        return f"{self.service}:{self.site}" if self.site else ""


_LATER = ("number", "at", "became", "answered", "step", "meeting")


def proposals(events: Sequence[Event]) -> tuple[Proposal, ...]:
    """Replay standing events: proposals in the order in which they came, each with what became of it."""
    found: dict[int, Proposal] = {}
    for event in events:
        if event.kind == "proposal":
            found[event.number] = Proposal(**event.content, number=event.number, at=event.at)
        elif event.kind == "answer" and int(event.content["proposal"]) in found:
            number = int(event.content["proposal"])
            told = {"became": event.content["became"], "answered": event.content["reason"]}
            found[number] = replace(found[number], **told)
    held = meetings(events).values()
    return tuple(_decided(one, held) for one in found.values())


def _decided(one: Proposal, held: Any) -> Proposal:
    """With what a meeting that was held after it decided of its site, the last one that did."""
    for meeting in held:
        decision = meeting.of.get(one.key) if one.key else None
        if decision is not None and decision.number > one.number:
            steps = meeting.steps_of(one.key)
            step = steps[-1].step if steps else "planned" if decision.decision == "approved" else ""
            became = {"became": decision.decision, "answered": decision.reason, "step": step}
            one = replace(one, meeting=meeting.number, **became)
    return one


def propose(record: Record, who: str, proposal: Proposal) -> Event:
    """Record a proposal.

    Raises
    ------
    CallError
        If it does not say who asks for what, where and why, or names no place for what is to be built.
    """
    said(proposer=proposal.proposer, village=proposal.village_code, proposal=proposal.title, reason=proposal.reason)
    one_of("kind", proposal.kind, ORGANISATIONS)
    one_of("what", proposal.what, WHAT)
    one_of("sector", proposal.sector, SECTORS)
    amount("cost_idr", proposal.cost_idr)
    if proposal.what == "activity":
        proposal = replace(proposal, service="", site_id="", technology="", lat=None, lon=None)
    elif proposal.what == "repair":
        said(site=proposal.site_id, service=proposal.service)
    else:
        said(technology=proposal.technology)
        if proposal.lat is None or proposal.lon is None:
            raise CallError("forum_missing.position")
        if not (-90 <= proposal.lat <= 90 and -180 <= proposal.lon <= 180):
            raise CallError("error.number", name="lat, lon", value=f"{proposal.lat}, {proposal.lon}")
        proposal = replace(proposal, service=SERVICE_OF[proposal.what], site_id="")
    return record.append(who, "proposal", as_content(proposal, _LATER))


def answer(record: Record, who: str, number: int, became: str, reason: str) -> Event:
    """Record what the forum answers to a proposal outside a meeting; a later answer takes the place of an earlier.

    Raises
    ------
    CallError
        If there is none of that number, no reason is given, or a meeting has decided of it.
    """
    one_of("became", became, ANSWERS)
    said(reason=reason)

    def rule(standing: Sequence[Event]) -> None:
        mine = next((one for one in proposals(standing) if one.number == number), None)
        if mine is None:
            raise CallError("error.event", value=number)
        if mine.meeting:
            raise CallError("error.proposal_decided", value=number)

    content = {"proposal": number, "became": became, "reason": reason.strip()}
    return record.append_all(who, [("answer", content)], rule)[0]
