"""What waits to be written to one peer: a bounded queue, and at most one reason to end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from amara import frames
from amara.lean import Flag

QUEUE_MAX = 2_000  # frames: some 20 s of the fastest answer; beyond it the peer is not reading
FAREWELL_S = 5.0  # for what is queued to go out before a close

TELL = "amara.tell"
"""The extension of a socket's scope by which our server offers `tell(text) -> bool`: written now, or not at all."""

REASON_BYTES_MAX = 120  # RFC 6455, 5.5: a close frame carries 125 bytes, two of them the code


class Closing(Exception):
    """This connection ends with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        """Args: the code is one of frames'; the reason is cut to fit."""
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")


class Outbox:
    """Never blocks who puts something in. While nothing waits, a frame is written as it is put."""

    def __init__(
        self,
        write: Callable[[str], Awaitable[None]],
        close: Callable[[int, str], Awaitable[None]],
        *,
        tell: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Args: write waits for as long as the peer's window is full; close sends the close frame; tell writes at once,
        or not at all where it would have to wait.
        """
        self._tell = tell
        self._is_writing = False
        self._write = write
        self._close = close
        self._frames: list[str] = []  # nearly always none; an empty deque takes 760 bytes
        self._wake = Flag()
        self._closing: Closing | None = None
        self._is_closed = False

    @property
    def is_ending(self) -> bool:
        """There is a reason to end, and `drain` is on its way there."""
        return self._closing is not None

    def put(self, frame: str) -> None:
        """Queues a frame; a peer that does not read is let go and may come back."""
        if not self._frames and not self._is_writing and self._closing is None and self._tell(frame):
            return
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
                self._is_writing = True  # and nobody overtakes
                await self._write(self._frames.pop(0))
                self._is_writing = False
            if self._closing is not None:
                return await self.close()

    async def close(self) -> None:
        """Sends the close frame, once, if there is a reason."""
        if self._closing is not None and not self._is_closed:
            self._is_closed = True
            await self._close(self._closing.code, self._closing.reason)


def short_way(scope: Mapping[str, Any]) -> Callable[[str], bool]:
    """The way out that our server offers beside ASGI's; from any other server nothing is written at once."""
    tell: Callable[[str], bool] = ((scope.get("extensions") or {}).get(TELL) or {}).get("tell", lambda _: False)
    return tell
