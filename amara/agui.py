"""The SSE door to the same runs: for stock AG-UI clients, and for networks that break the upgrade.

A POST says something and hears its run to the end; a GET hears the rest of a run from a cursor. Both are a dialogue
like a socket's, whose peer cannot speak a second time: it stops a run by HTTP, and comes back with `Last-Event-ID`.

Source: AG-UI 1.0 over HTTP; WHATWG HTML, 9.2 "Server-sent events".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
from litestar import Request, get, post
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from amara import auth, errors, frames, reading
from amara.auth import Caller
from amara.dialogue import Dialogue
from amara.doorkeeper import Doorkeeper
from amara.frames import Say
from amara.house import House
from amara.limits import Limits, Networks, address_of
from amara.outbox import Closing, Outbox
from amara.session import Session
from amara.store import ledger
from amara.thread import Thread, find

QUIET_S = 20.0  # after so long a comment keeps proxies from closing the stream
AHEAD_MAX = 16  # frames between the outbox and a peer that reads slowly; what is more waits, bounded, in the outbox

_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no", "x-content-type-options": "nosniff"}

_Deed = Callable[[Dialogue], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Door:
    """What this door is handed; the limits are those of the sockets, so that nobody listens twice as often."""

    house: House
    doorkeeper: Doorkeeper
    limits: Limits
    origins: Callable[[], frozenset[str]]
    proxies: Networks


class Listening:
    """One stream, from the first event to the terminal of its run."""

    def __init__(self, door: Door, caller: Caller) -> None:
        """Args: the caller is somebody."""
        self.caller = caller
        self._door = door
        self._session = Session(has_token=True)
        self._ready: asyncio.Queue[str | None] = asyncio.Queue(AHEAD_MAX)
        self._out = Outbox(self._ready.put, self._close)

    async def events(self, thread: Thread, deed: _Deed) -> AsyncIterator[bytes]:
        """Takes a place, which it says by an empty event, then does the deed and tells what is heard of it.

        Raises:
            TooMany: this person listens in too many places already.
        """
        leave_place = await self._door.limits.enter(self.caller, self.caller.address or "")
        dialogue = Dialogue(self._door.house, self._door.doorkeeper, self.caller, thread, self._session, self._out)
        writing = asyncio.create_task(self._out.drain())
        try:
            yield b""
            try:
                await deed(dialogue)
            except Closing as closing:
                self._out.end(closing)
            while (frame := await self._next()) is not None:
                yield _event(frame)
                if frames.is_terminal(frame):
                    return
        finally:
            dialogue.leave()
            leave_place()
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing

    async def _next(self) -> str | None:
        """The next frame; an empty one when there was none for a while."""
        ends_at = self._session.ends_at
        left = QUIET_S if ends_at is None else min(QUIET_S, ends_at - self._door.house.now().timestamp())
        if left <= 0:
            return None
        try:
            async with asyncio.timeout(left):
                return await self._ready.get()
        except TimeoutError:
            return None if self._door.house.runs.is_draining else ""

    async def _close(self, _code: int, _reason: str) -> None:
        await self._ready.put(None)


def routes(door: Door) -> list[HTTPRouteHandler]:
    """`POST` and `GET /v1/agui`."""

    @post("/v1/agui", status_code=200, summary="Say something and hear its run: AG-UI over SSE")
    async def say(request: Request[Any, Any, Any]) -> Stream:
        _check_origin(door, request)
        caller = await _person(door, request)
        body, word = await _said(request)
        await door.limits.says(caller)
        if door.house.runs.is_draining:
            raise errors.Unavailable
        thread = await find(door.house.database, caller, word.thread_id)
        offset = request.headers.get("last-event-id")
        is_return = offset is not None and await _run(door, caller, word.run_id) is not None

        async def deed(dialogue: Dialogue) -> None:
            try:
                if is_return and offset is not None:  # a stock client comes back with the very request it began with
                    return await dialogue.resume(word.run_id, offset)
                await dialogue.act(word)
            except errors.AmaraError as error:
                dialogue.refuse(body, word, error)

        return await _stream(Listening(door, caller).events(thread, deed))

    @get("/v1/agui", summary="The rest of a run, from a cursor")
    async def resume(request: Request[Any, Any, Any]) -> Stream:
        _check_origin(door, request)
        caller = await _person(door, request)
        run_key = request.query_params.get("runId", "")
        offset = request.headers.get("last-event-id") or request.query_params.get("offset") or "-1"
        run = await _run(door, caller, run_key)
        if run is None:
            raise errors.NotFound
        thread = await find(door.house.database, caller, str(run["conversation_id"]))
        events = Listening(door, caller).events(thread, lambda dialogue: dialogue.resume(run_key, offset))
        return await _stream(events)

    return [say, resume]


async def _said(request: Request[Any, Any, Any]) -> tuple[str, Say]:
    try:
        body = await request.body()
    except RequestEntityTooLarge as error:
        raise errors.TooLarge from error
    word = reading.read(body)
    if not isinstance(word, Say):
        raise errors.BadFrame("The body is a RunAgentInput.")
    return body.decode(), word


async def _run(door: Door, caller: Caller, run_key: str) -> asyncpg.Record | None:
    if "\x00" in run_key:
        return None  # PostgreSQL holds no such name, so no run has it
    async with door.house.database.service() as db:
        return await ledger.run_by_key(db, caller.owner, run_key)


async def _stream(events: AsyncIterator[bytes]) -> Stream:
    """Begins only with a place taken: once 200 is sent, a refusal could not be told from an answer cut short.

    Raises:
        TooMany: there is none left.
    """
    await anext(events)
    return Stream(events, media_type="text/event-stream", headers=_HEADERS)


async def _person(door: Door, request: Request[Any, Any, Any]) -> Caller:
    token = auth.bearer(request.headers.get("authorization"))
    if token is None:
        raise errors.TokenMissing
    return replace(await door.doorkeeper.admit(token), address=_address(door, request))


def _check_origin(door: Door, request: Request[Any, Any, Any]) -> None:
    """Whose pages may read the answer is said in `elsewhere`; here a page of others does not even begin.

    Raises:
        NotAllowed: that origin is not on the list.
    """
    origins = request.headers.getall("origin", [])
    if origins and (len(origins) > 1 or origins[0] not in door.origins()):
        raise errors.NotAllowed


def _address(door: Door, request: Request[Any, Any, Any]) -> str:
    peer = request.client.host if request.client else ""
    return address_of(peer, request.headers.getall("x-forwarded-for", []), door.proxies)


def _event(frame: str) -> bytes:
    """A frame of the socket as an event of the stream: the cursor becomes its id."""
    if not frame:
        return b": still here\n\n"
    if frame.startswith('{"id":"'):
        cursor, chunk = frame[7:].split('","chunk":', 1)
        return f"id: {cursor}\ndata: {chunk[:-1]}\n\n".encode()
    return f"data: {frame}\n\n".encode()
