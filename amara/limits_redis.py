"""Limits across processes, counted by Redis or Valkey, on its clock.

Messages are the times of the last minute; places are the sockets that somebody still vouches for: a process that dies
vouches no more, and its sockets are forgotten within a minute, or as soon as somebody needs their place, who would
otherwise be kept out by the sockets that they have just lost. Names are hashed: no address stands in the broker.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from amara.limits import WINDOW_S

VOUCH_S = 20.0  # between two words for the sockets that are open here
PLACE_S = 60.0  # a socket nobody vouches for is gone
SIGN_S, LIVES_S = 1.0, 5.0  # between two signs of life of a process, and when it has given none for too long
ANSWER_S = 0.5  # somebody is waiting to speak
REST_S = 1.0  # before a broker that did not answer is asked again

_SAYS = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  return redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] + ARGV[2] - now
end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return -1
"""

_ENTERS = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local process = string.match(ARGV[1], '^[^:]+')
redis.call('SET', ARGV[3] .. process, '', 'PX', ARGV[4])
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if redis.call('ZCARD', key) >= tonumber(ARGV[i + 4]) then
    for _, place in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      if redis.call('EXISTS', ARGV[3] .. string.match(place, '^[^:]+')) == 0 then
        redis.call('ZREM', key, place)
      end
    end
    if redis.call('ZCARD', key) >= tonumber(ARGV[i + 4]) then
      return 0
    end
  end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2] * 2)
end
return 1
"""

_VOUCHES = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
"""

_logger = structlog.get_logger(__name__)


class Counting:
    """All processes' limits, in one place."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        pepper: bytes,
        *,
        prefix: str = "amara:limits:",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: client is closed by `stop`; pepper is what names are hashed under; sleep paces the vouching."""
        self._client = client
        self._pepper = pepper[:64]
        self._prefix = prefix
        self._sleep = sleep
        self._clock = clock
        self._process = uuid4().hex
        self._says = client.register_script(_SAYS)
        self._enters = client.register_script(_ENTERS)
        self._vouches = client.register_script(_VOUCHES)
        self._inside: dict[str, list[str]] = {}
        """The keys under which each socket of this process is counted."""
        self._errands: set[asyncio.Future[Any]] = set()
        self._voucher: asyncio.Task[None] | None = None
        self._is_well = True
        self._rests_until = 0.0

    def start(self) -> None:
        """Begins to vouch."""
        self._voucher = asyncio.create_task(self._vouch_for_ever(), name="places")

    async def stop(self) -> None:
        """Vouches no more."""
        tasks = [task for task in (self._voucher, *self._errands) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=ANSWER_S)
        await self._client.aclose()

    async def says(self, who: str, most: int) -> float | None:
        """One message of this person. Returns: seconds until they may again, where they may not now."""
        left_ms = await self._ask(self._says, [self._key("says", who)], [most, round(WINDOW_S * 1000), str(uuid4())])
        return None if left_ms is None or left_ms < 0 else left_ms / 1000

    async def enters(self, counted: Sequence[tuple[str, int]]) -> Callable[[], None] | None:
        """One socket under each of these names. Returns: how to leave; none where one of them is full."""
        keys, place = [self._key("in", who) for who, _ in counted], f"{self._process}:{uuid4().hex}"
        most = [str(number) for _, number in counted]
        living = [f"{self._prefix}lives:", round(LIVES_S * 1000)]
        if await self._ask(self._enters, keys, [place, round(PLACE_S * 1000), *living, *most]) == 0:
            return None
        self._inside[place] = keys

        def leave() -> None:
            del self._inside[place]
            errand = asyncio.create_task(self._leave(keys, place), name="place left")
            self._errands.add(errand)
            errand.add_done_callback(self._done)

        return leave

    async def vouch(self) -> None:
        """Every socket that is open here is still there."""
        for place, keys in tuple(self._inside.items()):
            for key in keys:
                if await self._ask(self._vouches, [key], [place, round(PLACE_S * 1000)]) is None and not self._is_well:
                    return

    def _key(self, kind: str, who: str) -> str:
        return f"{self._prefix}{kind}:{hashlib.blake2b(who.encode(), key=self._pepper, digest_size=16).hexdigest()}"

    async def _ask(self, script: Callable[..., Awaitable[Any]], keys: list[str], said: list[Any]) -> Any:
        """The broker's answer; none while it is away, and each process counts for itself."""
        if self._clock() < self._rests_until:
            return None
        try:
            answer = await self._soon(script(keys=keys, args=said))
        except (RedisError, OSError) as error:
            if self._is_well:
                _logger.warning("limits_not_shared", cause=type(error).__name__)
            self._is_well = False
            self._rests_until = self._clock() + REST_S
            return None
        self._is_well = True
        return answer

    async def _soon(self, question: Awaitable[Any]) -> Any:
        """What is answered within `ANSWER_S`.

        It is an errand that can be left alone: the client, cancelled while it connects, now and then does not stop, and
        whoever awaited it there would wait for as long as it does.

        Raises:
            TimeoutError: nothing was.
        """
        errand = asyncio.ensure_future(question)
        self._errands.add(errand)
        errand.add_done_callback(self._done)
        try:
            await asyncio.wait([errand], timeout=ANSWER_S)
            if not errand.done():
                raise TimeoutError
            return errand.result()
        finally:
            errand.cancel()

    def _done(self, errand: asyncio.Future[Any]) -> None:
        self._errands.discard(errand)
        if not errand.cancelled():
            errand.exception()  # whoever left it alone will not ask

    async def _leave(self, keys: list[str], place: str) -> None:
        with suppress(RedisError, OSError):  # nobody vouches for it any more
            for key in keys:
                await self._client.zrem(key, place)

    async def sign(self) -> None:
        """This process lives, and so do its places."""
        with suppress(RedisError, OSError):  # then nobody is asked about them either
            life = f"{self._prefix}lives:{self._process}"
            await self._soon(self._client.set(life, b"", px=round(LIVES_S * 1000)))

    async def _vouch_for_ever(self) -> None:
        signs = 0
        while True:
            await self.sign()
            await self._sleep(SIGN_S)
            signs += 1
            if signs % round(VOUCH_S / SIGN_S) == 0:
                await self.vouch()
