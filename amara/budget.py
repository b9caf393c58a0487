"""What the model may cost: tokens are held before a call and paid after it, by everybody whose purse it touches.

An account, a visitor, an address and the house as a whole each have so many a day. A call that ends in the middle, or a
process that dies, leaves its hold where it is until the day is over: too careful, never too generous.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from amara import errors
from amara.db import Database
from amara.model import Ask, Usage
from amara.store import budgets

BYTES_PER_TOKEN = 3  # of our JSON; fewer than the vendor's four, so that a hold is rather too large
CACHE_READ_SHARE = 10  # a token read from the cache costs a tenth


@dataclass(frozen=True, slots=True)
class Limits:
    """Units: tokens a day."""

    user: int
    guest: int
    address: int
    total: int


@dataclass(frozen=True, slots=True)
class Payer:
    """Who is asking."""

    user_id: UUID
    is_visitor: bool
    address: str | None = None
    """Where they come from; none for who has no connection."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Tokens set aside for one call."""

    day: date
    scopes: tuple[str, ...]
    tokens: int


class Spent(Exception):
    """A purse is empty for today."""

    def __init__(self, scope: str) -> None:
        """Args: scope is the purse; its first letter says whose."""
        super().__init__(scope)
        self.is_everybody_s = scope == "all"


@dataclass(frozen=True, slots=True)
class Budget:
    """The purses."""

    database: Database
    limits: Limits
    now: Callable[[], datetime]
    time_zone: str
    """In which a day begins."""
    pepper: bytes
    """Under which an address is hashed: none stands in a table."""

    async def hold(self, payer: Payer, ask: Ask) -> Hold:
        """Sets aside what this call may cost at the most.

        Raises:
            Spent: there is not that much left today.
            Unavailable: the database is away.
        """
        day = self.now().astimezone(ZoneInfo(self.time_zone)).date()
        purses = self._purses(payer)
        tokens = most(ask)
        async with self.database.service() as db:
            empty = await budgets.hold(db, day, purses, tokens)
        if empty is not None:
            raise Spent(empty)
        return Hold(day, tuple(purses), tokens)

    async def pay(self, hold: Hold, usage: Usage) -> None:
        """What was held becomes what the call did cost."""
        try:
            async with self.database.service() as db:
                await budgets.spend(db, hold.day, hold.scopes, held=hold.tokens, spent=cost(usage))
        except errors.Unavailable:
            return  # the hold stays for today

    def _purses(self, payer: Payer) -> dict[str, int]:
        limits = self.limits
        own = (f"g:{payer.user_id}", limits.guest) if payer.is_visitor else (f"u:{payer.user_id}", limits.user)
        purses = dict([own, ("all", limits.total)])
        if payer.address is not None:
            name = hashlib.blake2b(payer.address.encode(), key=self.pepper[:64], digest_size=16).hexdigest()
            purses[f"a:{name}"] = limits.address
        return purses


def most(ask: Ask) -> int:
    """The most this call can cost. Units: tokens."""
    said = sum(len(msgspec.json.encode(part)) for part in (ask.system, ask.messages, ask.tools))
    return said // BYTES_PER_TOKEN + ask.max_tokens


def cost(usage: Usage) -> int:
    """What a call did cost, reading from the cache counted as what it is worth. Units: tokens."""
    return usage.input + usage.output + usage.cache_write + usage.cache_read // CACHE_READ_SHARE
