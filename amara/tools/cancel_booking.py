"""A draft of a cancellation: what comes back, before anything is cancelled."""

from __future__ import annotations

from typing import Annotated

import msgspec

from amara import errors
from amara.tools import offers
from amara.tools.tool import Context, Json, Refusal, Tool

NOT_FOUND = "The person has no booking with this id. list_my_bookings gives the ids there are."


class CancelBooking(msgspec.Struct, forbid_unknown_fields=True):
    """Which one."""

    booking_id: Annotated[offers.Id, msgspec.Meta(description="The id of a booking, as list_my_bookings gives it.")]


async def run(context: Context, args: CancelBooking, /) -> Json:
    """The `booking_draft` card with its refund.

    Raises:
        Refusal: `not_found`, one and the same for unknown and foreign; `already_over`.
    """
    not_found = Refusal("not_found", NOT_FOUND)
    try:
        return offers.told(context, await context.desk.offer_cancellation(offers.identity(args.booking_id, not_found)))
    except errors.NotFound:
        raise not_found from None


CANCEL_BOOKING = Tool(
    name="cancel_booking",
    description=(
        "Prepares the cancelling of one booking: a draft that says how much is refunded (100 % with 24 hours' notice, "
        "50 % with 12, 25 % with 4, then nothing). Nothing is cancelled by it: only the person can confirm, on the "
        "card. Call it when they want to cancel; tell them the refund on the draft."
    ),
    args=CancelBooking,
    run=run,
    labels={"es": "Calculando su reembolso…", "en": "Working out your refund…"},
)
