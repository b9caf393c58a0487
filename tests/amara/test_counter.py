"""The booking desk as the checkout sees it: whose word is spoken, what is answered, what is left behind."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from amara import auth, errors, house, repeats
from amara.counter import Counter
from amara.desk import Desk
from amara.feeds import Feeds
from amara.runs import Runs
from tests.builders import a_booking, a_person, a_professional
from tests.calendars import NOW
from tests.counter import ADDRESS, MONDAY, Person

VISIT = {
    "service": "cleaning",
    "starts_at": MONDAY,
    "duration_minutes": 240,
    "address": ADDRESS,
    "instructions": None,
}
WHO = "select current_user::text || coalesce(auth.uid()::text, '')"


@pytest.fixture
def counter(db):
    feeds = Feeds(db)
    return Counter(
        house.build(db, feeds, Runs(db, feeds, owner="a test"), None, {}, "America/Bogota", Desk, now=lambda: NOW)
    )


@pytest.fixture
async def ana(owner):
    return await a_professional(owner)


@pytest.fixture
async def guest(owner):
    session_id = uuid4()
    await owner.execute(
        "insert into guest_sessions (id, session_token, email, full_name) values ($1, repeat('a', 43), 'a@b.co', 'A')",
        session_id,
    )
    return auth.guest(session_id)


async def test_the_connection_is_the_services_before_and_after(db, counter, ana, guest):
    async with db.service() as connection:
        deed = await counter.book(connection, guest, professional_id=ana, **VISIT)
        assert await connection.fetchval(WHO) == "amara_service"
        booking_id = deed.came_of_it.booking["id"]
        await counter.cancel(connection, guest, booking_id, is_meant=False, refund_cop=None)
        assert await connection.fetchval(WHO) == "amara_service"
    assert deed.answer["outcome"] == "confirmed"
    assert deed.started == {
        "pro_id": str(ana),
        "items": ["cleaning"],
        "subtotal": 100_000,
        "draft_id": deed.answer["draft"]["id"],
    }


async def test_what_could_not_be_booked_holds_no_hour(owner, db, counter, ana, guest):
    """Somebody who does not take our lock is faster between the offer and the deed."""
    other = await a_person(owner)
    await owner.execute("drop trigger lock_bookings_professional on public.bookings")
    foreign = owner.transaction()
    await foreign.start()
    await a_booking(owner, professional_id=ana, customer_id=other, scheduled_start=MONDAY)

    async def book():
        async with db.service() as connection:
            return await counter.book(connection, guest, professional_id=ana, **VISIT)

    ours = asyncio.create_task(book())
    while not await owner.fetchval("select exists (select from pg_locks where not granted)"):
        assert not ours.done()
    await foreign.commit()
    assert (await ours).answer["outcome"] == "slot_lost"
    assert await owner.fetchval("select status from public.amara_booking_drafts") == "cancelled"


async def test_a_guest_is_served_what_is_the_guests(owner, db, counter, ana, guest):
    person = Person(db, await a_person(owner))
    others, draft = await a_booking(owner), await person.draft(ana)
    async with db.service() as connection:
        assert await counter.bookings(connection, guest, limit=9, before=None) == []
        for deed in (
            counter.booking(connection, guest, others),
            counter.cancel(connection, guest, others, is_meant=True, refund_cop=None),
            counter.confirm(connection, guest, draft.id, 1),
        ):
            with pytest.raises(errors.NotFound):
                await deed


async def test_an_address_says_something(db, counter, ana, guest):
    async with db.service() as connection:
        with pytest.raises(errors.BadRequest):
            await counter.book(connection, guest, professional_id=ana, **VISIT | {"address": "\u200b \u0000"})


async def test_a_guests_key_and_a_visitors_are_two(db, counter, guest):
    asking = repeats.request("POST", "/v1/guest/bookings", b"{}", "a key")
    visitor = counter.visitor(auth.person(uuid4(), is_anonymous=True), guest.guest_session_id)
    async with db.service() as connection:
        assert [await counter.answered(connection, who, asking) for who in (guest, visitor)] == [None, None]
