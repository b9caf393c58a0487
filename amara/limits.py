"""How much one peer may ask for: frames of a socket, messages of a person, sockets of a person and of an address.

Counted in this process, and across all of them where there is a broker; without one, several processes behind one
address allow as many times more.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol
from uuid import UUID

from amara import errors
from amara.auth import Caller

WINDOW_S = 60.0
SOCKET_AGAIN_S = 15.0  # by then a socket whose peer is gone has been noticed and counts no more
WELCOMES = 32  # at once; three waiting for each connection of the pool
WELCOMED_S = 5.0
PACES_MAX = 10_000  # people remembered at once before those who have been silent for a minute are forgotten

Networks = Sequence[IPv4Network | IPv6Network]


@dataclass(frozen=True, slots=True)
class Rates:
    """The figures. Units: per minute where they flow, at once where they stay."""

    frames: int = 120
    messages: int = 20
    sockets: int = 5
    visitors: int = 20
    """Sockets of visitors from one address."""


class Pace:
    """At most so many in any minute."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        """Args: the clock never goes back."""
        self._most = most
        self._clock = clock
        self._times: list[float] = []  # few; there is one a socket, and an empty deque takes 760 bytes
        self._refused = 0

    @property
    def is_idle(self) -> bool:
        """Nothing in the last minute."""
        return not self._times or self._clock() - self._times[-1] >= WINDOW_S

    @property
    def is_flooded(self) -> bool:
        """As many again were refused, one after the other: whoever sends them does not listen."""
        return self._refused >= self._most

    def take(self) -> None:
        """Counts one.

        Raises:
            TooMany: with the time until the next one may come; this one is not counted.
        """
        now = self._clock()
        while self._times and now - self._times[0] >= WINDOW_S:
            self._times.pop(0)
        if len(self._times) >= self._most:
            self._refused += 1
            raise errors.TooMany(retry_after_s=WINDOW_S - (now - self._times[0]))
        self._refused = 0
        self._times.append(now)


class Gate:
    """Who comes in when all come at once: some at a time, so that they wait here and not for the database.

    Answers that are being written need it as well, and whoever waits for it longer than two seconds is sent away.
    """

    def __init__(self, at_once: int = WELCOMES, patience_s: float = WELCOMED_S) -> None:
        """Args: patience_s is how long anybody may wait for their turn."""
        self._turns = asyncio.Semaphore(at_once)
        self._patience_s = patience_s

    @asynccontextmanager
    async def through(self) -> AsyncIterator[None]:
        """One's turn.

        Raises:
            Unavailable: it does not come in time.
        """
        try:
            async with asyncio.timeout(self._patience_s):
                await self._turns.acquire()
        except TimeoutError as error:
            raise errors.Unavailable from error
        try:
            yield
        finally:
            self._turns.release()


class Across(Protocol):
    """What is counted over all processes. While it cannot be asked it allows, and each process counts for itself."""

    async def says(self, who: str, most: int) -> float | None:
        """Counts one in any minute. Returns: seconds until the next one may come, where this one may not."""
        ...

    async def enters(self, counted: Sequence[tuple[str, int]]) -> Callable[[], None] | None:
        """Counts one under each name, until what this answers is called. Returns: none where one of them is full."""
        ...


class Limits:
    """Of all sockets of this process."""

    def __init__(
        self,
        rates: Rates | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        across: Across | None = None,
    ) -> None:
        """Args: the clock never goes back; across counts for all processes, where there are several."""
        self.rates = rates or Rates()
        self._across = across
        self._clock = clock
        self._inside: Counter[UUID | str] = Counter()
        self._paces: dict[UUID, Pace] = {}

    def frames(self) -> Pace:
        """Of one socket."""
        return self.pace(self.rates.frames)

    def pace(self, most: int) -> Pace:
        """At most so many a minute, by this clock."""
        return Pace(most, self._clock)

    async def says(self, caller: Caller) -> None:
        """Somebody says something, on whichever of their sockets.

        Raises:
            TooMany: with the time until they may again.
        """
        if len(self._paces) >= PACES_MAX:
            self._paces = {user_id: pace for user_id, pace in self._paces.items() if not pace.is_idle}
        self._paces.setdefault(caller.owner, Pace(self.rates.messages, self._clock)).take()
        if self._across is not None:
            again_s = await self._across.says(str(caller.owner), self.rates.messages)
            if again_s is not None:
                raise errors.TooMany(retry_after_s=again_s)

    async def enter(self, caller: Caller, address: str) -> Callable[[], None]:
        """Counts a socket, until what this answers is called.

        Raises:
            TooMany: this person, or this address with visitors, has as many as it may.
        """
        counted: list[tuple[UUID | str, int]] = [(caller.owner, self.rates.sockets)]
        if caller.is_anonymous:
            counted.append((address, self.rates.visitors))
        leave_here = self._enter_here(counted)
        if self._across is None:
            return leave_here
        leave_all = None
        try:
            leave_all = await self._across.enters([(str(who), most) for who, most in counted])
        finally:
            if leave_all is None:
                leave_here()
        if leave_all is None:
            raise errors.TooMany(retry_after_s=SOCKET_AGAIN_S)
        everywhere = leave_all

        def leave() -> None:
            leave_here()
            everywhere()

        return leave

    def _enter_here(self, counted: Sequence[tuple[UUID | str, int]]) -> Callable[[], None]:
        if any(self._inside[who] >= most for who, most in counted):
            raise errors.TooMany(retry_after_s=SOCKET_AGAIN_S)
        for who, _ in counted:
            self._inside[who] += 1

        def leave() -> None:
            for who, _ in counted:
                self._inside[who] -= 1
                if not self._inside[who]:
                    del self._inside[who]

        return leave


def address_of(peer: str, forwarded: Sequence[str], trusted: Networks) -> str:
    """Who counts as the sender: the last address that no proxy of ours vouches for.

    Args:
        peer: where the connection comes from.
        forwarded: the `X-Forwarded-For` headers, as they came; only what a trusted proxy added is believed.
        trusted: the networks of our own proxies.
    """
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    sender = peer
    while _is_in(sender, trusted) and hops:
        sender = hops.pop()
    return _prefix(sender) or _prefix(peer) or ""


def _is_in(address: str, networks: Networks) -> bool:
    try:
        return any(ip_address(address) in network for network in networks)
    except ValueError:
        return False


def _prefix(address: str) -> str | None:
    """An IPv6 household has a whole /64 and counts as one; none where this is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
