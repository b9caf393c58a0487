"""What waits to be written to one peer: a bounded queue, and at most one reason to end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from amara import frames

QUEUE_MAX = 2_000  # frames: some 20 s of the fastest answer; beyond it the peer is not reading
FAREWELL_S = 5.0  # for what is queued to go out before a close

REASON_BYTES_MAX = 120  # RFC 6455, 5.5: a close frame carries 125 bytes, two of them the code


class Closing(Exception):
    """This connection ends with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        """Args: the code is one of frames'; the reason is cut to fit."""
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")


class Outbox:
    """Never blocks who puts something in."""

    def __init__(self, write: Callable[[str], Awaitable[None]], close: Callable[[int, str], Awaitable[None]]) -> None:
        """Args: write waits for as long as the peer's window is full; close sends the close frame."""
        self._write = write
        self._close = close
        self._frames: deque[str] = deque()
        self._wake = asyncio.Event()
        self._closing: Closing | None = None
        self._is_closed = False

    @property
    def is_ending(self) -> bool:
        """There is a reason to end, and `drain` is on its way there."""
        return self._closing is not None

    def put(self, frame: str) -> None:
        """Queues a frame; a peer that does not read is let go and may come back."""
        if len(self._frames) >= QUEUE_MAX:
            self._frames.clear()
            self.end(Closing(frames.TOO_SLOW, "Too slow."))
            return
        self._frames.append(frame)
        self._wake.set()

    def end(self, closing: Closing) -> None:
        """What is queued still goes out, then the close; the first reason stands."""
        self._closing = self._closing or closing
        self._wake.set()

    async def drain(self) -> None:
        """Writes for as long as the connection lives; returns once it has closed."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._frames:
                await self._write(self._frames.popleft())
            if self._closing is not None:
                return await self.close()

    async def close(self) -> None:
        """Sends the close frame, once, if there is a reason."""
        if self._closing is not None and not self._is_closed:
            self._is_closed = True
            await self._close(self._closing.code, self._closing.reason)
