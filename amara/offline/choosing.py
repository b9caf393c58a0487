"""Which one of those shown a person means."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from amara.offline import criteria, phrases
from amara.offline.days import Day
from amara.offline.understanding import plain
from amara.offline.wishes import Wish

Json = dict[str, Any]


def placed(shown: list[Json], text: str) -> Json | None:
    """The one named by its place."""
    for place, pattern in enumerate(phrases.ORDINALS):
        if place < len(shown) and re.search(pattern, text):
            return shown[place]
    return None


def named(shown: list[Json], text: str) -> list[Json]:
    """Those whose first name stands in the text; among several, those whose other names do too."""
    hits = [(item, _names(item, text)) for item in shown]
    most = max((count for _, count in hits), default=0)
    return [item for item, count in hits if count == most] if most else []


def _names(item: Json, text: str) -> int:
    holder = item.get("professional", item)
    full = plain(str(holder.get("name", "")) if isinstance(holder, dict) else "").split(" ")
    hits = [len(name) > 2 and re.search(rf"\b{re.escape(name)}\b", text) is not None for name in full]
    return sum(hits) if hits and hits[0] else 0


def plainly(shown: list[Json], text: str) -> Json | None:
    """The one named by its place or its name."""
    if one := placed(shown, text):
        return one
    people = named(shown, text)
    return people[0] if people else None


def meant(shown: list[Json], text: str) -> Json | None:
    """The one a person means by its place, its name or, being the only one, by «esa»."""
    if one := plainly(shown, text):
        return one
    if not re.search(phrases.DETAILS, text):
        return shown[0] if len(shown) == 1 and re.search(phrases.BOOK_IT, text) else None
    if re.search(phrases.LAST_ONE, text):
        return shown[-1]
    return shown[0] if len(shown) == 1 and re.search(phrases.THAT_ONE, text) else None


def bookings(shown: list[Json], clue: Wish, day: Day | None, zone: ZoneInfo | None, done: Json | None) -> list[Json]:
    """Those of the bookings that fit everything said about them."""
    live = [booking for booking in shown if booking.get("status") in {"pending", "confirmed"}] or shown
    if one := placed(shown, clue.rest):
        return [one]
    fitting = named(live, clue.rest) or live
    wanted = criteria.service(clue.rest)
    if wanted and (same := [booking for booking in fitting if _service(booking) == wanted.service]):
        fitting = same
    if day is not None:
        fitting = [booking for booking in fitting if _is_on(booking, day, zone)]
    if len(fitting) > 1 and day is None and done is not None:
        fitting = [booking for booking in fitting if _is_of(booking, done)] or fitting
    return fitting


def _service(booking: Json) -> str | None:
    service = booking.get("service")
    if isinstance(service, dict):
        return str(service.get("slug"))
    wanted = criteria.service(f"busco {plain(str(service))}")
    return wanted.service if wanted else None


def _is_on(booking: Json, day: Day, zone: ZoneInfo | None) -> bool:
    start = instant(booking.get("starts_at"), zone)
    if start is None:
        return False
    # «El jueves» of a booking is any Thursday, today's too.
    return start.weekday() == day.weekday if day.weekday is not None else day.first <= start.date() <= day.last


def _is_of(booking: Json, draft: Json) -> bool:
    ids = [one["professional"].get("id") for one in (booking, draft) if isinstance(one.get("professional"), dict)]
    start = instant(booking.get("starts_at"), None)
    return len(ids) == 2 and ids[0] == ids[1] and start is not None and start == instant(draft.get("starts_at"), None)


def instant(value: object, zone: ZoneInfo | None) -> datetime | None:
    """A moment of a card on the person's clock."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if zone is None:
        return moment
    return moment.astimezone(zone) if moment.tzinfo is not None else moment.replace(tzinfo=zone)
