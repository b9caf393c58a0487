"""Bookings: read by who made them, written by the service."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from amara.db import Connection

Json = dict[str, Any]
Row = asyncpg.Record

_BOOKING = """
select b.id, b.customer_id, b.guest_session_id, b.professional_id, left(b.professional_name, 120) as professional_name,
       b.status::text as status, left(b.service_name, 80) as service_name, b.scheduled_start, b.scheduled_end,
       b.duration_minutes, b.total_price, left(b.currency, 8) as currency, left(b.address, 300) as address,
       left(b.special_instructions, 1000) as special_instructions, b.source_details, b.created_at
from amara_api.bookings b
"""

# A visitor's booking stays the guest's as well, until it is an account's.
_OF_GUEST = (
    "where b.guest_session_id = $1 and (b.customer_id is null"
    " or b.customer_id = (select g.user_id from public.guest_sessions g where g.id = $1))"
)


async def bookings(db: Connection, user_id: UUID, *, limit: int, before: tuple[datetime, UUID] | None) -> list[Row]:
    """The customer's own bookings, newest first, after the keyset (created_at, id)."""
    moment, last_id = before or (None, None)
    return await db.fetch(
        f"{_BOOKING} where b.customer_id = $1 and ($2::timestamptz is null or (b.created_at, b.id) < ($2, $3))"
        " order by b.created_at desc, b.id desc limit $4",
        user_id,
        moment,
        last_id,
        limit,
    )


async def booking(db: Connection, booking_id: UUID, user_id: UUID) -> Row | None:
    """The customer's own booking, or none: not there and not theirs are one answer."""
    return await db.fetchrow(f"{_BOOKING} where b.id = $1 and b.customer_id = $2", booking_id, user_id)


async def guest_bookings(
    db: Connection, guest_session_id: UUID, *, limit: int, before: tuple[datetime, UUID] | None
) -> list[Row]:
    """*Service.* What a guest booked and no account has taken along, newest first, after the keyset."""
    moment, last_id = before or (None, None)
    return await db.fetch(
        f"{_BOOKING} {_OF_GUEST} and ($2::timestamptz is null or (b.created_at, b.id) < ($2, $3))"
        " order by b.created_at desc, b.id desc limit $4",
        guest_session_id,
        moment,
        last_id,
        limit,
    )


async def guest_booking(db: Connection, booking_id: UUID, guest_session_id: UUID) -> Row | None:
    """*Service.* The guest's own booking, or none: not there and not theirs are one answer."""
    return await db.fetchrow(f"{_BOOKING} {_OF_GUEST} and b.id = $2", guest_session_id, booking_id)


async def written(db: Connection, booking_id: UUID) -> Row:
    """*Service.* A booking that is known to be there."""
    row: Row | None = await db.fetchrow(f"{_BOOKING} where b.id = $1", booking_id)
    assert row is not None  # whoever calls has its id from the database
    return row


async def lock_booking(db: Connection, booking_id: UUID) -> None:
    """*Service.* Holds the row until this transaction ends."""
    await db.execute("select 1 from public.bookings where id = $1 for no key update", booking_id)


async def add_booking(
    db: Connection,
    booking_id: UUID,
    *,
    draft_id: UUID,
    status: str,
    source: str,
    analytics_session_id: str | None,
    now: datetime,
) -> None:
    """*Service.* The booking that a draft becomes, on the professional's own day. The visit, where nobody names it, is
    the one in which the guest said who they are.

    Raises:
        asyncpg.ExclusionViolationError: the hours overlap a live booking.
    """
    await db.execute(
        """
        insert into public.bookings (
            id, customer_id, guest_session_id, professional_id, status, service_name, service_date, scheduled_start,
            scheduled_end, duration_minutes, total_price, currency, address, special_instructions, booking_source,
            source_details, pending_since)
        select $1, d.user_id, d.guest_session_id, d.professional_id, $3, d.service_name,
               (d.starts_at at time zone coalesce(p.time_zone, 'America/Bogota'))::date, d.starts_at,
               d.starts_at + make_interval(mins => d.duration_minutes), d.duration_minutes, d.price_cop, d.currency,
               d.address, d.instructions, $4,
               jsonb_strip_nulls(jsonb_build_object(
                   'draft_id', d.id, 'conversation_id', d.conversation_id, 'analytics_session_id', coalesce($6, (
                       select g.metadata ->> 'analytics_session_id' from public.guest_sessions g
                       where g.id = d.guest_session_id
                   ))
               )),
               case when $7 then $5::timestamptz end
        from public.amara_booking_drafts d join amara_api.professionals p on p.id = d.professional_id
        where d.id = $2
        """,
        booking_id,
        draft_id,
        status,
        source,
        now,
        analytics_session_id,
        status == "pending",  # compared here: the column may be an enum of the platform's, and $3 is nothing else
    )


_TELLS = "select set_config('amara.tells', $1, true)"
"""`itself`: whoever changes a booking in this transaction tells its conversation, and the database need not."""


async def move_booking(db: Connection, booking_id: UUID, draft_id: UUID, *, now: datetime, is_told: bool) -> None:
    """*Service.* Moves a booking to its draft's hours; its professional is asked again.

    Args:
        db: inside a transaction.
        booking_id: which.
        draft_id: whose hours.
        now: since when it waits for an answer.
        is_told: whoever calls tells a conversation of it.

    Raises:
        asyncpg.ExclusionViolationError: the hours overlap a live booking.
    """
    await db.execute(_TELLS, "itself" if is_told else "")
    await db.execute(
        """
        update public.bookings b
        set status = 'pending', pending_since = $3, scheduled_start = d.starts_at,
            scheduled_end = d.starts_at + make_interval(mins => d.duration_minutes),
            service_date = (d.starts_at at time zone coalesce(p.time_zone, 'America/Bogota'))::date,
            source_details = coalesce(b.source_details, '{}'::jsonb)
                || jsonb_build_object('rescheduled_by', d.id, 'rescheduled_from', b.scheduled_start)
        from public.amara_booking_drafts d join amara_api.professionals p on p.id = d.professional_id
        where b.id = $1 and d.id = $2
        """,
        booking_id,
        draft_id,
        now,
    )


async def cancel_booking(db: Connection, booking_id: UUID, details: Json, *, is_told: bool) -> None:
    """*Service.* The visit will not take place; the details say who wanted that and what comes back. Told as above."""
    await db.execute(_TELLS, "itself" if is_told else "")
    await db.execute(
        "update public.bookings set status = 'cancelled',"
        " source_details = coalesce(source_details, '{}'::jsonb) || jsonb_build_object('cancellation', $2::jsonb)"
        " where id = $1",
        booking_id,
        details,
    )


async def answer_booking(db: Connection, booking_id: UUID, status: str) -> bool:
    """*Service.* The professional's word on a pending booking. False: it is not there or does not wait."""
    answered = await db.execute(
        "update public.bookings set status = $2, pending_since = null where id = $1 and status = 'pending'",
        booking_id,
        status,
    )
    return answered == "UPDATE 1"


async def unanswered(db: Connection, before: datetime, *, limit: int) -> list[UUID]:
    """*Service.* What Amara or a guest's checkout asked for and nobody has answered since this moment, held.

    Those somebody is changing just now are left for the next time. The order is the one in which whoever writes several
    bookings takes their professionals' locks.
    """
    rows = await db.fetch(
        "select id from public.bookings where status = 'pending' and booking_source in ('amara', 'guest')"
        " and coalesce(pending_since, created_at) <= $1 order by professional_id, id limit $2"
        " for no key update skip locked",
        before,
        limit,
    )
    return [row["id"] for row in rows]
