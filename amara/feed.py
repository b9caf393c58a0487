"""A conversation's ordered log and its listeners: number, keep, tell.

Structure (starts, ends, results, terminals) is committed before it is told. Words run ahead: they are told at once and
logged right behind, one row per run and flush, many conversations in one group commit. Only the conversation's writer
numbers; every row names its epoch, so that a writer who was replaced writes nothing more. Where another process writes,
this one follows the log.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

from amara import db, errors, frames
from amara.auth import SERVICE, Caller
from amara.frames import Cursor
from amara.store import log, tail
from amara.store.tail import Piece
from amara.writing import Writing

NOWHERE = Cursor(0, 0)
"""Before everything."""

Publish = Callable[[UUID, UUID | None, str], None]
"""Told the conversation, the run and the frame, for who listens at other processes; returns at once."""


class Listener(Protocol):
    """Somebody who hears a conversation."""

    is_its_person: bool = True  # others hear it too, while they help with it

    def hear(self, run_id: UUID | None, frame: str) -> None:
        """Takes a frame and returns at once; a slow listener drops itself."""

    def let_go(self) -> None:
        """What is told here is not the conversation's log any more: come back, and hear it from whoever writes it."""


class Feed:
    """One conversation, in this process."""

    def __init__(
        self,
        database: db.Database,
        conversation_id: UUID,
        publish: Publish | None = None,
        *,
        telling: set[Feed] | None = None,
    ) -> None:
        """Made by Feeds alone, so that there is one a conversation.

        Args: publish hears what is told here first; a feed with words to log is put among the telling ones.
        """
        self.conversation_id = conversation_id
        self.listeners: set[Listener] = set()
        self.recent: list[str] = []
        """The frames of the latest run, all of them, for who attaches in the middle."""
        self.run_id: UUID | None = None
        self.turn = asyncio.Lock()
        """Held by whoever writes the log: a transaction, or the group commit."""
        self._database = database
        self._publish = publish
        self._telling = set() if telling is None else telling
        self._epoch, self._seq, self._is_writer = 0, 0, False
        self._unlogged: list[str] = []
        self._held: list[str] | None = None
        self.is_fenced = False
        """Another process writes here now, and what was told here is not what it knows: this feed is of no more use."""
        self.is_followed = False
        """`head` and `recent` are what the log has, or what is about to be in it."""

    @property
    def head(self) -> Cursor | None:
        """The last cursor told here; none while nothing is known of the log, or it is empty."""
        return Cursor(self._epoch, self._seq) if self._epoch else None

    @property
    def is_unfinished(self) -> bool:
        """The latest run has not told its end here."""
        return bool(self.recent) and not frames.is_terminal(self.recent[-1])

    @property
    def is_told_here(self) -> bool:
        """The latest run is being written by this process, for all it knows."""
        return self._is_writer and self.is_unfinished

    def tell(self, event: str) -> None:
        """Words: an encoded CONTENT or ARGS event, told now and logged right behind.

        Raises:
            Fenced: another process writes this conversation now.
        """
        if self.is_fenced:
            raise errors.Fenced
        if self._held is not None:
            self._held.append(event)  # numbers are being committed; these words follow them
            return
        self._seq += 1
        frame = frames.ENVELOPE % (self._epoch, self._seq, event)
        if not self._unlogged:
            self._telling.add(self)
        self._unlogged.append(frame)
        self._deliver(frame)
        self._share(frame)

    def let_go(self) -> None:
        """Sends every listener away, to come back to the conversation's writer."""
        for listener in tuple(self.listeners):
            listener.let_go()

    def leave(self) -> None:
        """Nobody here writes the run any more: whether it told its end or not, the log knows how it goes on."""
        if self.is_unfinished:
            self._is_writer = False

    def begin_anew(self) -> None:
        """The conversation was not there any more and is made again: what we knew of its log is over."""
        self._epoch, self._seq, self._unlogged, self.is_fenced = 0, 0, [], False
        self._is_writer, self.run_id, self.recent = False, None, []

    @asynccontextmanager
    async def writing(self, who: Caller = SERVICE) -> AsyncIterator[Writing]:
        """A transaction whose events are told after its commit, with all earlier words before them.

        Raises:
            Fenced: another process became this conversation's writer; nothing was written.
            Unavailable: the database is away; nothing was written.
        """
        async with self.turn:
            if self.is_fenced:
                raise errors.Fenced
            writing = None
            try:
                async with self._database.transaction(who) as connection:
                    writing = Writing(connection, who, self.run_id)
                    yield writing
                    told = await self._keep(writing) if writing.events else []
                    for last_step in writing.before_commit:
                        await last_step()
                for callback in writing.after_commit:
                    callback()
                for frame in told:
                    self._pass_on(frame)
                    self._share(frame)
            finally:
                if writing is not None:
                    writing.let_go()
                held, self._held = self._held or [], None
                for event in held:
                    self.tell(event)

    async def _keep(self, writing: Writing) -> list[str]:
        """Numbers the events and logs one row: the words before them, and they."""
        await writing.become(SERVICE)
        epoch, seq = self._epoch, self._seq
        missed: list[Piece] = []
        if not self._is_writer:
            if self._unlogged:  # of an epoch that we gave up
                self.fence()
                raise errors.Fenced
            became = await log.become_writer(writing.connection, self.conversation_id)
            if became is None:
                raise errors.NotFound
            missed = await self._missed(writing.connection, writing.run_id)
            epoch, seq = became, 0
        self._held = []
        told = [frames.envelope(Cursor(epoch, seq + n), event) for n, event in enumerate(writing.events, 1)]
        lines, last = self._unlogged + told, seq + len(told)
        # Outside of every run what is told stands behind the latest one, and begins none.
        run_id = writing.run_id or (missed[-1].run_id if missed else self.run_id)
        row = (self.conversation_id, epoch, last - len(lines) + 1, last, run_id, "\n".join(lines))
        kept = await log.keep(writing.connection, [row], takes_place=writing.take_place is not None)
        if not kept:
            self.fence()
            raise errors.Fenced
        if writing.take_place is not None:
            writing.take_place(kept[self.conversation_id])

        def committed() -> None:
            self.take(missed)
            self._epoch, self._seq, self._unlogged = epoch, last, []
            self._is_writer = self.is_followed = True
            if run_id != self.run_id:
                self.run_id, self.recent = run_id, []

        writing.after_commit.insert(0, committed)
        return told

    # Following -------------------------------------------------------------------------------------------------------

    async def follow(self) -> None:
        """From now on this feed stands where the log does, whoever writes it: `head`, and `recent`, its latest run."""
        if not self.is_told_here:  # else it is where the log will be, and nobody has to be asked
            async with self.turn, self._database.service() as db:
                await self._catch_up(db)

    def take(self, pieces: Sequence[Piece]) -> None:
        """What another process wrote; what was told here already is passed over, and a gap is waited at."""
        for piece in pieces:
            if piece.epoch == self._epoch and piece.seq_from > self._seq + 1:
                return
            if self._unlogged:  # told here, and never to be in the log
                self.fence()
                return
            for line in piece.frames.split("\n"):
                cursor = frames.cursor_of(line)
                if cursor > (self._epoch, self._seq):
                    self._epoch, self._seq = cursor
                    self._is_writer = False
                    if piece.run_id != self.run_id:
                        self.run_id, self.recent = piece.run_id, []
                    self._pass_on(line)

    def fence(self) -> None:
        """Another process writes here, and we know too much or too little: everybody hears it from there."""
        self.is_fenced = True
        self.let_go()

    async def _catch_up(self, db: db.Connection) -> None:
        if not self.is_told_here:
            self.take(await self._missed(db, None))
        self.is_followed = True

    async def _missed(self, db: db.Connection, run_id: UUID | None) -> list[Piece]:
        """What the log has and we have not; at first the latest run, or the one that is gone on with."""
        if self.is_followed:
            return await tail.pieces_after(db, [(self.conversation_id, self._epoch, self._seq)])
        if run_id is not None:
            return await tail.of_run(db, self.conversation_id, run_id)
        return await tail.latest_run(db, self.conversation_id)

    async def after(self, since: Cursor, then: Callable[[list[str] | None], None]) -> None:
        """Hands over what was told after this cursor, whole and without a gap before what is told next.

        Args:
            since: the last cursor the listener has; `0-0` is the beginning of what the log still holds.
            then: called once with the frames in order, or with none where the cursor is not of this log any more (gone
                or unknown). It must not wait: whatever is told after it has returned is new, except where the cursor
                was ahead of the log. Then what comes up to it was heard from the process that wrote it.
        """
        if self.is_told_here and frames.cursor_of(self.recent[0]) <= since <= (self.head or NOWHERE):
            then(self.recent[bisect_right(self.recent, since, key=frames.cursor_of) :])  # and nobody has to be asked
            return
        async with self.turn:  # nobody logs meanwhile; words that are told stay unlogged, and are added below
            async with self._database.service() as db:
                await self._catch_up(db)
                logged = await log.lines_after(db, self.conversation_id, since)
                is_known = since == NOWHERE or await tail.knows(db, self.conversation_id, since)
            head = self.head or NOWHERE
            if self._is_writer and since.epoch == self._epoch:
                is_known = is_known and since <= head  # nobody has heard more than we told
            lines = [line for line in logged if frames.cursor_of(line) <= head] + self._unlogged
            then([line for line in lines if frames.cursor_of(line) > since] if is_known else None)

    # The group commit ------------------------------------------------------------------------------------------------

    @property
    def has_unlogged(self) -> bool:
        """Words were told and not logged yet."""
        return bool(self._unlogged)

    def unlogged(self) -> log.Row | None:
        """The words told and not logged yet, as one row."""
        if not self._unlogged:
            return None
        first = self._seq - len(self._unlogged) + 1
        return (self.conversation_id, self._epoch, first, self._seq, self.run_id, "\n".join(self._unlogged))

    def logged(self, row: log.Row, *, is_kept: bool) -> None:
        """The group commit is through with this row; not kept means that another process writes here now."""
        del self._unlogged[: row[3] - row[2] + 1]
        if not is_kept:
            self.fence()

    def _pass_on(self, frame: str) -> None:
        if frames.is_aside(frame):  # of no run, so that who attaches to one does not hear it again
            for listener in tuple(self.listeners):
                listener.hear(None, frame)
        else:
            self._deliver(frame)

    def _share(self, frame: str) -> None:
        if self._publish is not None:
            self._publish(self.conversation_id, self.run_id, frame)

    def _deliver(self, frame: str) -> None:
        self.recent.append(frame)
        for listener in tuple(self.listeners):
            listener.hear(self.run_id, frame)
