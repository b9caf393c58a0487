"""What the calls to the model cost, counted for who pays them. Everything here is *service* but the first."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import asyncpg

from amara.db import Connection

By = Literal["day", "model", "caller"]

_NAMES: dict[By, str] = {
    "day": "(u.created_at at time zone $3)::date::text",
    "model": "u.model",
    "caller": "case when u.is_visitor then 'visitor' when u.is_visitor is null then 'unknown' else 'account' end",
}


async def is_administrator(db: Connection) -> bool:
    """The caller's profile says so; no token does."""
    found: bool = await db.fetchval(
        "select exists (select from public.profiles where id = (select auth.uid()) and role = 'admin')"
    )
    return found


async def expenses(db: Connection, begins: datetime, ends: datetime, zone: str, by: By) -> list[asyncpg.Record]:
    """The calls from one instant until before the other, put together by day, model or kind of caller.

    `cost_usd` is of the calls that have a price; `unpriced_calls` are those that have none.
    """
    return await db.fetch(
        f"select {_NAMES[by]} as name, count(*) as calls, count(*) filter (where u.is_estimated) as estimated_calls,"  # noqa: S608 - one of the three above
        " count(*) filter (where u.cost_usd is null) as unpriced_calls, sum(u.input_tokens)::bigint as input_tokens,"
        " sum(u.output_tokens)::bigint as output_tokens, sum(u.cache_read_tokens)::bigint as cache_read_tokens,"
        " sum(u.cache_write_tokens)::bigint as cache_write_tokens, sum(u.cost_usd) as cost_usd"
        " from public.amara_usage u where u.created_at >= $1 and u.created_at < $2 and $3::text is not null"
        " group by 1 order by 1",
        begins,
        ends,
        zone,
    )
