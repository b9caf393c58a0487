"""The numbers: which days are meant, who may see them, and what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from analytics import errors, store
from analytics.settings import Caller, Connection, Handed, Settings
from analytics.shapes import Count, Counts, CountsDay, Funnel, FunnelDay

CHANNELS = ("assistant", "guest", "web")
CITY_MAX = 200  # characters
_CENTURY = (date(2000, 1, 1), date(2099, 12, 30))  # with room for a day's length and any zone on both sides


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is, and where; of what the front door hands over the part that days need."""

    now: Callable[[], datetime]
    time_zone: str


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of one zone, both ends included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def begins(self) -> datetime:
        """The first instant, UTC."""
        return datetime.combine(self.first, time.min, self.zone).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        """The last instant, UTC: the functions of the database include their end."""
        midnight = datetime.combine(self.last + timedelta(days=1), time.min, self.zone)
        return midnight.astimezone(UTC) - timedelta(microseconds=1)

    def each(self) -> Iterator[date]:
        """The days, first to last."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to know."""

    days: Days
    channel: str | None = None
    city: str | None = None
    is_daily: bool = False


@asynccontextmanager
async def administering(caller: Caller, handed: Handed) -> AsyncIterator[Connection]:
    """This administrator's connection to the numbers; their right is the record's word, asked where it is written.

    Raises:
        TokenMissing, NotAllowed: the caller is nobody, or no administrator.
    """
    if caller.user_id is None:
        raise errors.TokenMissing
    async with handed.transaction(caller) as connection:
        if not await store.is_administrator(connection):
            raise errors.NotAllowed
        if handed.numbers is None:
            yield connection
            return
    async with handed.numbers(caller) as connection:
        yield connection


async def stages(connection: Connection, wish: Wish, today: date, settings: Settings) -> Funnel:
    """How many people went how far in these days."""
    days, channel, city = wish.days, wish.channel, wish.city
    beyond = days.first < today - timedelta(days=settings.retention_days)
    found = await store.funnel(connection, days.begins, days.ends, channel, city)
    if not wish.is_daily:
        return Funnel(days.first, days.last, beyond, found, channel, city)
    by_day = await store.funnel_days(connection, days.first, days.last, channel, city)
    nobody = dict.fromkeys((stage.stage for stage in found), 0)
    every = [FunnelDay(day, by_day.get(day, nobody)) for day in days.each()]
    return Funnel(days.first, days.last, beyond, found, channel, city, every)


async def counts(connection: Connection, wish: Wish) -> Counts:
    """How often each type of event happened in these days."""
    days = wish.days
    if wish.channel is None and not wish.is_daily:
        return Counts(days.first, days.last, await store.counts(connection, days.begins, days.ends))
    by_day = await store.count_days(connection, days.first, days.last, wish.channel)
    if wish.channel is None:
        found = await store.counts(connection, days.begins, days.ends)
    else:
        total: Counter[str] = Counter()
        for of_day in by_day.values():
            total.update(of_day)
        found = [Count(*each) for each in sorted(total.items(), key=lambda each: (-each[1], each[0]))]
    every = [CountsDay(day, by_day.get(day, {})) for day in days.each()] if wish.is_daily else msgspec.UNSET
    return Counts(days.first, days.last, found, wish.channel, every)


async def answer(
    what: str, connection: Connection, wish: Wish, clock: Clock | Handed, settings: Settings
) -> Funnel | Counts:
    """`funnel` or `counts`."""
    if what == "funnel":
        return await stages(connection, wish, today(clock), settings)
    return await counts(connection, wish)


def wish_of(asked: Mapping[str, str], clock: Clock | Handed, settings: Settings) -> Wish:
    """What a query's `from`, `to`, `channel`, `city` and `by` ask for; an empty one asks for nothing.

    Raises:
        BadRange, BadQuestion: there is no such thing.
    """
    channel, city, by = (asked.get(name, "").strip() for name in ("channel", "city", "by"))
    if channel not in {*CHANNELS, ""} or by not in {"day", ""} or len(city) > CITY_MAX or "\0" in city:
        raise errors.BadQuestion
    days = days_asked(asked.get("from"), asked.get("to"), clock, settings)
    return Wish(days, channel or None, city or None, by == "day")


def days_asked(first: str | None, last: str | None, clock: Clock | Handed, settings: Settings) -> Days:
    """The days between two texts; without them the last thirty, today included.

    Raises:
        BadRange: a text is no day, or the days are in the wrong order.
    """
    zone = ZoneInfo(clock.time_zone)
    end = _day(last) or today(clock)
    start = _day(first) or end - timedelta(days=settings.days - 1)
    if not _CENTURY[0] <= start <= end <= _CENTURY[1]:
        raise errors.BadRange
    return Days(start, end, zone)


def today(clock: Clock | Handed) -> date:
    """By the days of the zone."""
    return clock.now().astimezone(ZoneInfo(clock.time_zone)).date()


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return msgspec.convert(text, date)
    except msgspec.ValidationError as error:
        raise errors.BadRange from error
