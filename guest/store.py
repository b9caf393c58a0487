"""The guest's memory: the only SQL of this package."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from guest.settings import Connection
from guest.shapes import Contact, Session


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
    """The session with this hash, while it lasts."""
    row = await connection.fetchrow(
        """
        select id, email, full_name, phone, expires_at, created_at
        from public.guest_sessions
        where session_token = $1 and expires_at > $2
        """,
        token_hash,
        now,
    )
    return None if row is None else Session(**row)
