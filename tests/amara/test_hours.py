"""When people of staff are there, and when they are back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from amara import hours

BOGOTA = ZoneInfo("America/Bogota")
WEEK = hours.read("mon-fri 08:00-12:00, mon-fri 13:00-18:00, Sat 09:00-13:00")


def at(day: int, clock: str) -> datetime:
    """Of the first week of March 2027, which begins on a Monday."""
    return datetime.fromisoformat(f"2027-03-0{day}T{clock}").replace(tzinfo=BOGOTA)


@pytest.mark.parametrize(
    ("now", "back"),
    [
        (at(1, "08:00"), None),
        (at(1, "07:59"), at(1, "08:00")),
        (at(1, "12:00"), at(1, "13:00")),
        (at(1, "18:00"), at(2, "08:00")),
        (at(6, "13:00"), at(8, "08:00")),
        (at(7, "10:00"), at(8, "08:00")),
    ],
)
def test_somebody_is_there_or_is_back_at_the_next_opening(now, back):
    assert WEEK.opens_at(now.astimezone(ZoneInfo("UTC")), BOGOTA) == back


def test_once_a_week_it_is_the_same_hour_a_week_later():
    assert hours.read("mon 08:00-09:00").opens_at(at(1, "09:00"), BOGOTA) == at(8, "08:00")


def test_always_is_always():
    assert hours.ALWAYS.opens_at(at(3, "23:59"), BOGOTA) is None
    assert hours.read("mon-sun 00:00-24:00").opens_at(at(3, "23:59"), BOGOTA) is None


@pytest.mark.parametrize(
    "said", ["", "mon", "mon 8-18", "fri-mon 08:00-18:00", "lun 08:00-18:00", "mon 18:00-08:00", "mon 25:00-26:00"]
)
def test_what_says_no_hours_is_refused(said):
    with pytest.raises(ValueError):  # noqa: PT011 - the setting says it in words
        hours.read(said)
