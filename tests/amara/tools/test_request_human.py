from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

from amara import auth, demo, hours
from amara.desk import Desk
from amara.tools import CATALOGUE
from amara.tools.tool import Context, Refusal
from tests.amara.tools.conftest import NOW
from tests.builders import a_conversation

TOOL = CATALOGUE["request_human"]


@pytest.fixture
async def request_human(market, db):
    """The tool as the demo's customer calls it, in this conversation."""

    async def call(conversation_id, staffed=hours.ALWAYS, **given):
        caller = auth.person(demo.CUSTOMER_ID, is_anonymous=False)
        async with db.transaction(caller) as connection:
            desk = Desk(connection, caller, conversation_id, NOW, staffed=staffed)
            context = Context(connection, NOW, "America/Bogota", "es", desk)
            return await TOOL.run(context, TOOL.decode(msgspec.json.encode({"summary": "Un cobro doble."} | given)))

    return call


async def test_the_conversation_it_stands_in_is_handed_over(request_human, market):
    mine = await a_conversation(market, user_id=demo.CUSTOMER_ID)
    await a_conversation(market, user_id=demo.CUSTOMER_ID)
    card = await request_human(mine, reason="billing")
    assert (card["card"], card["state"], card["reason"], card["staffed"]) == ("handoff", "waiting", "billing", True)
    rows = await market.fetch("select conversation_id, reason, asked_by, summary from amara_handoffs")
    assert [tuple(row) for row in rows] == [(mine, "billing", "amara", "Un cobro doble.")]
    again = await request_human(mine, reason="asked")
    assert again["reason"] == "billing"
    assert await market.fetchval("select count(*) from amara_handoffs") == 1


async def test_who_is_in_danger_is_told_whom_to_call_and_who_comes_when_nobody_is_there_when(request_human, market):
    mine = await a_conversation(market, user_id=demo.CUSTOMER_ID)
    card = await request_human(mine, staffed=hours.read("mon 08:00-09:00"), reason="safety")
    assert "123" in card["detail"]
    assert card["staffed_from"][11:16] == "08:00"
    assert f"back on Monday {card['staffed_from'][:10]} at 08:00" in card["detail"]


async def test_without_a_conversation_there_is_nobody_to_hand_over_to(request_human):
    for nowhere in (None, uuid4()):
        with pytest.raises(Refusal) as refused:
            await request_human(nowhere, reason="asked")
        assert refused.value.code == "not_here"


@pytest.mark.parametrize(
    "given",
    [{"reason": "bored"}, {"reason": "asked", "summary": "x" * 301}, {"reason": "asked", "user_id": str(uuid4())}, {}],
)
def test_what_the_schema_does_not_know_is_refused(given):
    with pytest.raises(Refusal) as refused:
        TOOL.decode(msgspec.json.encode({"summary": "x"} | given))
    assert refused.value.code == "bad_arguments"
