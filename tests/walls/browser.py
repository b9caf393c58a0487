"""A browser that talks to the tables itself, as PostgREST would let it: a transaction with role, claims and headers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

TOKEN = "0f8fad5b-d9cd-469f-a165-70867728950e"  # as crypto.randomUUID() makes them
OTHER_TOKEN = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

OPEN_SESSION = (
    "insert into public.guest_sessions (session_token, email, full_name, phone)"
    " values ($1, $2, 'María González', '+57 300 123 4567') returning *"
)


@asynccontextmanager
async def browser(
    owner: Any,
    user_id: UUID | None = None,
    *,
    token: str | None = None,
    is_anonymous: bool = False,
    role: str | None = None,
) -> AsyncIterator[Any]:
    """One request; nobody in particular without a user id. What it wrote is kept unless it fails."""
    role = role or ("authenticated" if user_id else "anon")
    claims = {"role": role, "is_anonymous": is_anonymous} | ({"sub": str(user_id)} if user_id else {})
    headers = {"x-guest-session": token} if token is not None else {}
    async with owner.transaction():
        for name, value in (("request.jwt.claims", claims), ("request.headers", headers)):
            await owner.execute("select set_config($1, $2, true)", name, msgspec.json.encode(value).decode())
        await owner.execute("select set_config('role', $1, true)", role)
        yield owner
        await owner.execute("select set_config('role', 'none', true)")


async def open_session(owner: Any, token: str = TOKEN, email: str = "maria@example.com", **who: Any) -> UUID:
    """The seed's own insert, as a browser; the session's id."""
    async with browser(owner, **who) as db:
        session_id: UUID = (await db.fetchrow(OPEN_SESSION, token, email))["id"]
    return session_id


async def is_refused(owner: Any, statement: str, *values: Any, user_id: UUID | None = None, **who: Any) -> str:
    """This request fails; the state it fails with."""
    with pytest.raises(asyncpg.PostgresError) as refusal:
        async with browser(owner, user_id, **who) as db:
            await db.fetch(statement, *values)
    assert refusal.value.sqlstate is not None
    return refusal.value.sqlstate


DENIED = asyncpg.InsufficientPrivilegeError.sqlstate
UNCHECKED = asyncpg.CheckViolationError.sqlstate
