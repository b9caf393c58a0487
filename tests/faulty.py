"""Ways that fail: before a request gets to the service, when its answer comes back; or one on which nobody speaks."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
from aiohttp import web

from amara import server

Fault = Literal["", "refused", "lost", "cut"]
"""None; 503 instead of the service; 503 instead of its answer; the line dead instead of its answer."""

_OF_THE_LINE = {"content-length", "transfer-encoding", "connection", "date", "server"}
_UNAVAILABLE = {"Retry-After": "1", "Access-Control-Allow-Origin": "*"}


@dataclass
class Way:
    """Where a client knocks instead of at the service."""

    url: str
    faults: list[Fault]
    retried: list[str] = field(default_factory=list)
    """What was said in `X-Retry-Count`, request by request."""


@contextmanager
def silent() -> Iterator[int]:
    """A port where everybody is let in and never answered, as of a machine that has lost its power."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@asynccontextmanager
async def way_to(url: str, faults: Sequence[Fault] = ()) -> AsyncIterator[Way]:
    """Args: faults are for the first requests that bring something; later ones arrive."""
    listener = server.listen("127.0.0.1", 0)
    way = Way(f"http://127.0.0.1:{listener.getsockname()[1]}", list(faults))

    async def passed(request: web.Request) -> web.StreamResponse:
        brings = request.method == "POST"
        if brings:
            way.retried.append(request.headers.get("X-Retry-Count", ""))
        fault = way.faults.pop(0) if brings and way.faults else ""
        if fault == "refused":
            return web.Response(status=503, headers=_UNAVAILABLE)
        body = await request.read()
        async with client.request(request.method, request.path_qs, data=body, headers=request.headers) as answer:
            said = await answer.read()
            if fault == "lost":
                return web.Response(status=503, headers=_UNAVAILABLE)
            if fault == "cut":
                assert request.transport is not None
                request.transport.abort()
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_THE_LINE}
            return web.Response(body=said, status=answer.status, headers=kept)

    async with aiohttp.ClientSession(url, auto_decompress=False) as client:
        application = web.Application(client_max_size=2**22)
        application.router.add_route("*", "/{path:.*}", passed)
        runner = web.AppRunner(application, auto_decompress=False)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        try:
            yield way
        finally:
            await runner.cleanup()
