"""What a person may see and do to a draft by themselves, and who speaks when."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from amara import auth, holds, terms
from tests.builders import a_booking, a_conversation, a_person, a_professional
from tests.calendars import NOW
from tests.counter import MONDAY, Person


@pytest.fixture
async def laura(owner, db):
    return Person(db, await a_person(owner))


async def test_the_service_speaks_inside_and_the_caller_again_after_it(db, laura):
    async with db.transaction(laura.caller) as connection:
        async with holds.as_service(connection, laura.caller):
            assert await connection.fetchval("select current_user::text") == "amara_service"
            assert await connection.fetchval("select auth.uid()") is None
        assert await connection.fetchval("select auth.uid()") == laura.id


async def test_owners_read_their_drafts_and_write_none(owner, db, laura):
    draft = await laura.draft(await a_professional(owner))
    camilo = auth.person(await a_person(owner), is_anonymous=False)
    count = "select count(*) from public.amara_booking_drafts"
    for who, number in ((laura.caller, 1), (camilo, 0)):
        async with db.transaction(who) as connection:
            assert await connection.fetchval(count) == number
    for statement in (
        "update public.amara_booking_drafts set price_cop = 1",
        "delete from public.amara_booking_drafts",
        "insert into public.amara_booking_drafts select * from public.amara_booking_drafts",
        "select * from amara_private.confirmations",
        "select * from public.idempotency_keys",
    ):
        for who in (laura.caller, auth.ANONYMOUS):
            async with db.transaction(who) as connection:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
    assert (await laura.confirm(draft)).booking["total_price"] == 100_000


async def test_a_confirmation_is_written_once_and_changed_by_nobody(owner, db, laura):
    await laura.book(await a_professional(owner))
    for statement in (
        "update amara_private.confirmations set price_cop = 1",
        "delete from amara_private.confirmations",
        "select * from amara_private.confirmations",
    ):
        async with db.service() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


def test_a_hold_lasts_a_quarter_of_an_hour():
    held = holds.hold(NOW)
    assert (held["expires_at"] - held["offered_at"]).total_seconds() == 900


async def test_nobody_holds_more_than_three_hours_and_the_oldest_is_let_go(owner, laura):
    her = await a_professional(owner)
    talks = [await a_conversation(owner, user_id=laura.id) for _ in range(5)]
    held = []
    for number, talk in enumerate(talks):
        at = laura.later(minutes=number)
        held.append(await at.draft(her, MONDAY + timedelta(days=number), conversation_id=talk))
    states = "select status from public.amara_booking_drafts where id = any($1) order by offered_at"
    found = [row["status"] for row in await owner.fetch(states, [draft.id for draft in held])]
    assert found == ["superseded", "superseded", "open", "open", "open"]
    # What was let go is free for others, and says so to whoever confirms it.
    camilo = Person(laura.db, await a_person(owner))
    assert (await camilo.draft(her, MONDAY)).status == "open"
    over = await laura.confirm(held[0])
    assert (type(over), over.draft.status) == (terms.Closed, "superseded")
    assert (await laura.confirm(held[2])).booking["status"] == "pending"


async def test_many_conversations_at_once_hold_three_hours(owner, db, laura):
    her = [await a_professional(owner) for _ in range(8)]
    talks = [await a_conversation(owner, user_id=laura.id) for _ in her]
    offers = (laura.offer(one, conversation_id=talk) for one, talk in zip(her, talks, strict=True))
    assert {type(answer) for answer in await asyncio.gather(*offers)} == {terms.Offered}
    count = "select count(*) from public.amara_booking_drafts where status = 'open' and user_id = $1"
    assert await owner.fetchval(count, laura.id) == 3


async def test_a_quoted_cancellation_holds_no_hours(owner, laura):
    her = await a_professional(owner)
    for number in range(3):
        talk = await a_conversation(owner, user_id=laura.id)
        await laura.draft(her, MONDAY + timedelta(days=number), conversation_id=talk)
    booking = await a_booking(owner, customer_id=laura.id, scheduled_start=MONDAY)
    quoted = await laura.offer_cancellation(booking, conversation_id=await a_conversation(owner, user_id=laura.id))
    assert isinstance(quoted, terms.Offered)
    assert await owner.fetchval("select count(*) from public.amara_booking_drafts where status = 'open'") == 4
