"""What other processes did to the conversations of this one: a look into the database, four times a second.

A process that only listens follows the log itself, as long as somebody listens here; and what this process writes may
be stopped from another one. One question each for all of them; none where nobody listens and nothing is written.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

import structlog

from amara import errors
from amara.db import Database
from amara.feed import NOWHERE
from amara.feeds import Feeds
from amara.runs import Runs
from amara.store import tail
from amara.store.tail import Piece

LOOK_S = 0.2  # between two looks; with the look itself a quarter of a second

_logger = structlog.get_logger(__name__)


class Following:
    """The one who looks."""

    def __init__(
        self, database: Database, feeds: Feeds, runs: Runs, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """Args: sleep paces the looks."""
        self._database = database
        self._feeds = feeds
        self._runs = runs
        self._sleep = sleep
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to look."""
        self._looking = asyncio.create_task(self._look_for_ever(), name="following")

    async def stop(self) -> None:
        """Looks no more."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def look(self) -> None:
        """Tells what other processes wrote, and stops what was to be stopped.

        Raises:
            Unavailable: the database is away.
        """
        stood = [(feed, feed.head or NOWHERE) for feed in self._feeds.followed()]
        live = self._runs.ids()
        if not stood and not live:
            return
        pieces: dict[UUID, list[Piece]] = defaultdict(list)
        async with self._database.service() as db:
            if stood:
                for piece in await tail.pieces_after(db, [(feed.conversation_id, *head) for feed, head in stood]):
                    pieces[piece.conversation_id].append(piece)
            stopped = await tail.stop_requests(db, live) if live else []
        for feed, head in stood:
            # Who wrote, or was told something, meanwhile is looked at the next time: the answer is about another place.
            if not feed.turn.locked() and (feed.head or NOWHERE) == head:
                feed.take(pieces[feed.conversation_id])
        for run_id in stopped:
            self._runs.halt(run_id)

    async def _look_for_ever(self) -> None:
        is_away = False
        while True:
            await self._sleep(LOOK_S)
            try:
                await self.look()
                is_away = False
            except errors.Unavailable:
                if not is_away:
                    _logger.warning("not_following")
                is_away = True
            except Exception:  # one bad look must not end all later ones
                _logger.exception("following_broken")
