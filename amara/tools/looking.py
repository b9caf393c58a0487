"""Who matches a wish, and who of them is free on the day it is for; where nobody is, what would have to give way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from amara.tools import cards, store, words
from amara.tools.tool import Context, Json, Locale

CANDIDATES_MAX: Final = 500  # of the best: their calendars are read in one query, a tenth of a second for all
ASKED_LATER_MAX: Final = 50  # a fortnight of each of them
LATER_DAYS: Final = 14

_HOURS_OF: Final = {"morning": range(12), "afternoon": range(12, 18), "evening": range(17, 24)}
_WEEKDAYS: Final[Mapping[Locale, tuple[str, ...]]] = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


@dataclass(frozen=True, slots=True)
class Day:
    """When a visit is wanted, on the person's own calendar."""

    date: date
    at: str | None
    """An hour of the clock as `9:00`, a part of the day, or none where any hour will do."""
    minutes: int

    def span(self, time_zone: str, days: int = 1) -> tuple[datetime, datetime]:
        """From the first moment of it until before the first one after so many days."""
        here = cards.zone(time_zone)
        return datetime.combine(self.date, time(), here), datetime.combine(self.date + timedelta(days), time(), here)

    def fits(self, start: datetime) -> bool:
        """Args: start is on the person's clock."""
        if self.at is None:
            return True
        hours = _HOURS_OF.get(self.at)
        return start.hour in hours if hours else f"{start:%H:%M}" == self.at.rjust(5, "0")


@dataclass(frozen=True, slots=True)
class Found:
    """Who matches: their number, those to show, and when each of them can begin, where a day was wanted."""

    number: int
    more: int
    """Who is neither shown now nor was before."""
    rows: list[asyncpg.Record]
    free_at: Mapping[UUID, datetime]


async def look(context: Context, wish: store.Wish, day: Day | None, *, limit: int) -> Found:
    """The best matches by facts; where a day is wanted, only who is free then."""
    free_at: Mapping[UUID, datetime] = {}
    if day is not None:
        free_at = await _free(context, wish, day, limit=CANDIDATES_MAX)
        wish = replace(wish, among=list(free_at))
    rows = await store.professionals(context.db, wish, limit=limit)
    if not rows and wish.shown:  # all of them were shown before
        counted = await store.professionals(context.db, replace(wish, shown=None), limit=1)
        return Found(counted[0]["found"] if counted else 0, 0, [], free_at)
    if not rows:
        return Found(0, 0, [], free_at)
    return Found(rows[0]["found"], rows[0]["unshown"] - len(rows), rows, free_at)


async def _free(context: Context, wish: store.Wish, day: Day, *, limit: int, days: int = 1) -> dict[UUID, datetime]:
    """The first fitting start of everybody who has one, on the person's clock."""
    here = cards.zone(context.time_zone)
    # Whoever's zone nobody knows has no calendar anybody could read, and hides alone.
    known = [row["id"] for row in await store.candidates(context.db, wish, limit=limit) if _has_zone(row)]
    since, until = day.span(context.time_zone, days)
    found: dict[UUID, datetime] = {}
    for professional_id, starts in (await context.desk.free_of(known, since, until, day.minutes)).items():
        fitting = (start for start in (moment.astimezone(here) for moment in starts) if day.fits(start))
        if (first := next(fitting, None)) is not None:
            found[professional_id] = first
    return found


def _has_zone(row: asyncpg.Record) -> bool:
    return row["time_zone"] is None or cards.is_zone(row["time_zone"])


async def instead(context: Context, wish: store.Wish, day: Day | None) -> Json:
    """What stood in the way, so that the answer can be an offer.

    `cities`, where the place does; else `relax`, which names each criterion that found people once it was let go of,
    and how many; with the lowest rate there is, or the next free start, where money or the day is among them.
    """
    wish = replace(wish, shown=None)
    if wish.cities is not None:
        here = store.Wish(wish.cities, wish.service)
        if not await store.professionals(context.db, here, limit=1):
            return {"cities": [words.plain(city, 80) for city in await store.cities_served(context.db, wish.service)]}
    told: Json = {}
    relax: dict[str, int] = {}
    for name, other, its_day in _looser(wish, day):
        found = await look(context, other, its_day, limit=1)
        if found.number:
            relax[name] = found.number
            if name == "max_hourly_rate_cop":
                told["lowest_hourly_rate_cop"] = found.rows[0]["lowest_rate"]
    if "date" in relax and day is not None and (start := await _next(context, wish, day)) is not None:
        told["next_free"] = cards.local(start, context.time_zone)
    return told | ({"relax": relax} if relax else {})


def _looser(wish: store.Wish, day: Day | None) -> Iterator[tuple[str, store.Wish, Day | None]]:
    """The wish without one of its criteria, the easiest to do without first."""
    if day is not None and day.at is not None:
        yield "time", wish, replace(day, at=None)
    if wish.min_rating is not None:
        yield "min_rating", replace(wish, min_rating=None), day
    if wish.max_hourly_rate_cop is not None:
        yield "max_hourly_rate_cop", replace(wish, max_hourly_rate_cop=None), day
    if wish.languages is not None:
        yield "language", replace(wish, languages=None), day
    if day is not None:
        yield "date", wish, None


async def _next(context: Context, wish: store.Wish, day: Day) -> datetime | None:
    """The first start that fits after this day; of a day that is over, after today."""
    today = context.now.astimezone(cards.zone(context.time_zone)).date()
    after = replace(day, date=max(day.date, today) + timedelta(1))
    later = await _free(context, wish, after, limit=ASKED_LATER_MAX, days=LATER_DAYS)
    return min(later.values(), default=None)


def said(start: datetime, day: Day, locale: Locale) -> str:
    """`libre el viernes 28 a las 9:00` · `free on Friday 28 at 9:00`; «desde» where any hour would have done."""
    name, clock = _WEEKDAYS[locale][start.weekday()], f"{start.hour}:{start:%M}"
    if locale == "es":
        at = ("a las" if start.hour != 1 else "a la") if day.at else ("desde las" if start.hour != 1 else "desde la")
        return f"libre el {name} {start.day} {at} {clock}"
    return f"free on {name} {start.day} {'at' if day.at else 'from'} {clock}"
