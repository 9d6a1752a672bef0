"""Pictures of a site: in order, each once; before and after its promise was built."""

from __future__ import annotations

from datetime import date, timedelta

from forum import Record
from forum.public.pictures import Taken, before_after, pictures_of
from forum.record import said_of
from geo.model.changes import Photo


def test_pictures_come_in_the_order_of_data_and_record(record: Record) -> None:
    record.append_all("Ani", [said_of(Photo("water", "p1", f"photos/{n}.jpg")) for n in (1, 2, 1)])
    record.append_all("Ani", [said_of(Photo("sanitation", "p1", "photos/9.jpg"))])
    taken = record.standing("photo")[-1]
    found = pictures_of(record.standing(), "water", "p1", "photos/0.jpg")
    assert [one.photo for one in found] == ["photos/0.jpg", "photos/1.jpg", "photos/2.jpg"]
    assert [one.on for one in found] == [None, date.today(), date.today()]
    assert pictures_of(record.standing(), "sanitation", "p1") == [Taken("photos/9.jpg", date.today())]
    record.withdraw("Ani", taken.number)
    assert pictures_of(record.standing(), "sanitation", "p1") == []


def test_before_is_the_last_one_until_it_was_built_and_after_the_last_since() -> None:
    days = [None, *(date.today() - timedelta(days=n) for n in (30, 20, 10, 1))]
    taken = [Taken(str(n), on) for n, on in enumerate(days)]
    assert before_after(taken, None) == (taken[-1], None)
    assert before_after(taken, date.today() - timedelta(days=10)) == (taken[2], taken[4])
    assert before_after(taken[:1], date.today()) == (taken[0], None)
    assert before_after([], date.today()) == (None, None)
    same_day = [Taken("before", date.today()), Taken("after", date.today())]
    assert before_after(same_day, date.today()) == tuple(same_day), "two that came in on the day itself are both seen"
    assert before_after(same_day[1:], date.today()) == (None, same_day[1])
