"""The professional's word on a booking, and the time there is for it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from amara.store import bookings
from tests.builders import a_booking
from tests.calendars import NOW


@pytest.mark.parametrize("answer", ["confirmed", "declined"])
async def test_a_professional_answers_once(owner, db, answer):
    booking_id = await a_booking(owner, status="pending", pending_since=NOW)
    async with db.service() as service:
        assert await bookings.answer_booking(service, booking_id, answer)
        assert not await bookings.answer_booking(service, booking_id, "confirmed")
        assert not await bookings.answer_booking(service, uuid4(), answer)
    row = await owner.fetchrow("select status, pending_since from public.bookings")
    assert tuple(row) == (answer, None)


async def test_the_day_counts_from_when_it_began_to_wait(owner, db):
    moved = await a_booking(owner, status="pending", created_at=NOW - timedelta(days=9), pending_since=NOW)
    old = await a_booking(owner, status="pending", created_at=NOW - timedelta(days=9))
    async with db.service() as service:
        assert await bookings.unanswered(service, NOW - timedelta(hours=24), limit=9) == [old]
        assert set(await bookings.unanswered(service, NOW, limit=9)) == {old, moved}
        assert len(await bookings.unanswered(service, NOW, limit=1)) == 1


async def test_what_somebody_changes_just_now_is_left_for_later(owner, db):
    booking_id = await a_booking(owner, status="pending", pending_since=NOW)
    async with owner.transaction():
        await owner.execute("select 1 from public.bookings where id = $1 for update", booking_id)
        async with db.service() as service:
            assert await bookings.unanswered(service, NOW, limit=9) == []
