"""What a database lacks for us to stand on it. Everything here is *service*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import asyncpg

from amara.db import Connection

PAIRS_SHOWN = 20


async def columns_missing(db: Connection, wanted: Mapping[str, Sequence[str]]) -> list[str]:
    """Which of these columns are not there, as `schema.relation.column`."""
    names = [f"{relation}.{column}" for relation, columns in wanted.items() for column in columns]
    there = await db.fetch(
        "select n.nspname || '.' || c.relname || '.' || a.attname as name from pg_catalog.pg_attribute a"
        " join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname || '.' || c.relname = any($1) and a.attnum > 0 and not a.attisdropped",
        list(wanted),
    )
    return sorted(set(names) - {row["name"] for row in there})


async def overlapping_bookings(db: Connection) -> list[asyncpg.Record]:
    """Pairs of live bookings of one professional that overlap, the latest first; twenty at the most."""
    return await db.fetch(
        "select a.id as one, b.id as other, a.professional_id, greatest(a.scheduled_start, b.scheduled_start) as since"
        " from public.bookings a join public.bookings b on b.professional_id = a.professional_id and b.id > a.id"
        " and tstzrange(a.scheduled_start, a.scheduled_end) && tstzrange(b.scheduled_start, b.scheduled_end)"
        " where a.status in ('pending', 'confirmed', 'in_progress')"
        " and b.status in ('pending', 'confirmed', 'in_progress') order by since desc limit $1",
        PAIRS_SHOWN,
    )
