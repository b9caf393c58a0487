"""The only file that holds a WebSocket: bytes in, words to the story, frames out.

A connection is two tasks: a reader, which also acts on what it reads, and a writer behind a bounded queue, so that a
slow peer costs only itself. One timer is its heartbeat, another ends it when the token's time is over, and one round
for all of them when the person was deleted or signed out. It owns no run: when it goes, the answer goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

import structlog
from litestar import WebSocket, websocket
from litestar.handlers import WebsocketRouteHandler

from amara import errors, frames, handshake, problems, reading, traces
from amara.auth import Caller
from amara.dialogue import Dialogue
from amara.doorkeeper import FRESH_S, Doorkeeper
from amara.frames import Hello, Refresh, Say
from amara.house import House
from amara.limits import Gate, Limits, Networks, address_of
from amara.outbox import FAREWELL_S, Closing, Outbox, short_way
from amara.session import Session
from amara.thread import find
from amara.visiting import OVER, Visit

_logger = structlog.get_logger(__name__)


class Sockets:
    """The connections of this process, so that a drain reaches them all."""

    def __init__(
        self,
        house: House,
        doorkeeper: Doorkeeper,
        origins: Callable[[], frozenset[str]],
        *,
        limits: Limits | None = None,
        proxies: Networks = (),
        heartbeat_s: float = frames.HEARTBEAT_S,
        round_s: float = FRESH_S,
    ) -> None:
        """Args: origins are asked each time, because the port may only be known once bound; proxies are our own."""
        self.house = house
        self.doorkeeper = doorkeeper
        self.origins = origins
        self.limits = limits or Limits()
        self.gate = Gate()
        self.proxies = proxies
        self.heartbeat_s = heartbeat_s
        self.round_s = round_s
        self.open: set[Connection] = set()
        self.gone = 0
        """How many have closed."""
        self._rounds: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to go round."""
        self._rounds = asyncio.create_task(self._go_round_for_ever(), name="rounds")

    async def stop(self) -> None:
        """Goes round no more."""
        if self._rounds is not None:
            self._rounds.cancel()
            with suppress(asyncio.CancelledError):
                await self._rounds

    async def go_round(self) -> None:
        """Sees out everybody who was deleted or signed out since they came in.

        Raises:
            Unavailable: the record cannot be asked.
        """
        leavers = await self.doorkeeper.leavers([caller for one in self.open if (caller := one.caller) is not None])
        for connection in tuple(self.open):
            if connection.caller in leavers:
                connection.end(Closing(frames.TOKEN, "Signed out."))
            elif not await connection.may_stay():
                connection.end(Closing(frames.ORIGIN, OVER))

    async def _go_round_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.round_s)
            try:
                await self.go_round()
            except errors.AmaraError as error:
                _logger.warning("round_not_made", code=error.code)
            except Exception:
                _logger.exception("round_not_made")

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
                self.gone += 1

        return chat


class Connection:
    """One socket, from its handshake to its close."""

    def __init__(self, socket: WebSocket[Any, Any, Any], sockets: Sockets) -> None:
        """Args: sockets is the front desk that counts it."""
        self._socket = socket
        self._house = sockets.house
        self._desk = sockets
        self._session = Session(has_token=False)
        self._dialogue: Dialogue | None = None
        self._out = Outbox(self._write, self._close, tell=short_way(socket.scope))
        self._expiry: asyncio.TimerHandle | None = None
        self._beating: asyncio.TimerHandle | None = None
        self._pace = sockets.limits.frames()
        self._leave_place: Callable[[], None] | None = None
        self._only_listens = False
        """It came back with a ticket that was spent: for the rest of a run, and nothing new."""

    @property
    def caller(self) -> Caller | None:
        """Who is inside; none before the token."""
        return None if self._dialogue is None else self._dialogue.caller

    async def may_stay(self) -> bool:
        """Whether what it follows is still its peer's to follow."""
        return not isinstance(self._dialogue, Visit) or await self._dialogue.may_stay()

    async def serve(self) -> None:
        """Accepts, listens until somebody ends it, closes. A refusal comes after the accept: browsers see its code."""
        offered = self._socket.scope.get("subprotocols") or []
        await self._socket.accept(subprotocols=frames.VERSION if frames.VERSION in offered else None)
        writing = asyncio.create_task(self._out.drain())
        self._next_beat()
        try:
            await self._greet(offered)
            await self._read()
        except Closing as closing:
            self._out.end(closing)
        except errors.AmaraError as error:
            if isinstance(error, errors.TooMany) and self._session.state == "ours":
                self._out.put(problems.refused(error))  # with the time to wait, which a close code cannot carry
            self._out.end(Closing(problems.close_code(error), error.detail))
        except Exception:
            _logger.exception("socket_broken")
            self._out.end(Closing(1011, "Something went wrong on our side."))
        finally:
            if self._dialogue is not None:
                self._dialogue.leave()
            if self._leave_place is not None:
                self._leave_place()
            for timer in (self._expiry, self._beating):
                if timer is not None:
                    timer.cancel()
            if self._out.is_ending:
                await asyncio.wait({writing}, timeout=FAREWELL_S)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)  # a peer that went first is no error

    # The handshake ---------------------------------------------------------------------------------------------------

    async def _greet(self, offered: list[str]) -> None:
        if self._house.runs.is_draining:
            raise Closing(frames.RESTARTING, "Restarting.")
        said = handshake.read(self._socket.headers, self._socket.query_params, offered, self._desk.origins())
        entry = await handshake.admit(self._house, self._desk.doorkeeper, said)
        if entry is None:
            return
        self._session = Session(has_token=True)
        self._only_listens = entry.only_listens
        async with self._desk.gate.through():
            self._dialogue = await self._enter(entry.caller)
            if said.offset is not None:
                await self._dialogue.resume(said.run_id, said.offset)

    async def _enter(self, caller: Caller) -> Dialogue:
        client, forwarded = self._socket.client, self._socket.headers.getall("x-forwarded-for", [])
        address = address_of(client.host if client else "", forwarded, self._desk.proxies)
        self._leave_place = await self._desk.limits.enter(caller, address)
        caller = replace(caller, address=address)
        thread = await find(self._house.database, caller, self._socket.query_params["threadId"], may_visit=True)
        kind = Visit if thread.is_visited else Dialogue
        dialogue = kind(self._house, self._desk.doorkeeper, caller, thread, self._session, self._out)
        self._watch_expiry()
        return dialogue

    def _watch_expiry(self) -> None:
        """Ends the connection at the very moment the token's time is over; a later token has moved it by then."""
        if self._expiry is not None:
            self._expiry.cancel()
        now, ends_at = self._house.now().timestamp(), self._session.ends_at
        if self._session.has_expired(now):
            self.end(Closing(frames.TOKEN, "The token has expired."))
        elif ends_at is not None:
            self._expiry = asyncio.get_running_loop().call_later(ends_at - now, self._watch_expiry)

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
            self._pace.take()
            word = reading.read(frame)
            if self._only_listens and isinstance(word, Say | Hello):
                raise Closing(frames.TOKEN, "This ticket is spent; ask for another one.")
            self._session.hears(word)
            if isinstance(word, Say) and reading.meant(word) and self.caller is not None:
                await self._desk.limits.says(self.caller)  # a decision is never one too many
            async with self._desk.gate.through() if self._dialogue is None else nullcontext():
                if self._dialogue is None:
                    self._dialogue = await self._enter(await self._caller_of(word))
                with traces.span("frame", is_server=True):
                    await self._dialogue.act(word)
            if isinstance(word, Refresh):
                self._watch_expiry()
        except errors.AmaraError as error:
            is_final = isinstance(word, Hello | Refresh) or isinstance(error, errors.NotFound | errors.Fenced)
            if is_final or self._dialogue is None or self._pace.is_flooded:
                raise
            self._dialogue.refuse(frame, word, error)

    async def _caller_of(self, word: frames.Word) -> Caller:
        if not isinstance(word, Hello) or word.token is None:
            raise errors.TokenMissing
        return await self._desk.doorkeeper.admit(word.token)

    # Writing ---------------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """The service is going away."""
        if self._session.state == "ours":
            self._out.put(frames.Reconnect(after_ms=1_000).frame())
        self.end(Closing(frames.RESTARTING, "Restarting."))

    def end(self, closing: Closing) -> None:
        """What is queued still goes out."""
        self._out.end(closing)

    async def _write(self, frame: str) -> None:
        await self._socket.send({"type": "websocket.send", "text": frame, "bytes": None})

    async def _close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, reason=reason)

    def _next_beat(self) -> None:
        self._beating = asyncio.get_running_loop().call_later(self._desk.heartbeat_s, self._beat)

    def _beat(self) -> None:
        """A timer, not a task: an idle socket is made of what it keeps."""
        self._next_beat()
        self._watch_expiry()  # again: a clock may have been set, a machine may have slept
        if self._dialogue is None:
            return  # nobody is inside yet; a hello may take as long as the database does
        if self._session.pings():
            self._out.put(frames.PING)
        else:
            self.end(Closing(frames.TOO_SLOW, "Two pings went unanswered."))
