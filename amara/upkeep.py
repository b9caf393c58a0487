"""What has to happen by time alone: holds that end, bookings nobody answered, logs that have served.

The service does it by itself every minute, one process at a time; `amara maintain` does it once, for cron.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from amara import booking, errors
from amara.db import Connection, Database
from amara.store import drafts, idempotency, upkeep

EVERY_S = 60.0
LOG_KEPT = timedelta(hours=24)  # after the run: nobody resumes a run of yesterday
BATCH = 1_000  # rows of one transaction, so that no other waits long

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Upkeep:
    """Tidies now and then."""

    database: Database
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _task: asyncio.Task[None] | None = field(default=None, repr=False)
    _day: object = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._for_ever(), name="upkeep")

    async def stop(self) -> None:
        """Ends; what is half done is rolled back and done another time."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def once(self) -> dict[str, int]:
        """One round: how many of each were tidied. Nothing where another process is at it.

        Raises:
            Unavailable: the database is away.
        """
        now = self.now()
        done: dict[str, int] = {}
        async with self.database.service() as db:
            if not await upkeep.is_ours(db):
                return done
            # Declining locks professionals: before the drafts, as everybody does who confirms.
            done["bookings_declined"] = len(await booking.decline_unanswered(db, now))
            done["drafts_expired"] = await drafts.expire_drafts(db, now)
            await idempotency.forget(db, now)
            done["frames_forgotten"] = await upkeep.forget_frames(db, now - LOG_KEPT, limit=BATCH)
        if self._day != now.date():  # the seed's own clean-ups: daily is often enough for both
            async with self.database.service() as db:
                await _clean(db)
            self._day = now.date()
        return done

    async def _for_ever(self) -> None:
        while True:
            await self.sleep(EVERY_S)
            try:
                done = await self.once()
                if any(done.values()):
                    _logger.info("tidied", **done)
            except errors.AmaraError as error:
                _logger.warning("not_tidied", code=error.code)
            except Exception:
                _logger.exception("not_tidied")


async def _clean(db: Connection) -> None:
    await upkeep.clean_guest_sessions(db)
    await upkeep.clean_events(db)
