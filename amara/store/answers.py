"""The answers to one message: what followed them, what came of them, and that they were taken back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from amara.db import Connection


async def is_followed(db: Connection, conversation_id: UUID, sequence: int) -> bool:
    """A person said something after this place."""
    found: bool = await db.fetchval(
        "select exists (select from public.amara_messages"
        " where conversation_id = $1 and role = 'user' and sequence > $2)",
        conversation_id,
        sequence,
    )
    return found


async def runs_of(db: Connection, message_id: UUID) -> list[UUID]:
    """*Service.* The runs that answer, or answered, this message; one that became part of another is that one."""
    rows = await db.fetch(
        "select coalesce(leader_id, id) as id from public.amara_runs where user_message_id = $1", message_id
    )
    return [row["id"] for row in rows]


async def draft_of(db: Connection, run_ids: Sequence[UUID]) -> UUID | None:
    """*Service.* The draft that is open in their conversation and was made or changed by one of these runs."""
    found: UUID | None = await db.fetchval(
        "select d.id from public.amara_tool_runs t join public.amara_booking_drafts d"
        " on d.conversation_id = t.conversation_id and d.status = 'open'"
        " where t.run_id = any($1) and t.state = 'done' and t.output->>'card' = 'booking_draft' limit 1",
        run_ids,
    )
    return found


async def has_come_of_it(db: Connection, conversation_id: UUID, message_id: UUID, run_ids: Sequence[UUID]) -> bool:
    """*Service.* Since this message a draft was confirmed here, or we said something else than these runs did."""
    found: bool = await db.fetchval(
        "select exists (select from public.amara_messages asked where asked.id = $2 and (exists ("
        " select from public.amara_booking_drafts d"
        " where d.conversation_id = $1 and d.status = 'confirmed' and d.updated_at >= asked.created_at)"
        " or exists (select from public.amara_messages m where m.conversation_id = $1 and m.sequence > asked.sequence"
        " and m.role = 'assistant' and m.origin = 'service' and coalesce(m.metadata->>'run_id', '') <> all ($3))))",
        conversation_id,
        message_id,
        [str(run_id) for run_id in run_ids],
    )
    return found


async def supersede(db: Connection, conversation_id: UUID, run_ids: Sequence[UUID], *, by: UUID) -> None:
    """*Service.* What these runs answered stays on record, and is neither shown nor read any more."""
    await db.execute(
        "update public.amara_messages set metadata = metadata || jsonb_build_object('status', 'superseded',"
        " 'superseded_status', metadata->>'status', 'superseded_by', $3::text) where conversation_id = $1"
        " and role = 'assistant' and origin = 'service' and metadata->>'run_id' = any($2)"
        " and metadata->>'status' <> 'superseded'",
        conversation_id,
        [str(run_id) for run_id in run_ids],
        str(by),
    )
