"""The feed between processes, over Redis or Valkey Streams: what one process tells, the others hear at once.

The log in PostgreSQL stays the truth. A stream holds the last minutes of one conversation under the log's own cursors,
so that a process that only listens hears words as they come, and does not look into the database for them. Whatever
fails here (no broker, an entry that never came, a writer that died before it told) the log makes good: a listener
takes from a stream only what follows, in the same epoch, on what it has; everything else it reads from the log.

Source: https://redis.io/docs/latest/commands/xadd/ (an id that does not rise is refused)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from itertools import groupby
from typing import Any
from uuid import UUID

import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from amara import frames
from amara.frames import Cursor
from amara.store.tail import Piece

KEPT = 2_000  # entries of one conversation's stream, roughly; the log has them all
KEPT_S = 600
WAITING_MAX = 20_000  # frames told here and not sent yet; beyond them the broker is as good as away
SOCKET_S = 2.0  # for the broker to answer
SILENT_S = 0.5  # beyond the wait that was asked for: the log is at hand, and people are waiting for words
READ_MAX = 500  # entries of one conversation in one answer
AGAIN_S = 1.0  # before the broker is tried again

Told = tuple[UUID, UUID | None, str]
"""(conversation, run, frame)."""

_logger = structlog.get_logger(__name__)


def connect(url: str) -> redis.asyncio.Redis:
    """A client that is told soon when the broker is away: its own retries would take seconds, and the log is there."""
    return redis.asyncio.from_url(
        url,
        retry=Retry(NoBackoff(), 1),
        socket_timeout=SOCKET_S,
        socket_connect_timeout=SOCKET_S,
        health_check_interval=15,
    )


class Streams:
    """What this process tells others, and hears from them."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        *,
        prefix: str = "amara:feed:",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args: client is closed by `stop`; prefix keeps installations apart; sleep paces the tries."""
        self.is_well = False
        """The broker answered the last time."""
        self._client = client
        self._prefix = prefix
        self._sleep = sleep
        self._told: list[Told] = []
        self._has_told = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to send what is told."""
        self._sender = asyncio.create_task(self._send_for_ever(), name="streams")

    async def stop(self) -> None:
        """Sends no more. What was not sent is in the log."""
        if self._sender is not None:
            self._sender.cancel()
            with suppress(asyncio.CancelledError):
                await self._sender
        await self._client.aclose()

    def tell(self, conversation_id: UUID, run_id: UUID | None, frame: str) -> None:
        """Others should hear this. Returns at once; never fails."""
        if len(self._told) < WAITING_MAX:
            self._told.append((conversation_id, run_id, frame))
            self._has_told.set()

    async def read(self, places: Mapping[UUID, Cursor], *, wait_s: float) -> list[Piece] | None:
        """What was told after these places, each conversation's in its order.

        Args:
            places: where each listener stands.
            wait_s: how long to wait where there is nothing yet.

        Returns:
            Pieces as the log has them; none where the broker is away, and the log must be asked.
        """
        asked: Any = {self._key(conversation_id): str(place) for conversation_id, place in places.items()}
        try:
            async with asyncio.timeout(wait_s + SILENT_S):
                answer: Any = await self._client.xread(asked, count=READ_MAX, block=max(1, round(wait_s * 1000)))
        except (RedisError, OSError) as error:
            self._is_away(error)
            return None
        self.is_well = True
        found = answer.items() if isinstance(answer, dict) else answer or []
        return [self._piece(key, entry) for key, entries in found for entry in _flat(entries)]

    def _key(self, conversation_id: UUID) -> str:
        return f"{self._prefix}{conversation_id}"

    def _piece(self, key: bytes, entry: tuple[bytes, Mapping[bytes, bytes]]) -> Piece:
        entry_id, said = entry
        last = Cursor.parse(entry_id.decode())
        assert last is not None  # we wrote it, and a stream's ids have this form
        run_id = said[b"r"].decode()
        conversation_id = UUID(key.decode().removeprefix(self._prefix))
        return Piece(
            conversation_id, last.epoch, int(said[b"s"]), UUID(run_id) if run_id else None, said[b"f"].decode()
        )

    async def _send_for_ever(self) -> None:
        while True:
            await self._has_told.wait()
            self._has_told.clear()
            told, self._told = self._told, []
            try:
                await self._send(told)
                self.is_well = True
            except (RedisError, OSError) as error:
                self._is_away(error)
                await self._sleep(AGAIN_S)

    async def _send(self, told: list[Told]) -> None:
        """One entry for what was told of one run in one breath."""
        async with self._client.pipeline(transaction=False) as pipeline:
            for (conversation_id, run_id, epoch), some in groupby(told, key=_belongs):
                lines = [frame for _, _, frame in some]
                first, last = frames.cursor_of(lines[0]), frames.cursor_of(lines[-1])
                pipeline.xadd(
                    self._key(conversation_id),
                    {"s": first.seq, "r": str(run_id or ""), "f": "\n".join(lines)},
                    id=f"{epoch}-{last.seq}",
                    maxlen=KEPT,
                    approximate=True,
                )
                pipeline.expire(self._key(conversation_id), KEPT_S)
            answers = await pipeline.execute(raise_on_error=False)
        for answer in answers:
            # Entry by entry: an id that does not rise means that another process writes that conversation by now.
            if isinstance(answer, Exception) and "equal or smaller" not in str(answer):
                raise answer

    def _is_away(self, error: Exception) -> None:
        if self.is_well:
            _logger.warning("broker_away", cause=type(error).__name__)
        self.is_well = False


def _belongs(told: Told) -> tuple[UUID, UUID | None, int]:
    conversation_id, run_id, frame = told
    return conversation_id, run_id, frames.cursor_of(frame).epoch


def _flat(entries: Any) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
    """The entries of one stream: under RESP3 they come in a list of their own."""
    return entries[0] if entries and isinstance(entries[0], list) else entries
