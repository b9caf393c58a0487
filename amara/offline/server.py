"""The door of the offline concierge: plain ASGI on a loopback port, inside the loop that is already running.

It lives within the lifespan of another server, so it touches no signal handler and stops within a moment: streams
that are still being told end when it closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, MutableMapping
from typing import Any, Final

import msgspec
import uvicorn

from amara.offline import conversation, requests, stream

MODEL: Final = "amara-offline"
PACE_S: Final = 0.025
"""Seconds before each delta: slow enough to see an answer arrive, fast enough not to wait for it."""
_LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a request; the vendor's own limit."""

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Ids = Callable[[str], str]


class Concierge:
    """The ASGI application: what it answers depends on the request alone."""

    def __init__(self, *, pace_s: float, ids: Ids) -> None:
        """Args: pace_s is waited before each delta; ids makes an id from its prefix (`msg`, `toolu`, `req`)."""
        self._pace_s = pace_s
        self._ids = ids
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Ends the streams that are being told."""
        self._closing.set()

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """One HTTP request; nothing else arrives, the server offers no lifespan and no sockets."""
        route = (scope["method"], scope["path"])
        if route == ("GET", "/v1/models"):
            await self._reply(send, 200, _models())
        elif route == ("POST", "/v1/messages"):
            await self._messages(receive, send)
        else:
            await self._refuse(send, 404, "not_found_error", f"{scope['method']} {scope['path']} does not exist")

    async def _messages(self, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await self._refuse(send, 413, "request_too_large", "the request is larger than 32 MB")
            return
        try:
            request = requests.decode(body)
        except requests.Malformed as error:
            await self._refuse(send, 400, "invalid_request_error", str(error))
            return
        answer = stream.Answer(
            message_id=self._ids("msg"),
            tool_id=self._ids("toolu"),
            model=request.model,
            # A long text takes tenths of a second to read: not in the loop that others share.
            deed=await asyncio.to_thread(conversation.answer, request),
            input_tokens=max(1, len(body) // 4),
            max_tokens=request.max_tokens,
        )
        if request.stream:
            await self._tell(answer, receive, send)
        else:
            await self._reply(send, 200, stream.whole(answer))

    async def _tell(self, answer: stream.Answer, receive: Receive, send: Send) -> None:
        """Streams an answer until it is told, the other side has gone, or the concierge closes."""
        gone = asyncio.ensure_future(_gone(receive))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await send(self._start(200, b"text/event-stream; charset=utf-8"))
            for event, pause in stream.events(answer):
                if pause and self._pace_s > 0:
                    await asyncio.wait({gone, closing}, timeout=self._pace_s, return_when=asyncio.FIRST_COMPLETED)
                if gone.done() or closing.done():
                    # Ending without `message_stop` is how a cut answer looks; a caller must notice.
                    break
                await send({"type": "http.response.body", "body": event, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            closing.cancel()

    async def _reply(self, send: Send, status: int, body: bytes) -> None:
        await send(self._start(status, b"application/json", len(body)))
        await send({"type": "http.response.body", "body": body})

    async def _refuse(self, send: Send, status: int, kind: str, message: str) -> None:
        await self._reply(send, status, stream.error(kind, message))

    def _start(self, status: int, media_type: bytes, length: int | None = None) -> Event:
        headers = [(b"content-type", media_type), (b"request-id", self._ids("req").encode())]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        return {"type": "http.response.start", "status": status, "headers": headers}


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large. What is left unread then, the server discards."""
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        event = await receive()
        piece: bytes = event.get("body", b"")
        size += len(piece)
        if size > _LARGEST:
            return None
        pieces.append(piece)
        more = event["type"] == "http.request" and bool(event.get("more_body"))
    return b"".join(pieces)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _models() -> bytes:
    only = {"type": "model", "id": MODEL, "display_name": "Amara offline", "created_at": "2025-12-01T00:00:00Z"}
    return msgspec.json.encode({"data": [only], "has_more": False, "first_id": MODEL, "last_id": MODEL})


class _Guest(uvicorn.Server):
    """A server in another's process: signals belong to the host."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Running:
    """A concierge that answers at `base_url`."""

    def __init__(
        self, concierge: Concierge, server: uvicorn.Server, serving: asyncio.Task[None], base_url: str
    ) -> None:
        """Made by `open_door` only."""
        self.base_url = base_url
        self._concierge = concierge
        self._server = server
        self._serving = serving

    async def stop(self) -> None:
        """Ends open streams, closes the port; returns when nothing of it runs any more."""
        self._concierge.close()
        self._server.should_exit = True
        await self._serving


async def open_door(*, pace_s: float, ids: Ids) -> Running:
    """Starts a concierge on a free loopback port; it accepts when this returns."""
    concierge = Concierge(pace_s=pace_s, ids=ids)
    config = uvicorn.Config(
        concierge,
        lifespan="off",
        ws="none",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    config.load()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setblocking(False)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port: int = listener.getsockname()[1]
    server = _Guest(config)
    # The port listens already: what arrives before the first turn of the loop waits in the backlog.
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="offline concierge")
    return Running(concierge, server, serving, f"http://127.0.0.1:{port}")


@contextlib.asynccontextmanager
async def start(*, pace_s: float = PACE_S, ids: Ids | None = None) -> AsyncGenerator[str]:
    """An offline concierge for as long as the block lasts.

    Args:
        pace_s: Seconds before each delta of a stream; 0 tells everything at once.
        ids: Makes an id from its prefix (`msg`, `toolu`, `req`); random ones unless given.

    Yields:
        The base URL for the client.
    """
    running = await open_door(pace_s=pace_s, ids=ids or _random_id)
    try:
        yield running.base_url
    finally:
        await running.stop()


def _random_id(prefix: str) -> str:
    return f"{prefix}_offline_{secrets.token_hex(10)}"
