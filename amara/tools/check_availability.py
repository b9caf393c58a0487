"""When a professional is free."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import msgspec

from amara import terms
from amara.tools import cards, offers, store, words
from amara.tools.tool import Context, Json, Refusal, Tool

DAYS_ASKED = 14
DAYS_SHOWN = 7  # with free hours; more is a calendar, not advice
LATER_DAYS = 30
LATER_SHOWN = 3

NOT_FOUND = "There is no professional with this id. search_professionals gives the ids there are."


class CheckAvailability(msgspec.Struct, forbid_unknown_fields=True):
    """Whose hours, and which."""

    professional_id: Annotated[offers.Id, msgspec.Meta(description="The id, as search_professionals gives it.")]
    date_from: Annotated[date, msgspec.Meta(description="First day, YYYY-MM-DD on the person's calendar.")]
    date_to: Annotated[
        date | None, msgspec.Meta(description="Last day; left out, the first day alone. At most two weeks are read.")
    ] = None
    hours: offers.Hours = 4


async def run(context: Context, args: CheckAvailability, /) -> Json:
    """The `availability` card; where nothing is free, the next free hours after it.

    Raises:
        Refusal: `not_found`, or `bad_arguments` for days in the wrong order.
    """
    professional_id = offers.identity(args.professional_id, Refusal("not_found", NOT_FOUND))
    first, last = args.date_from, args.date_to or args.date_from
    if last < first or first.year not in offers.YEARS:
        raise Refusal("bad_arguments", "date_to is not before date_from.")
    last = min(last, first + timedelta(days=DAYS_ASKED - 1))
    services = await store.offers_of(context.db, professional_id)
    if not services:
        raise Refusal("not_found", NOT_FOUND)
    length = offers.minutes(args.hours)
    # The person's days may begin or end on a neighbouring day of the professional's.
    day = timedelta(days=1)
    starts = await context.desk.free(professional_id, first - day, last + day, length)
    here = cards.zone(context.time_zone)
    free = [start for start in starts if first <= start.astimezone(here).date() <= last]
    card: Json = {
        "card": "availability",
        "professional": {"id": str(professional_id), "name": words.plain(services[0]["full_name"] or "", 80)},
        "from": first.isoformat(),
        "to": last.isoformat(),
        "duration_minutes": length,
        "services": [
            {
                "slug": words.plain(row["slug"], 80),
                "name": words.service_name(
                    row["slug"], context.locale, words.plain(row["service_name"] or row["slug"], 80)
                ),
                "hourly_rate_cop": row["rate"],
                "total_price": terms.price_cop(row["rate"], length),
            }
            for row in services
        ],
        "currency": "COP",
        "found": len(free),
        "days": cards.days(free, context.time_zone)[:DAYS_SHOWN],
    }
    if not free:
        after = max(last, context.now.astimezone(here).date())
        later = await context.desk.free(professional_id, after, after + timedelta(days=LATER_DAYS), length)
        card["later"] = [
            cards.local(start, context.time_zone) for start in later if start.astimezone(here).date() > last
        ][:LATER_SHOWN]
    return card


CHECK_AVAILABILITY = Tool(
    name="check_availability",
    description=(
        "The free starting times of one professional for a visit of this length, with its price, in the person's own "
        "zone. Call it before you name an hour, and before draft_booking or reschedule_booking; hours that are not in "
        "the answer are not free. Visits start at least 24 hours and at most 60 days ahead. Where nothing is free, "
        "`later` has the next free starts. It books and holds nothing."
    ),
    args=CheckAvailability,
    run=run,
    labels={"es": "Consultando horarios libres…", "en": "Checking free hours…"},
)
