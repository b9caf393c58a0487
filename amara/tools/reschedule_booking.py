"""A draft of a move: other hours held for a booking, before anything is moved."""

from __future__ import annotations

from typing import Annotated

import msgspec

from amara import errors
from amara.tools import offers
from amara.tools.tool import Context, Json, Refusal, Tool

NOT_FOUND = "The person has no booking with this id. list_my_bookings gives the ids there are."


class RescheduleBooking(msgspec.Struct, forbid_unknown_fields=True):
    """Which one, and to when; its length and price stay."""

    booking_id: Annotated[offers.Id, msgspec.Meta(description="The id of a booking, as list_my_bookings gives it.")]
    starts_at: offers.Start


async def run(context: Context, args: RescheduleBooking, /) -> Json:
    """The `booking_draft` card, or the `availability` card with the hours nearest to one that is taken.

    Raises:
        Refusal: `not_found`, one and the same for unknown and foreign; `already_over`, `too_late`, `bad_arguments`.
    """
    not_found = Refusal("not_found", NOT_FOUND)
    starts_at = offers.instant(args.starts_at, context.time_zone)
    try:
        answer = await context.desk.offer_move(offers.identity(args.booking_id, not_found), starts_at)
    except errors.NotFound:
        raise not_found from None
    return offers.told(context, answer)


RESCHEDULE_BOOKING = Tool(
    name="reschedule_booking",
    description=(
        "Prepares the moving of one booking to another hour with the same professional, free of charge until 24 hours "
        "before it starts: a draft that holds the new hour for 15 minutes. Nothing is moved by it: only the person can "
        "confirm, on the card, and then the professional is asked again. Call check_availability first. Where the hour "
        "is taken it answers with the nearest free ones instead."
    ),
    args=RescheduleBooking,
    run=run,
    labels={"es": "Preparando el cambio…", "en": "Preparing the change…"},
)
