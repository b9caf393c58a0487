"""What the tests of guests' mail share: a mailroom, a visit, and what became of the notices."""

from __future__ import annotations

import icalendar

from guest.mail import Mailroom
from tests.builders import a_booking, a_guest

LINK = "https://maidconnect.example.com/"


def room(db, clock, relay):
    return Mailroom(
        service=db.service,
        relay=relay,
        sender="MaidConnect <hola@example.com>",
        link=LINK,
        now=clock,
        time_zone="America/Bogota",
    )


async def a_visit(owner, guest=None, **columns):
    """A guest's booking, pending unless it is said otherwise."""
    guest = guest or await a_guest(owner)
    return await a_booking(owner, guest_session_id=guest, **{"status": "pending", "booking_source": "guest"} | columns)


async def become(owner, booking_id, **columns):
    changes = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 2))
    await owner.execute(f"update bookings set {changes} where id = $1", booking_id, *columns.values())


async def states(owner):
    rows = await owner.fetch("select kind, state from amara_private.guest_mail order by sequence, kind")
    return [(row["kind"], row["state"]) for row in rows]


def entry(letter):
    (attached,) = letter.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    calendar = icalendar.Calendar.from_ical(attached.get_payload(decode=True))
    assert attached["Content-Type"].params["method"] == calendar["METHOD"]
    (event,) = calendar.events
    return calendar["METHOD"], event["STATUS"], event["SEQUENCE"], event["UID"], event["DTSTART"].dt
