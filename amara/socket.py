"""The only file that holds a WebSocket: bytes in, words to the story, frames out.

A connection is three tasks: a reader, which also acts on what it reads; a writer behind a bounded queue, so that a slow
peer costs only itself; and a heartbeat, which pings and watches the token's time. It owns no run: when it goes, the
answer goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal
from uuid import UUID

import structlog
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketException
from litestar.handlers import WebsocketRouteHandler

from amara import auth, errors, frames, problems, reading, transcript, turn
from amara.auth import Caller, Tokens
from amara.feed import Feed
from amara.frames import Abort, Hello, Pong, Refresh, Said, Say
from amara.house import House
from amara.memory import Known
from amara.outbox import Closing, Outbox
from amara.runs import Run
from amara.session import Session
from amara.store import conversations, log
from amara.thread import Thread, find
from amara.tools.tool import Locale

SNAPSHOT_ROWS_MAX = 1_000
CAPABILITIES = ["agui/1.0", "abort", "snapshot"]

_logger = structlog.get_logger(__name__)


class Sockets:
    """The connections of this process, so that a drain reaches them all."""

    def __init__(
        self,
        house: House,
        tokens: Tokens,
        origins: Callable[[], frozenset[str]],
        *,
        heartbeat_s: float = frames.HEARTBEAT_S,
    ) -> None:
        """Args: origins are asked each time, because the port may only be known once bound."""
        self.house = house
        self.tokens = tokens
        self.origins = origins
        self.heartbeat_s = heartbeat_s
        self.open: set[Connection] = set()

    def drain(self) -> None:
        """Everybody is told to come back, and closed."""
        for connection in tuple(self.open):
            connection.leave()

    def route(self) -> WebsocketRouteHandler:
        """`WS /v1/amara/chat`."""

        @websocket("/v1/amara/chat", opt={"exclude_from_auth": True})
        async def chat(socket: WebSocket[Any, Any, Any]) -> None:
            connection = Connection(socket, self)
            self.open.add(connection)
            try:
                await connection.serve()
            finally:
                self.open.discard(connection)

        return chat


class Connection:
    """One socket, from its handshake to its close."""

    def __init__(self, socket: WebSocket[Any, Any, Any], sockets: Sockets) -> None:
        """Args: sockets is the front desk that counts it."""
        self._socket = socket
        self._house = sockets.house
        self._desk = sockets
        self._session = Session(has_token=False)
        self._caller: Caller | None = None
        self._thread: Thread | None = None
        self._feed: Feed | None = None
        self._followed: set[UUID] = set()
        self._locale: Locale = "es"
        self._hears_all = False
        self._out = Outbox(self._write, self._close)

    async def serve(self) -> None:
        """Accepts, listens until somebody ends it, closes. A refusal comes after the accept: browsers see its code."""
        offered = self._socket.scope.get("subprotocols") or []
        await self._socket.accept(subprotocols=frames.VERSION if frames.VERSION in offered else None)
        tasks = [asyncio.create_task(self._out.drain()), asyncio.create_task(self._beat())]
        try:
            await self._greet(offered)
            await self._read()
        except Closing as closing:
            self._out.end(closing)
        except errors.AmaraError as error:
            self._out.end(Closing(problems.close_code(error), error.detail))
        except Exception:
            _logger.exception("socket_broken")
            self._out.end(Closing(1011, "Something went wrong on our side."))
        finally:
            if self._feed is not None:
                self._feed.listeners.discard(self)
                self._house.feeds.close(self._feed.conversation_id)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(WebSocketException, RuntimeError, OSError):  # the peer went first
                await self._out.close()

    # The handshake ---------------------------------------------------------------------------------------------------

    async def _greet(self, offered: list[str]) -> None:
        if self._house.runs.is_draining:
            raise Closing(frames.RESTARTING, "Restarting.")
        if offered and frames.VERSION not in offered:
            raise Closing(frames.PROTOCOL_VERSION, f"This service speaks {frames.VERSION}.")
        origins = self._socket.headers.getall("origin", [])
        if origins and (len(origins) > 1 or origins[0] not in self._desk.origins()):
            raise Closing(frames.ORIGIN, "This origin is not allowed.")
        thread_id = self._socket.query_params.get("threadId", "")
        if not 1 <= len(thread_id) <= frames.ID_MAX or "\x00" in thread_id:
            raise Closing(frames.BAD_FRAME, "threadId is required, 1 to 128 characters.")
        token = auth.bearer(self._socket.headers.get("authorization"))
        if token is not None:
            self._session = Session(has_token=True)
            await self._enter(self._desk.tokens.check(token), thread_id)

    async def _enter(self, caller: Caller, thread_id: str) -> None:
        self._caller = caller
        self._session.expires_at = caller.expires_at
        self._thread = await find(self._house.database, caller, thread_id)
        self._feed = self._house.feeds.open(self._thread.conversation_id)
        self._feed.listeners.add(self)

    # Reading ---------------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        if self._session.state == "waiting":
            try:
                async with asyncio.timeout(frames.HELLO_S):
                    frame = await self._receive()
            except TimeoutError as error:
                raise Closing(frames.NO_HELLO, "No hello in time.") from error
            if frame is None:
                return
            await self._take(frame)
        while (frame := await self._receive()) is not None:
            await self._take(frame)

    async def _receive(self) -> str | None:
        """The next text frame; none when the peer has gone."""
        message: Any = await self._socket.receive()
        if message["type"] != "websocket.receive":
            return None
        text: str | None = message.get("text")
        if text is None:
            raise Closing(frames.BAD_FRAME, "Frames are text.")
        if len(text) > self._session.frame_max or len(text.encode(errors="replace")) > self._session.frame_max:
            raise Closing(frames.FRAME_TOO_LARGE, f"A frame has at most {self._session.frame_max} bytes.")
        return text

    async def _take(self, frame: str) -> None:
        """Acts on a frame; what is wrong with it is said in the words this client knows, and the socket stays."""
        word: frames.Word | None = None
        try:
            word = reading.read(frame)
            self._session.hears(word)
            await self._act(word)
        except errors.AmaraError as error:
            if (
                self._session.state == "waiting"
                or isinstance(error, errors.NotFound)
                or isinstance(word, Hello | Refresh)
            ):
                raise
            self._refuse(frame, word, error)

    async def _act(self, word: frames.Word) -> None:
        match word:
            case Hello():
                await self._hello(word)
            case Say():
                await self._say(word)
            case Abort():
                await self._house.runs.stop(self._me.owner, word.run_id)
            case Refresh():
                self._refresh(word)
            case Pong():
                pass

    async def _hello(self, hello: Hello) -> None:
        if hello.token is not None:
            caller = self._desk.tokens.check(hello.token)
            if self._caller is not None and caller.user_id != self._caller.user_id:
                raise errors.NotAllowed
            if self._feed is None:
                await self._enter(caller, self._socket.query_params["threadId"])
        if self._caller is None or self._feed is None:
            raise errors.TokenMissing
        self._locale = language(hello.locale)
        head = await self._head(self._feed)
        self._out.put(  # from here to the end nothing waits: no frame is missed, none told twice
            frames.Welcome(
                thread_id=self._here.id,
                head=head,
                heartbeat_ms=round(self._desk.heartbeat_s * 1000),
                limits={"text": frames.TEXT_MAX, "frame": frames.FRAME_MAX_OURS},
                capabilities=CAPABILITIES,
            ).frame()
        )
        live = self._house.runs.of_conversation(self._feed.conversation_id)
        if live is not None and live.id not in self._followed:
            self._attach(live)
        self._hears_all = True

    async def _head(self, feed: Feed) -> str:
        if feed.head is not None:
            return str(feed.head)
        async with self._house.database.service() as db:
            head = await log.head(db, feed.conversation_id)
        return str(frames.Cursor(*head)) if head else "0-0"

    def _refresh(self, refresh: Refresh) -> None:
        caller = self._desk.tokens.check(refresh.token)
        if caller.user_id != self._me.user_id:
            raise errors.NotAllowed("A refresh is for the same person.")
        self._caller = caller
        self._session.expires_at = caller.expires_at

    async def _say(self, say: Say) -> None:
        if say.thread_id != self._here.id:
            raise errors.BadFrame("The frame's threadId is not this socket's.")
        locale = self._locale if say.wishes.locale is None else language(say.wishes.locale)
        known = await turn.remember(self._house, self._me, self._here, say, locale, self._acknowledge)
        if known is not None:
            for said in say.said:
                self._ack(said, known.run_key, "duplicate")
            await self._show(known, say)

    def _acknowledge(self, run: Run, said: Said, status: Literal["accepted", "duplicate"]) -> None:
        self._followed.add(run.id)
        self._ack(said, run.key, status)

    def _ack(self, said: Said, run_key: str, status: Literal["accepted", "duplicate", "rejected"]) -> None:
        if self._session.state == "ours":  # a stock client knows no ack
            self._out.put(frames.Ack(ref=said.id, run_id=run_key, status=status).frame())

    async def _show(self, known: Known, say: Say) -> None:
        """What was said before is not answered twice: its live run is joined, its finished one shown."""
        live = self._house.runs.by_id(known.run_id)
        if live is not None:
            if self._session.state == "stock":
                self._attach(live)
            return
        async with self._house.database.transaction(self._me) as db:
            rows = await conversations.messages(db, self._here.conversation_id, limit=SNAPSHOT_ROWS_MAX)
        self._send_events(
            frames.RunStarted(thread_id=self._here.id, run_id=say.run_id),
            frames.Snapshot(messages=transcript.wire_messages([dict(row) for row in rows[::-1]])),
            frames.RunFinished(thread_id=self._here.id, run_id=say.run_id, outcome={"type": "success"}),
        )

    def _attach(self, run: Run) -> None:
        """From the start of the run, without a gap: nothing is told between the replay and the listening."""
        for frame in run.feed.recent:
            self._out.put(frame)
        self._followed.add(run.id)

    def _send_events(self, *events: frames.Event) -> None:
        """Events that are told to this connection alone stand in no log and carry no cursor."""
        for event in events:
            self._out.put(frames.encoded(event))

    def _refuse(self, frame: str, word: frames.Word | None, error: errors.AmaraError) -> None:
        if self._session.state == "stock":
            run_id = reading.run_id_of(frame)
            if run_id is None:
                raise Closing(problems.close_code(error), error.detail)
            for line in problems.refused_run(self._here.id, run_id, error):
                self._out.put(line)
            return
        if isinstance(word, Say):
            for said in word.said:
                self._ack(said, word.run_id, "rejected")
        self._out.put(problems.refused(error))

    @property
    def _me(self) -> Caller:
        if self._caller is None:
            raise errors.TokenMissing
        return self._caller

    @property
    def _here(self) -> Thread:
        if self._thread is None:
            raise errors.TokenMissing
        return self._thread

    # Writing ---------------------------------------------------------------------------------------------------------

    def hear(self, run_id: UUID | None, frame: str) -> None:
        """A frame of the conversation: ours hears all of them, stock only its own runs'."""
        if self._hears_all or run_id in self._followed:
            self._out.put(frame)

    def leave(self) -> None:
        """The service is going away."""
        if self._session.state == "ours":
            self._out.put(frames.Reconnect(after_ms=1_000).frame())
        self._out.end(Closing(frames.RESTARTING, "Restarting."))

    async def _write(self, frame: str) -> None:
        await self._socket.send({"type": "websocket.send", "text": frame, "bytes": None})

    async def _close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, reason=reason)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._desk.heartbeat_s)
            if self._session.has_expired(self._house.now().timestamp()):
                self._out.end(Closing(frames.TOKEN, "The token has expired."))
            elif not self._session.pings():
                self._out.end(Closing(frames.TOO_SLOW, "Two pings went unanswered."))
            elif self._session.state != "waiting":
                self._out.put(frames.PING)


def language(said: str | None) -> Locale:
    """`es-CO` is Spanish; what is neither Spanish nor unsaid reads English more likely than not."""
    return "es" if not said or said.lower().startswith("es") else "en"
