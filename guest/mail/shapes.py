"""The words of the mailroom: what is to be told, and to whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

Kind = Literal["requested", "confirmed", "moved", "declined", "cancelled"]
Language = Literal["es", "en"]

GONE: frozenset[Kind] = frozenset({"declined", "cancelled"})
"""After these the visit does not take place."""


class Claimed(msgspec.Struct, frozen=True):
    """A notice that is ours to tell for a while."""

    id: UUID
    booking_id: UUID
    kind: str
    attempts: int
    """This one included."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a booking, with what its letter needs as the tables say it when it is sent."""

    id: UUID
    booking_id: UUID
    kind: Kind
    sequence: int
    noted_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    """Then, not now: a later move has a letter of its own. A platform may take bookings without an hour."""
    is_confirmed: bool
    """By now."""
    day: date
    email: str
    full_name: str
    language: Language
    service: str | None
    professional: str | None
    address: str | None
    total_price: int | None
    """Whole units of the currency."""
    currency: str
    refund: int | None
    """Of a cancellation, in the same."""
    time_zone: str | None
    """The professional's, IANA."""
    sent_lately: int
    """Letters about bookings to this address in the last 24 hours."""


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code that lets a guest in again. It is in this process alone, and nowhere after it was sent."""

    email: str
    language: Language
    code: str
    minutes: int
    """How long it is good for."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a person reads."""

    subject: str
    text: str
