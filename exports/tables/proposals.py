"""What became of a proposal, in words."""

from __future__ import annotations

from typing import Any

from texts import t

#: What a meeting decides; everything else is an answer of the forum, or none yet.
_DECIDED = ("approved", "deferred", "rejected")


def became_words(one: Any, lang: str) -> str:
    """Say what became of a proposal: the answer or the decision, how far the promise is, and the reason.

    Parameters
    ----------
    one
        With `became`, `answered` and `step` (`forum.public.proposals.Proposal`).
    lang
        Language.
    """
    if one.became in _DECIDED:
        word = t(f"forum.decision.{one.became}", lang)
        word += f", {t(f'promise.step.{one.step}', lang).lower()}" if one.step else ""
    else:
        word = t(f"proposal.became.{one.became}", lang)
    return f"{word}: {one.answered}" if one.answered else word
