"""What other processes did to the conversations of this one.

A process that only listens follows the log itself, four times a second, as long as somebody listens here; and what this
process writes may be stopped from another one, and be told what happened beside it. One question each for all of them;
none where nobody listens and nothing is written. Where there is a broker its streams bring words as they are told, and
the log is asked about what a stream cannot know: a gap, another writer, and now and then whether all is well.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Protocol
from uuid import UUID

import structlog

from amara import asides, errors
from amara.db import Connection, Database
from amara.feed import Feed
from amara.feeds import Feeds
from amara.frames import Cursor
from amara.runs import Runs
from amara.store import asides as still
from amara.store import tail
from amara.store.tail import Piece
from amara.telling import NOWHERE

LOOK_S = 0.2  # between two looks; with the look itself a quarter of a second
SURE_LOOKS = 10  # of which only one asks about a conversation of which a stream tells nothing
FEW = 100  # conversations that are asked about at every look; of more, those in which something was logged, and as many
LATE_S = 2.0  # between the writing of a row and its commit; what takes longer is seen when its turn comes

_logger = structlog.get_logger(__name__)


class Streams(Protocol):
    """What others tell, as they tell it."""

    is_well: bool

    async def read(self, places: Mapping[UUID, Cursor], *, wait_s: float) -> list[Piece] | None:
        """What was told after these places; none where the log must be asked."""
        ...


class Following:
    """The one who looks."""

    def __init__(
        self,
        database: Database,
        feeds: Feeds,
        runs: Runs,
        *,
        streams: Streams | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        few: int = FEW,
    ) -> None:
        """Args: streams where there is a broker; sleep paces the looks; the clock is monotonic, in seconds; see FEW."""
        self._database = database
        self._feeds = feeds
        self._runs = runs
        self._streams = streams
        self._sleep = sleep
        self._tasks: list[asyncio.Task[None]] = []
        self._clock = clock
        self._few = few
        self._looks = 0
        self._looked_at: float | None = None
        self._in_turn: list[UUID] = []
        """Of a crowd those that are still to be asked about once, though the log as a whole told nothing of them."""
        self._behind: set[UUID] = set()
        """Conversations of which a stream told something that does not follow on what is known here."""

    def start(self) -> None:
        """Begins to look, and to listen where there are streams."""
        self._tasks.append(asyncio.create_task(self._for_ever(self._rest_and_look), name="following"))
        if self._streams is not None:
            self._tasks.append(asyncio.create_task(self._for_ever(self.listen), name="following streams"))

    async def stop(self) -> None:
        """Looks no more."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def look(self) -> None:
        """Tells what other processes logged, and stops what was to be stopped.

        Raises:
            Unavailable: the database is away.
        """
        live, open_ids, looked_at = self._runs.ids(), self._feeds.ids(), self._clock()
        if not open_ids and not live:
            return
        self._looks += 1
        async with self._database.service() as db:
            untold = await still.left(db, owner=self._runs.owner)
            asked = open_ids if len(open_ids) <= self._few else await self._stirred(db, open_ids)
            stood = [(feed, feed.head or NOWHERE) for feed in self._feeds.followed(asked) if self._must_ask(feed)]
            places = [(feed.conversation_id, *head) for feed, head in stood]
            pieces = await tail.pieces_after(db, places) if places else []
            stopped = await tail.stop_requests(db, live) if live else []
        self._looked_at = looked_at
        self._take(stood, pieces)
        self._behind.clear()
        for run_id in stopped:
            self._runs.halt(run_id)
        for conversation_id, is_written_here in untold:
            if is_written_here or self._feeds.is_heard(conversation_id):
                await asides.tell(self._feeds, conversation_id, owner=self._runs.owner)

    async def listen(self) -> None:
        """Tells what other processes tell, as they do."""
        assert self._streams is not None  # else nobody comes here
        stood = [
            (feed, feed.head)
            for feed in self._feeds.followed()
            if feed.head is not None and feed.conversation_id not in self._behind
        ]
        if not stood:
            await self._sleep(LOOK_S)
            return
        pieces = await self._streams.read({feed.conversation_id: head for feed, head in stood}, wait_s=LOOK_S)
        if pieces is None:
            await self._sleep(LOOK_S)
            return
        epochs = {feed.conversation_id: head.epoch for feed, head in stood}
        # Of another writer a stream does not know what the last one logged before it was replaced.
        self._take(stood, [piece for piece in pieces if piece.epoch == epochs[piece.conversation_id]])
        for feed, _ in stood:
            told = [(piece.epoch, piece.seq_from) for piece in pieces if piece.conversation_id == feed.conversation_id]
            if told and max(told) > (feed.head or NOWHERE):
                self._behind.add(feed.conversation_id)

    async def _stirred(self, db: Connection, open_ids: Iterable[UUID]) -> list[UUID]:
        """Of many conversations those in which something was logged since the last look; and some of the others."""
        since = self._looked_at
        if since is None:
            return list(open_ids)
        stirred = await tail.stirred(db, within_s=self._clock() - since + LATE_S)
        if not self._in_turn:
            self._in_turn = list(open_ids)
        some = max(self._few, 1)  # of ten thousand each has its turn every twenty seconds
        quiet, self._in_turn = self._in_turn[-some:], self._in_turn[:-some]
        return list({*stirred, *quiet})

    def _must_ask(self, feed: Feed) -> bool:
        if self._streams is None or not self._streams.is_well or feed.head is None:
            return True
        return feed.conversation_id in self._behind or self._has_its_turn(feed.conversation_id)

    def _has_its_turn(self, conversation_id: UUID) -> bool:
        return conversation_id.int % SURE_LOOKS == self._looks % SURE_LOOKS

    @staticmethod
    def _take(stood: Iterable[tuple[Feed, Cursor]], pieces: Iterable[Piece]) -> None:
        by_conversation: dict[UUID, list[Piece]] = defaultdict(list)
        for piece in pieces:
            by_conversation[piece.conversation_id].append(piece)
        for feed, head in stood:
            # Who wrote, or was told something, meanwhile is looked at the next time: the answer is about another place.
            if not feed.turn.locked() and (feed.head or NOWHERE) == head:
                feed.take(by_conversation[feed.conversation_id])

    async def _rest_and_look(self) -> None:
        await self._sleep(LOOK_S)
        await self.look()

    async def _for_ever(self, once: Callable[[], Awaitable[None]]) -> None:
        is_away = False
        while True:
            try:
                await once()
                is_away = False
            except errors.Unavailable:
                if not is_away:
                    _logger.warning("not_following")
                is_away = True
            except Exception:  # one bad look must not end all later ones
                _logger.exception("following_broken")
                await self._sleep(LOOK_S)
