"""Who may look at the pages: a token, or a code that was said at the terminal, becomes a cookie.

What the cookie is worth stands in the database, under its hash: whose it is, until when, and of when the token was, so
that whoever is signed out or deleted is out here too. Every process reads the same there: a link that was used is used
for all of them, and so is a farewell. It says nothing of a right: the database is asked for that with each request.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from analytics.pages import store
from analytics.settings import Caller, Connection

COOKIE = "amara_admin"
LASTS = timedelta(minutes=30)
"""Without a look; a page that is open looks by itself."""
LONGEST = timedelta(hours=24)
"""Whatever happens. Source: NIST SP 800-63B-4, 2.2.3, which has a person prove who they are once a day."""
CODE_LASTS = timedelta(minutes=15)
CODE_BYTES = 24
COOKIE_MAX = 1024  # characters; ours have a twentieth of it
_WRITES_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Admission:
    """The same in every process."""

    service: Callable[[], AbstractAsyncContextManager[Connection]]
    now: Callable[[], datetime]
    again: Callable[[UUID, float | None, int | None], Awaitable[Caller | None]]
    """The same person once more, with a token made and over at these Unix seconds; none when they were signed out or
    deleted."""

    async def code(self, user_id: UUID) -> str:
        """Lets this person in once, within a quarter of an hour."""
        code, until = secrets.token_urlsafe(CODE_BYTES), self.now() + CODE_LASTS
        async with self.service() as connection:
            await store.add(
                connection, _hash(code), "link", user_id, token_issued_at=None, good_until=until, ends_at=until
            )
        return code

    async def way_in(self, user_id: UUID) -> str:
        """A path with such a code; where it leads, one more deed is needed to spend it."""
        return f"/admin?code={await self.code(user_id)}"

    async def spend(self, code: str) -> UUID | None:
        """Who it lets in; from then on nobody, whichever process is asked."""
        async with self.service() as connection:
            return await store.take(connection, _hash(code), "link", self.now())

    async def cookie(self, user_id: UUID, *, issued_at: float | None, expires_at: float | None) -> tuple[str, int]:
        """A cookie's value and how long it may last; no longer than the token it was given for. Units: seconds."""
        now, value = self.now(), secrets.token_urlsafe(CODE_BYTES)
        ends_at = now + LONGEST
        if expires_at is not None:
            ends_at = min(ends_at, datetime.fromtimestamp(expires_at, UTC))
        async with self.service() as connection:
            await store.add(
                connection,
                _hash(value),
                "session",
                user_id,
                token_issued_at=None if issued_at is None else datetime.fromtimestamp(issued_at, UTC),
                good_until=min(now + LASTS, ends_at),
                ends_at=ends_at,
            )
        return value, max(0, int((ends_at - now).total_seconds()))

    async def caller(self, cookie: str | None) -> Caller | None:
        """Whose cookie this is; nobody's when it is over, or its owner has left. A look makes it last on."""
        if not cookie or len(cookie) > COOKIE_MAX:
            return None
        now = self.now()
        async with self.service() as connection:
            row = await store.session(connection, _hash(cookie), now)
            if row is None:
                return None
            until = min(now + LASTS, row["ends_at"])
            if until - row["good_until"] >= _WRITES_EVERY:
                await store.keep(connection, _hash(cookie), until)
        issued_at = row["token_issued_at"]
        return await self.again(
            row["user_id"], None if issued_at is None else issued_at.timestamp(), int(row["ends_at"].timestamp())
        )

    async def leave(self, cookie: str | None) -> None:
        """The cookie opens nothing any more, wherever somebody kept it."""
        if cookie and len(cookie) <= COOKIE_MAX:
            async with self.service() as connection:
                await store.take(connection, _hash(cookie), "session", self.now())


def _hash(value: str) -> bytes:
    return sha256(value.encode(errors="replace")).digest()
