"""Who owns a run: its task in this process, its lease in the database, and when the lease must not be relied on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import structlog

from amara import errors, traces
from amara.auth import Caller
from amara.db import Database, be_patient
from amara.feeds import Feeds
from amara.run import Handed, Run
from amara.store import ledger

LEASE_S = 15.0
SETTLE_S = 5.0  # for a stopped run to write down what it said
NUDGES, NUDGE_S = 30, 1.0  # while the database is away; then the sweep sees to it
BEATS = 5  # looks after leases, one's own and others', in the time of one: a death is seen to within a fifth of it


class Halt(NamedTuple):
    """What a stop reached."""

    run_id: UUID
    """The run that is told to end: where several became one turn, the one that answers for them."""
    was_waiting: bool
    """It had not begun, and ends as soon as its turn has come."""


_logger = structlog.get_logger(__name__)


class Stage(Protocol):
    """Where runs are played, and what becomes of those whose owner is gone."""

    async def play(self, run: Run) -> None:
        """Everything of a run that this process holds, to its end."""
        ...

    async def advance(self, conversation_id: UUID) -> None:
        """Begins what waits in this conversation, if nothing is being written there."""
        ...

    async def sweep(self) -> None:
        """Takes on what nobody writes."""
        ...

    async def close(self, run: Run) -> None:
        """An honest end for one that broke."""
        ...


class Runs:
    """The live runs of this process."""

    def __init__(
        self,
        database: Database,
        feeds: Feeds,
        *,
        owner: str,
        lease_s: float = LEASE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: sleep paces the heartbeat; the clock is monotonic, in seconds."""
        self.owner = owner
        self.lease_s = lease_s
        self.is_draining = False
        self._database = database
        self._feeds = feeds
        self._sleep = sleep
        self._clock = clock
        self._live: dict[UUID, Run] = {}
        self._stage: Stage | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many are being written."""
        return len(self._live)

    def of_conversation(self, conversation_id: UUID) -> Run | None:
        """The run this process writes there."""
        return next((run for run in self._live.values() if run.conversation_id == conversation_id), None)

    def ids(self) -> list[UUID]:
        """What this process writes."""
        return list(self._live)

    def by_id(self, run_id: UUID) -> Run | None:
        """A run this process writes."""
        return self._live.get(run_id)

    async def extend(self, caller: Caller) -> None:
        """This person's time was extended: the answers being written for them may act as long, whoever ends them."""
        until = caller.expires_at
        if until is None:
            return
        for run in self._live.values():
            if run.caller.user_id == caller.user_id and (run.caller.expires_at or until) < until:
                run.caller = replace(run.caller, expires_at=until)
        try:
            async with self._database.service() as db:
                await ledger.extend_authority(db, caller.owner, datetime.fromtimestamp(until, UTC))
        except errors.Unavailable:  # those written here go on; only a takeover would not know
            _logger.warning("authority_not_recorded")

    def sure_until(self) -> float:
        """How long a lease may be relied on that is written from now on. Units: seconds of the monotonic clock."""
        return self._clock() + self.lease_s

    def is_sure(self, run: Run) -> bool:
        """Nobody else can have it now."""
        return self._clock() < run.sure_until

    async def hold(self, run: Run) -> None:
        """Before anything of it is told: the run is still ours, by its lease or by asking again.

        Raises:
            Fenced: somebody else has it.
            Unavailable: its time is over, and the record cannot be asked.
        """
        if self.is_sure(run):
            return
        await self._renew([run])
        run.check()

    def start(self, run: Run) -> None:
        """The run becomes a task of its own; it outlives whoever asked."""
        self._live[run.id] = run
        run.began_at = self._clock()
        self._feeds.open(run.conversation_id)
        run.task = asyncio.create_task(self._play(run), name=f"run {run.id}")

    def nudge(self, conversation_id: UUID) -> None:
        """Something waits there, and perhaps nobody is about to end: sees to it, without anybody waiting for it."""
        self.run_errand(self._advance(conversation_id))

    def run_errand(self, what: Coroutine[Any, Any, None]) -> None:
        """Something that nobody waits for, and that is dropped when this process leaves."""
        errand = asyncio.create_task(what)
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _advance(self, conversation_id: UUID) -> None:
        assert self._stage is not None  # nobody speaks before `open`
        for _ in range(NUDGES):
            try:
                await self._stage.advance(conversation_id)
            except errors.Unavailable:
                await self._sleep(NUDGE_S)
            except Exception:  # the sweep comes by as well
                _logger.exception("next_not_begun")
                return
            else:
                return

    async def _play(self, run: Run) -> None:
        assert self._stage is not None  # nothing starts before `open`
        structlog.contextvars.bind_contextvars(run_id=str(run.id))  # of this task alone
        be_patient()  # likewise
        try:
            with traces.span("run", after=run.trace, link=run.trace if run.is_taken_over else None):
                await self._stage.play(run)
        except errors.Fenced:
            _logger.warning("run_fenced", run_id=str(run.id))
            run.feed.let_go()
        except Handed:
            _logger.info("run_handed_over", run_id=str(run.id))
        except Exception:
            _logger.exception("run_broken", run_id=str(run.id))
            await self._close_broken(run)
        finally:
            run.rest()
            del self._live[run.id]
            if self.of_conversation(run.conversation_id) is None:
                run.feed.leave()
            self._feeds.close(run.conversation_id)

    async def _close_broken(self, run: Run) -> None:
        """Where even its end cannot be written the sweep does it, once the lease is over."""
        assert self._stage is not None
        try:
            await self._feeds.flush()  # the words that were told and not logged yet are part of what was said
            await self._stage.close(run)
        except errors.AmaraError as error:
            _logger.warning("run_not_closed", run_id=str(run.id), code=error.code)
        except Exception:
            _logger.exception("run_not_closed", run_id=str(run.id))

    async def stop(self, user_id: UUID, run_key: str) -> Halt | None:
        """The person stops a run: first the record, then the deed. None: there is no such run of theirs.

        Where another process writes it, that one sees the record.
        """
        if "\x00" in run_key:
            return None  # PostgreSQL holds no such name, so no run has it
        async with self._database.service() as db:
            row = await ledger.request_stop(db, user_id, run_key)
            if row is None:
                return None
            halt = Halt(row["leader_id"] or row["id"], was_waiting=row["status"] == "queued")
            if row["leader_id"] is not None:
                await ledger.request_stop_of(db, halt.run_id)
        self.halt(halt.run_id)
        return halt

    def halt(self, run_id: UUID) -> None:
        """A stop that stands in the record is honoured, if this process writes the run."""
        run = self._live.get(run_id)
        if run is not None:
            run.stop("cancelled")

    async def settled(self, conversation_id: UUID) -> None:
        """Waits while a stopped run writes down what it said, so that whoever stops may speak at once."""
        run = self.of_conversation(conversation_id)
        if run is not None and run.stop_reason is not None and run.task is not None:
            await asyncio.wait({run.task}, timeout=SETTLE_S)

    async def open(self, stage: Stage) -> None:
        """Takes on what a predecessor left, then keeps the leases."""
        self._stage = stage
        await self.sweep()
        self._keeper = asyncio.create_task(self._keep_for_ever(), name="leases")

    async def drain(self, grace_s: float) -> None:
        """No new runs; the live ones may finish, then are handed over as they are."""
        self.is_draining = True
        tasks = {run.task for run in self._live.values() if run.task is not None}
        if tasks:
            _, tasks = await asyncio.wait(tasks, timeout=grace_s)
        for run in tuple(self._live.values()):
            run.stop("handed")
        if tasks:
            await asyncio.wait(tasks, timeout=SETTLE_S)

    async def close(self) -> None:
        """Whatever still runs is handed over; then the leases are let go."""
        await self.drain(0)
        for errand in tuple(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def hand_over(self, run: Run) -> None:
        """What was told is logged, and whoever comes first goes on."""
        await self._feeds.flush()
        async with self._database.service() as db:
            await ledger.release_run(db, run.id, owner=self.owner)

    async def _renew(self, runs: list[Run]) -> None:
        sure_until = self.sure_until()
        async with self._database.service() as db:
            ours = await ledger.renew_leases(db, [run.id for run in runs], owner=self.owner, lease_s=self.lease_s)
        for run in runs:
            if run.id in ours:
                run.sure_until = sure_until
            else:
                run.stop("lost")

    async def sweep(self) -> None:
        """Takes on what nobody writes, unless we are about to leave ourselves.

        Raises:
            Unavailable: the database is away.
        """
        if self._stage is not None and not self.is_draining:
            await self._stage.sweep()

    async def _keep_for_ever(self) -> None:
        while True:
            await self._sleep(self.lease_s / BEATS)
            try:
                if self._live:
                    await self._renew(list(self._live.values()))
                await self.sweep()
            except errors.AmaraError as error:
                _logger.warning("leases_not_kept", code=error.code)
            except Exception:
                _logger.exception("leases_not_kept")
