"""The ordered log behind the cursors: one row per run and flush."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from amara.db import Connection, Database

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
    return _kept(
        await db.fetch(
            "select * from amara_private.keep_frames($1, $2, $3, $4, $5, $6, $7)", *_columns(rows), takes_place
        )
    )


async def keep_once(database: Database, rows: Sequence[Row], *, takes_place: bool = False) -> dict[UUID, int | None]:
    """The same, as a transaction of its own.

    Raises:
        Unavailable: the database is away; it may have been done.
    """
    return _kept(
        await database.once(
            "select * from amara_once.keep_frames($1, $2, $3, $4, $5, $6, $7)", *_columns(rows), takes_place
        )
    )


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _kept(rows: Sequence[asyncpg.Record]) -> dict[UUID, int | None]:
    return {row["conversation"]: row["place"] for row in rows}


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
