from __future__ import annotations

import uuid

import msgspec
import pytest

from amara import demo
from amara.tools.tool import Refusal

GET = "get_booking"


async def refusal(call, **args):
    with pytest.raises(Refusal) as refused:
        await call(GET, **args)
    return msgspec.json.encode({"code": refused.value.code, "detail": refused.value.detail})


async def booking_of(market, customer, status):
    return str(
        await market.fetchval("select id from bookings where customer_id = $1 and status = $2", customer, status)
    )


async def test_the_card_holds_what_the_list_leaves_out(call):
    listed = (await call("list_my_bookings"))["bookings"][0]
    card = await call(GET, booking_id=listed["id"])
    assert card["card"] == "booking"
    assert {key: card["booking"][key] for key in listed} == listed
    assert set(card["booking"]) - set(listed) == {"special_instructions", "created_at"}
    assert card["booking"]["special_instructions"] == "La portería pide el documento."
    assert card["booking"]["created_at"].endswith("-05:00")


async def test_another_persons_booking_and_an_unknown_id_answer_alike_byte_for_byte(call, market):
    foreign = await booking_of(market, demo.SECOND_CUSTOMER_ID, "confirmed")
    assert (await call(GET, booking_id=foreign, user_id=demo.SECOND_CUSTOMER_ID))["booking"]["id"] == foreign
    answers = {
        await refusal(call, booking_id=foreign),
        await refusal(call, booking_id=str(uuid.uuid4())),
        await refusal(call, booking_id="' or true --"),
        await refusal(call, booking_id=""),
        await refusal(call, booking_id="x" * 100_000),
        await refusal(call, booking_id="a\x00b"),
    }
    assert len(answers) == 1
    assert b'"code":"not_found"' in answers.pop()


async def test_an_anonymous_visitor_finds_nobodys_booking(call, market):
    mine = await booking_of(market, demo.CUSTOMER_ID, "confirmed")
    assert b"not_found" in await refusal(call, booking_id=mine, user_id=uuid.uuid4(), anonymous=True)


async def test_neither_the_professional_nor_an_admin_reads_a_customers_booking_here(call, market):
    mine = await booking_of(market, demo.CUSTOMER_ID, "confirmed")
    for user_id in (demo.ADMIN_ID, demo.identity("person", "Luz Marina Quintero")):
        assert b"not_found" in await refusal(call, booking_id=mine, user_id=user_id)


async def test_an_id_may_be_written_in_capitals_and_between_spaces(call, market):
    mine = await booking_of(market, demo.CUSTOMER_ID, "pending")
    assert (await call(GET, booking_id=f" {mine.upper()} "))["booking"]["id"] == mine


async def test_long_instructions_are_cut(call, market):
    mine = await booking_of(market, demo.CUSTOMER_ID, "pending")
    await market.execute(
        "update bookings set special_instructions = repeat('i ', 2500000) where id = $1::uuid", uuid.UUID(mine)
    )
    card = await call(GET, booking_id=mine)
    assert len(card["booking"]["special_instructions"]) <= 500
