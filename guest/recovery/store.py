"""Codes that were asked for. Everything here is *service*."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from guest.mail.store import LANGUAGE
from guest.settings import Connection

FORGOTTEN_AT_ONCE = 20


async def forget(connection: Connection, *, before: datetime) -> None:
    """Some rows that limit nothing any more: each asker takes more of them along than are brought."""
    await connection.execute(
        "delete from amara_private.guest_recoveries r using (select id from amara_private.guest_recoveries"
        " where created_at < $1 order by created_at limit $2 for update skip locked) o where r.id = o.id",
        before,
        FORGOTTEN_AT_ONCE,
    )


async def take_turns(connection: Connection, email: str) -> None:
    """Whoever asks for the same address waits for this transaction, so that no limit is passed side by side."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('amara.recovery:' || lower(btrim($1)), 0))", email
    )


async def note(
    connection: Connection,
    recovery_id: bytes,
    booking_id: UUID,
    email: str,
    code_hash: bytes,
    *,
    now: datetime,
    expires_at: datetime,
    since: datetime,
    per_booking: int,
    per_email: int,
) -> asyncpg.Record | None:
    """Writes the row in any case; the guest's own address and language, where a letter is to be sent."""
    return await connection.fetchrow(
        f"""
        with guest as (
          select g.id, g.email, {LANGUAGE} as language
          from public.bookings b join public.guest_sessions g on g.id = b.guest_session_id
          where b.id = $2 and b.anonymized_at is null and lower(btrim(g.email)) = lower(btrim($3))
            and not coalesce(g.metadata ? 'converted_to_user_id', false)
            and (select count(*) from amara_private.guest_recoveries r
                 where r.booking_id = b.id and r.guest_session_id = g.id and r.created_at > $7) < $8
            and (select count(*) from public.guest_sessions o
                 join amara_private.guest_recoveries r on r.guest_session_id = o.id
                 where lower(btrim(o.email)) = lower(btrim($3)) and r.created_at > $7) < $9
        ), noted as (
          insert into amara_private.guest_recoveries
            (id, booking_id, guest_session_id, code_hash, created_at, expires_at)
          values ($1, $2, (select id from guest), $4, $5, $6)
        )
        select email, language from guest
        """,  # noqa: S608 - a text of ours
        recovery_id,
        booking_id,
        email,
        code_hash,
        now,
        expires_at,
        since,
        per_booking,
        per_email,
    )


async def spend(connection: Connection, recovery_id: bytes, code_hash: bytes, *, now: datetime) -> UUID | None:
    """Counts the try; the session behind the code, once, where it is the right one."""
    session_id: UUID | None = await connection.fetchval(
        """
        update amara_private.guest_recoveries
        set tries = tries + 1, consumed_at = case when code_hash = $2 then $3::timestamptz end
        where id = $1 and consumed_at is null and tries < 5 and expires_at > $3
        returning case when consumed_at is not null then guest_session_id end
        """,
        recovery_id,
        code_hash,
        now,
    )
    return session_id


async def renew(connection: Connection, session_id: UUID, token: str, *, expires_at: datetime) -> dict[str, Any] | None:
    """The session under another token; none once it is an account's."""
    row = await connection.fetchrow(
        """
        update public.guest_sessions set session_token = $2, expires_at = $3
        where id = $1 and not coalesce(metadata ? 'converted_to_user_id', false)
        returning id, email, full_name, phone, expires_at, created_at
        """,
        session_id,
        token,
        expires_at,
    )
    return None if row is None else dict(row)
