"""What happened, for the record: runs with their leases, and tool runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from amara.db import Connection

Json = dict[str, Any]
Row = asyncpg.Record


async def runs_of(db: Connection, conversation_id: UUID, *, limit: int) -> list[Row]:
    """*Service.* The latest runs of a conversation, those that were part of another left out."""
    return await db.fetch(
        "select id, status, started_at, ended_at from public.amara_runs where conversation_id = $1"
        " and status not in ('merged', 'queued') order by started_at desc, id limit $2",
        conversation_id,
        limit,
    )


async def latest_word(db: Connection, conversation_id: UUID) -> Row | None:
    """*Service.* How long the conversation's owner has given their word the last time they said something there."""
    return await db.fetchrow(
        "select authority_until, asked from public.amara_runs where conversation_id = $1"
        " order by started_at desc, id limit 1",
        conversation_id,
    )


async def run_by_key(db: Connection, user_id: UUID, run_key: str) -> Row | None:
    """The owner's run of this name; one that became part of another is shown as that one."""
    return await db.fetchrow(
        "select l.id, l.conversation_id, l.run_key, l.status from public.amara_runs r"
        " join public.amara_runs l on l.id = coalesce(r.leader_id, r.id) where r.user_id = $1 and r.run_key = $2",
        user_id,
        run_key,
    )


async def last_run_for(db: Connection, message_id: UUID) -> Row | None:
    """The latest run that answers this user message; one that became part of another is shown as that one."""
    return await db.fetchrow(
        "select l.id, l.conversation_id, l.run_key, l.status from public.amara_runs r"
        " join public.amara_runs l on l.id = coalesce(r.leader_id, r.id)"
        " where r.user_message_id = $1 order by r.started_at desc limit 1",
        message_id,
    )


async def live_run(db: Connection, conversation_id: UUID) -> Row | None:
    """The run being written in this conversation, and whether its person wants it to stop."""
    return await db.fetchrow(
        "select id, run_key, owner, stop_requested_at is not null as is_stopped from public.amara_runs"
        " where conversation_id = $1 and status = 'running'",
        conversation_id,
    )


async def hold_run(db: Connection, conversation_id: UUID) -> Row:
    """*Service.* Waits for the conversation's row (rule 15), and tells what is being written by then: `is_there`, the
    `title`, `id` and `owner` of the live run, `is_waited_for` where others wait for its end, and `has_draft` where a
    draft is open.
    """
    row: Row | None = await db.fetchrow("select * from amara_private.hold_answer($1)", conversation_id)
    assert row is not None  # it always answers one
    return row


async def end_run(
    db: Connection, run_id: UUID, *, owner: str, status: str, outcome: Json | None, error_code: str | None
) -> Row | None:
    """*Service.* A run ends truthfully, with the tools it did not come to, and something was said in its conversation
    now. None: it is no longer this owner's.

    Returns:
        `elsewhere`: its person's other conversation that has waited longest, where nobody writes; null without one.
    """
    return await db.fetchrow(
        "with ended as (update public.amara_runs set status = $3, outcome = $4, error_code = $5,"
        " ended_at = clock_timestamp() where id = $1 and owner = $2 and status = 'running'"
        " returning id, conversation_id, user_id),"
        " touched as (update public.amara_conversations c set last_message_at = clock_timestamp(), is_active = true"
        " from ended where c.id = ended.conversation_id),"
        " untouched as (update public.amara_tool_runs t set state = 'not_started', is_error = true,"
        ' output = \'{"status":"not_started"}\', ended_at = clock_timestamp()'
        " from ended where t.run_id = ended.id and t.state = 'started')"
        " select (select q.conversation_id from public.amara_runs q where q.user_id = ended.user_id"
        " and q.status = 'queued' and q.conversation_id <> ended.conversation_id and not exists ("
        " select from public.amara_runs r where r.conversation_id = q.conversation_id and r.status = 'running')"
        " order by q.queued_at limit 1) as elsewhere from ended",
        run_id,
        owner,
        status,
        outcome,
        error_code,
    )


async def request_stop(db: Connection, user_id: UUID, run_key: str) -> Row | None:
    """*Service.* The owner wants this run to stop; committed before anybody acts on it."""
    return await db.fetchrow(
        "update public.amara_runs set stop_requested_at = coalesce(stop_requested_at, clock_timestamp())"
        " where user_id = $1 and run_key = $2 returning id, conversation_id, status, leader_id",
        user_id,
        run_key,
    )


async def request_stop_of(db: Connection, run_id: UUID) -> None:
    """*Service.* The same by its id."""
    await db.execute(
        "update public.amara_runs set stop_requested_at = coalesce(stop_requested_at, clock_timestamp()) where id = $1",
        run_id,
    )


async def renew_leases(db: Connection, run_ids: list[UUID], *, owner: str, lease_s: float) -> set[UUID]:
    """*Service.* This process still writes these runs; answers those that are its own."""
    rows = await db.fetch(
        "update public.amara_runs set lease_expires_at = clock_timestamp() + make_interval(secs => $3)"
        " where id = any($1) and owner = $2 and status = 'running' returning id",
        run_ids,
        owner,
        lease_s,
    )
    return {row["id"] for row in rows}


async def release_run(db: Connection, run_id: UUID, *, owner: str) -> None:
    """*Service.* This process writes it no more; whoever comes first goes on."""
    await db.execute(
        "update public.amara_runs set owner = '', lease_expires_at = clock_timestamp()"
        " where id = $1 and owner = $2 and status = 'running'",
        run_id,
        owner,
    )


async def extend_authority(db: Connection, user_id: UUID, until: datetime) -> None:
    """*Service.* Whoever takes over a run of this person may act for them until then."""
    await db.execute(
        "update public.amara_runs set authority_until = greatest(authority_until, $2)"
        " where user_id = $1 and status in ('queued', 'running')",
        user_id,
        until,
    )


async def orphans(db: Connection) -> list[Row]:
    """*Service.* Live runs with their owners, and whether the lease is over."""
    return await db.fetch(
        "select id, conversation_id, owner, lease_expires_at < clock_timestamp() as is_abandoned"
        " from public.amara_runs where status = 'running'"
    )


async def claim_run(db: Connection, run_id: UUID, *, of: str, owner: str, lease_s: float) -> Row | None:
    """*Service.* Takes a run over from an owner that is gone, or that let it go. None: somebody was faster.

    Letting go does not count as a takeover: only what ends a process again and again shall be given up.
    """
    return await db.fetchrow(
        "update public.amara_runs set owner = $3, lease_version = lease_version + 1,"
        " takeovers = takeovers + (case when owner = '' then 0 else 1 end),"
        " lease_expires_at = clock_timestamp() + make_interval(secs => $4)"
        " where id = $1 and owner = $2 and status = 'running' returning id, run_key, parent_run_key, authority_until,"
        " asked, takeovers, stop_requested_at is not null as is_stopped",
        run_id,
        of,
        owner,
        lease_s,
    )


async def drafting_call(db: Connection, conversation_id: UUID) -> Row | None:
    """*Service.* The latest call here that made or changed a draft."""
    return await db.fetchrow(
        "select call_id, tool, input from public.amara_tool_runs where conversation_id = $1 and state = 'done'"
        " and tool in ('draft_booking', 'cancel_booking', 'reschedule_booking') and output->>'card' = 'booking_draft'"
        " order by created_at desc limit 1",
        conversation_id,
    )


async def end_tool(
    db: Connection,
    run_id: UUID,
    call_id: str,
    *,
    output: Any,
    is_error: bool,
    latency_ms: int,
    message_id: UUID,
    calls: Sequence[Json],
) -> None:
    """*Service.* A tool has answered; it stands beside the call in its message as well, among the others of that."""
    await db.execute(
        "with ended as (update public.amara_tool_runs set state = case when $4 then 'failed' else 'done' end,"
        " output = $3, is_error = $4, latency_ms = $5, ended_at = clock_timestamp()"
        " where run_id = $1 and call_id = $2)"
        " update public.amara_messages set tool_calls = $7 where id = $6",
        run_id,
        call_id,
        output,
        is_error,
        latency_ms,
        message_id,
        list(calls),
    )


async def write_off_calls(db: Connection, run_id: UUID) -> list[Row]:
    """*Service.* Calls whose process died: effect and result commit together, so none of these ever happened."""
    return await db.fetch(
        "update public.amara_tool_runs set state = 'not_started', output = '{\"status\": \"not_started\"}',"
        " is_error = true, ended_at = clock_timestamp() where run_id = $1 and state = 'started'"
        " returning call_id, message_id",
        run_id,
    )
