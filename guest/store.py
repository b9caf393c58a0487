"""The guest's memory: the only SQL of this package."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from guest.settings import Connection
from guest.shapes import Contact, Held, Session

_LASTS = "g.session_token = $1 and g.expires_at > $2 and not coalesce(g.metadata ? 'converted_to_user_id', false)"


async def remember(
    connection: Connection,
    session_id: UUID,
    token: str,
    contact: Contact,
    *,
    created_at: datetime,
    expires_at: datetime,
    principal: UUID | None = None,
) -> Session:
    """A new row, with consent beside what it allows, and the visitor's principal where one opened it.

    `session_token` keeps the seed's name; the token goes in, and the database keeps its hash.
    """
    metadata: dict[str, Any] = {"consent": {"version": contact.consent_version, "accepted_at": created_at.isoformat()}}
    if contact.analytics_session_id is not None:
        metadata["analytics_session_id"] = contact.analytics_session_id
    row = await connection.fetchrow(
        """
        insert into public.guest_sessions
          (id, session_token, email, full_name, phone, metadata, created_at, expires_at, user_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        returning id, email, full_name, phone, expires_at, created_at
        """,
        session_id,
        token,
        contact.email,
        contact.full_name,
        contact.phone,
        metadata,
        created_at,
        expires_at,
        principal,
    )
    assert row is not None  # an insert that returns, returns its row
    return Session(**row)


async def recall(connection: Connection, token_hash: str, *, now: datetime) -> Session | None:
    """The session with this hash, while it lasts and is no account's yet."""
    row = await connection.fetchrow(
        f"select g.id, g.email, g.full_name, g.phone, g.expires_at, g.created_at"  # noqa: S608 - a text of ours
        f" from public.guest_sessions g where {_LASTS}",
        token_hash,
        now,
    )
    return None if row is None else Session(**row)


async def hold(connection: Connection, token_hash: str, *, now: datetime) -> Held | None:
    """The same, held: it becomes no account's before this transaction ends."""
    row = await connection.fetchrow(
        "select g.id, g.user_id as principal, g.metadata ->> 'analytics_session_id' as analytics_session_id"  # noqa: S608 - a text of ours
        f" from public.guest_sessions g where {_LASTS} for share",
        token_hash,
        now,
    )
    return None if row is None else Held(**row)


async def attempt(connection: Connection, key: bytes, *, limit: int, now: datetime, since: datetime) -> datetime | None:
    """Counts one more try since then; or, where there were too many, the oldest of them."""
    counted = await connection.fetchval(
        """
        insert into amara_private.guest_attempts as a (key, times, expires_at)
        values ($1, array[$3::timestamptz], $3 + ($3 - $4::timestamptz))
        on conflict (key) do update
        set times = array(select t from unnest(a.times) t where t > $4) || $3, expires_at = excluded.expires_at
        where (select count(*) from unnest(a.times) t where t > $4) < $2
        returning true
        """,
        key,
        limit,
        now,
        since,
    )
    if counted:
        return None
    oldest: datetime = await connection.fetchval(
        "select min(t) from amara_private.guest_attempts a, unnest(a.times) t where a.key = $1 and t > $2", key, since
    )
    return oldest


async def session_of(connection: Connection, token_hash: str) -> UUID | None:
    """Which session this hash is of, however old it is."""
    session_id: UUID | None = await connection.fetchval(
        "select id from public.guest_sessions where session_token = $1", token_hash
    )
    return session_id


async def convert(connection: Connection, token: str, session_id: UUID, user_id: UUID) -> None:
    """As the account: the token is shown to the database, which then looks at all three proofs and moves what there is.

    Raises:
        asyncpg.InsufficientPrivilegeError: a proof is wanting, or it is another's already.
    """
    await connection.execute("select from public.guest_session_by_token($1)", token)
    await connection.execute("select public.convert_guest_to_user($1, $2)", session_id, user_id)


async def moved(connection: Connection, session_id: UUID) -> tuple[int, int, int] | None:
    """How many bookings, conversations and open drafts went to the account; none while the claim only waits."""
    row = await connection.fetchrow(
        "select metadata -> 'moved' as moved from public.guest_sessions"
        " where id = $1 and metadata ? 'converted_to_user_id'",
        session_id,
    )
    if row is None:
        return None
    counts = row["moved"] or {}  # converted before they were counted
    return counts.get("bookings", 0), counts.get("conversations", 0), counts.get("drafts", 0)
