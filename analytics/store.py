"""The events' memory: the only SQL of this package."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from analytics import errors
from analytics.settings import Connection
from analytics.shapes import Count, Event, Stage


async def append(connection: Connection, events: Sequence[Event]) -> int:
    """How many of these were new; an id that is already there is left as it is.

    No target and no RETURNING: both would need the right to read events, which only administrators have. In the order
    of their ids, because two requests with the same events in another order would otherwise wait for each other.

    Raises:
        AccountGone: the caller's account is no more.
        EventTooLarge: one of them is larger as PostgreSQL writes it: a number like 1e300 has 301 digits there.
    """
    try:
        done = await connection.execute(
            """
            insert into public.platform_events (id, event_type, user_id, session_id, properties, created_at)
            select e.id, e.event_type, e.user_id, e.session_id, e.properties::jsonb, e.created_at
            from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
              as e (id, event_type, user_id, session_id, properties, created_at)
            order by e.id
            on conflict do nothing
            """,
            [event.id for event in events],
            [event.event_type for event in events],
            [event.user_id for event in events],
            [event.session_id for event in events],
            [event.properties for event in events],
            [event.created_at for event in events],
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise errors.AccountGone from error
    except asyncpg.CheckViolationError as error:
        raise errors.EventTooLarge from error
    return int(done.rpartition(" ")[2])  # `INSERT 0 n`


async def is_administrator(connection: Connection) -> bool:
    """The caller's profile says so; no token does."""
    return bool(
        await connection.fetchval(
            "select exists (select from public.profiles where id = (select auth.uid()) and role = 'admin')"
        )
    )


async def funnel(connection: Connection, begins: datetime, ends: datetime) -> list[Stage]:
    """The stages in their order; both ends included."""
    rows = await connection.fetch(
        "select stage, unique_users, conversion_rate from public.get_conversion_funnel($1, $2)", begins, ends
    )
    return [Stage(row["stage"], row["unique_users"], float(row["conversion_rate"])) for row in rows]


async def counts(connection: Connection, begins: datetime, ends: datetime) -> list[Count]:
    """Every type that happened, most frequent first; both ends included."""
    rows = await connection.fetch(
        "select event_type, event_count from public.get_event_counts_by_type($1, $2)", begins, ends
    )
    return [Count(row["event_type"], row["event_count"]) for row in rows]
