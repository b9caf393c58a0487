"""Cancelling and moving a booking: what is quoted is what is done, and nothing is done before it is confirmed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from amara import errors, terms
from tests.builders import a_booking, a_person, a_professional
from tests.calendars import NOW
from tests.counter import MONDAY, Person

NEXT_WEEK = MONDAY + timedelta(days=7)


@pytest.fixture
async def ana(owner):
    return await a_professional(owner)


@pytest.fixture
async def laura(owner, db):
    return Person(db, await a_person(owner))


@pytest.fixture
def visit(owner, ana, laura):
    """A confirmed visit so many hours from now, for $ 100.001."""

    async def write(hours=72.0, **columns):
        start = NOW + timedelta(hours=hours)
        values = {"scheduled_start": start, "scheduled_end": start + timedelta(hours=4), "total_price": 100_001}
        return await a_booking(owner, customer_id=laura.id, professional_id=ana, **{**values, **columns})

    return write


async def status(owner):
    return await owner.fetchval("select status from public.bookings")


@pytest.mark.parametrize(
    ("hours", "percent", "refund"),
    [
        (25, 100, 100_001),
        (24, 100, 100_001),
        (23.99, 50, 50_001),
        (13, 50, 50_001),
        (12, 50, 50_001),
        (11.99, 25, 25_000),
        (5, 25, 25_000),
        (4, 25, 25_000),
        (3.99, 0, 0),
        (1, 0, 0),
    ],
)
async def test_the_refund_is_quoted_first_and_then_given(owner, laura, visit, hours, percent, refund):
    booking_id = await visit(hours)
    quoted = await laura.offer_cancellation(booking_id)
    assert (quoted.draft.refund_percent, quoted.draft.refund_cop) == (percent, refund)
    assert await status(owner) == "confirmed"
    done = await laura.confirm(quoted.draft)
    assert isinstance(done, terms.Confirmed)
    assert (done.booking["id"], done.booking["status"]) == (booking_id, "cancelled")
    details = done.booking["source_details"]["cancellation"]
    assert (details["by"], details["refund_cop"], details["refund_percent"]) == ("customer", refund, percent)


async def test_a_refund_that_shrank_meanwhile_is_shown_again(owner, laura, visit):
    quoted = await laura.offer_cancellation(await visit(24.1))
    later = laura.later(minutes=10)
    again = await later.confirm(quoted.draft)
    assert isinstance(again, terms.Changed)
    assert (again.what, again.draft.version, again.draft.refund_percent) == ("price", 2, 50)
    assert await status(owner) == "confirmed"
    assert isinstance(await later.confirm(again.draft), terms.Confirmed)


@pytest.mark.parametrize(
    "columns", [{"status": "cancelled"}, {"status": "completed"}, {"status": "in_progress"}, {"hours": -1}]
)
async def test_what_is_over_can_be_neither_cancelled_nor_moved(laura, visit, columns):
    booking_id = await visit(**columns)
    for answer in (await laura.offer_cancellation(booking_id), await laura.offer_move(booking_id, NEXT_WEEK)):
        assert isinstance(answer, terms.Impossible)
        assert (answer.reason, answer.booking["id"]) == ("already_over", booking_id)


async def test_a_booking_of_somebody_else_is_not_there(owner, db, ana, visit):
    camilo = Person(db, await a_person(owner))
    booking_id = await visit()
    professional = Person(db, ana)  # sees the visit, and still cannot cancel it in the customer's name
    for person, wanted in ((camilo, booking_id), (camilo, uuid4()), (professional, booking_id)):
        with pytest.raises(errors.NotFound):
            await person.offer_cancellation(wanted)
        with pytest.raises(errors.NotFound):
            await person.offer_move(wanted, NEXT_WEEK)


async def test_a_moved_booking_keeps_its_price_and_asks_its_professional_again(owner, laura, visit):
    booking_id = await visit()
    held = await laura.offer_move(booking_id, NEXT_WEEK)
    assert (held.draft.price_cop, held.draft.duration_minutes, held.draft.kind) == (100_001, 240, "reschedule")
    assert await status(owner) == "confirmed"
    done = await laura.confirm(held.draft)
    assert (done.booking["id"], done.booking["status"]) == (booking_id, "pending")
    row = await owner.fetchrow("select * from public.bookings")
    assert (row["scheduled_start"], row["scheduled_end"]) == (NEXT_WEEK, NEXT_WEEK + timedelta(hours=4))
    assert (row["service_date"], row["pending_since"], row["total_price"]) == (NEXT_WEEK.date(), NOW, 100_001)
    assert await laura.confirm(held.draft) == done


async def test_a_move_may_overlap_the_booking_it_moves_and_nothing_else(owner, ana, laura):
    booked = await laura.book(ana)
    moved = await laura.offer_move(booked["id"], MONDAY + timedelta(hours=1))
    assert isinstance(await laura.confirm(moved.draft), terms.Confirmed)
    tuesday = MONDAY + timedelta(days=1)
    await a_booking(owner, professional_id=ana, scheduled_start=tuesday, scheduled_end=tuesday + timedelta(hours=4))
    lost = await laura.offer_move(booked["id"], tuesday)
    assert isinstance(lost, terms.SlotLost)
    assert len(lost.alternatives) == 3
    assert isinstance(await laura.offer_move(booked["id"], MONDAY + timedelta(hours=1)), terms.SlotLost)


async def test_the_hour_it_moves_to_is_held_and_checked_again(owner, db, ana, laura, visit):
    held = await laura.offer_move(await visit(), NEXT_WEEK)
    camilo = Person(db, await a_person(owner))
    assert isinstance(await camilo.offer(ana, NEXT_WEEK), terms.SlotLost)
    await a_booking(owner, professional_id=ana, scheduled_start=NEXT_WEEK, scheduled_end=NEXT_WEEK + timedelta(hours=4))
    assert isinstance(await laura.confirm(held.draft), terms.SlotLost)


async def test_moving_is_free_until_a_day_before_and_not_possible_after(laura, visit):
    booking_id = await visit(24)
    held = await laura.offer_move(booking_id, NEXT_WEEK)
    late = await laura.later(seconds=1).offer_move(booking_id, NEXT_WEEK)
    assert (late.reason, late.booking["id"]) == ("too_late", booking_id)
    assert isinstance(await laura.later(minutes=14).confirm(held.draft), terms.Confirmed)


async def test_a_move_changes_its_hour_and_a_cancellation_nothing(laura, visit):
    booking_id = await visit()
    held = await laura.offer_move(booking_id, NEXT_WEEK)
    other = await laura.edit(held.draft, starts_at=NEXT_WEEK + timedelta(hours=1))
    assert other.draft.version == 2
    assert await laura.edit(other.draft, address="Otra") == terms.Impossible("not_changeable", other.draft)
    quoted = await laura.offer_cancellation(booking_id)
    assert await laura.edit(quoted.draft, starts_at=NEXT_WEEK) == terms.Impossible("not_changeable", quoted.draft)
    assert isinstance(await laura.confirm(other.draft), terms.Closed)  # one open draft about a booking
