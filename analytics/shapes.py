"""The words of the events' doors: what is told, what is kept, what is answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec


class Told(msgspec.Struct, frozen=True):
    """One event as it was sent. A `user_id` among its fields is not read: who did it is the token's word."""

    event_type: str
    event_id: UUID | None = None
    properties: dict[str, Any] | None = None
    session_id: str | None = None
    occurred_at: datetime | None = None
    sent_at: datetime | None = None
    """By the same clock as `occurred_at`: what that clock is off is the difference to ours."""


class Event(msgspec.Struct, frozen=True):
    """One event as it is stored."""

    id: UUID
    event_type: str
    user_id: UUID | None
    session_id: str | None
    properties: str
    """A JSON object."""
    created_at: datetime


class Rejected(msgspec.Struct, frozen=True):
    """One event of a list that was not kept, and why."""

    index: int
    code: str
    detail: str


class Receipt(msgspec.Struct, frozen=True):
    """What became of the events of one request; told after the commit."""

    accepted: int
    duplicates: int
    rejected: list[Rejected]


class Taken(msgspec.Struct, frozen=True):
    """The same, as Segment's libraries read it."""

    success: bool
    accepted: int
    duplicates: int
    rejected: list[Rejected]


class Stage(msgspec.Struct, frozen=True):
    """One step of the funnel."""

    stage: str
    unique_users: int
    conversion_rate: float
    """Percent of the first stage, two decimals; a JSON number, where a Decimal would go out as text."""


class FunnelDay(msgspec.Struct, frozen=True):
    """Of the people who searched on a day, how many got how far."""

    day: date
    stages: dict[str, int]


class Funnel(msgspec.Struct, frozen=True):
    """How many people went how far."""

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    beyond_retention: bool
    """The range begins where events are already gone: the numbers are of what is left."""
    stages: list[Stage]
    channel: str | None = None
    city: str | None = None
    """Of these alone, where they are named."""
    days: list[FunnelDay] | msgspec.UnsetType = msgspec.UNSET
    """Every day of the range, where days were asked for."""


class Count(msgspec.Struct, frozen=True):
    """How often something happened."""

    event_type: str
    event_count: int


class CountsDay(msgspec.Struct, frozen=True):
    """How often everything happened on a day."""

    day: date
    counts: dict[str, int]


class Counts(msgspec.Struct, frozen=True):
    """How often everything happened, most frequent first."""

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    counts: list[Count]
    channel: str | None = None
    days: list[CountsDay] | msgspec.UnsetType = msgspec.UNSET
    """Every day of the range, where days were asked for."""
