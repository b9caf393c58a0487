"""Who owns a run: its task in this process, its lease in the database, and what becomes of one whose owner is gone."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID, uuid4

import structlog

from amara import errors, frames
from amara.auth import SERVICE, Caller
from amara.db import Database
from amara.feed import Feed, Feeds
from amara.fold import Fold
from amara.store import conversations, ledger, log

LEASE_S = 15.0
SETTLE_S = 5.0  # for a stopped run to write down what it said
Stop = Literal["cancelled", "interrupted"]
"""By the person, or by us (drain)."""

_logger = structlog.get_logger(__name__)


class Stopped(Exception):
    """The run shall end now; what was said is kept."""


@dataclass(slots=True, eq=False)
class Run:
    """One answer in the making."""

    id: UUID
    key: str
    """The client's runId."""
    thread_id: str
    """The client's threadId."""
    conversation_id: UUID
    caller: Caller
    locale: Literal["es", "en"]
    time_zone: str
    feed: Feed
    parent_key: str | None = None
    stop_reason: Stop | None = None
    task: asyncio.Task[None] | None = None
    _scope: asyncio.Timeout | None = field(default=None, repr=False)

    def stop(self, reason: Stop) -> None:
        """Ends the wait for the model now, anything else at its next step: a commit is never cut in half."""
        self.stop_reason = self.stop_reason or reason
        if self._scope is not None:
            self._scope.reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def interruptible(self) -> AsyncIterator[None]:
        """A wait that `stop` may end.

        Raises:
            Stopped: it did, or had already.
        """
        if self.stop_reason is not None:
            raise Stopped
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._scope = scope
                yield
        except TimeoutError as error:
            if scope.expired():
                raise Stopped from error
            raise
        finally:
            self._scope = None


def owner_name(started: UUID | None = None) -> str:
    """This process, by machine, pid and one-time name: `host/pid/uuid`."""
    return f"{socket.gethostname()}/{os.getpid()}/{started or uuid4()}"


def is_gone(owner: str, *, us: str) -> bool:
    """An owner of this machine whose process no longer lives; of another machine only the lease can tell."""
    host, _, rest = owner.partition("/")
    if owner == us or host != us.partition("/")[0]:
        return False
    pid = rest.partition("/")[0]
    if not pid.isdigit() or int(pid) == os.getpid():
        return True  # our own pid under another one-time name: a predecessor's
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


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
    ) -> None:
        """Args: sleep paces the heartbeat."""
        self.owner = owner
        self.lease_s = lease_s
        self.is_draining = False
        self._database = database
        self._feeds = feeds
        self._sleep = sleep
        self._live: dict[UUID, Run] = {}
        self._keeper: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many are being written."""
        return len(self._live)

    def before(self, run: Run) -> Run | None:
        """Another run of the same conversation that began earlier in this process."""
        for other in self._live.values():
            if other is run:
                return None
            if other.conversation_id == run.conversation_id:
                return other
        return None

    def of_conversation(self, conversation_id: UUID) -> Run | None:
        """The run this process writes there."""
        return next((run for run in self._live.values() if run.conversation_id == conversation_id), None)

    def by_id(self, run_id: UUID) -> Run | None:
        """A run this process writes."""
        return self._live.get(run_id)

    def by_key(self, owner: UUID, key: str) -> Run | None:
        """The run this process writes for them under their own name for it."""
        return next((run for run in self._live.values() if run.key == key and run.caller.owner == owner), None)

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

    def start(self, run: Run, play: Callable[[Run], Awaitable[None]]) -> None:
        """The run becomes a task of its own; it outlives whoever asked."""
        self._live[run.id] = run
        self._feeds.open(run.conversation_id)
        run.task = asyncio.create_task(self._play(run, play), name=f"run {run.id}")

    async def _play(self, run: Run, play: Callable[[Run], Awaitable[None]]) -> None:
        try:
            await play(run)
        except errors.Fenced:
            _logger.warning("run_fenced", run_id=str(run.id))
            run.feed.let_go()
        except Exception:
            _logger.exception("run_broken", run_id=str(run.id))
            with suppress(errors.AmaraError):  # then the sweeper does it, once the lease is over
                await self._feeds.flush()  # the words that were told and not logged yet are part of what was said
                await self.close_abandoned(run.conversation_id, run.id, self.owner)
        finally:
            del self._live[run.id]
            self._feeds.close(run.conversation_id)

    async def stop(self, user_id: UUID, run_key: str) -> bool:
        """The person stops a run: first the record, then the deed. False: there is no such run of theirs."""
        if "\x00" in run_key:
            return False  # PostgreSQL holds no such name, so no run has it
        async with self._database.service() as db:
            row = await ledger.request_stop(db, user_id, run_key)
        if row is None:
            return False
        run = self._live.get(row["id"])
        if run is not None:
            run.stop("cancelled")
        return True

    async def settled(self, conversation_id: UUID) -> None:
        """Waits while a stopped run writes down what it said, so that whoever stops may speak at once."""
        run = self.of_conversation(conversation_id)
        if run is not None and run.stop_reason is not None and run.task is not None:
            await asyncio.wait({run.task}, timeout=SETTLE_S)

    async def open(self) -> None:
        """Closes what a predecessor left open, then keeps the leases."""
        await self.sweep()
        self._keeper = asyncio.create_task(self._keep_for_ever(), name="leases")

    async def drain(self, grace_s: float) -> None:
        """No new runs; the live ones may finish, then end as interrupted with what was said."""
        self.is_draining = True
        tasks = {run.task for run in self._live.values() if run.task is not None}
        if tasks:
            _, tasks = await asyncio.wait(tasks, timeout=grace_s)
        for run in tuple(self._live.values()):
            run.stop("interrupted")
        if tasks:
            await asyncio.wait(tasks, timeout=SETTLE_S)

    async def close(self) -> None:
        """Whatever still runs ends as interrupted; then the leases are let go."""
        await self.drain(0)
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def _keep_for_ever(self) -> None:
        while True:
            await self._sleep(self.lease_s / 3)
            try:
                async with self._database.service() as db:
                    await ledger.renew_leases(db, list(self._live), owner=self.owner, lease_s=self.lease_s)
                await self.sweep()
            except errors.AmaraError as error:
                _logger.warning("leases_not_kept", code=error.code)
            except Exception:
                _logger.exception("leases_not_kept")

    async def sweep(self) -> None:
        """Ends the runs whose owner is gone, so that no conversation is stuck."""
        async with self._database.service() as db:
            rows = await ledger.orphans(db)
        for row in rows:
            if row["id"] not in self._live and (row["is_abandoned"] or is_gone(row["owner"], us=self.owner)):
                await self.close_abandoned(row["conversation_id"], row["id"], row["owner"])

    async def close_abandoned(self, conversation_id: UUID, run_id: UUID, owner: str) -> None:
        """An honest end for a run that nobody writes any more: what was said is kept, everything open is closed."""
        async with self._feeds.using(conversation_id) as feed, feed.writing(SERVICE) as writing:
            db = writing.connection
            if not await ledger.claim_run(db, run_id, of=owner, owner=self.owner, lease_s=self.lease_s):
                return
            fold = Fold(await log.of_run(db, conversation_id, run_id))
            writing.run_id = run_id
            for message_id in fold.open_texts:
                await conversations.add_reply(
                    db,
                    UUID(message_id),
                    conversation_id,
                    sequence=await conversations.reserve_sequence(db),
                    content="".join(fold.texts[message_id]),
                    tool_calls=None,
                    metadata={"run_id": str(run_id), "status": "interrupted"},
                )
                writing.say(frames.TextEnd(message_id=message_id))
            writing.say(*fold.closing_calls())
            writing.say(frames.RunError(message=errors.ModelCut.message, code="interrupted"))
            await ledger.end_run(
                db, run_id, owner=self.owner, status="interrupted", outcome=None, error_code="interrupted"
            )
        _logger.info("run_closed", run_id=str(run_id), owner=owner)
