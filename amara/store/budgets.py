"""What the model may cost a day, and the calls on their way. Everything here is *service*."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import asyncpg

from amara.db import Connection, Database

SETTLED_AT_ONCE = 10_000  # calls


async def begin_call(
    database: Database,
    call_id: UUID,
    run_id: UUID,
    *,
    conversation_id: UUID,
    user_id: UUID,
    is_visitor: bool,
    model: str,
    number: int,
    purpose: str,
    day: date,
    limits: Mapping[str, int],
    held: int,
    asked: int,
) -> str | None:
    """Holds these tokens in every purse and writes the call down, or neither; then it says which one is empty.

    Raises:
        Unavailable: the database is away; it may have been done.
    """
    ((empty,),) = await database.once(
        "select amara_once.begin_call($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        call_id,
        run_id,
        conversation_id,
        user_id,
        is_visitor,
        model,
        number,
        purpose,
        day,
        list(limits),
        list(limits.values()),
        held,
        asked,
    )
    return None if empty is None else str(empty)


async def end_call(db: Connection, call_id: UUID, *, spent: int) -> bool:
    """What it did cost is written down, for `settle`; more than was held is paid at once. False: it was before."""
    ended: bool = await db.fetchval("select amara_private.end_call($1, $2)", call_id, spent)
    return ended


async def calls_of(db: Connection, run_id: UUID) -> list[asyncpg.Record]:
    """The calls of a run that nobody has paid."""
    return await db.fetch(
        "select * from amara_private.open_calls where run_id = $1 and spent is null order by began_at", run_id
    )


async def calls_left(db: Connection, *, older_than_s: float, limit: int) -> list[asyncpg.Record]:
    """Calls that are older than any call is, and that no run is left to pay; held until this transaction ends."""
    return await db.fetch(
        "select c.* from amara_private.open_calls c"
        " where c.spent is null and c.began_at < clock_timestamp() - make_interval(secs => $1)"
        " and not exists (select from public.amara_runs r where r.id = c.run_id and r.status = 'running')"
        " order by c.began_at limit $2 for update skip locked",
        older_than_s,
        limit,
    )


async def settle(db: Connection, *, most: int = SETTLED_AT_ONCE) -> int:
    """Tells the purses of calls that ended, and how many there were; for a transaction of its own.

    It is not done in the commit of each answer, because everybody shares a purse: see decision 17.
    """
    settled: int = await db.fetchval("select amara_private.settle_calls($1)", most)
    return settled


async def forget(db: Connection, before: date) -> None:
    """Drops the purses of days that are over."""
    await db.execute("delete from amara_private.token_budgets where day < $1", before)
