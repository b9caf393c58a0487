"""Tickets to the socket, by their hash. Everything here is *service*."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from amara.db import Connection

Row = asyncpg.Record


async def made_since(db: Connection, user_id: UUID, moment: datetime) -> int:
    """How many this person asked for since then."""
    count: int = await db.fetchval(
        "select count(*) from amara_private.socket_tickets where user_id = $1 and made_at > $2", user_id, moment
    )
    return count


async def add(
    db: Connection,
    ticket_hash: bytes,
    *,
    user_id: UUID,
    is_anonymous: bool,
    conversation_id: UUID,
    origin: str | None,
    token_issued_at: datetime | None,
    token_expires_at: datetime,
    now: datetime,
) -> None:
    """A ticket for this person, this conversation and this page; without an origin for any that may come in at all."""
    await db.execute(
        "insert into amara_private.socket_tickets (ticket_hash, user_id, is_anonymous, conversation_id, origin,"
        " token_issued_at, token_expires_at, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        ticket_hash,
        user_id,
        is_anonymous,
        conversation_id,
        origin,
        token_issued_at,
        token_expires_at,
        now,
    )


async def spend(
    db: Connection, ticket_hash: bytes, *, origin: str | None, now: datetime, lasts: timedelta
) -> Row | None:
    """What the ticket opens, once; none where it is unknown, another page's, too old or spent."""
    return await db.fetchrow(
        "update amara_private.socket_tickets set spent_at = $2 where ticket_hash = $1 and spent_at is null"
        " and made_at > $3 and (origin is null or origin = $4)"
        " returning user_id, is_anonymous, conversation_id, token_issued_at, token_expires_at",
        ticket_hash,
        now,
        now - lasts,
        origin,
    )


async def spent(db: Connection, ticket_hash: bytes, *, origin: str | None) -> Row | None:
    """What a ticket opened when it was spent; none where it never was, or is another page's."""
    return await db.fetchrow(
        "select user_id, is_anonymous, conversation_id, token_issued_at, token_expires_at"
        " from amara_private.socket_tickets"
        " where ticket_hash = $1 and spent_at is not null and (origin is null or origin = $2)",
        ticket_hash,
        origin,
    )
