"""What the events' room is handed at the front door, and the few numbers it keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
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

    @property
    def expires_at(self) -> int | None:
        """Of their token. Units: Unix seconds."""

    @property
    def issued_at(self) -> float | None:
        """Of their token, where it says so. Units: Unix seconds."""


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
    numbers: Callable[[Any], AbstractAsyncContextManager[Connection]] | None = None
    """As `transaction`, where what is read may be a little old; without it there is no difference."""
    count: Callable[[str, int], None] | None = None
    """Told what became of events: `accepted`, `duplicate`, `rejected` or `bot`, and of how many."""
    watch: Callable[[str, str, Callable[[], float]], None] | None = None
    """Takes a figure's name, its sentence, and what to ask for it."""
    health: Callable[[datetime, datetime], Awaitable[Mapping[str, Any]]] | None = None
    """How the assistant did between these two instants; asked for administrators alone."""
    links: Sequence[tuple[str, Mapping[str, str]]] = ()
    """Other pages behind the same session: a path, and what it is called in each language."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of capture, and the funnel's days."""

    write_keys: frozenset[str] = frozenset()
    """What a Segment SDK names itself with. They stand in pages: they let nobody read, nor speak for anybody."""
    declared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The operator's own types of events, each with the kinds of its properties; see `registry`."""
    public_url: str = ""
    """How browsers reach us; as they asked for us, where it is not set."""
    body_bytes: int = 500 * 1024
    """As it came, and once more when it is inflated."""
    events: int = 100
    """In one request of our own door."""
    segment_events: int = 1000
    """In one request of the Segment door, whose servers flush larger batches."""
    event_bytes: int = 32 * 1024
    """As it was sent, all of its fields."""
    type_characters: int = 128
    session_characters: int = 200
    lateness: timedelta = timedelta(hours=24)
    """How long an event may have waited on a device and still count at its own time: the funnel's window."""
    flush_s: float = 0.003
    """How long a request waits for others to share its commit. Units: seconds."""
    flush_events: int = 1000
    """In one statement, unless one request alone has more."""
    writers: int = 2
    """Statements under way at once: the rest of the pool is the chat's."""
    waiting_events: int = 10_000
    waiting_bytes: int = 16 * 1024 * 1024
    """Beyond either of the two a sender is told to come back."""
    store_s: float = 6.0
    """What a statement may take before its senders are told to come back. Units: seconds."""
    days: int = 30
    """Of the funnel, when no range is asked for."""
    retention_days: int = 90
