"""What the guest's room is handed at the front door, and the few numbers it keeps."""

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
    """IANA name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of a guest's session."""

    lifetime: timedelta = timedelta(hours=24)
    body_bytes: int = 16 * 1024  # five short fields; more is not a form
    email_characters: int = 320  # RFC 5321, 4.5.3.1: 64 before the @, 255 behind it; the validator is stricter still
    name_characters: int = 200
    phone_characters: int = 40
    word_characters: int = 200
    """Of a consent's version and of an analytics session id."""
