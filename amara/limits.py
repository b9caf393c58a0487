"""How much one peer may ask for: frames of a socket, messages of a person, sockets of a person and of an address.

Counted in this process: several of them behind one address allow as many times more.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from uuid import UUID

from amara import errors
from amara.auth import Caller

WINDOW_S = 60.0
SOCKET_AGAIN_S = 15.0  # by then a socket whose peer is gone has been noticed and counts no more
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
        self._times: deque[float] = deque()
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
            self._times.popleft()
        if len(self._times) >= self._most:
            self._refused += 1
            raise errors.TooMany(retry_after_s=WINDOW_S - (now - self._times[0]))
        self._refused = 0
        self._times.append(now)


class Limits:
    """Of all sockets of this process."""

    def __init__(self, rates: Rates | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Args: the clock never goes back."""
        self.rates = rates or Rates()
        self._clock = clock
        self._inside: Counter[UUID | str] = Counter()
        self._paces: dict[UUID, Pace] = {}

    def frames(self) -> Pace:
        """Of one socket."""
        return Pace(self.rates.frames, self._clock)

    def says(self, caller: Caller) -> None:
        """Somebody says something, on whichever of their sockets.

        Raises:
            TooMany: with the time until they may again.
        """
        if len(self._paces) >= PACES_MAX:
            self._paces = {user_id: pace for user_id, pace in self._paces.items() if not pace.is_idle}
        self._paces.setdefault(caller.owner, Pace(self.rates.messages, self._clock)).take()

    def enter(self, caller: Caller, address: str) -> Callable[[], None]:
        """Counts a socket, until what this answers is called.

        Raises:
            TooMany: this person, or this address with visitors, has as many as it may.
        """
        counted: list[tuple[UUID | str, int]] = [(caller.owner, self.rates.sockets)]
        if caller.is_anonymous:
            counted.append((address, self.rates.visitors))
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
