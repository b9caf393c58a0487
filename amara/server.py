"""uvicorn as the service ships it: sockets that cannot stall it, and a way out that loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto import events
from wsproto.connection import ConnectionState

from amara import frames, lean
from amara.outbox import TELL

STALL_S = 10.0  # a peer whose window stays shut this long is gone; its answer is kept and can be resumed
LINGER_S = 0.2  # between a broken frame and the close that says so
HEAD_S = 10.0  # for a peer to say what it wants, from its first byte to the end of its headers
GRACE_S = 20.0  # for answers that are being written when the process is told to go
CLOSE_S = 5  # for connections after that
BACKLOG = 2048  # connections that wait to be accepted

_TEXT = 0x81  # the last fragment, of a text

Drain = Callable[[], Awaitable[None]]


class Patient(WSProtocol):
    """The wsproto back end, with a limit to how long a peer may refuse to read, and a word for who breaks the rules.

    Without the first a client that never reads pins its connection, and with it the shutdown, for ever; without the
    second a broken frame ends in silence.
    """

    _stalled: asyncio.TimerHandle | None = None
    _is_broken = False

    def __init__(self, *args: Any, **more: Any) -> None:
        """Args: as uvicorn gives them."""
        super().__init__(*args, **more)
        self._may_tell = False
        """What `_look` saw last; a word asks it, and asking wsproto each time costs more than the rest of a frame."""
        self.queue = lean.Messages()  # type: ignore[assignment]  # as far as uvicorn uses one
        self.writable = lean.Flag()  # type: ignore[assignment]  # likewise
        self.writable.set()

    def handle_connect(self, event: events.Request) -> None:
        """The application is handed a short way out beside ASGI's own."""
        super().handle_connect(event)
        self.scope["extensions"][TELL] = {"tell": self.tell}  # before the application's task has its first turn

    def tell(self, text: str) -> bool:
        """Writes a text frame now, if the peer takes it now; waits for nothing. False: send it as ASGI does.

        Source: RFC 6455, 5.2; a server's frame is not masked, and ours is always whole. Written by hand because a word
        of an answer costs less than half that way: wsproto, two wrappers of `send` and a turn of the loop are spared.
        """
        if not self._may_tell or self.transport.is_closing():
            return False
        payload = text.encode()
        size = len(payload)
        if size < 126:
            head = bytes((_TEXT, size))
        elif size < 65_536:
            head = bytes((_TEXT, 126, size >> 8, size & 255))
        else:
            head = bytes((_TEXT, 127)) + size.to_bytes(8, "big")
        self.transport.write(head + payload)
        return True

    def _look(self) -> None:
        """After whatever may open or end the conversation of frames: words from either side, or a full buffer."""
        self._may_tell = (
            self.writable.is_set()
            and self.conn.state is ConnectionState.OPEN
            and not (self.close_sent or self._is_broken or self.response_started)
        )

    async def send(self, message: Any) -> None:
        """As ASGI has it."""
        try:
            await super().send(message)
        finally:
            self._look()

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        super().pause_writing()
        self._look()
        if self._stalled is None:
            self._stalled = self.loop.call_later(STALL_S, self.transport.abort)

    def resume_writing(self) -> None:
        """The peer reads again."""
        super().resume_writing()
        self._look()
        self._forget()

    def handle_close(self, event: events.CloseConnection) -> None:
        """The peer closes; or wsproto has read what RFC 6455 forbids, and the peer is told with which code it ends."""
        if self.close_sent or self.conn.state is not ConnectionState.OPEN or self.transport.is_closing():
            super().handle_close(event)
            return
        self._is_broken = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": int(event.code), "reason": event.reason})
        # What came before the break is still answered. And closed at once, with bytes of the peer's unread, the
        # connection would be reset, and what was told lost on the way.
        self.close_timer = self.loop.call_later(LINGER_S, self._end, int(event.code))
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """The peer says something; what follows a broken frame is not read."""
        if not self._is_broken:
            super().data_received(data)
            self._look()

    def _end(self, code: int) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.conn.send(events.CloseConnection(code=code)))
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._forget()
        super().connection_lost(exc)

    def _forget(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class Prompt(HttpToolsProtocol):
    """The httptools back end, with a limit to how long a request's head may take.

    Without it a client that never finishes its headers, or never begins them, keeps its connection for ever.
    """

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Somebody is there."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """The first byte of a request, of whichever on this connection."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """It is known what is wanted."""
        self._forget()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._forget()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_S, self.transport.abort)

    def _forget(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class Server(uvicorn.Server):
    """Drains before it closes: the first signal asks politely, the second one ends at once."""

    def __init__(self, config: uvicorn.Config, drain: Drain, *, is_shared: bool = False) -> None:
        """Args: drain ends the answers and tells the sockets; called once. A shared port is left to the others then."""
        super().__init__(config)
        self._is_shared = is_shared
        self._drain = drain
        self._draining: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._left = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens."""
        await super().startup(sockets)
        self._listening.set()

    async def has_left(self) -> None:
        """Returns once a signal has come and the drain is over."""
        await self._left.wait()

    async def wait_until_listening(self, serving: asyncio.Task[None]) -> None:
        """Returns once connections are answered, or the server has given up."""
        listening = asyncio.create_task(self._listening.wait())
        await asyncio.wait({listening, serving}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals reach the loop; none is raised again afterwards, so that a drained process exits with 0."""
        loop = asyncio.get_running_loop()
        caught = []
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not the main thread (a test): whoever started us ends us.
            with contextlib.suppress(RuntimeError, ValueError):
                loop.add_signal_handler(number, self.handle_exit, number, None)
                caught.append(number)
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """The first call drains, then exits; the second exits now."""
        del sig, frame
        if self._draining is None:
            self._draining = asyncio.get_running_loop().create_task(self._leave())
        else:
            self._draining.cancel()
            # Said here as well: what is cancelled before it has begun never comes to its own end.
            self.force_exit = self.should_exit = True
            self._left.set()

    async def _leave(self) -> None:
        if self._is_shared:
            for listening in self.servers:
                listening.close()
        try:
            await self._drain()
        finally:
            self.should_exit = True
            self._left.set()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; with port 0 the system chooses.

    Raises:
        OSError: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener


@contextlib.asynccontextmanager
async def running(app: Any, listener: socket.socket, drain: Drain, *, is_shared: bool = False) -> AsyncIterator[Server]:
    """The application on this socket, answering when the block is entered; drained and closed when it is left.

    Args:
        app: ASGI.
        listener: bound.
        drain: ends the answers and tells the sockets.
        is_shared: other processes accept from it too.
    """
    config = uvicorn.Config(
        app,
        loop="none",
        http=Prompt,
        ws=Patient,
        ws_max_size=frames.FRAME_MAX,
        ws_per_message_deflate=False,  # five times the memory a socket, for text that is tiny
        ws_ping_interval=20,
        ws_ping_timeout=20,
        lifespan="off",  # the front door opens and closes everything itself
        log_config=None,
        access_log=False,  # it would write whole URLs
        server_header=False,
        proxy_headers=False,  # uvicorn would believe whoever connects from this machine; we ask our own setting
        timeout_graceful_shutdown=CLOSE_S,
        timeout_keep_alive=65,  # longer than the idle time of the usual proxies, so that they close first
    )
    server = Server(config, drain, is_shared=is_shared)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="server")
    try:
        await server.wait_until_listening(serving)
        yield server
    finally:
        if not serving.done() and not server.should_exit:
            server.handle_exit(signal.SIGTERM, None)
        await serving
