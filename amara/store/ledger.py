"""What happened, for the record: runs with their leases, tool runs, usage."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from amara.db import Connection

Json = dict[str, Any]
Row = asyncpg.Record


async def run_by_key(db: Connection, user_id: UUID, run_key: str) -> Row | None:
    """The owner's run of this name."""
    return await db.fetchrow(
        "select id, conversation_id, run_key, status, user_message_id from public.amara_runs"
        " where user_id = $1 and run_key = $2",
        user_id,
        run_key,
    )


async def last_run_for(db: Connection, message_id: UUID) -> Row | None:
    """The latest run that answers this user message."""
    return await db.fetchrow(
        "select id, run_key, status from public.amara_runs where user_message_id = $1 order by started_at desc limit 1",
        message_id,
    )


async def live_run(db: Connection, conversation_id: UUID) -> Row | None:
    """The run being written in this conversation, and whether its owner still holds it."""
    return await db.fetchrow(
        "select id, run_key, owner, lease_expires_at < clock_timestamp() as is_abandoned from public.amara_runs"
        " where conversation_id = $1 and status = 'running'",
        conversation_id,
    )


async def add_run(
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
) -> None:
    """*Service.* A run begins, leased to this process.

    Raises:
        asyncpg.UniqueViolationError: another run is live here, or the name is taken.
    """
    await db.execute(
        "insert into public.amara_runs (id, conversation_id, user_id, run_key, parent_run_key, user_message_id, owner,"
        " lease_expires_at, authority_until)"
        " values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8), $9)",
        run_id,
        conversation_id,
        user_id,
        run_key,
        parent_run_key,
        user_message_id,
        owner,
        lease_s,
        authority_until,
    )


async def end_run(
    db: Connection, run_id: UUID, *, owner: str, status: str, outcome: Json | None, error_code: str | None
) -> bool:
    """*Service.* A run ends truthfully. False: it is no longer this owner's."""
    ended = await db.execute(
        "update public.amara_runs set status = $3, outcome = $4, error_code = $5, ended_at = clock_timestamp()"
        " where id = $1 and owner = $2 and status = 'running'",
        run_id,
        owner,
        status,
        outcome,
        error_code,
    )
    return ended == "UPDATE 1"


async def request_stop(db: Connection, user_id: UUID, run_key: str) -> Row | None:
    """*Service.* The owner wants this run to stop; committed before anybody acts on it."""
    return await db.fetchrow(
        "update public.amara_runs set stop_requested_at = coalesce(stop_requested_at, clock_timestamp())"
        " where user_id = $1 and run_key = $2 returning id, conversation_id, status",
        user_id,
        run_key,
    )


async def renew_leases(db: Connection, run_ids: list[UUID], *, owner: str, lease_s: float) -> None:
    """*Service.* This process still writes these runs."""
    await db.execute(
        "update public.amara_runs set lease_expires_at = clock_timestamp() + make_interval(secs => $3)"
        " where id = any($1) and owner = $2 and status = 'running'",
        run_ids,
        owner,
        lease_s,
    )


async def extend_authority(db: Connection, user_id: UUID, until: datetime) -> None:
    """*Service.* Whoever takes over a live run of this person may act for them until then."""
    await db.execute(
        "update public.amara_runs set authority_until = greatest(authority_until, $2)"
        " where user_id = $1 and status = 'running'",
        user_id,
        until,
    )


async def orphans(db: Connection) -> list[Row]:
    """*Service.* Live runs with their owners, and whether the lease is over."""
    return await db.fetch(
        "select id, conversation_id, run_key, owner, lease_expires_at < clock_timestamp() as is_abandoned"
        " from public.amara_runs where status = 'running'"
    )


async def claim_run(db: Connection, run_id: UUID, *, of: str, owner: str, lease_s: float) -> bool:
    """*Service.* Takes a run over from an owner that is gone. False: somebody was faster."""
    claimed = await db.execute(
        "update public.amara_runs set owner = $3, lease_version = lease_version + 1, takeovers = takeovers + 1,"
        " lease_expires_at = clock_timestamp() + make_interval(secs => $4)"
        " where id = $1 and owner = $2 and status = 'running'",
        run_id,
        of,
        owner,
        lease_s,
    )
    return claimed == "UPDATE 1"


async def start_tool(
    db: Connection, run_id: UUID, *, conversation_id: UUID, message_id: UUID, call_id: str, tool: str, given: Any
) -> None:
    """*Service.* A tool is about to run."""
    await db.execute(
        "insert into public.amara_tool_runs (run_id, conversation_id, message_id, call_id, tool, state, input)"
        " values ($1, $2, $3, $4, $5, 'started', $6)",
        run_id,
        conversation_id,
        message_id,
        call_id,
        tool,
        given,
    )


async def drafting_call(db: Connection, conversation_id: UUID) -> Row | None:
    """*Service.* The latest call here that made or changed a draft."""
    return await db.fetchrow(
        "select call_id, tool, input from public.amara_tool_runs where conversation_id = $1 and state = 'done'"
        " and tool in ('draft_booking', 'cancel_booking', 'reschedule_booking') and output->>'card' = 'booking_draft'"
        " order by created_at desc limit 1",
        conversation_id,
    )


async def end_tool(db: Connection, run_id: UUID, call_id: str, *, output: Any, is_error: bool, latency_ms: int) -> None:
    """*Service.* A tool has answered."""
    await db.execute(
        "update public.amara_tool_runs set state = case when $4 then 'failed' else 'done' end, output = $3,"
        " is_error = $4, latency_ms = $5, ended_at = clock_timestamp() where run_id = $1 and call_id = $2",
        run_id,
        call_id,
        output,
        is_error,
        latency_ms,
    )


async def add_usage(
    db: Connection,
    run_id: UUID,
    *,
    conversation_id: UUID,
    user_id: UUID,
    model: str,
    number: int,
    tokens: tuple[int, int, int, int],
    outcome: str,
    latency_ms: int,
) -> None:
    """*Service.* One model call. Units: tokens (input, output, cache read, cache write)."""
    await db.execute(
        "insert into public.amara_usage (run_id, conversation_id, user_id, model, round, input_tokens, output_tokens,"
        " cache_read_tokens, cache_write_tokens, outcome, latency_ms)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        run_id,
        conversation_id,
        user_id,
        model,
        number,
        *tokens,
        outcome,
        latency_ms,
    )
