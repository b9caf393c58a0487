"""The events' memory: the only SQL of this package."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from analytics import errors
from analytics.settings import Connection
from analytics.shapes import Count, Event, Stage


async def file(connection: Connection, events: Sequence[Event]) -> set[UUID]:
    """Which of these were new; an id that is already there is left as it is. They stay the senders' events, not ours.

    In the order of their ids, because two statements with the same events in another order would otherwise wait for
    each other.

    Raises:
        AccountGone: the account of one of them is no more.
        EventTooLarge: one of them is larger as PostgreSQL writes it.
    """
    await connection.execute("select set_config('amara.event_source', 'client', true)")
    try:
        row = await connection.fetchrow(
            """
            with filed as (
              insert into public.platform_events (id, event_type, user_id, session_id, properties, created_at)
              select e.id, e.event_type, e.user_id, e.session_id, e.properties::jsonb, e.created_at
              from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
                as e (id, event_type, user_id, session_id, properties, created_at)
              order by e.id
              on conflict (id) do nothing
              returning id
            )
            -- That all were new is the rule, and no list is needed for it.
            select count(*) = cardinality($1) as are_all,
              case when count(*) < cardinality($1) then array_agg(id) end as ids
            from filed
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
    assert row is not None  # an aggregate is one row
    return {event.id for event in events} if row["are_all"] else {UUID(int=each.int) for each in row["ids"] or ()}


async def declare(connection: Connection, event_types: Sequence[str]) -> None:
    """These types are counted from now on; one that somebody took out of the count stays out."""
    await connection.execute(
        "insert into public.platform_event_types (event_type) select unnest($1::text[]) on conflict do nothing",
        list(event_types),
    )


async def record(
    connection: Connection,
    event_ids: Sequence[UUID],
    event_types: Sequence[str],
    properties: Sequence[dict[str, object]],
    user_id: UUID | None,
    session_id: str | None,
    channel: str,
) -> None:
    """Events of the server's own, but for ids that are there already; the caller is the service."""
    await connection.execute(
        """
        insert into public.platform_events (id, event_type, user_id, session_id, properties, channel)
        select e.id, e.event_type, $3, left($4, 200), e.properties, $6
        from unnest($1::uuid[], $2::text[], $5::jsonb[]) as e (id, event_type, properties)
        on conflict (id) do nothing
        """,
        event_ids,
        event_types,
        user_id,
        session_id,
        properties,
        channel,
    )


async def is_administrator(connection: Connection) -> bool:
    """The caller's profile says so; no token does."""
    return bool(
        await connection.fetchval(
            "select exists (select from public.profiles where id = (select auth.uid()) and role = 'admin')"
        )
    )


async def funnel(
    connection: Connection, begins: datetime, ends: datetime, channel: str | None = None, city: str | None = None
) -> list[Stage]:
    """The stages in their order; both ends included."""
    rows = await connection.fetch(
        "select stage, unique_users, conversion_rate from public.get_conversion_funnel_by($1, $2, $3, $4)",
        begins,
        ends,
        channel,
        city,
    )
    return [Stage(row["stage"], row["unique_users"], float(row["conversion_rate"])) for row in rows]


async def funnel_days(
    connection: Connection, first: date, last: date, channel: str | None, city: str | None
) -> dict[date, dict[str, int]]:
    """People by stage of the days on which somebody searched; both ends included."""
    rows = await connection.fetch(
        "select day, stage, people from public.get_funnel_days($1, $2, $3, $4)", first, last, channel, city
    )
    return _by_day(rows)


async def funnel_cities(connection: Connection, first: date, last: date) -> list[str]:
    """Where people searched, those of most people first."""
    rows = await connection.fetch("select city from public.get_funnel_cities($1, $2)", first, last)
    return [row["city"] for row in rows]


async def counts(connection: Connection, begins: datetime, ends: datetime) -> list[Count]:
    """Every type that happened, most frequent first; both ends included."""
    rows = await connection.fetch(
        "select event_type, event_count from public.get_event_counts_by_type($1, $2)", begins, ends
    )
    return [Count(row["event_type"], row["event_count"]) for row in rows]


async def count_days(
    connection: Connection, first: date, last: date, channel: str | None
) -> dict[date, dict[str, int]]:
    """Events by type of the days on which something happened; both ends included."""
    rows = await connection.fetch(
        "select day, event_type, events from public.get_event_days($1, $2, $3)", first, last, channel
    )
    return _by_day(rows)


def _by_day(rows: Sequence[asyncpg.Record]) -> dict[date, dict[str, int]]:
    days: dict[date, dict[str, int]] = {}
    for day, name, number in rows:
        days.setdefault(day, {})[name] = number
    return days
