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
from amara.db import Database
from amara.store import budgets, drafts, idempotency, notices, upkeep

EVERY_S = 60.0
LOG_KEPT = timedelta(hours=24)  # after the run: nobody resumes a run of yesterday
PURSES_KEPT = timedelta(days=7)
TOLD_KEPT, DEAD_KEPT = timedelta(days=7), timedelta(days=90)  # notices: to look at, to try again
BATCH = 1_000  # rows of one transaction, so that no other waits long
STEPS = 500  # days and marks of one round

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Upkeep:
    """Tidies now and then."""

    database: Database
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    time_zone: str | None = None
    """Where the days of the numbers begin; none leaves it as the database has it."""
    conversations_days: int = 0
    """How long they are kept after their last message; 0: until their people delete them."""
    settle_calls: Callable[[], Awaitable[int]] | None = None
    """Writes down what calls to the model cost that nobody is left to pay; none where the prices are not known."""
    _task: asyncio.Task[None] | None = field(default=None, repr=False)
    _day: object = None
    _zone_is_set: bool = False

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
            await upkeep.forget_attempts(db, now)
            await budgets.forget(db, now.date() - PURSES_KEPT)
            done["notices_forgotten"] = await notices.forget(db, delivered=TOLD_KEPT, dead=DEAD_KEPT, limit=BATCH)
            await upkeep.forget_tickets(db, now)
            await upkeep.forget_passes(db, now)
            done["frames_forgotten"] = await upkeep.forget_frames(db, now - LOG_KEPT, limit=BATCH)
        if self.settle_calls is not None:
            done["calls_settled"] = await self.settle_calls()
        async with self.database.service() as db:  # by itself: everybody who speaks waits for the purse of all
            await budgets.settle(db)
        if self._day != now.date():  # the seed's own clean-ups, and idle visitors: daily is often enough
            async with self.database.service() as db:
                if not await upkeep.is_ours(db):
                    return done
                await upkeep.clean_guest_sessions(db)
                done["visitors_forgotten"] = await upkeep.forget_visitors(db, limit=BATCH)
            done["events_purged"] = await self._purge()
            done["conversations_forgotten"] = await self._forget_conversations(now)
            if done["visitors_forgotten"] < BATCH:  # else the next round goes on
                self._day = now.date()
        done["numbers_put_away"] = await self._roll_up()
        return done

    async def _roll_up(self) -> int:
        """How many steps left more to do; each commits by itself, and what a round does not get to is for the next."""
        if self.time_zone is not None and not self._zone_is_set:
            async with self.database.service() as db:
                await upkeep.use_time_zone(db, self.time_zone)
            self._zone_is_set = True
        for steps in range(STEPS):
            async with self.database.service() as db:
                if not await upkeep.roll_up_events(db):
                    return steps
        return STEPS

    async def _forget_conversations(self, now: datetime) -> int:
        total = 0
        while self.conversations_days:
            before = now - timedelta(days=self.conversations_days)
            async with self.database.service() as db:
                gone = await upkeep.forget_conversations(db, before, limit=BATCH)
            total += gone
            if gone < BATCH:
                break
        return total

    async def _purge(self) -> int:
        total = 0
        while True:
            async with self.database.service() as db:
                gone = await upkeep.purge_events(db, limit=BATCH)
            if not gone:
                return total
            total += gone

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
