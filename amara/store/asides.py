"""What happened beside an answer and is still to be told. Everything here is *service*."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from amara.db import Connection

Json = dict[str, Any]


async def leave(db: Connection, conversation_id: UUID, name: str, value: Json) -> None:
    """To be told in this conversation, if what is done in this transaction is committed."""
    await db.execute(
        "insert into amara_private.asides (conversation_id, name, value) values ($1, $2, $3)",
        conversation_id,
        name,
        value,
    )


async def take(db: Connection, conversation_id: UUID) -> list[asyncpg.Record]:
    """What is to be told there, in order; whoever takes it tells it in the same transaction."""
    return await db.fetch(
        "with taken as (delete from amara_private.asides where conversation_id = $1 returning id, name, value)"
        " select name, value from taken order by id",
        conversation_id,
    )


class Left(NamedTuple):
    """A conversation in which something is to be told."""

    conversation_id: UUID
    is_written_here: bool
    """Whoever asked is writing an answer there."""


async def left(db: Connection, *, owner: str) -> list[Left]:
    """Where something is to be told that this owner may tell: nobody else is writing an answer there.

    All of them, because there are few: what is told is gone, and whoever listens somewhere comes to tell it there.
    """
    rows = await db.fetch(
        "select n.conversation_id, coalesce(bool_or(r.owner = $1), false) from amara_private.asides n"
        " left join public.amara_runs r on r.conversation_id = n.conversation_id and r.status = 'running'"
        " where coalesce(r.owner, $1) = $1 group by 1 order by min(n.id)",
        owner,
    )
    return [Left(*row) for row in rows]
