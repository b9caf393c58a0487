"""How far a standby has come behind its primary. Source: PostgreSQL, "Recovery Information Functions"."""

from __future__ import annotations

from amara.db import Connection


async def written(db: Connection) -> str:
    """*Service, at the primary.* The place up to which it has written its log."""
    place: str = await db.fetchval("select pg_catalog.pg_current_wal_lsn()::text")
    return place


async def is_near(db: Connection, written: str, *, within: int) -> bool:
    """*Anybody, at the standby.* It is one, and has replayed all but so many bytes of what was written."""
    near: bool = await db.fetchval(
        "select pg_catalog.pg_is_in_recovery() and coalesce(pg_catalog.pg_wal_lsn_diff($1::text::pg_lsn,"
        " pg_catalog.pg_last_wal_replay_lsn()) <= $2, false)",
        written,
        within,
    )
    return near
