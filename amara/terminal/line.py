"""The public socket from the other side: hello, say, hear, and coming back from the cursor after every kind of loss."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import websockets

Json = dict[str, Any]

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 15.0
FINAL = frozenset({4400, 4401, 4403, 4404, 4406, 4413})
"""Close codes after which coming back would only be refused again."""


class Refused(Exception):
    """The service will not have us; the code says why."""

    def __init__(self, code: int, reason: str) -> None:
        """Args: code and reason as the socket was closed with."""
        super().__init__(reason or f"The service closed the connection ({code}).")
        self.code = code


@dataclass(slots=True)
class Line:
    """One conversation, kept through lost connections."""

    url: str
    token: str
    thread_id: str
    locale: str
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    since: str | None = None
    """The last cursor heard."""
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    _socket: websockets.ClientConnection | None = None
    _unacknowledged: dict[str, Json] = field(default_factory=dict)
    """By message or interrupt id: said again after each loss, under the same ids, until the service has it."""

    async def say(self, reference: str, frame: Json) -> None:
        """Says it now, and again after a loss, until it is acknowledged."""
        self._unacknowledged[reference] = frame
        await self._send(frame)

    async def stop(self, run_id: str) -> None:
        """Asks for an end of this run."""
        await self._send({"type": "abort", "runId": run_id})

    async def frames(self) -> AsyncIterator[Json]:
        """Everything that is told here, in order and once, for as long as somebody listens.

        Raises:
            Refused: coming back would not help.
        """
        attempt = 0
        while True:
            delay = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**attempt) * (0.5 + random.random())  # noqa: S311 - jitter, not a secret
            attempt += 1
            try:
                async with websockets.connect(self._address(), max_size=None, open_timeout=10) as socket:
                    async for frame in self._hear(socket):
                        if frame.get("type") == "welcome":
                            attempt = 0
                        if frame.get("type") == "reconnect":
                            delay = frame.get("afterMs", 0) / 1000
                        yield frame
            except (OSError, websockets.InvalidHandshake, websockets.InvalidMessage, TimeoutError):
                pass
            finally:
                self._socket = None
                self.is_ready.clear()
            yield {"type": "lost", "afterMs": round(delay * 1000)}
            await self.sleep(delay)

    async def _hear(self, socket: websockets.ClientConnection) -> AsyncIterator[Json]:
        hello = {"type": "hello", "token": self.token, "since": self.since, "locale": self.locale, "device": "terminal"}
        await socket.send(msgspec.json.encode(hello).decode())
        try:
            async for message in socket:
                frame: Json = msgspec.json.decode(message)
                match frame.get("type"):
                    case "ping":
                        await socket.send('{"type":"pong"}')
                        continue
                    case "welcome":
                        self._socket = socket
                        self.since = self.since or frame["head"]
                        self.is_ready.set()
                        for waiting in list(self._unacknowledged.values()):
                            await self._send(waiting)
                    case "ack":
                        self._unacknowledged.pop(frame["ref"], None)
                    case _ if "id" in frame:
                        self.since = frame["id"]
                yield frame
        except websockets.ConnectionClosed:
            pass
        if socket.close_code in FINAL:
            raise Refused(socket.close_code, socket.close_reason or "")

    async def _send(self, frame: Json) -> None:
        if self._socket is not None:
            with suppress(websockets.ConnectionClosed):  # what matters is said again
                await self._socket.send(msgspec.json.encode(frame).decode())

    def _address(self) -> str:
        parts = urlsplit(self.url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return (
            f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/v1/amara/chat?threadId={quote(self.thread_id, safe='')}"
        )
