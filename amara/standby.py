"""Numbers that may be a little old are asked of a standby, where one is named; nothing else is.

What administrators count reads much and decides nothing. Who somebody is and what they may do, what a conversation says
and whether an hour is free are asked where they are written. A standby that does not answer, has been promoted or is
too far behind is left alone for a while, and the primary is asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog

from amara import errors
from amara.auth import SERVICE, Caller
from amara.db import Connection, Database, open_database
from amara.primary import AWAY
from amara.store import replay

BEHIND_MAX = 1024 * 1024  # bytes of the primary's log
REST_S = 5.0  # before a standby that was of no use is asked again
POOL = 3  # people who count are few

_logger = structlog.get_logger(__name__)


class Standby:
    """A second pool, opened when it is first needed: it may be away when the service starts."""

    def __init__(self, url: str, primary: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Args: primary is asked how far it has come, and in its place; the clock is monotonic, in seconds."""
        self._url = url
        self._primary = primary
        self._clock = clock
        self._rests_until = 0.0
        self._database: Database | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self, who: Caller) -> AsyncIterator[Connection]:
        """A connection inside a transaction as this caller, to read from.

        Raises:
            Unavailable: neither of them can be asked.
        """
        lender = await self._near() or self._primary
        async with lender.transaction(who) as connection:
            yield connection

    def service(self) -> AbstractAsyncContextManager[Connection]:
        """The same as `amara_service`."""
        return self.transaction(SERVICE)

    async def is_of_use(self) -> bool:
        """It would be asked now."""
        return await self._near() is not None

    async def close(self) -> None:
        """Ends its connections."""
        if self._database is not None:
            await self._database.close()

    async def _near(self) -> Database | None:
        """The standby, if it is one and near enough."""
        if self._clock() < self._rests_until:
            return None
        try:
            async with self._primary.service() as db:
                written = await replay.written(db)
            standby = await self._opened()
            async with standby.service() as db:
                if await replay.is_near(db, written, within=BEHIND_MAX):
                    return standby
            cause = "behind"
        except (errors.Unavailable, *AWAY) as error:
            cause = type(error.__cause__ or error).__name__
        _logger.warning("standby_not_asked", cause=cause)
        self._rests_until = self._clock() + REST_S
        return None

    async def _opened(self) -> Database:
        async with self._opening:
            if self._database is None:
                self._database = await open_database(self._url, size=POOL)
            return self._database
