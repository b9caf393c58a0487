"""How far back a conversation is read, and what was said before."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from amara.auth import Caller
from amara.db import Connection, Database

Row = asyncpg.Record


async def recollection(db: Connection, conversation_id: UUID) -> Row | None:
    """*Service.* `begins_at`, `summed_to` and `summary`; none of a conversation that is read whole."""
    return await db.fetchrow(
        "select begins_at, summed_to, summary from amara_private.recollections where conversation_id = $1"
        " order by begins_at desc limit 1",
        conversation_id,
    )


async def recalled(database: Database, run_id: UUID, conversation_id: UUID, *, as_: Caller, limit: int) -> Row:
    """A conversation that is about to be answered: what only the service knows of it, and what the person who is
    answered may read.

    Returns:
        `is_silent`: the run began while its conversation was in a person's hands, where it still is; then nothing else.
        `begins_at`: the place from which it is read whole; `summary` of what was before, if there is one.
        `messages`: the newest from there in order, each with `id`, `role`, `content`, `tool_calls`, `metadata` and
            `sequence`; none where there are none.
        `ours`: of those, the assistant's that stand as the service recorded them.
        `later`: messages that wait for a turn of their own.
        `city` and `full_name` of the person, as far as they are known.

    Raises:
        Unavailable: the database is away.
    """
    (row,) = await database.once(
        "select * from amara_once.recall($1, $2, $3, $4, $5, $6)",
        run_id,
        conversation_id,
        limit,
        as_.database_role,
        as_.claims,
        as_.owner,
    )
    return row


async def recollect(
    db: Connection, conversation_id: UUID, *, since: int, begins_at: int, summed_to: int, summary: str
) -> bool:
    """*Service.* From now on it is read from there. False: somebody else moved it meanwhile, or it is gone.

    Args:
        db: as the service.
        conversation_id: whose.
        since: where it was read from when this was decided; 0 was the beginning.
        begins_at: the place of the first message that is read whole.
        summed_to: everything before this place is in the summary.
        summary: at most 4,000 characters.
    """
    moved = await db.fetchval(
        "with moved as (insert into amara_private.recollections as r (conversation_id, begins_at, summed_to, summary)"
        " select c.id, $3, $4, $5 from public.amara_conversations c where c.id = $1 and not exists ("
        " select from amara_private.recollections l where l.conversation_id = $1 and l.begins_at > $2)"
        " on conflict (conversation_id, begins_at) do update set summed_to = excluded.summed_to,"
        " summary = excluded.summary returning r.conversation_id),"
        " gone as (delete from amara_private.recollections o using moved"
        " where o.conversation_id = moved.conversation_id and o.begins_at < $3) select 1 from moved",
        conversation_id,
        since,
        begins_at,
        summed_to,
        summary,
    )
    return moved is not None
