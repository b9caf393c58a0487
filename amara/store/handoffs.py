"""Conversations in a person's hands: who asked, who has them, what staff says and notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from amara.db import Connection

Json = dict[str, Any]
Row = asyncpg.Record


async def opened(db: Connection, conversation_id: UUID) -> Row | None:
    """The hand-off that is open there: for the service, or for staff."""
    return await db.fetchrow(
        "select * from public.amara_handoffs where conversation_id = $1 and state <> 'returned'",
        conversation_id,
    )


async def held(db: Connection, conversation_id: UUID) -> Row | None:
    """*Service.* The same, and it stays as it is until the transaction ends."""
    return await db.fetchrow(
        "select * from public.amara_handoffs where conversation_id = $1 and state <> 'returned' for no key update",
        conversation_id,
    )


async def unanswered(db: Connection, conversation_id: UUID) -> list[UUID]:
    """*Service.* What its owner said since anybody last answered, in order; what waits for its turn left out."""
    rows = await db.fetch(
        "select m.id from public.amara_messages m where m.conversation_id = $1 and m.role = 'user'"
        " and m.sequence > coalesce((select max(s.sequence) from public.amara_messages s"
        " where s.conversation_id = $1 and s.role = 'assistant' and s.origin = 'service'), 0)"
        " and not exists (select from public.amara_runs r where r.conversation_id = $1"
        " and r.status in ('queued', 'running') and r.asked->'messages' ? m.id::text) order by m.sequence",
        conversation_id,
    )
    return [row["id"] for row in rows]


async def ask(
    db: Connection, handoff_id: UUID, conversation_id: UUID, *, reason: str, asked_by: str, summary: str | None
) -> Row | None:
    """*Service.* Marks the conversation, with the name of whoever it belongs to. None: it is marked already."""
    return await db.fetchrow(
        "insert into public.amara_handoffs (id, conversation_id, reason, asked_by, summary, person_name)"
        " select $1, c.id, $3, $4, $5, left(p.full_name, 120) from public.amara_conversations c"
        " left join public.profiles p on p.id = c.user_id where c.id = $2"
        " on conflict (conversation_id) where state <> 'returned' do nothing returning *",
        handoff_id,
        conversation_id,
        reason,
        asked_by,
        summary,
    )


async def take(db: Connection, conversation_id: UUID, staff: UUID, name: str) -> Row | None:
    """*Service.* It is this person's, if it still waits and they are of staff; else none."""
    return await db.fetchrow(
        "update public.amara_handoffs set state = 'taken', taken_by = $2, taken_name = $3,"
        " taken_at = clock_timestamp() where conversation_id = $1 and state = 'waiting'"
        " and exists (select from public.profiles p where p.id = $2 and p.role::text = 'admin') returning *",
        conversation_id,
        staff,
        name,
    )


async def has_failed(db: Connection, conversation_id: UUID, *, codes: Sequence[str], in_a_row: int) -> bool:
    """*Service.* The latest answers there, this many, failed one and all; those before a hand-off are forgiven."""
    found: bool = await db.fetchval(
        "select count(*) = $3 and bool_and(status = 'failed' and error_code = any ($2)) from ("
        " select status, error_code from public.amara_runs where conversation_id = $1"
        " and status in ('finished', 'failed', 'cancelled') and ended_at > coalesce((select max(returned_at)"
        " from public.amara_handoffs where conversation_id = $1), '-infinity') order by ended_at desc limit $3) latest",
        conversation_id,
        list(codes),
        in_a_row,
    )
    return found


async def give_back(db: Connection, conversation_id: UUID, who: UUID) -> Row | None:
    """*Service.* It is Amara's again. None: it was."""
    return await db.fetchrow(
        "update public.amara_handoffs set state = 'returned', returned_by = $2, returned_at = clock_timestamp()"
        " where conversation_id = $1 and state <> 'returned' returning *",
        conversation_id,
        who,
    )


async def record(db: Connection, handoff: Row, who: UUID, deed: str) -> None:
    """*Service.* Who did what, for whoever asks later."""
    await db.execute(
        "insert into amara_private.handoff_deeds (handoff_id, conversation_id, who, deed) values ($1, $2, $3, $4)",
        handoff["id"],
        handoff["conversation_id"],
        who,
        deed,
    )


async def notify(db: Connection, handoff: Row) -> None:
    """*Service.* The platform's own service is to be told, where there is one."""
    await db.execute(
        "select amara_private.notify('conversation.handed_off', $1, jsonb_build_object('conversation_id', $1::uuid,"
        " 'handoff_id', $2::uuid, 'reason', $3::text, 'asked_by', $4::text, 'asked_at', $5::timestamptz))",
        handoff["conversation_id"],
        handoff["id"],
        handoff["reason"],
        handoff["asked_by"],
        handoff["asked_at"],
    )


async def say(
    db: Connection, message_id: UUID, handoff: Row, content: str, *, client_id: str, author: Json, now: datetime
) -> datetime:
    """*Service.* What somebody of staff says, as the assistant's; when it was said."""
    said_at: datetime = await db.fetchval(
        "insert into public.amara_messages (id, conversation_id, role, content, metadata)"
        " values ($1, $2, 'assistant', $3, $4) returning created_at",
        message_id,
        handoff["conversation_id"],
        content,
        {
            "client_message_id": client_id,
            "handoff_id": str(handoff["id"]),
            "author": author,
            "status": "complete",
            "timestamp": now.isoformat(),
        },
    )
    return said_at


async def said_before(db: Connection, conversation_id: UUID, client_id: str) -> Row | None:
    """*Service.* The message that carries this client id, whoever said it."""
    return await db.fetchrow(
        "select id, content, metadata, created_at, origin from public.amara_messages"
        " where conversation_id = $1 and metadata ? 'client_message_id' and metadata->>'client_message_id' = $2",
        conversation_id,
        client_id,
    )


async def note(db: Connection, note_id: UUID, conversation_id: UUID, author: UUID, name: str, content: str) -> bool:
    """*Service.* For colleagues, and for nobody else. Whether it is new: it may be kept under this id already."""
    done = await db.execute(
        "insert into public.amara_handoff_notes (id, conversation_id, author_id, author_name, content)"
        " values ($1, $2, $3, $4, $5) on conflict do nothing",
        note_id,
        conversation_id,
        author,
        name,
        content,
    )
    return done.endswith(" 1")


async def notes(db: Connection, conversation_id: UUID, *, limit: int) -> list[Row]:
    """As staff: what colleagues noted there, the latest first."""
    return await db.fetch(
        "select id, author_name, content, created_at from public.amara_handoff_notes where conversation_id = $1"
        " order by created_at desc, id desc limit $2",
        conversation_id,
        limit,
    )


async def staff_name(db: Connection, user_id: UUID) -> str | None:
    """As this person: their name, if they are of staff; else none."""
    name: str | None = await db.fetchval(
        "select coalesce(full_name, '') from public.profiles where id = $1 and role::text = 'admin'", user_id
    )
    return name


async def inbox(
    db: Connection,
    staff: UUID,
    *,
    view: str,
    search: str | None,
    limit: int,
    before: tuple[datetime, UUID] | None,
) -> list[Row]:
    """As staff: what is in people's hands, whoever waited longest first.

    Args:
        db: as somebody of staff; to anybody else there is nothing.
        staff: who looks.
        view: `open` all of it, `waiting` what nobody has, `mine` what this person has, `others` what colleagues have.
        search: words that stand in the title, the name, the summary or something that was said; no pattern.
        limit: at the most.
        before: the keyset (asked_at, conversation) of the last one of an earlier page.
    """
    moment, last_id = before or (None, None)
    return await db.fetch(
        """
        select c.id, c.locale, c.title, c.last_message_at, c.created_at, h.state, h.reason, h.asked_by, h.summary,
               h.person_name, h.asked_at, h.taken_by, h.taken_name, h.taken_at, n.unread, n.said_at, n.said
        from public.amara_handoffs h join public.amara_conversations c on c.id = h.conversation_id
        cross join lateral (
            select count(*) as unread, max(m.created_at) as said_at,
                   left((array_agg(m.content order by m.sequence desc))[1], 200) as said
            from public.amara_messages m
            where m.conversation_id = c.id and m.role = 'user' and m.sequence > coalesce((
                select max(s.sequence) from public.amara_messages s
                where s.conversation_id = c.id and s.role = 'assistant' and s.origin = 'service'
                  and s.metadata ? 'author'
            ), 0) and m.created_at >= coalesce((
                select max(f.created_at) from public.amara_messages f
                where f.conversation_id = c.id and f.role = 'user' and f.created_at <= h.asked_at
            ), h.asked_at)
        ) n
        where case $2 when 'waiting' then h.state = 'waiting' when 'mine' then h.taken_by = $1
                when 'others' then h.taken_by <> $1 else true end
          and ($3::text is null or position(lower($3) in lower(concat_ws(' ', c.title, h.person_name, h.summary))) > 0
            or exists (select from public.amara_messages m where m.conversation_id = c.id
                and position(lower($3) in lower(m.content)) > 0))
          and ($4::timestamptz is null or (h.asked_at, c.id) > ($4, $5))
        order by h.asked_at, c.id limit $6
        """,
        staff,
        view,
        search,
        moment,
        last_id,
        limit,
    )
