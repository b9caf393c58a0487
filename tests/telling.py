"""Who tells the platform's own service, in a test's own time, and bookings with something to tell."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta

from amara.store import notices
from amara.webhooks import Webhooks
from tests.builders import NEXT_MORNING, a_booking, a_person, a_professional
from tests.receiver import OLD_SECRET, SECRET

LIFE = ["booking.created", "booking.confirmed", "booking.rescheduled", "booking.cancelled"]


@asynccontextmanager
async def telling(db, url, **more):
    """Somebody who tells when asked to, with pauses that a test does not feel."""
    values = {"pause_s": lambda _: 0.01, "tell_s": 5.0, "claim_s": 20.0} | more
    webhooks = Webhooks(db, url, (SECRET, OLD_SECRET), **values)
    await webhooks.connect()
    try:
        async with db.service() as connection:
            await notices.use_receiver(connection, is_there=True)
        yield webhooks
    finally:
        await webhooks.close()


async def a_life(owner, **columns):
    """A booking that is made, accepted, moved and cancelled."""
    booking = await a_booking(owner, status="pending", **columns)
    await owner.execute("update bookings set status = 'confirmed' where id = $1", booking)
    await owner.execute(
        "update bookings set scheduled_start = scheduled_start + interval '1 hour',"
        " scheduled_end = scheduled_end + interval '1 hour' where id = $1",
        booking,
    )
    await owner.execute("update bookings set status = 'cancelled' where id = $1", booking)
    return booking


async def lives(owner, number):
    pro, person = await a_professional(owner), await a_person(owner)
    return [
        await a_life(
            owner,
            professional_id=pro,
            customer_id=person,
            scheduled_start=NEXT_MORNING + timedelta(days=day),
            scheduled_end=NEXT_MORNING + timedelta(days=day, hours=2),
        )
        for day in range(number)
    ]


async def states(owner):
    rows = await owner.fetch("select state, count(*) from amara_private.webhook_notices group by 1")
    return {row["state"]: row["count"] for row in rows}


async def until_nothing_waits(webhooks, owner):
    while (await states(owner)).get("waiting"):
        await webhooks.once()
