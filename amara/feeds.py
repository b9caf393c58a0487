"""The feeds in use in this process, and the group commit behind their words: many conversations, one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from uuid import UUID

import structlog

from amara import db, errors
from amara.feed import Feed
from amara.store import log

FLUSH_S = 0.1  # words a crash may cost: what was told in the last tenth of a second

_logger = structlog.get_logger(__name__)


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
        if feed is None or feed.is_fenced:  # who still has that one is on the way out, and counts until then
            feed = Feed(self._database, conversation_id)
        self._open[conversation_id] = (feed, users + 1)
        return feed

    def followed(self) -> list[Feed]:
        """Those that somebody hears and another process may write, as far as nobody is busy with them."""
        return [
            feed
            for feed, _ in self._open.values()
            if feed.listeners and feed.is_followed and not (feed.turn.locked() or feed.is_told_here or feed.is_fenced)
        ]

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
