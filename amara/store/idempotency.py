"""Answers kept for who asks twice under the same key: written in the transaction of the deed itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from amara.db import Connection

Json = dict[str, Any]

KEPT = timedelta(hours=24)


async def claim(db: Connection, scope: str, key: str, body_hash: bytes, *, now: datetime) -> asyncpg.Record | None:
    """*Service.* Takes the key for this transaction: none, and the deed may go on; or what the key stands for already.

    Whoever asks meanwhile with the same key waits here until the first one has committed or given up.
    """
    claimed = await db.fetchval(
        "insert into public.idempotency_keys as k (scope, key, body_hash, created_at) values ($1, $2, $3, $4)"
        " on conflict (scope, key) do update set body_hash = excluded.body_hash, created_at = excluded.created_at,"
        " status = null, answer = null where k.created_at <= $5 returning 1",
        scope,
        key,
        body_hash,
        now,
        now - KEPT,
    )
    if claimed is not None:
        return None
    return await db.fetchrow(
        "select body_hash, status, answer from public.idempotency_keys where scope = $1 and key = $2", scope, key
    )


async def keep(db: Connection, scope: str, key: str, *, status: int, answer: Json) -> None:
    """*Service.* The answer, to be committed with what it tells."""
    await db.execute(
        "update public.idempotency_keys set status = $3, answer = $4 where scope = $1 and key = $2",
        scope,
        key,
        status,
        answer,
    )


async def forget(db: Connection, now: datetime) -> None:
    """*Service.* Drops what is older than a day."""
    await db.execute("delete from public.idempotency_keys where created_at <= $1", now - KEPT)
