"""Where events wait for one another: many requests, one statement, one commit, and only then the answers.

A request waits three milliseconds for company, or not at all when a statement is full. A few statements are under way
at once and no more, so that the pool stays the chat's. What waits is bounded: a sender beyond that is told to come back
before anything grows.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from analytics import errors, store
from analytics.settings import Connection, Settings
from analytics.shapes import Event

RETRY_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The events of one request, and whom to tell how many of them were new."""

    events: Sequence[Event]
    size: int
    told: asyncio.Future[int]


class Buffer:
    """One a process."""

    def __init__(
        self,
        service: Callable[[], AbstractAsyncContextManager[Connection]],
        settings: Settings,
        count: Callable[[str, int], None] | None = None,
    ) -> None:
        """Args: service is a transaction as the service itself; count is told what became of events."""
        self._count = count
        self._service = service
        self._settings = settings
        self._queue: deque[_Waiting] = deque()
        self._events = 0
        self._bytes = 0
        self._is_full = asyncio.Event()
        self._writers: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Events that wait for their commit."""
        return self._events

    def count(self, became: str, number: int = 1) -> None:
        """Events were kept, known already, refused, or a crawler's."""
        if self._count is not None and number:
            self._count(became, number)

    async def keep(self, events: Sequence[Event]) -> int:
        """How many of these were new, once they are committed.

        Raises:
            Busy: too many wait already.
            AccountGone, EventTooLarge: these cannot be stored, whatever becomes of the others' in the same statement.
        """
        limits, size = self._settings, sum(len(event.properties) for event in events)
        if self._events + len(events) > limits.waiting_events or self._bytes + size > limits.waiting_bytes:
            raise errors.Busy(retry_after_s=RETRY_AFTER_S)
        waiting = _Waiting(events, size, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._events += len(events)
        self._bytes += size
        if self._events >= limits.flush_events:
            self._is_full.set()
        if len(self._writers) < limits.writers:
            writer = asyncio.create_task(self._write())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await waiting.told

    async def _write(self) -> None:
        """Statement after statement, until nothing waits."""
        while self._queue:
            if not self._is_full.is_set():
                try:
                    async with asyncio.timeout(self._settings.flush_s):
                        await self._is_full.wait()
                except TimeoutError:
                    pass
            batch = self._next()
            if batch:
                await self._settle(batch)

    def _next(self) -> list[_Waiting]:
        """As many requests as one statement holds; one at least. Who has gone meanwhile is left out."""
        batch: list[_Waiting] = []
        held = 0
        while self._queue and (not batch or held + len(self._queue[0].events) <= self._settings.flush_events):
            waiting = self._queue.popleft()
            self._events -= len(waiting.events)
            self._bytes -= waiting.size
            if not waiting.told.done():
                batch.append(waiting)
                held += len(waiting.events)
        if self._events < self._settings.flush_events:
            self._is_full.clear()
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        """One commit for all of them; where one request spoils it, one for each."""
        try:
            events = [event for waiting in batch for event in waiting.events]
            new = await self._stored(events)
        except (errors.AccountGone, errors.EventTooLarge) as error:
            if len(batch) == 1:
                _tell(batch[0], error)
                return
            for waiting in batch:
                await self._settle([waiting])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to whoever waits for it
            for waiting in batch:
                _tell(waiting, error)
        else:
            for waiting in batch:
                _tell(waiting, len(new.intersection(event.id for event in waiting.events)))
                new.difference_update(event.id for event in waiting.events)

    async def _stored(self, events: list[Event]) -> set[UUID]:
        try:
            async with asyncio.timeout(self._settings.store_s), self._service() as connection:
                return await store.file(connection, events)
        except TimeoutError as error:
            raise errors.Busy(retry_after_s=RETRY_AFTER_S) from error


def _tell(waiting: _Waiting, said: int | Exception) -> None:
    if waiting.told.done():
        return  # its sender has gone
    if isinstance(said, int):
        waiting.told.set_result(said)
    else:
        waiting.told.set_exception(said)
