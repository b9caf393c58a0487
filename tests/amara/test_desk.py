"""The desk tools are handed: it offers in the person's name, and leaves them who they were."""

from __future__ import annotations

from datetime import timedelta

import pytest

from amara import auth, terms
from amara.desk import Desk
from tests.builders import a_booking, a_conversation, a_person, a_professional
from tests.calendars import NOW
from tests.counter import MONDAY


@pytest.fixture
async def laura(owner):
    return auth.person(await a_person(owner), is_anonymous=False)


async def test_the_caller_speaks_again_after_every_offer(owner, db, laura):
    ana, talk = await a_professional(owner), await a_conversation(owner, user_id=laura.owner)
    booking = await a_booking(
        owner, customer_id=laura.owner, professional_id=ana, scheduled_start=MONDAY + timedelta(days=1)
    )
    async with db.transaction(laura) as connection:
        desk = Desk(connection, laura, talk, NOW)
        wish = terms.Wish(ana, "cleaning", MONDAY, 120)
        for deed in (
            lambda: desk.free(ana, MONDAY.date(), MONDAY.date(), 120),
            lambda: desk.free_of([ana], MONDAY, MONDAY + timedelta(hours=1), 120),
            lambda: desk.offer(wish),
            lambda: desk.offer_cancellation(booking),
            lambda: desk.offer_move(booking, MONDAY + timedelta(days=7)),
        ):
            assert await deed()
            assert await connection.fetchval("select current_user::text") == "authenticated"
            assert await connection.fetchval("select auth.uid()") == laura.owner


async def test_a_desk_offers_in_its_conversation_and_has_no_way_to_confirm(owner, db, laura):
    ana, talk = await a_professional(owner), await a_conversation(owner, user_id=laura.owner)
    async with db.transaction(laura) as connection:
        desk = Desk(connection, laura, talk, NOW)
        offered = await desk.offer(terms.Wish(ana, "cleaning", MONDAY, 120))
    assert offered.draft.conversation_id == talk
    assert {name for name in dir(desk) if name.startswith(("confirm", "book"))} == set()
