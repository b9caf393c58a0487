from __future__ import annotations

from uuid import uuid4

import pytest

from amara import demo
from amara.tools.tool import Refusal

MOVE = "reschedule_booking"


@pytest.fixture
async def visit(market):
    return await market.fetchrow(
        "select * from bookings where customer_id = $1 and status = 'confirmed' and scheduled_start > '2025-12-03'",
        demo.CUSTOMER_ID,
    )


async def test_the_card_holds_the_new_hour_and_moves_nothing(call, market, visit):
    hours = visit["duration_minutes"] / 60
    free = await call(
        "check_availability", professional_id=str(visit["professional_id"]), date_from="2025-12-08",
        date_to="2025-12-20", hours=hours,
    )  # fmt: skip
    card = await call(MOVE, booking_id=str(visit["id"]), starts_at=free["days"][0]["starts"][0])
    assert (card["card"], card["draft"]["kind"]) == ("booking_draft", "reschedule")
    assert card["draft"]["total_price"] == visit["total_price"]
    assert (
        await market.fetchval("select scheduled_start from bookings where id = $1", visit["id"])
        == visit["scheduled_start"]
    )


async def test_an_hour_nobody_works_answers_with_others(call, visit):
    card = await call(MOVE, booking_id=str(visit["id"]), starts_at="2025-12-09T03:00")
    assert (card["card"], card["outcome"]) == ("availability", "slot_lost")


async def test_another_persons_booking_and_an_unknown_id_are_refused_alike(call, market):
    foreign = await market.fetchval("select id from bookings where customer_id = $1 limit 1", demo.SECOND_CUSTOMER_ID)
    said = set()
    for booking_id in (str(foreign), str(uuid4()), "none"):
        with pytest.raises(Refusal) as refused:
            await call(MOVE, booking_id=booking_id, starts_at="2025-12-09T09:00")
        said.add((refused.value.code, refused.value.detail))
    assert len(said) == 1
