"""What time alone brings about, beside somebody who acts in the same moment."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from amara.upkeep import Upkeep
from tests.builders import a_booking, a_person, a_professional
from tests.calendars import NOW, a_hold


async def test_tidying_and_a_late_confirmation_do_not_wait_for_each_other(db, owner):
    ana, laura = await a_professional(owner), await a_person(owner)
    await a_booking(owner, professional_id=ana, status="pending", pending_since=NOW - timedelta(hours=24))
    start = NOW + timedelta(days=3)
    draft = await a_hold(owner, ana, laura, start, start + timedelta(hours=2), expires_at=NOW)
    async with owner.transaction():  # a confirmation's locks, in its order: the professional, then the draft
        await owner.execute("select amara_api.lock_professional($1)", ana)
        tidying = asyncio.create_task(Upkeep(db, lambda: NOW).once())
        while not await owner.fetchval("select exists (select from pg_locks where not granted)"):
            pass
        await owner.execute("select from amara_booking_drafts where id = $1 for no key update", draft)
    done = await tidying
    assert (done["bookings_declined"], done["drafts_expired"]) == (1, 1)
