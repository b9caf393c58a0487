"""The ordered log behind the cursors: one row per run and flush."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from amara.db import Connection

Json = dict[str, Any]

Row = tuple[UUID, int, int, int, UUID | None, str]
"""(conversation, epoch, first seq, last seq, run, frames one a line)."""


async def become_writer(db: Connection, conversation_id: UUID) -> int | None:
    """*Service.* A new epoch of the conversation, above every earlier one; none: it is not there."""
    epoch: int | None = await db.fetchval(
        "update public.amara_conversations"
        " set epoch = greatest(epoch + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)"
        " where id = $1 returning epoch",
        conversation_id,
    )
    return epoch


async def keep(db: Connection, rows: Sequence[Row], *, takes_place: bool = False) -> dict[UUID, int | None]:
    """*Service.* Writes the rows whose epoch still stands; answers their conversations, and for each a place in the
    order of messages where one is to be taken.

    The conversation's row is held until the commit: whoever takes over waits for it and sees what was written, or has
    raised the epoch first, and nothing is written. So an effect and its result are there for both, or for neither.
    """
    columns = list(zip(*rows, strict=True))
    kept = await db.fetch(
        "with kept as (insert into public.amara_run_events (conversation_id, epoch, seq_from, seq_to, run_id, frames)"
        " select n.conversation_id, n.epoch, n.seq_from, n.seq_to, n.run_id, n.frames"
        " from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::uuid[], $6::text[])"
        " as n(conversation_id, epoch, seq_from, seq_to, run_id, frames)"
        " join public.amara_conversations c on c.id = n.conversation_id and c.epoch = n.epoch for share of c"
        " on conflict do nothing"
        " returning conversation_id)"
        " select conversation_id, case when $7 then"
        " nextval(pg_get_serial_sequence('public.amara_messages', 'sequence')::regclass) end as place from kept",
        *(list(column) for column in columns),
        takes_place,
    )
    return {row["conversation_id"]: row["place"] for row in kept}


async def head(db: Connection, conversation_id: UUID) -> tuple[int, int] | None:
    """*Service.* The last cursor of a conversation's log."""
    row = await db.fetchrow(
        "select epoch, seq_to from public.amara_run_events where conversation_id = $1"
        " order by epoch desc, seq_from desc limit 1",
        conversation_id,
    )
    return (row["epoch"], row["seq_to"]) if row else None


async def lines_after(db: Connection, conversation_id: UUID, since: tuple[int, int]) -> list[str]:
    """*Service.* The frames of the rows that end after this cursor, in order; the first row may begin before it."""
    rows = await db.fetch(
        "select frames from public.amara_run_events where conversation_id = $1 and (epoch, seq_to) > ($2, $3)"
        " order by epoch, seq_from",
        conversation_id,
        *since,
    )
    return [line for row in rows for line in row["frames"].split("\n")]


async def lines_of_run(db: Connection, conversation_id: UUID, run_id: UUID) -> list[str]:
    """*Service.* The frames of a run as they were told, in order."""
    rows = await db.fetch(
        "select frames from public.amara_run_events where conversation_id = $1 and run_id = $2"
        " order by epoch, seq_from",
        conversation_id,
        run_id,
    )
    return [line for row in rows for line in row["frames"].split("\n")]


async def of_run(db: Connection, conversation_id: UUID, run_id: UUID) -> list[Json]:
    """*Service.* The same, decoded."""
    return [msgspec.json.decode(line) for line in await lines_of_run(db, conversation_id, run_id)]
