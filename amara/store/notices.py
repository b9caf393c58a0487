"""What the platform's own service is to be told, and what became of it. Everything here is *service*."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg

from amara.db import Connection
from amara.notices import Notice

Row = asyncpg.Record

UNHEARD = timedelta(seconds=3)  # to come back after a lost connection, before somebody is called


async def use_receiver(db: Connection, *, is_there: bool) -> None:
    """From now on notices are written, or no more of them."""
    await db.execute(
        "update amara_private.webhook_receiver set is_there = $1 where is_there is distinct from $1", is_there
    )


async def unheard(db: Connection, conversation_id: UUID, message_id: UUID) -> None:
    """Somebody is to be called to what was said to them; who hears it, or comes at once, takes the notice away."""
    await db.execute(
        "select amara_private.notify('message.completed', id, jsonb_build_object('conversation_id', id,"
        " 'message_id', $2::uuid, 'user_id', user_id, 'status', 'complete'), $3)"
        " from public.amara_conversations where id = $1",
        conversation_id,
        message_id,
        UNHEARD,
    )


async def claim(db: Connection, *, limit: int, hold_s: float) -> list[Notice]:
    """Notices that are due, as nobody else's for so long; of each subject the first that waits."""
    rows = await db.fetch(
        """
        update amara_private.webhook_notices n
        set attempts = n.attempts + 1, due_at = clock_timestamp() + make_interval(secs => $2)
        from (
          select w.id from amara_private.webhook_notices w
          where w.state = 'waiting' and w.due_at <= clock_timestamp() and not exists (
            select from amara_private.webhook_notices e
            where e.subject = w.subject and e.sequence < w.sequence and e.state = 'waiting'
          )
          order by w.due_at, w.sequence limit $1
          for update skip locked
        ) due
        where n.id = due.id
        returning n.id, n.sequence, n.subject, n.type, n.data, n.created_at, n.attempts
        """,
        limit,
        hold_s,
    )
    return sorted((Notice(**row) for row in rows), key=lambda notice: notice.sequence)


async def settle(db: Connection, notice: Notice, state: str, *, cause: str | None = None) -> None:
    """It was delivered, or is given up; nothing where another attempt has begun meanwhile, unless this one arrived."""
    await db.execute(
        "update amara_private.webhook_notices set state = $3, cause = $4, settled_at = clock_timestamp()"
        " where id = $1 and state = 'waiting' and (attempts = $2 or $3 = 'delivered')",
        notice.id,
        notice.attempts,
        state,
        cause,
    )


async def defer(db: Connection, notice: Notice, *, cause: str, pause_s: float) -> None:
    """Another time, unless another attempt has begun meanwhile."""
    await db.execute(
        "update amara_private.webhook_notices set cause = $3, due_at = clock_timestamp() + make_interval(secs => $4)"
        " where id = $1 and state = 'waiting' and attempts = $2",
        notice.id,
        notice.attempts,
        cause,
        pause_s,
    )


async def listed(db: Connection, *, state: str | None, limit: int) -> list[Row]:
    """The latest ones of this state, or those that are not delivered."""
    return await db.fetch(
        "select id, sequence, type, subject, state, attempts, nullif(due_at, '-infinity') as due_at, cause, created_at,"
        " settled_at from amara_private.webhook_notices where case when $1::text is null then state <> 'delivered'"
        " else state = $1 end order by sequence desc limit $2",
        state,
        limit,
    )


async def retry(db: Connection, ids: Sequence[UUID] | None) -> int:
    """These, or all that were given up, are tried again from the beginning; how many."""
    done = await db.execute(
        "update amara_private.webhook_notices set state = 'waiting', attempts = 0, due_at = '-infinity',"
        " settled_at = null where case when $1::uuid[] is null then state = 'dead'"
        " else id = any ($1) and state <> 'delivered' end",
        ids,
    )
    return int(done.split()[-1])


async def withdraw(db: Connection, conversation_ids: Sequence[UUID]) -> int:
    """Answers of these conversations that somebody heard need not be told any more, as long as nobody has begun to."""
    gone = await db.execute(
        "delete from amara_private.webhook_notices where subject = any ($1) and type = 'message.completed'"
        " and state = 'waiting' and attempts = 0",
        conversation_ids,
    )
    return int(gone.split()[-1])


async def forget(db: Connection, *, delivered: timedelta, dead: timedelta, limit: int) -> int:
    """Drops what was settled so long ago, a batch at a time; how many went."""
    gone = await db.execute(
        "delete from amara_private.webhook_notices n using (select id from amara_private.webhook_notices"
        " where state <> 'waiting'"
        " and settled_at < clock_timestamp() - case state when 'dead' then $2::interval else $1::interval end"
        " limit $3) o where n.id = o.id",
        delivered,
        dead,
        limit,
    )
    return int(gone.split()[-1])
