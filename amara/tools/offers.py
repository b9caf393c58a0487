"""How a tool hears a wish and tells the booking desk's answer: a card where a person can act, a refusal where not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec

from amara import terms
from amara.tools import cards, words
from amara.tools.tool import Context, Json, Refusal

Id = Annotated[str, msgspec.Meta(max_length=64)]
Hours = Annotated[
    float, msgspec.Meta(ge=2, le=8, multiple_of=0.5, description="Length of the visit in hours: 2 to 8, in half hours.")
]
Start = Annotated[
    str,
    msgspec.Meta(
        max_length=40,
        description="Start of the visit, 2025-12-09T08:00 on the person's own clock, or with an offset. Every visit "
        "starts on a full or half hour; take it from check_availability.",
    ),
]

YEARS: Final = range(2000, 2200)  # beyond them no clock of ours or the database's can be set

_WHY_NOT: Final[dict[terms.Reason, str]] = {
    "not_offered": "This professional is not available or does not offer this service.",
    "bad_duration": "A visit lasts 2 to 8 hours, in half hours.",
    "already_over": "This booking has begun, is over, or was already cancelled or declined.",
    "too_late": "A booking can be moved until 24 hours before it starts; this one is too near. It can be cancelled.",
    "not_changeable": "This cannot be changed.",
}


def identity(text: str, refusal: Refusal) -> UUID:
    """The id in this text.

    Raises:
        Refusal: the one given; a malformed id is answered like an unknown one.
    """
    try:
        return UUID(text.strip())
    except ValueError:
        raise refusal from None


def instant(text: str, time_zone: str) -> datetime:
    """The moment in this text, on the person's clock where it names no offset.

    Raises:
        Refusal: `bad_arguments`.
    """
    unreadable = Refusal("bad_arguments", "starts_at is a moment like 2025-12-09T08:00.")
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise unreadable from None
    if moment.year not in YEARS:
        raise unreadable
    return moment if moment.tzinfo else moment.replace(tzinfo=cards.zone(time_zone))


def minutes(hours: float) -> int:
    """Whole minutes."""
    return round(hours * 60)


def told(context: Context, answer: terms.Answer) -> Json:
    """The card: `booking_draft` for what may be confirmed, `availability` for other hours.

    Raises:
        Refusal: it cannot be done.
    """
    if isinstance(answer, terms.Impossible):
        raise Refusal(answer.reason, _WHY_NOT[answer.reason])
    if isinstance(answer, terms.SlotLost):
        wish = answer.wish
        return {
            "card": "availability",
            "outcome": "slot_lost",
            "professional": {"id": str(wish.professional_id)},
            "wished": cards.local(wish.starts_at, context.time_zone),
            "duration_minutes": wish.duration_minutes,
            "found": len(answer.alternatives),
            "days": cards.days(answer.alternatives, context.time_zone),
        }
    return {"card": "booking_draft", **cards.answer(answer, context.time_zone, context.now)}


def said(text: str | None, limit: int) -> str | None:
    """What a person said for others to read, on one line; none where it says nothing."""
    return words.plain(text or "", limit) or None
