"""A draft of a booking: everything on it, its hour held for a quarter of an hour, and nothing booked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec

from amara import terms
from amara.tools import offers, store, words
from amara.tools.tool import Context, Happened, Json, Refusal, Tool

NOT_FOUND = "There is no professional with this id. search_professionals gives the ids there are."


class DraftBooking(msgspec.Struct, forbid_unknown_fields=True):
    """The visit, as the person wants it."""

    professional_id: Annotated[offers.Id, msgspec.Meta(description="The id, as search_professionals gives it.")]
    service: Annotated[
        str,
        msgspec.Meta(
            max_length=80, description="The service's slug (cleaning, ironing …) or the person's word for it."
        ),
    ]
    starts_at: offers.Start
    hours: offers.Hours
    address: Annotated[
        Annotated[str, msgspec.Meta(max_length=300)] | None,
        msgspec.Meta(description="Where, as the person said it. Left out, the one of the open draft stays."),
    ] = None
    instructions: Annotated[
        Annotated[str, msgspec.Meta(max_length=1000)] | None,
        msgspec.Meta(description="What the professional should know, as the person said it."),
    ] = None


async def run(context: Context, args: DraftBooking, /) -> Json:
    """The `booking_draft` card, or the `availability` card with the hours nearest to one that is taken.

    Raises:
        Refusal: `not_found`, `not_offered` naming the services there are, or `bad_arguments`.
    """
    professional_id = offers.identity(args.professional_id, Refusal("not_found", NOT_FOUND))
    starts_at = offers.instant(args.starts_at, context.time_zone)
    services = {
        row["slug"]: row["service_name"] or row["slug"] for row in await store.offers_of(context.db, professional_id)
    }
    if not services:
        raise Refusal("not_found", NOT_FOUND)
    slug = _slug(args.service, services)
    if slug is None:
        raise Refusal(
            "not_offered",
            "This professional does not offer that; `offered` names what is.",
            offered=[words.plain(slug, 80) for slug in services],
        )
    wish = terms.Wish(
        professional_id,
        slug,
        starts_at,
        offers.minutes(args.hours),
        offers.said(args.address, 300),
        offers.said(args.instructions, 1000),
    )
    return offers.told(context, await context.desk.offer(wish))


def _slug(asked: str, services: dict[str, str]) -> str | None:
    folded = words.fold(asked)
    known = words.service_slug(asked)
    if known in services:
        return known
    return next((slug for slug, name in services.items() if folded in {words.fold(slug), words.fold(name)}), None)


def _happened(_run_id: UUID, _args: DraftBooking, card: Json, /) -> Sequence[Happened]:
    """A checkout begins with a draft; its later versions are the same one, in whatever run they are made."""
    draft = card.get("draft")
    if draft is None:
        return ()
    started = {"pro_id": draft["professional"]["id"], "subtotal": draft["total_price"]}
    return [Happened("CheckoutStarted", started, f"checkout:{draft['id']}")]


DRAFT_BOOKING = Tool(
    name="draft_booking",
    description=(
        "Prepares a booking: a draft with professional, service, hour, price and address that holds the hour for 15 "
        "minutes. Nothing is booked by it: only the person can confirm, on the card that is shown to them, and no "
        "words of yours or theirs in the chat do. Call it when professional, service, day, hour and length are "
        "settled; call it again with what changed to change it. `missing` names what to ask for next. Price and hours "
        "come from the database: tell those on the draft. Where the hour is taken it answers with the nearest free "
        "ones instead."
    ),
    args=DraftBooking,
    run=run,
    labels={"es": "Preparando su reserva…", "en": "Preparing your booking…"},
    happened=_happened,
)
