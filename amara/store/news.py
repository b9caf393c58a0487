"""What became of bookings outside their chats, to be told there. Everything here is *service*."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from amara.db import Connection

Row = asyncpg.Record


async def where(db: Connection, *, limit: int) -> list[UUID]:
    """The conversations that are to be told something, those first that have waited longest."""
    rows = await db.fetch(
        "select conversation_id from amara_private.booking_news group by 1 order by min(id) limit $1", limit
    )
    return [row["conversation_id"] for row in rows]


async def take(db: Connection, conversation_id: UUID) -> list[Row]:
    """What this conversation is to be told, in order; whoever takes it writes it down in the same transaction.

    The hours, the price and the status are those of the change; the rest is the booking's as it stands.
    """
    return await db.fetch(
        """
        with taken as (delete from amara_private.booking_news where conversation_id = $1 returning *)
        select t.kind, t.booking_id as id, t.status, t.scheduled_start, t.scheduled_end, t.total_price, t.created_at,
          left(b.service_name, 80) as service_name, b.professional_id,
          left(b.professional_name, 120) as professional_name, b.duration_minutes, left(b.currency, 8) as currency,
          left(b.address, 300) as address
        from taken t left join amara_api.bookings b on b.id = t.booking_id order by t.id
        """,
        conversation_id,
    )


async def record_run(db: Connection, run_id: UUID, conversation_id: UUID, user_id: UUID) -> None:
    """A run that was over as it began: only what was said in one stands as the service's word."""
    await db.execute(
        """
        insert into public.amara_runs (
          id, conversation_id, user_id, run_key, status, owner, lease_expires_at, ended_at, asked, outcome)
        values ($1, $2, $3, 'notice.' || $1::uuid::text, 'finished', '', clock_timestamp(), clock_timestamp(),
          '{"notice": true}', '{"type": "success"}')
        """,
        run_id,
        conversation_id,
        user_id,
    )
