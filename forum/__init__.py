"""The forum's record: append-only events, chained by hash; state is a replay, a correction withdraws."""

from forum.record import Event, Record

__all__ = ["Event", "Record"]
