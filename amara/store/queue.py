"""The runs that wait for the one being written, and what becomes of them: one turn for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from amara.auth import Caller
from amara.db import Connection, Database
from amara.store import log

Json = dict[str, Any]
Row = asyncpg.Record


class Opening(NamedTuple):
    """A conversation that is new."""

    locale: str
    thread_key: str | None
    """What the client calls it."""
    title: str
    """What people read in a list."""


async def join(
    db: Connection,
    run_id: UUID,
    *,
    conversation_id: UUID,
    user_id: UUID,
    run_key: str,
    parent_run_key: str | None,
    user_message_id: UUID | None,
    authority_until: datetime | None,
    asked: Json,
) -> None:
    """*Service.* A run waits for its turn; nobody's yet.

    Raises:
        asyncpg.UniqueViolationError: the name is taken.
    """
    await db.execute(
        "insert into public.amara_runs (id, conversation_id, user_id, run_key, parent_run_key, user_message_id, status,"
        " owner, lease_expires_at, authority_until, asked, queued_at)"
        " values ($1, $2, $3, $4, $5, $6, 'queued', '', clock_timestamp(), $7, $8, clock_timestamp())",
        run_id,
        conversation_id,
        user_id,
        run_key,
        parent_run_key,
        user_message_id,
        authority_until,
        asked,
    )


async def begin(
    db: Connection,
    run_id: UUID,
    *,
    conversation_id: UUID,
    user_id: UUID,
    run_key: str,
    parent_run_key: str | None,
    user_message_id: UUID | None,
    owner: str,
    lease_s: float,
    authority_until: datetime | None,
    asked: Json,
    at_once: int,
) -> Row:
    """*Service, holding the conversation's row.* A run begins, leased to this process, if nothing goes before it.

    Returns:
        `is_begun`; where it is not: `live_id` of the run that is being written here, or `is_waited_for` where others
        wait here already, or neither: its person has `at_once` answers being written elsewhere.

    Raises:
        asyncpg.UniqueViolationError: the name is taken.
    """
    row: Row | None = await db.fetchrow(
        "select * from amara_private.begin_run($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        run_id,
        conversation_id,
        user_id,
        run_key,
        parent_run_key,
        user_message_id,
        owner,
        lease_s,
        authority_until,
        asked,
        at_once,
    )
    assert row is not None  # it always answers one
    return row


async def begin_once(
    database: Database,
    row: log.Row,
    *,
    caller: Caller,
    client_id: str,
    message_id: UUID,
    text: str,
    metadata: Json,
    run_key: str,
    parent_run_key: str | None,
    owner: str,
    lease_s: float,
    authority_until: datetime | None,
    asked: Json,
    at_once: int,
    opens: Opening | None,
) -> bool:
    """A message, the run that answers it and this row of the log, where nothing is known of any of them, nothing is
    being written or waits in the conversation, and it is there: as its caller and as the service, in one way.

    With `opens` the conversation is made as well, with the row's epoch, and must not be there yet.

    Returns:
        Whether it was so plain; else nothing was done.

    Raises:
        asyncpg.UniqueViolationError: the name is taken.
        Unavailable: the database is away; it may have been done.
    """
    conversation_id, epoch, first, last, run_id, frames = row
    try:
        ((has_begun,),) = await database.once(
            "select amara_once.remember($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
            " $18, $19, $20, $21, $22, $23, $24)",
            caller.database_role,
            caller.claims,
            conversation_id,
            caller.owner,
            client_id,
            message_id,
            text,
            metadata,
            run_id,
            run_key,
            parent_run_key,
            owner,
            lease_s,
            authority_until,
            asked,
            at_once,
            epoch,
            first,
            last,
            frames,
            opens is not None,
            *(opens or (None, None, None)),
        )
    except asyncpg.RaiseError:  # its way to take back what it had done
        return False
    return bool(has_begun)


async def waiting(db: Connection, conversation_id: UUID) -> list[Row]:
    """*Service.* Those that wait here, in their order, held until this transaction ends."""
    return await db.fetch(
        "select id, run_key, parent_run_key, authority_until, asked, stop_requested_at is not null as is_stopped"
        " from public.amara_runs where conversation_id = $1 and status = 'queued' order by queued_at, id for update",
        conversation_id,
    )


async def lead(
    db: Connection, run_id: UUID, *, owner: str, lease_s: float, authority_until: datetime | None, asked: Json
) -> None:
    """*Service.* Its turn has come, leased to this process.

    Raises:
        asyncpg.UniqueViolationError: another run is live here.
    """
    await db.execute(
        "update public.amara_runs set status = 'running', owner = $2, authority_until = $4, asked = $5,"
        " lease_expires_at = clock_timestamp() + make_interval(secs => $3), started_at = clock_timestamp()"
        " where id = $1",
        run_id,
        owner,
        lease_s,
        authority_until,
        asked,
    )


async def merge(db: Connection, run_ids: Sequence[UUID], *, leader_id: UUID) -> None:
    """*Service.* These are answered by that one."""
    await db.execute(
        "update public.amara_runs set status = 'merged', leader_id = $2, ended_at = clock_timestamp()"
        " where id = any($1)",
        list(run_ids),
        leader_id,
    )


async def take_places(db: Connection, message_ids: Sequence[UUID]) -> None:
    """*Service.* These messages stand behind everything that was said before their turn came."""
    for message_id in message_ids:
        await db.execute(
            "update public.amara_messages"
            " set sequence = nextval(pg_get_serial_sequence('public.amara_messages', 'sequence')::regclass)"
            " where id = $1",
            message_id,
        )


async def left_waiting(db: Connection) -> list[UUID]:
    """*Service.* The conversations where somebody waits and nobody writes."""
    rows = await db.fetch(
        "select distinct q.conversation_id from public.amara_runs q where q.status = 'queued' and not exists ("
        " select from public.amara_runs r where r.conversation_id = q.conversation_id and r.status = 'running')"
    )
    return [row["conversation_id"] for row in rows]


async def running_elsewhere(db: Connection, user_id: UUID, conversation_id: UUID) -> int:
    """*Service.* How many answers are being written for this person in other conversations.

    Until this transaction ends nobody else who asks about that person is answered, so that one more may begin here.
    """
    number: int = await db.fetchval("select amara_private.runs_elsewhere($1, $2)", user_id, conversation_id)
    return number
