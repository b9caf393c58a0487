"""Links and sessions in SQL. Everything here is *service*; of a link or a cookie it knows the hash alone."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

from analytics.settings import Connection

Kind = Literal["link", "session"]


async def add(
    connection: Connection,
    pass_hash: bytes,
    kind: Kind,
    user_id: UUID,
    *,
    token_issued_at: datetime | None,
    good_until: datetime,
    ends_at: datetime,
) -> None:
    """One more way in. Args: good_until may be moved later on, though not beyond ends_at."""
    await connection.execute(
        "insert into amara_private.page_passes (pass_hash, kind, user_id, token_issued_at, good_until, ends_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        pass_hash,
        kind,
        user_id,
        token_issued_at,
        good_until,
        ends_at,
    )


async def take(connection: Connection, pass_hash: bytes, kind: Kind, now: datetime) -> UUID | None:
    """Takes it away. Whose it was, if it was good; of two who take it one has it."""
    row = await connection.fetchrow(
        "delete from amara_private.page_passes where pass_hash = $1 and kind = $2 returning user_id, good_until",
        pass_hash,
        kind,
    )
    return None if row is None or row["good_until"] <= now else row["user_id"]


async def session(connection: Connection, pass_hash: bytes, now: datetime) -> asyncpg.Record | None:
    """One that is good: user_id, token_issued_at, good_until, ends_at."""
    return await connection.fetchrow(
        "select user_id, token_issued_at, good_until, ends_at from amara_private.page_passes"
        " where pass_hash = $1 and kind = 'session' and good_until > $2",
        pass_hash,
        now,
    )


async def keep(connection: Connection, pass_hash: bytes, good_until: datetime) -> None:
    """It is good until then, and never shorter than it was; one that was left meanwhile stays left."""
    await connection.execute(
        "update amara_private.page_passes set good_until = greatest(good_until, $2) where pass_hash = $1",
        pass_hash,
        good_until,
    )
