"""What the guest's room is handed at the front door, and the few numbers it keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"  # generic in the stubs alone
Json: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[datetime, UUID]
"""Of a booking among those of one guest: what a next page begins after."""


class Caller(Protocol):
    """Who is calling, as far as this package looks at it."""

    @property
    def user_id(self) -> UUID | None:
        """Nobody, when there was no token."""

    @property
    def is_anonymous(self) -> bool:
        """A visitor's own principal, without an account."""


class Deed(Protocol):
    """What came of a request at the counter."""

    @property
    def answer(self) -> Json:
        """As it is told: an `outcome`, and what is true now."""

    @property
    def started(self) -> Json | None:
        """What a checkout that begins here is about, with its `draft_id`; none where it began elsewhere."""


class Counter(Protocol):
    """Where bookings are made, by the rules of everybody's. Who asks is a value of the counter's own making.

    Connections are the service's, in a transaction that holds the guest's session, and are the service's again after.
    """

    def guest(self, session_id: UUID, /) -> Any:
        """Who brings this session's token and nothing else."""

    def visitor(self, caller: Any, session_id: UUID, /) -> Any:
        """The visitor whose session this is."""

    async def answered(self, db: Connection, who: Any, asking: Any, /) -> Json | None:
        """The answer a repeated request has already."""

    async def keep(self, db: Connection, who: Any, asking: Any, deed: Any, /) -> None:
        """The answer, for whoever asks again."""

    async def book(
        self,
        db: Connection,
        who: Any,
        /,
        *,
        professional_id: UUID,
        service: str,
        starts_at: datetime,
        duration_minutes: int,
        address: str,
        instructions: str | None,
    ) -> Deed:
        """A booking at once, or what stands against it."""
        ...

    async def confirm(self, db: Connection, who: Any, draft_id: UUID, version: int | None, /) -> Deed:
        """A draft that was offered in the chat, carried out."""
        ...

    async def cancel(
        self, db: Connection, who: Any, booking_id: UUID, /, *, is_meant: bool, refund_cop: int | None
    ) -> Deed:
        """What comes back; and where it is meant, the deed."""
        ...

    async def bookings(
        self, db: Connection, who: Any, /, *, limit: int, before: Place | None
    ) -> Sequence[tuple[Json, Place]]:
        """The guest's own, newest first."""
        ...

    async def booking(self, db: Connection, who: Any, booking_id: UUID, /) -> Json:
        """One of them."""
        ...

    async def leave_word(self, db: Connection, deed: Any, /) -> UUID | None:
        """Whoever else should hear of it will, and where: a conversation to nudge; none where nobody should."""
        ...

    def nudge(self, conversation_id: UUID, /) -> None:
        """After the commit: that conversation hears it now."""
        ...


@dataclass(frozen=True, slots=True)
class Happened:
    """One event, for the funnel."""

    type: str
    properties: dict[str, object]
    key: str
    """What makes it this deed and no other."""


class Emit(Protocol):
    """Says what happened, once for each key, in the transaction of the deed."""

    async def __call__(
        self,
        connection: Connection,
        happened: Sequence[Happened],
        /,
        *,
        user_id: UUID | None,
        session_id: str | None,
        channel: Any,
    ) -> None:
        """As the service."""


@dataclass(frozen=True, slots=True)
class Handed:
    """Everything from outside; never the pool, so that no statement runs without a role."""

    caller: Callable[[str | None], Awaitable[Caller]]
    """Of an `Authorization` header's value; raises a situation with a code and a status."""
    transaction: Callable[[Any], AbstractAsyncContextManager[Connection]]
    """A connection inside a transaction with that caller's role and claims."""
    service: Callable[[], AbstractAsyncContextManager[Connection]]
    """The same as the service itself."""
    speak_as: Callable[[Connection, Any], Awaitable[None]]
    """Goes on in the same transaction as this caller, or, where it is none, as the service."""
    now: Callable[[], datetime]
    """Aware, UTC."""
    time_zone: str
    """IANA name."""
    address: Callable[[str | None, Sequence[str]], str]
    """Where a request comes from, given the peer's address and the X-Forwarded-For headers; a household is one."""
    counter: Counter
    asking: Callable[[str, str, bytes, str | None], Any]
    """A request as it is recognised when it comes again: method, path, body, Idempotency-Key."""
    emit: Emit
    see_out: Callable[[], Awaitable[None]]
    """After a conversion: who was the guest has no open connection any more."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of a guest's session."""

    lifetime: timedelta = timedelta(hours=24)
    consent_version: str = "1"
    """Of the text in force."""
    pepper: bytes = b""
    """A secret under which addresses are hashed."""
    per_address: int = 10  # sessions in an hour; a family behind one router, not a machine
    per_email: int = 3
    body_bytes: int = 16 * 1024  # a few short fields; more is not a form
    email_characters: int = 320  # RFC 5321, 4.5.3.1: 64 before the @, 255 behind it; the validator is stricter still
    name_characters: int = 200
    phone_characters: int = 40
    word_characters: int = 200
    """Of a consent's version and of an analytics session id."""
