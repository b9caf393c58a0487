"""What asyncio has as well, without the room it keeps for waiters: two of these a socket, and ten thousand sockets.

A `deque` takes 760 bytes before anything is in it; asyncio's Event has one and its Queue five.
"""

from __future__ import annotations

import asyncio
from typing import Any


class Flag:
    """As `asyncio.Event`."""

    __slots__ = ("_is_set", "_waiting")

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: list[asyncio.Future[None]] | None = None

    def is_set(self) -> bool:
        """Nobody waits."""
        return self._is_set

    def set(self) -> None:
        """Whoever waits goes on."""
        self._is_set = True
        waiting, self._waiting = self._waiting, None
        for one in waiting or ():
            if not one.done():
                one.set_result(None)

    def clear(self) -> None:
        """Whoever comes waits."""
        self._is_set = False

    async def wait(self) -> bool:
        """Returns once it is set."""
        if not self._is_set:
            one = asyncio.get_running_loop().create_future()
            self._waiting = [*(self._waiting or ()), one]
            await one
        return True


class Messages:
    """As an `asyncio.Queue` that one task reads."""

    __slots__ = ("_came", "_left")

    def __init__(self) -> None:
        self._left: list[Any] = []
        self._came: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        """There is none."""
        return not self._left

    def put_nowait(self, message: Any) -> None:
        """Adds one."""
        self._left.append(message)
        if self._came is not None and not self._came.done():
            self._came.set_result(None)

    async def get(self) -> Any:
        """The next one, as soon as there is one."""
        while not self._left:
            self._came = asyncio.get_running_loop().create_future()
            await self._came
        self._came = None
        return self._left.pop(0)  # there are never many: reading stops while a message waits
