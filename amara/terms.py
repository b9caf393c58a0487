"""The terms of a booking as values: what is offered, what came of it, and the few figures both sides agree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg

HOLD = timedelta(minutes=15)
HOLDS_MAX = 3
"""Hours one person may hold at once, in as many conversations: the newest ones."""
UNANSWERED = timedelta(hours=24)
"""A professional who has not answered for this long has declined."""
FREE_MOVE = timedelta(hours=24)
STEP_MINUTES = 30
SHORTEST_MINUTES, LONGEST_MINUTES = 120, 480
ALTERNATIVES = 3

_REFUNDS = ((timedelta(hours=24), 100), (timedelta(hours=12), 50), (timedelta(hours=4), 25))

Kind = Literal["book", "cancel", "reschedule"]
DraftStatus = Literal["open", "confirmed", "superseded", "cancelled", "expired"]
Reason = Literal[
    "not_offered",  # the professional is not there, or has no such service
    "bad_duration",  # not 2 to 8 hours in half hours
    "already_over",  # the visit began, was cancelled or declined
    "too_late",  # moving is free until a day before, and not possible after
    "not_changeable",  # this kind of draft has no such field
]


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of an offer, as the database has it."""

    id: UUID
    kind: Kind
    version: int
    status: DraftStatus
    user_id: UUID | None
    guest_session_id: UUID | None
    conversation_id: UUID | None
    professional_id: UUID
    professional_name: str
    target_booking_id: UUID | None
    service_slug: str | None
    service_name: str
    starts_at: datetime
    duration_minutes: int
    price_cop: int
    currency: str
    refund_cop: int | None
    refund_percent: int | None
    address: str | None
    instructions: str | None
    offered_at: datetime
    expires_at: datetime
    booking_id: UUID | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Draft:
        """The draft in this row."""
        return cls(**{name: row[name] for name in cls.__slots__})

    @property
    def ends_at(self) -> datetime:
        """When the visit would be over."""
        return self.starts_at + timedelta(minutes=self.duration_minutes)

    @property
    def missing(self) -> tuple[str, ...]:
        """What must still be said before it can be confirmed."""
        return ("address",) if self.kind == "book" and not self.address else ()

    def state(self, now: datetime) -> DraftStatus:
        """Its status; the clock ends a hold, nobody has to write that down."""
        return "expired" if self.status == "open" and self.expires_at <= now else self.status


@dataclass(frozen=True, slots=True)
class Wish:
    """A visit somebody would like; what is not said is taken from the draft it replaces."""

    professional_id: UUID
    service_slug: str
    starts_at: datetime
    duration_minutes: int
    address: str | None = None
    instructions: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What changes in a draft; none leaves a field as it is."""

    starts_at: datetime | None = None
    duration_minutes: int | None = None
    address: str | None = None
    instructions: str | None = None


Booking: TypeAlias = asyncpg.Record
"""A row of `amara_api.bookings`."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A draft stands, and waits for its owner."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Confirmed:
    """It was carried out, now or before: the booking says what is true."""

    draft: Draft
    booking: Booking


@dataclass(frozen=True, slots=True)
class SlotLost:
    """The hour is not free. The draft is none where there was none yet."""

    draft: Draft | None
    alternatives: Sequence[datetime]
    wish: Wish


@dataclass(frozen=True, slots=True)
class Changed:
    """Another version than the one that was seen is open: `price` when we made it, `version` when somebody else did."""

    draft: Draft
    what: Literal["price", "version"]


@dataclass(frozen=True, slots=True)
class Closed:
    """The draft is over without a booking; its state says how: expired, superseded or cancelled."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Something must still be said first."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Impossible:
    """It cannot be done, and asking again would not help."""

    reason: Reason
    draft: Draft | None = None
    booking: Booking | None = None


Answer: TypeAlias = Offered | Confirmed | SlotLost | Changed | Closed | Incomplete | Impossible


def is_length(minutes: int) -> bool:
    """Whether a visit may be this long: 2 to 8 hours in half hours."""
    return SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES and minutes % STEP_MINUTES == 0


def price_cop(hourly_rate_cop: int, minutes: int) -> int:
    """Units: whole pesos; half a peso counts as one."""
    return (hourly_rate_cop * minutes + 30) // 60


def refund_percent(until_start: timedelta) -> int:
    """How much of the price comes back when a customer cancels this long before the visit."""
    return next((percent for notice, percent in _REFUNDS if until_start >= notice), 0)


def refund_cop(total_cop: int, percent: int) -> int:
    """Units: whole pesos; half a peso counts as one."""
    return (total_cop * percent + 50) // 100
