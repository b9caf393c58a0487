"""The feeds in use in this process, and the group commit behind their words: many conversations, one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import structlog

from amara import db, errors
from amara.feed import Feed
from amara.store import log
from amara.telling import Publish, Telling

TOGETHER = 50  # conversations of one commit: what is written for 200 at once keeps every word waiting
FLUSH_S = 0.1  # words a crash may cost: what was told in the last tenth of a second

_logger = structlog.get_logger(__name__)


class Feeds:
    """The feeds in use in this process, and the group commit behind their words."""

    def __init__(
        self,
        database: db.Database,
        *,
        publish: Publish | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args: publish hears what is told here, for other processes; sleep paces the flushes."""
        self._database = database
        self._publish = publish
        self._sleep = sleep
        self._telling: set[Telling] = set()
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
        if feed is None or feed.is_fenced:  # who still has that one is on the way out, and counts until then
            feed = Feed(self._database, conversation_id, self._publish, telling=self._telling)
        self._open[conversation_id] = (feed, users + 1)
        return feed

    def ids(self) -> list[UUID]:
        """The conversations in use."""
        return list(self._open)

    def followed(self, among: Iterable[UUID] | None = None) -> list[Feed]:
        """Those that somebody hears and another process may write, as far as nobody is busy with them.

        Args: among only these conversations, if they are in use; else all of them.
        """
        used = self._open.values() if among is None else [self._open[id_] for id_ in among if id_ in self._open]
        return [
            feed
            for feed, _ in used
            if feed.listeners and feed.is_followed and not (feed.turn.locked() or feed.is_told_here or feed.is_fenced)
        ]

    def heard(self) -> list[UUID]:
        """The conversations that their own people listen to here."""
        return [id_ for id_ in self._open if self.is_heard(id_)]

    def is_heard(self, conversation_id: UUID) -> bool:
        """Its own people listen to it here."""
        feed, _ = self._open.get(conversation_id, (None, 0))
        return feed is not None and any(one.is_its_person for one in feed.listeners)

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
        async with self._flushing:
            waiting = [feed for feed in self._telling if feed.has_unlogged and self._is_in_use(feed)]
            self._telling.intersection_update(waiting)  # ten thousand idle ones are not looked at
            for first in range(0, len(waiting), TOGETHER):
                await self._flush(waiting[first : first + TOGETHER])

    def _is_in_use(self, feed: Telling) -> bool:
        return self._open.get(feed.conversation_id, (None, 0))[0] is feed

    async def _flush(self, waiting: Sequence[Telling]) -> None:
        feeds: list[Telling] = []
        try:
            for feed in waiting:
                if not feed.turn.locked():
                    await feed.turn.acquire()  # free, as just seen: nothing runs in between
                    feeds.append(feed)
            await self._keep(feeds)
        finally:
            for feed in feeds:
                feed.turn.release()

    async def _keep(self, feeds: list[Telling]) -> None:
        rows = [(feed, row) for feed in feeds if (row := feed.unlogged()) is not None]
        if not rows:
            return
        try:
            kept = await log.keep_once(self._database, [row for _, row in rows])
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
