"""What is tidied away by time alone. Everything here is *service*."""

from __future__ import annotations

from datetime import datetime

from amara.db import Connection

UPKEEP_LOCK = 0x616D6172  # "amar": one process tidies at a time, whichever

LEISURE_S = 600.0
_AT_LEISURE = "select set_config('statement_timeout', '599s', true)"  # nobody waits for these


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


async def forget_visitors(db: Connection, *, limit: int) -> int:
    """Visitors who have been away for thirty days and booked nothing go, with what they said; how many."""
    gone: int = await db.fetchval("select amara_private.forget_idle_visitors($1)", limit)
    return gone


async def forget_conversations(db: Connection, before: datetime, *, limit: int) -> int:
    """Those where nothing was said since then and nothing is still to come go; how many."""
    gone: int = await db.fetchval("select amara_private.forget_conversations($1, $2)", before, limit)
    return gone


async def forget_attempts(db: Connection, now: datetime) -> None:
    """How often somebody tried is of no interest after an hour."""
    await db.execute("delete from amara_private.guest_attempts where expires_at <= $1", now)


async def forget_tickets(db: Connection, now: datetime) -> None:
    """Tickets go when the token behind them is over; those nobody showed, soon. Both are refused long before."""
    await db.execute(
        "delete from amara_private.socket_tickets where token_expires_at <= $1::timestamptz - interval '1 hour'"
        " or spent_at is null and made_at <= $1::timestamptz - interval '1 hour'",
        now,
    )


async def forget_passes(db: Connection, now: datetime) -> None:
    """Links and sessions of the pages that are over."""
    await db.execute("delete from amara_private.page_passes where good_until <= $1", now)


async def roll_up_events(db: Connection) -> bool:
    """A step of putting the events' numbers away; whether more had waited. A busy day may take it minutes."""
    await db.execute(_AT_LEISURE)
    steps: int = await db.fetchval("select amara_private.roll_up_events()", timeout=LEISURE_S)
    return steps > 0


async def use_time_zone(db: Connection, time_zone: str) -> None:
    """Where the days of the numbers begin; another zone than before has them counted anew."""
    await db.execute(_AT_LEISURE)
    await db.execute("select amara_private.use_time_zone($1)", time_zone, timeout=LEISURE_S)


async def events_to_purge(db: Connection) -> int:
    """How many events are older than 90 days."""
    await db.execute(_AT_LEISURE)
    old: int = await db.fetchval("select amara_private.events_to_purge()", timeout=LEISURE_S)
    return old


async def purge_events(db: Connection, *, limit: int) -> int:
    """Takes a batch of events older than 90 days away, their numbers once put away; how many went."""
    await db.execute(_AT_LEISURE)
    gone: int = await db.fetchval("select amara_private.purge_events($1)", limit, timeout=LEISURE_S)
    return gone
