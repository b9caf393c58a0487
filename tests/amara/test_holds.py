"""What a person may see and do to a draft by themselves, and who speaks when."""

from __future__ import annotations

import asyncpg
import pytest

from amara import auth, holds
from tests.builders import a_person, a_professional
from tests.calendars import NOW
from tests.counter import Person


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
