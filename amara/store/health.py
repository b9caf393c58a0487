"""How the assistant did in a period, for who looks after her. Everything here is *service*."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from amara.db import Connection


async def health(db: Connection, begins: datetime, ends: datetime) -> dict[str, Any]:
    """Runs that ended, what she used and offered, and what was booked; both ends included.

    Tokens per booking are those of every call, read from the cache or not; none where nothing was booked. Cost per
    booking likewise, in USD; none also where a call had no price.
    """
    row = await db.fetchrow(
        """
        with ended as (
          select r.status from public.amara_runs r where r.started_at between $1 and $2 and r.status <> 'running'
            and not r.asked ? 'notice' -- what the platform said, and nobody asked
        ),
        used as (
          select sum(u.input_tokens + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens)::bigint as tokens,
            -- A sum that leaves a call out would be no cost.
            case when count(*) filter (where u.cost_usd is null) = 0 then sum(u.cost_usd) end as cost
          from public.amara_usage u where u.created_at between $1 and $2
        ),
        booked as (
          select count(*) as bookings from public.bookings b
          where b.booking_source = 'amara' and b.created_at between $1 and $2
        )
        select
          (select count(*) from ended) as runs,
          (select count(*) from ended where status = 'finished') as answers,
          (select count(*) from ended where status = 'interrupted') as interrupted,
          (select count(*) from ended where status = 'failed') as failed,
          (
            select count(*) from public.amara_booking_drafts d
            where d.kind = 'book' and d.conversation_id is not null and d.created_at between $1 and $2
          ) as drafts,
          booked.bookings,
          used.tokens / nullif(booked.bookings, 0) as tokens_per_booking,
          (used.cost / nullif(booked.bookings, 0))::float8 as cost_per_booking
        from used cross join booked
        """,
        begins,
        ends,
    )
    tools = await db.fetch(
        "select t.tool, count(*) as uses, count(*) filter (where t.state = 'failed') as failed"
        " from public.amara_tool_runs t where t.created_at between $1 and $2 group by 1 order by 2 desc, 1 limit 50",
        begins,
        ends,
    )
    return dict(row or {}) | {"tools": [dict(tool) for tool in tools]}
