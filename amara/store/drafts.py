"""Drafts of bookings: read by their owner, written by the service; and the hours that are free for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from amara.db import Connection

Row = asyncpg.Record

_DRAFT = """
select d.id, d.kind, d.version, d.status, d.user_id, d.guest_session_id, d.conversation_id, d.professional_id,
       coalesce(p.full_name, '') as professional_name, d.target_booking_id, d.service_slug,
       coalesce(d.service_name, '') as service_name, d.starts_at, d.duration_minutes, d.price_cop, d.currency,
       d.refund_cop, d.refund_percent, d.address, d.instructions, d.offered_at, d.expires_at, d.booking_id
from public.amara_booking_drafts d
left join amara_api.professionals p on p.id = d.professional_id
"""


async def lock_professional(db: Connection, professional_id: UUID) -> None:
    """*Service.* Whoever offers or confirms with this professional waits here until this transaction ends."""
    await db.execute("select amara_api.lock_professional($1)", professional_id)


async def draft(db: Connection, draft_id: UUID) -> Row | None:
    """The caller's draft, or none: row level security says whose it is."""
    return await db.fetchrow(f"{_DRAFT} where d.id = $1", draft_id)


async def guest_draft(db: Connection, draft_id: UUID, guest_session_id: UUID) -> Row | None:
    """*Service.* The draft of a guest who is nobody else, or none."""
    return await db.fetchrow(
        f"{_DRAFT} where d.id = $1 and d.user_id is null and d.guest_session_id = $2", draft_id, guest_session_id
    )


async def locked_draft(db: Connection, draft_id: UUID) -> Row | None:
    """*Service.* The draft, held until this transaction ends."""
    return await db.fetchrow(f"{_DRAFT} where d.id = $1 for no key update of d", draft_id)


async def open_draft(db: Connection, conversation_id: UUID) -> Row | None:
    """The one open draft of a conversation, its hold over or not."""
    return await db.fetchrow(f"{_DRAFT} where d.conversation_id = $1 and d.status = 'open'", conversation_id)


async def replaced_draft(
    db: Connection, *, holder: UUID, conversation_id: UUID | None, target_booking_id: UUID | None
) -> Row | None:
    """*Service.* The open draft that a new one takes the place of, held: the conversation's, or, where there is no
    conversation, the owner's other one about the same booking.
    """
    return await db.fetchrow(
        f"{_DRAFT} where d.status = 'open' and (d.user_id = $1 or d.user_id is null and d.guest_session_id = $1)"
        " and d.conversation_id is not distinct from $2"
        " and ($2 is not null or d.target_booking_id is not distinct from $3)"
        " order by d.created_at desc limit 1 for no key update of d",
        holder,
        conversation_id,
        target_booking_id,
    )


async def make_room(db: Connection, holder: UUID, *, keep: int, now: datetime) -> None:
    """*Service.* Lets the oldest hours go that this person holds, so that nobody keeps many from everybody else.

    One that is being confirmed or changed at this moment is left alone, so that nobody waits for anybody in a circle.
    """
    await db.execute("select pg_advisory_xact_lock(hashtextextended('amara.holds:' || $1::uuid::text, 0))", holder)
    await db.execute(
        """
        update public.amara_booking_drafts set status = 'superseded' where id in (
            select d.id from public.amara_booking_drafts d where d.status = 'open' and d.id in (
                select o.id from public.amara_booking_drafts o
                where (o.user_id = $1 or o.user_id is null and o.guest_session_id = $1) and o.status = 'open'
                  and o.kind <> 'cancel' and o.expires_at > $2
                order by o.offered_at desc, o.id offset $3)
            for no key update skip locked)
        """,
        holder,
        now,
        keep,
    )


async def add_draft(db: Connection, draft_id: UUID, columns: dict[str, Any]) -> Row:
    """*Service.* A new draft with these columns.

    Raises:
        asyncpg.UniqueViolationError: another one was opened in this conversation at this moment.
    """
    names = ", ".join(columns)
    places = ", ".join(f"${number}" for number in range(2, len(columns) + 2))
    await db.execute(
        f"insert into public.amara_booking_drafts (id, {names}) values ($1, {places})",  # noqa: S608 - names are ours
        draft_id,
        *columns.values(),
    )
    return await _written(db, draft_id)


async def change_draft(db: Connection, draft_id: UUID, columns: dict[str, Any]) -> Row:
    """*Service.* The same draft with these columns, which whoever calls holds already."""
    pairs = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 2))
    await db.execute(
        f"update public.amara_booking_drafts set {pairs} where id = $1",  # noqa: S608 - names are ours
        draft_id,
        *columns.values(),
    )
    return await _written(db, draft_id)


async def _written(db: Connection, draft_id: UUID) -> Row:
    row = await draft(db, draft_id)
    assert row is not None  # written in this transaction
    return row


async def expire_drafts(db: Connection, now: datetime) -> int:
    """*Service.* Writes down which holds are over; the clock had ended them already."""
    ended = await db.execute(
        "update public.amara_booking_drafts set status = 'expired' where status = 'open' and expires_at <= $1", now
    )
    return int(ended.split()[-1])


async def record_confirmation(db: Connection, draft_id: UUID, booking_id: UUID, *, now: datetime) -> None:
    """*Service.* Written once for each draft that was carried out, and never changed."""
    await db.execute(
        "insert into amara_private.confirmations (draft_id, version, kind, user_id, guest_session_id, booking_id,"
        " price_cop, refund_cop, confirmed_at) select id, version, kind, user_id, guest_session_id, $2, price_cop,"
        " refund_cop, $3 from public.amara_booking_drafts where id = $1",
        draft_id,
        booking_id,
        now,
    )


async def offer_of(db: Connection, professional_id: UUID, slug: str) -> Row | None:
    """The professional's own rate for a service; none where it is not offered."""
    return await db.fetchrow(
        """
        select p.id, p.full_name, coalesce(p.instant_booking, false) as instant_booking,
               left(s.offer ->> 'name', 120) as service_name, (s.offer ->> 'hourly_rate_cop')::bigint as hourly_rate_cop
        from amara_api.professionals p
        cross join lateral jsonb_array_elements(
            case when jsonb_typeof(p.services) = 'array' then p.services else '[]'::jsonb end
        ) as s(offer)
        where p.id = $1 and s.offer ->> 'slug' = $2 and s.offer ->> 'hourly_rate_cop' ~ '^[0-9]{1,9}$'
        order by 5 limit 1
        """,
        professional_id,
        slug,
    )


async def free_starts(
    db: Connection,
    professional_id: UUID,
    first: date,
    last: date,
    minutes: int,
    *,
    now: datetime,
    owner: UUID | None = None,
) -> list[datetime]:
    """*Service.* When a visit of this length can start, on the professional's own days from the first to the last."""
    rows = await db.fetch(
        "select starts_at from amara_api.free_starts($1, $2, $3, $4, $5, $6)",
        professional_id,
        first,
        last,
        minutes,
        now,
        owner,
    )
    return [row["starts_at"] for row in rows]


async def free_starts_of(
    db: Connection,
    professional_ids: Sequence[UUID],
    since: datetime,
    until: datetime,
    minutes: int,
    *,
    now: datetime,
    owner: UUID | None = None,
) -> dict[UUID, list[datetime]]:
    """*Service.* Who of these can begin a visit of this length from one moment until before another, and when."""
    rows = await db.fetch(
        """
        select p.id, array_agg(f.starts_at order by f.starts_at) as starts
        from amara_api.professionals p
        cross join lateral (select coalesce(p.time_zone, 'America/Bogota') as name) z
        cross join lateral amara_api.free_starts(
            p.id,
            ($2::timestamptz at time zone z.name)::date,
            (($3::timestamptz - interval '1 microsecond') at time zone z.name)::date,
            $4, $5, $6
        ) f
        where p.id = any($1) and f.starts_at >= $2 and f.starts_at < $3
        group by p.id
        """,
        list(professional_ids),
        since,
        until,
        minutes,
        now,
        owner,
    )
    return {row["id"]: row["starts"] for row in rows}


async def is_free(
    db: Connection,
    professional_id: UUID,
    start: datetime,
    minutes: int,
    *,
    now: datetime,
    owner: UUID | None,
    except_draft: UUID | None = None,
    except_booking: UUID | None = None,
) -> bool:
    """*Service.* Whether a visit can start at this instant."""
    is_free: bool = await db.fetchval(
        """
        select exists (
            select from amara_api.professionals p
            cross join lateral (
                select ($2 at time zone coalesce(p.time_zone, 'America/Bogota'))::date as day
            ) d
            cross join lateral amara_api.free_starts(p.id, d.day, d.day, $3, $4, $5, $6, $7) f
            where p.id = $1 and f.starts_at = $2
        )
        """,
        professional_id,
        start,
        minutes,
        now,
        owner,
        except_draft,
        except_booking,
    )
    return is_free


async def nearest_free(
    db: Connection,
    professional_id: UUID,
    wished: datetime,
    minutes: int,
    *,
    now: datetime,
    owner: UUID | None,
    except_booking: UUID | None = None,
    limit: int = 3,
) -> Sequence[datetime]:
    """*Service.* The free starts nearest to the wished one within a week of it, in their order."""
    found: list[datetime] = []
    # Others wait for this professional meanwhile: the days around it mostly say enough, for a fraction of the week.
    for days in (1, 7):
        rows = await db.fetch(
            """
            select n.starts_at from (
                select starts_at from amara_api.free_starts($1, $2, $3, $4, $5, $6, null, $7)
                where starts_at <> $8
                order by abs(extract(epoch from starts_at - $8)), starts_at limit $9
            ) n order by 1
            """,
            professional_id,
            wished.date() - timedelta(days=days),
            wished.date() + timedelta(days=days),
            minutes,
            now,
            owner,
            except_booking,
            wished,
            limit,
        )
        found = [row["starts_at"] for row in rows]
        if len(found) == limit and all(abs(start - wished) <= timedelta(days=1) for start in found):
            break
    return found
