"""The next thing to ask or to look up."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from amara.offline import steps
from amara.offline.memory import Memory, Plan
from amara.offline.requests import Surroundings

BOGOTA = ZoneInfo("America/Bogota")
NOW = datetime(2025, 11, 25, 13, 4, tzinfo=BOGOTA)
THURSDAY = date(2025, 11, 27)
MARTA = {"id": "p1", "name": "Marta Gómez"}


def memory(**plan) -> Memory:
    return Memory("es", Surroundings(now=NOW, zone=BOGOTA), plan=Plan(**plan))


@pytest.mark.parametrize(
    ("plan", "asked"),
    [
        ({}, "who"),
        ({"professional": MARTA}, "day"),
        ({"professional": MARTA, "first": THURSDAY, "last": THURSDAY}, "hour"),
        ({"professional": MARTA, "first": THURSDAY, "last": THURSDAY, "at": time(8)}, "length"),
        ({"professional": MARTA, "first": THURSDAY, "last": THURSDAY, "at": time(8), "hours": 4.0}, "address"),
        (
            {
                "professional": MARTA,
                "first": THURSDAY,
                "last": THURSDAY,
                "at": time(8),
                "hours": 4.0,
                "address": "Calle 1 # 2-3",
            },
            None,
        ),
    ],
)
def test_the_first_thing_missing_is_asked(plan, asked) -> None:
    told = memory(**plan)
    deed = steps.step(told)
    assert told.plan.asked == asked
    assert deed.tool == {"hour": "check_availability", None: "draft_booking"}.get(asked)


def test_an_hour_free_on_several_days_asks_which_day() -> None:
    free = [datetime(2025, 11, day, 8, tzinfo=BOGOTA) for day in (27, 28)]
    told = memory(professional=MARTA, first=THURSDAY, last=date(2025, 11, 30), at=time(8), free=free)
    assert "jueves 27 de noviembre y viernes 28 de noviembre" in steps.step(told).text
    told.plan.free = free[:1]
    steps.step(told)
    assert told.plan.is_one_day()


def test_a_moved_visit_keeps_its_length() -> None:
    told = memory(deed="move", booking={"id": "b", "duration_minutes": 270}, hours=2.0)
    assert steps.wanted_hours(told) == 4.5
    told.plan.booking = {"id": "b", "duration_minutes": 45}
    assert steps.wanted_hours(told) == 2
