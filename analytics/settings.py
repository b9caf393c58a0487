"""What the events' room is handed at the front door, and the few numbers it keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"  # generic in the stubs alone


class Caller(Protocol):
    """Who is calling, as far as this package looks at it."""

    @property
    def user_id(self) -> UUID | None:
        """Nobody, when there was no token."""

    @property
    def is_anonymous(self) -> bool:
        """A visitor's own principal, without an account."""


@dataclass(frozen=True, slots=True)
class Handed:
    """Everything from outside; never the pool, so that no statement runs without a role."""

    caller: Callable[[str | None], Awaitable[Caller]]
    """Of an `Authorization` header's value; raises a situation with a code and a status."""
    transaction: Callable[[Any], AbstractAsyncContextManager[Connection]]
    """A connection inside a transaction with that caller's role and claims."""
    service: Callable[[], AbstractAsyncContextManager[Connection]]
    """The same as the service itself."""
    now: Callable[[], datetime]
    """Aware, UTC."""
    time_zone: str
    """IANA name: whose days the funnel's days are."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of capture, and the funnel's days."""

    body_bytes: int = 500 * 1024
    events: int = 100
    """In one request."""
    event_bytes: int = 32 * 1024
    """As it was sent, all of its fields."""
    type_characters: int = 128
    session_characters: int = 200
    lateness: timedelta = timedelta(hours=24)
    """How long an event may have waited on a device and still count at its own time: the funnel's window."""
    days: int = 30
    """Of the funnel, when no range is asked for."""
    retention_days: int = 90
