"""The log as a process reads it that does not write it: what came after a place, for many conversations at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from amara.db import Connection


class Piece(NamedTuple):
    """One row of the log."""

    conversation_id: UUID
    epoch: int
    seq_from: int
    run_id: UUID | None
    frames: str
    """One a line, contiguous from seq_from on."""


async def pieces_after(db: Connection, places: Sequence[tuple[UUID, int, int]]) -> list[Piece]:
    """*Service.* What the log has after these places (conversation, epoch, seq), each conversation's in its order.

    A long answer has hundreds of rows, and who stands at its end shall not have them read: the scan begins with the row
    in which the place is, which is found by one step in the index.
    """
    conversation_ids, epochs, seqs = zip(*places, strict=True)
    rows = await db.fetch(
        "select e.conversation_id, e.epoch, e.seq_from, e.run_id, e.frames"
        " from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as n (conversation_id, epoch, seq)"
        " cross join lateral (select coalesce((select l.seq_from from public.amara_run_events l"
        " where l.conversation_id = n.conversation_id and l.epoch = n.epoch and l.seq_from <= n.seq"
        " order by l.seq_from desc limit 1), 0) as seq_from offset 0) s"
        " cross join lateral (select * from public.amara_run_events e where e.conversation_id = n.conversation_id"
        " and (e.epoch, e.seq_from) >= (n.epoch, s.seq_from) and (e.epoch, e.seq_to) > (n.epoch, n.seq) offset 0) e"
        " order by e.conversation_id, e.epoch, e.seq_from",
        list(conversation_ids),
        list(epochs),
        list(seqs),
    )
    return [Piece(*row) for row in rows]


async def stirred(db: Connection, *, within_s: float) -> list[UUID]:
    """*Service.* The conversations in which something was logged in the last seconds."""
    rows = await db.fetch(
        "select distinct conversation_id from public.amara_run_events"
        " where created_at > now() - make_interval(secs => $1)",
        within_s,
    )
    return [row["conversation_id"] for row in rows]


async def latest_run(db: Connection, conversation_id: UUID) -> list[Piece]:
    """*Service.* What the log has of its latest run, in order."""
    rows = await db.fetch(
        "select e.conversation_id, e.epoch, e.seq_from, e.run_id, e.frames from public.amara_run_events e"
        " where e.conversation_id = $1 and e.run_id is not distinct from"
        " (select run_id from public.amara_run_events where conversation_id = $1 order by epoch desc, seq_from desc"
        " limit 1) order by e.epoch, e.seq_from",
        conversation_id,
    )
    return [Piece(*row) for row in rows]


async def of_run(db: Connection, conversation_id: UUID, run_id: UUID) -> list[Piece]:
    """*Service.* What the log has of this run, in order."""
    rows = await db.fetch(
        "select e.conversation_id, e.epoch, e.seq_from, e.run_id, e.frames from public.amara_run_events e"
        " where e.conversation_id = $1 and e.run_id = $2"
        " order by e.epoch, e.seq_from",
        conversation_id,
        run_id,
    )
    return [Piece(*row) for row in rows]


async def knows(db: Connection, conversation_id: UUID, cursor: tuple[int, int]) -> bool:
    """*Service.* This cursor is of an epoch that the log has, and nothing after it is gone.

    It may be ahead of that epoch's end: a writer tells more than it has logged. One question, because the log grows
    while it is asked.
    """
    known: bool = await db.fetchval(
        "select coalesce($3 >= min(seq_from), false) from public.amara_run_events"
        " where conversation_id = $1 and epoch = $2",
        conversation_id,
        *cursor,
    )
    return known


async def stop_requests(db: Connection, run_ids: Sequence[UUID]) -> list[UUID]:
    """*Service.* Which of these live runs somebody wants to stop."""
    rows = await db.fetch(
        "select id from public.amara_runs where id = any($1) and status = 'running' and stop_requested_at is not null",
        list(run_ids),
    )
    return [row["id"] for row in rows]
