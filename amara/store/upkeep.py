"""What is tidied away by time alone. Everything here is *service*."""

from __future__ import annotations

from datetime import datetime

from amara.db import Connection

UPKEEP_LOCK = 0x616D6172  # "amar": one process tidies at a time, whichever


async def is_ours(db: Connection) -> bool:
    """Whether this transaction may tidy; another process's may be at it."""
    mine: bool = await db.fetchval("select pg_try_advisory_xact_lock($1)", UPKEEP_LOCK)
    return mine


async def forget_frames(db: Connection, before: datetime, *, limit: int) -> int:
    """Drops log rows of runs that ended before this moment, a batch at a time; how many went."""
    gone = await db.execute(
        "delete from public.amara_run_events e using (select e.conversation_id, e.epoch, e.seq_from"
        " from public.amara_run_events e left join public.amara_runs r on r.id = e.run_id"
        " where e.created_at < $1 and coalesce(r.ended_at, e.created_at) < $1 and r.status is distinct from 'running'"
        " limit $2) o where (e.conversation_id, e.epoch, e.seq_from) = (o.conversation_id, o.epoch, o.seq_from)",
        before,
        limit,
    )
    return int(gone.split()[-1])


async def clean_guest_sessions(db: Connection) -> None:
    """The seed's daily clean-up: expired sessions without a booking go."""
    await db.execute("select public.cleanup_expired_guest_sessions()")


async def clean_events(db: Connection) -> None:
    """The seed's monthly clean-up: events older than 90 days go."""
    await db.execute("select public.cleanup_old_platform_events()")
