"""What a conversation holds, a page at a time, as its owner sees it. Nothing of one transaction outlives it."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from amara.db import Connection

Row = asyncpg.Record


async def last_sequence(db: Connection, conversation_id: UUID) -> int:
    """The place of the newest message; 0 where there is none."""
    last: int | None = await db.fetchval(
        "select max(sequence) from public.amara_messages where conversation_id = $1", conversation_id
    )
    return last or 0


async def messages(db: Connection, conversation_id: UUID, after: Row | None, *, until: int, limit: int) -> list[Row]:
    """Oldest first; each says who wrote it."""
    return await db.fetch(
        "select id, role, content, tool_calls, metadata, origin, sequence, created_at from public.amara_messages"
        " where conversation_id = $1 and sequence > $2 and sequence <= $3 order by sequence limit $4",
        conversation_id,
        0 if after is None else after["sequence"],
        until,
        limit,
    )


async def runs(db: Connection, conversation_id: UUID, after: Row | None, *, limit: int) -> list[Row]:
    """Oldest first: what was asked, and how it ended."""
    return await db.fetch(
        "select id, run_key, status, outcome, error_code, user_message_id, started_at, ended_at from public.amara_runs"
        " where conversation_id = $1 and ($2::timestamptz is null or (started_at, id) > ($2, $3))"
        " order by started_at, id limit $4",
        conversation_id,
        None if after is None else after["started_at"],
        None if after is None else after["id"],
        limit,
    )


async def drafts(db: Connection, conversation_id: UUID, after: Row | None, *, limit: int) -> list[Row]:
    """Oldest first: what was offered, and what became of it."""
    return await db.fetch(
        "select id, kind, version, status, professional_id, service_slug, service_name, starts_at, duration_minutes,"
        " price_cop, currency, address, instructions, offered_at, expires_at, booking_id"
        " from public.amara_booking_drafts where conversation_id = $1"
        " and ($2::timestamptz is null or (offered_at, id) > ($2, $3)) order by offered_at, id limit $4",
        conversation_id,
        None if after is None else after["offered_at"],
        None if after is None else after["id"],
        limit,
    )
