from __future__ import annotations

from uuid import uuid4

import pytest

from amara import demo
from amara.tools.tool import Refusal

CANCEL = "cancel_booking"


async def test_the_card_quotes_the_refund_and_cancels_nothing(call, market):
    booking = await market.fetchrow(
        "select * from bookings where customer_id = $1 and status = 'confirmed' and scheduled_start > '2025-12-03'",
        demo.CUSTOMER_ID,
    )
    card = await call(CANCEL, booking_id=str(booking["id"]))
    assert (card["card"], card["draft"]["kind"]) == ("booking_draft", "cancel")
    assert card["draft"]["booking_id"] == str(booking["id"])
    assert card["draft"]["refund"] == {"amount": booking["total_price"], "percent": 100, "currency": "COP"}
    assert await market.fetchval("select status from bookings where id = $1", booking["id"]) == "confirmed"


async def test_another_persons_booking_and_an_unknown_id_are_refused_alike(call, market):
    foreign = await market.fetchval("select id from bookings where customer_id = $1 limit 1", demo.SECOND_CUSTOMER_ID)
    said = set()
    for booking_id in (str(foreign), str(uuid4()), "none"):
        with pytest.raises(Refusal) as refused:
            await call(CANCEL, booking_id=booking_id)
        said.add((refused.value.code, refused.value.detail))
    assert len(said) == 1


async def test_what_is_over_is_refused(call, market):
    over = await market.fetchval(
        "select id from bookings where customer_id = $1 and status = 'completed' limit 1", demo.CUSTOMER_ID
    )
    with pytest.raises(Refusal) as refused:
        await call(CANCEL, booking_id=str(over))
    assert refused.value.code == "already_over"
