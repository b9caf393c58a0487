"""A conversation's ordered log and its listeners: number, keep, tell.

Structure (starts, ends, results, terminals) is committed before it is told. Words run ahead: they are told at once and
logged right behind, one row per run and flush, many conversations in one group commit. Only the conversation's writer
numbers; every row names its epoch, so that a writer who was replaced writes nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Protocol
from uuid import UUID

import structlog

from amara import db, errors, frames
from amara.auth import SERVICE, Caller
from amara.frames import Cursor
from amara.store import log

FLUSH_S = 0.1  # words a crash may cost: what was told in the last tenth of a second

NOWHERE = Cursor(0, 0)
"""Before everything."""

_logger = structlog.get_logger(__name__)


class Listener(Protocol):
    """Somebody who hears a conversation."""

    def hear(self, run_id: UUID | None, frame: str) -> None:
        """Takes a frame and returns at once; a slow listener drops itself."""
        ...

    def let_go(self) -> None:
        """What is told here is not the conversation's log any more: come back, and hear it from whoever writes it."""
        ...


class Writing:
    """One transaction on the conversation, and what will be told when it has committed."""

    def __init__(self, connection: db.Connection, who: Caller, run_id: UUID | None) -> None:
        """Args: who the transaction speaks for now; run_id is whose events these will be."""
        self.connection = connection
        self.run_id = run_id
        self.events: list[str] = []
        self.after_commit: list[Callable[[], None]] = []
        """Called in order once committed, before anything is told: an ack goes first."""
        self._who = who

    def say(self, *events: frames.Event) -> None:
        """These events, in this order, once committed."""
        self.events += [frames.encoded(event) for event in events]

    async def become(self, who: Caller) -> db.Connection:
        """Goes on as somebody else in the same transaction."""
        if who is not self._who:
            await db.become(self.connection, who)
            self._who = who
        return self.connection


class Feed:
    """One conversation, in this process."""

    def __init__(self, database: db.Database, conversation_id: UUID) -> None:
        """Made by Feeds alone, so that there is one a conversation."""
        self.conversation_id = conversation_id
        self.listeners: set[Listener] = set()
        self.recent: list[str] = []
        """The frames of the latest run, for who attaches in the middle."""
        self.run_id: UUID | None = None
        self.turn = asyncio.Lock()
        """Held by whoever writes the log: a transaction, or the group commit."""
        self._database = database
        self._epoch = 0
        self._seq = 0
        self._unlogged: list[str] = []
        self._held: list[str] | None = None
        self._is_fenced = False

    @property
    def head(self) -> Cursor | None:
        """The last cursor this process gave; none before it is the writer."""
        return Cursor(self._epoch, self._seq) if self._epoch else None

    def tell(self, event: str) -> None:
        """Words: an encoded CONTENT or ARGS event, told now and logged right behind.

        Raises:
            Fenced: another process writes this conversation now.
        """
        if self._is_fenced:
            raise errors.Fenced
        if self._held is not None:
            self._held.append(event)  # numbers are being committed; these words follow them
            return
        self._seq += 1
        frame = frames.envelope(Cursor(self._epoch, self._seq), event)
        self._unlogged.append(frame)
        self._deliver(frame)

    def let_go(self) -> None:
        """Sends every listener away, to come back to the conversation's writer."""
        for listener in tuple(self.listeners):
            listener.let_go()

    def begin_anew(self) -> None:
        """The conversation was not there any more and is made again: what we knew of its log is over."""
        self._epoch, self._seq, self._unlogged, self._is_fenced = 0, 0, [], False

    @asynccontextmanager
    async def writing(self, who: Caller = SERVICE) -> AsyncIterator[Writing]:
        """A transaction whose events are told after its commit, with all earlier words before them.

        Raises:
            Fenced: another process became this conversation's writer; nothing was written.
            Unavailable: the database is away; nothing was written.
        """
        async with self.turn:
            if self._is_fenced:
                raise errors.Fenced
            try:
                async with self._database.transaction(who) as connection:
                    writing = Writing(connection, who, self.run_id)
                    yield writing
                    told = await self._keep(writing) if writing.events else []
                for callback in writing.after_commit:
                    callback()
                for frame in told:
                    self._deliver(frame)
            finally:
                held, self._held = self._held or [], None
                for event in held:
                    self.tell(event)

    async def _keep(self, writing: Writing) -> list[str]:
        """Numbers the events and logs one row: the words before them, and they."""
        await writing.become(SERVICE)
        epoch, seq = self._epoch, self._seq
        if not epoch:
            became = await log.become_writer(writing.connection, self.conversation_id)
            if became is None:
                raise errors.NotFound
            epoch, seq = became, 0
        self._held = []
        told = [frames.envelope(Cursor(epoch, seq + n), event) for n, event in enumerate(writing.events, 1)]
        lines = self._unlogged + told
        last = seq + len(told)
        row = (self.conversation_id, epoch, last - len(lines) + 1, last, writing.run_id, "\n".join(lines))
        if not await log.keep(writing.connection, [row]):
            self._is_fenced = True
            raise errors.Fenced

        def committed() -> None:
            self._epoch, self._seq, self._unlogged = epoch, last, []
            if writing.run_id != self.run_id:
                self.run_id, self.recent = writing.run_id, []

        writing.after_commit.insert(0, committed)
        return told

    async def after(self, since: Cursor, then: Callable[[list[str] | None], None]) -> None:
        """Hands over what was told after this cursor, whole and without a gap before what is told next.

        Args:
            since: the last cursor the listener has; `0-0` is the beginning of what the log still holds.
            then: called once with the frames in order, or with none where the cursor is not of this log any more (gone,
                unknown, or ahead of everything). It must not wait: whatever is told after it has returned is new.
        """
        async with self.turn:  # nobody logs meanwhile; words that are told stay unlogged, and are added below
            async with self._database.service() as db:
                logged = await log.lines_after(db, self.conversation_id, since)
                is_known = since == NOWHERE or await log.holds(db, self.conversation_id, since)
            lines = logged + self._unlogged
            is_known = is_known or since == self.head or any(frames.cursor_of(line) == since for line in self._unlogged)
            then([line for line in lines if frames.cursor_of(line) > since] if is_known else None)

    def unlogged(self) -> log.Row | None:
        """The words told and not logged yet, as one row."""
        if not self._unlogged:
            return None
        first = self._seq - len(self._unlogged) + 1
        return (self.conversation_id, self._epoch, first, self._seq, self.run_id, "\n".join(self._unlogged))

    def logged(self, row: log.Row, *, is_kept: bool) -> None:
        """The group commit is through with this row; not kept means that another process writes here now."""
        self._is_fenced = self._is_fenced or not is_kept
        del self._unlogged[: row[3] - row[2] + 1]

    def _deliver(self, frame: str) -> None:
        self.recent.append(frame)
        for listener in tuple(self.listeners):
            listener.hear(self.run_id, frame)


class Feeds:
    """The feeds in use in this process, and the group commit behind their words."""

    def __init__(self, database: db.Database, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Args: sleep paces the flushes."""
        self._database = database
        self._sleep = sleep
        self._open: dict[UUID, tuple[Feed, int]] = {}
        self._flusher: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()

    @asynccontextmanager
    async def using(self, conversation_id: UUID) -> AsyncIterator[Feed]:
        """The conversation's feed, kept for as long as anybody uses it."""
        feed = self.open(conversation_id)
        try:
            yield feed
        finally:
            self.close(conversation_id)

    def open(self, conversation_id: UUID) -> Feed:
        """As `using`, for a caller that will `close` it."""
        feed, users = self._open.get(conversation_id, (None, 0))
        feed = feed or Feed(self._database, conversation_id)
        self._open[conversation_id] = (feed, users + 1)
        return feed

    def close(self, conversation_id: UUID) -> None:
        """One user less; the last one's going forgets the feed."""
        feed, users = self._open[conversation_id]
        if users == 1:
            del self._open[conversation_id]
        else:
            self._open[conversation_id] = (feed, users - 1)

    def start(self) -> None:
        """Begins to flush."""
        self._flusher = asyncio.create_task(self._flush_for_ever(), name="flush")

    async def stop(self) -> None:
        """Flushes what is left and ends."""
        if self._flusher is not None:
            async with self._flushing:  # cut off after its commit, a flush would not know that it was one
                self._flusher.cancel()
            with suppress(asyncio.CancelledError):
                await self._flusher
        await self.flush()

    async def flush(self) -> None:
        """One group commit: the words of every feed that no transaction is carrying already."""
        async with self._flushing, AsyncExitStack() as turns:
            rows: list[tuple[Feed, log.Row]] = []
            for feed, _ in tuple(self._open.values()):
                if not feed.turn.locked() and feed.unlogged() is not None:
                    await turns.enter_async_context(feed.turn)  # free, as just seen: nothing runs in between
                    row = feed.unlogged()
                    if row is not None:
                        rows.append((feed, row))
            if not rows:
                return
            try:
                async with self._database.service() as connection:
                    kept = await log.keep(connection, [row for _, row in rows])
            except errors.Unavailable:
                _logger.warning("words_not_logged_yet", conversations=len(rows))
                return  # they stay, and go with the next flush or the next structure
            for feed, row in rows:
                feed.logged(row, is_kept=feed.conversation_id in kept)

    async def _flush_for_ever(self) -> None:
        while True:
            await self._sleep(FLUSH_S)
            try:
                await self.flush()
            except Exception:  # one bad flush must not end all later ones
                _logger.exception("flush_broken")
