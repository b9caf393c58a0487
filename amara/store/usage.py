"""What calls to the model did cost, one row a call. Everything here is *service*."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import asyncpg

from amara.db import Connection

Row = asyncpg.Record


async def add_usage(
    db: Connection,
    call_id: UUID,
    *,
    run_id: UUID,
    conversation_id: UUID,
    user_id: UUID,
    is_visitor: bool,
    model: str,
    number: int,
    purpose: str,
    tokens: tuple[int, int, int, int],
    is_estimated: bool,
    cost_usd: Decimal | None,
    outcome: str,
    latency_ms: int | None,
    pays: int | None = None,
) -> None:
    """One model call, once. Units: tokens (input, output, cache read, cache write).

    Args: pays is what it costs its purses, where it holds something of them; see `budgets.end_call`.
    """
    written = (
        "insert into public.amara_usage (id, run_id, conversation_id, user_id, is_visitor, model, round, purpose,"
        " input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, is_estimated, cost_usd, outcome,"
        " latency_ms) values ($1, (select id from public.amara_runs where id = $2), $3, $4, $5, $6, $7, $8, $9, $10,"
        " $11, $12, $13, $14, $15, $16) on conflict (id) do nothing"
    )
    row = (
        call_id,
        run_id,
        conversation_id,
        user_id,
        is_visitor,
        model,
        number,
        purpose,
        *tokens,
        is_estimated,
        cost_usd,
        outcome,
        latency_ms,
    )
    if pays is None:
        await db.execute(written, *row)
    else:
        await db.execute(f"with written as ({written}) select amara_private.end_call($1, $17)", *row, pays)


async def usage_of(db: Connection, run_id: UUID) -> list[Row]:
    """What the calls of a run cost so far, in order."""
    return await db.fetch(
        "select model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, is_estimated"
        " from public.amara_usage where run_id = $1 order by round, created_at",
        run_id,
    )


async def usage_of_call(db: Connection, call_id: UUID) -> Row | None:
    """What this call cost, if it is on record."""
    return await db.fetchrow(
        "select input_tokens, output_tokens, cache_read_tokens, cache_write_tokens from public.amara_usage"
        " where id = $1",
        call_id,
    )
