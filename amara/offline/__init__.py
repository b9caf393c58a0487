"""The concierge without a key: a scripted model that speaks the Messages API over real HTTP on loopback.

It is reached through the same client as the vendor's model, so the same path runs: streaming, tools, stopping, errors.
It finds out by patterns what is asked, calls the tools it is offered, and tells what they answered; nothing else.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncGenerator

from amara.offline import server

PACE_S = 0.025
"""Seconds before each delta: slow enough to see an answer arrive, fast enough not to wait for it."""


def _random_id(prefix: str) -> str:
    return f"{prefix}_offline_{secrets.token_hex(10)}"


@contextlib.asynccontextmanager
async def start(*, pace_s: float = PACE_S, ids: server.Ids = _random_id) -> AsyncGenerator[str]:
    """An offline concierge for as long as the block lasts.

    Args:
        pace_s: Seconds before each delta of a stream; 0 tells everything at once.
        ids: Makes an id from its prefix (`msg`, `toolu`, `req`).

    Yields:
        The base URL for the client.
    """
    running = await server.open_door(pace_s=pace_s, ids=ids)
    try:
        yield running.base_url
    finally:
        await running.stop()
