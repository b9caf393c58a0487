"""A conversation's ordered log and its listeners: number, keep, tell.

Structure (starts, ends, results, terminals) is committed before it is told. Words run ahead: they are told at once and
logged right behind, one row per run and flush, many conversations in one group commit. Only the conversation's writer
numbers; every row names its epoch, so that a writer who was replaced writes nothing more. Where another process writes,
this one follows the log.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from uuid import UUID

from amara import db, errors, frames
from amara.auth import SERVICE, Caller
from amara.frames import Cursor
from amara.store import log, tail
from amara.store.tail import Piece
from amara.telling import NOWHERE, Publish, Telling
from amara.writing import Writing


def _nothing() -> None:
    """Nothing is to be done."""


class _Numbered(NamedTuple):
    """Events on their way into the log."""

    row: log.Row
    told: list[str]
    """The frames of these events alone; before them the row has the words that were told already."""
    missed: list[Piece]
    """What another process wrote before we became the writer."""


class Feed(Telling):
    """One conversation, in this process: its structure is committed before it is told."""

    def __init__(
        self,
        database: db.Database,
        conversation_id: UUID,
        publish: Publish | None = None,
        *,
        telling: set[Telling] | None = None,
    ) -> None:
        """Made by Feeds alone, so that there is one a conversation.

        Args: publish and telling as Telling has them.
        """
        super().__init__(conversation_id, publish, telling=telling)
        self._database = database

    @asynccontextmanager
    async def writing(self, who: Caller = SERVICE) -> AsyncIterator[Writing]:
        """A transaction whose events are told after its commit, with all earlier words before them.

        Raises:
            Fenced: another process became this conversation's writer; nothing was written.
            Unavailable: the database is away; nothing was written.
        """
        writing = None
        async with self._my_turn():
            try:
                async with self._database.transaction(who) as connection:
                    writing = Writing(connection, who, self.run_id)
                    yield writing
                    numbered = await self._keep(writing) if writing.events else None
                    for last_step in writing.before_commit:
                        await last_step()
                self._committed(numbered, writing.after_commit)
            finally:
                if writing is not None:
                    writing.let_go()

    async def say(self, *events: frames.Event, take_place: Callable[[int | None], None] | None = None) -> None:
        """A commit of these events and nothing else: one way to the database.

        Args:
            events: told after it, in this order.
            take_place: as Writing has it.

        Raises:
            Fenced, Unavailable: as `writing`.
        """
        is_asked = False

        async def keep(row: log.Row) -> bool:
            nonlocal is_asked
            is_asked = True
            kept = await log.keep_once(self._database, [row], takes_place=take_place is not None)
            if kept and take_place is not None:
                take_place(kept[self.conversation_id])
            return bool(kept)

        if await self.commit(keep, events):
            return
        if is_asked:
            self.fence()
            raise errors.Fenced
        async with self.writing() as writing:  # which becomes the writer first
            writing.take_place = take_place
            writing.say(*events)

    async def commit(
        self,
        keep: Callable[[log.Row], Awaitable[bool]],
        events: Sequence[frames.Event],
        *,
        run_id: UUID | None = None,
        then: Callable[[], None] = _nothing,
        epoch: int | None = None,
    ) -> bool:
        """What somebody else commits together with a row of the log, told afterwards as `writing` tells it.

        Args:
            keep: commits this row, if it may still be written; false, or an error: it has not.
            events: what the row ends with; words that were told already stand before them.
            run_id: whose events these are; else the latest run's.
            then: called once committed, before anything is told.
            epoch: with which the log of a new conversation is begun by `keep`, where nothing is known of one here.

        Returns:
            Whether it was committed. Not where another process may have written last: then it was not tried.

        Raises:
            Fenced: another process became this conversation's writer; nothing was written.
        """
        async with self._my_turn():
            if not self._is_writer and (epoch is None or self.head is not None):
                return False
            encoded = [frames.encoded(event) for event in events]
            place = (self._epoch, self._seq) if epoch is None else (epoch, 0)
            numbered = self._number(encoded, run_id or self.run_id, *place)
            if not await keep(numbered.row):
                return False
            self._committed(numbered, [then])
            return True

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        """Nobody else numbers; words that are told meanwhile come after what is committed."""
        async with self.turn:
            if self.is_fenced:
                raise errors.Fenced
            try:
                yield
            finally:
                held, self._held = self._held or [], None
                for event in held:
                    self.tell(event)

    def _number(self, events: Sequence[str], run_id: UUID | None, epoch: int, seq: int) -> _Numbered:
        """From now on words wait."""
        self._held = []
        told = [frames.envelope(Cursor(epoch, seq + n), event) for n, event in enumerate(events, 1)]
        lines, last = self._unlogged + told, seq + len(told)
        row = (self.conversation_id, epoch, last - len(lines) + 1, last, run_id, "\n".join(lines))
        return _Numbered(row, told, [])

    def _committed(self, numbered: _Numbered | None, then: Sequence[Callable[[], None]]) -> None:
        if numbered is not None:
            _, epoch, _, last, run_id, _ = numbered.row
            self.take(numbered.missed)
            self._epoch, self._seq, self._unlogged = epoch, last, []
            self._is_writer = self.is_followed = True
            if run_id != self.run_id:
                self.run_id, self.recent = run_id, []
        for callback in then:
            callback()
        for frame in numbered.told if numbered is not None else []:
            self._pass_on(frame)
            self._share(frame)

    async def _keep(self, writing: Writing) -> _Numbered:
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
        # Outside of every run what is told stands behind the latest one, and begins none.
        run_id = writing.run_id or (missed[-1].run_id if missed else self.run_id)
        numbered = self._number(writing.events, run_id, epoch, seq)
        kept = await log.keep(writing.connection, [numbered.row], takes_place=writing.take_place is not None)
        if not kept:
            self.fence()
            raise errors.Fenced
        if writing.take_place is not None:
            writing.take_place(kept[self.conversation_id])
        return numbered._replace(missed=missed)

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
