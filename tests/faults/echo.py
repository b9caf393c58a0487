"""An echo behind the service's own server class and settings, for what is about frames alone.

By hand, with the suite of the Autobahn project: `python -m tests.faults.echo --port 9001`; see docs/reliability.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from amara import server


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An application that says what it hears."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})


async def nothing() -> None:
    """There is nothing to drain."""


@asynccontextmanager
async def echoing(port: int = 0) -> AsyncIterator[tuple[int, server.Server]]:
    """The port it listens on, and the server."""
    listener = server.listen("127.0.0.1", port)
    with contextlib.closing(listener):
        async with server.running(echo, listener, nothing) as running:
            yield listener.getsockname()[1], running


async def _serve(port: int) -> None:
    async with echoing(port) as (_, running):
        await running.has_left()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9001)
    asyncio.run(_serve(parser.parse_args().port))
