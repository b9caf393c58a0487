"""The numbers: which days are meant, who may see them, and what they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from analytics import errors, store
from analytics.settings import Caller, Connection, Handed, Settings
from analytics.shapes import Counts, Funnel

_CENTURY = (date(2000, 1, 1), date(2099, 12, 30))  # with room for a day's length and any zone on both sides


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


async def stages(caller: Caller, days: Days, handed: Handed, settings: Settings) -> Funnel:
    """How many people went how far in these days.

    Raises:
        TokenMissing, NotAllowed: the caller is nobody, or no administrator.
    """
    today = handed.now().astimezone(days.zone).date()
    _somebody(caller)
    async with handed.transaction(caller) as connection:
        await _administrator(connection)
        found = await store.funnel(connection, days.begins, days.ends)
    beyond = days.first < today - timedelta(days=settings.retention_days)
    return Funnel(days.first, days.last, beyond, found)


async def counts(caller: Caller, days: Days, handed: Handed) -> Counts:
    """How often each type of event happened in these days.

    Raises:
        TokenMissing, NotAllowed: the caller is nobody, or no administrator.
    """
    _somebody(caller)
    async with handed.transaction(caller) as connection:
        await _administrator(connection)
        found = await store.counts(connection, days.begins, days.ends)
    return Counts(days.first, days.last, found)


def days_asked(first: str | None, last: str | None, handed: Handed, settings: Settings) -> Days:
    """The days between two texts; without them the last thirty, today included.

    Raises:
        BadRange: a text is no day, or the days are in the wrong order.
    """
    zone = ZoneInfo(handed.time_zone)
    end = _day(last) or handed.now().astimezone(zone).date()
    start = _day(first) or end - timedelta(days=settings.days - 1)
    if not _CENTURY[0] <= start <= end <= _CENTURY[1]:
        raise errors.BadRange
    return Days(start, end, zone)


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return msgspec.convert(text, date)
    except msgspec.ValidationError as error:
        raise errors.BadRange from error


def _somebody(caller: Caller) -> None:
    if caller.user_id is None:
        raise errors.TokenMissing


async def _administrator(connection: Connection) -> None:
    if not await store.is_administrator(connection):
        raise errors.NotAllowed
