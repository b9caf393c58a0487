"""What the model may cost: tokens are held before a call and paid after it, by everybody whose purse it touches.

An account, a visitor, an address and the house as a whole each have so many a day. What a call holds stands in a row of
its own until it is paid, so that it is paid as well when it is stopped, fails, or loses its process. Purses that many
share are told of many calls at once, and always before one is called empty: until then they hold rather too much.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from amara.db import Connection, Database
from amara.model import Ask, Usage
from amara.store import budgets

BYTES_PER_TOKEN = 3  # of our JSON; fewer than the vendor's four, so that a hold is rather too large
CACHE_READ_SHARE = 10  # a token read from the cache costs a tenth

Purpose = Literal["answer", "title", "suggestion"]


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
    purse: str | None = None
    """Of the address they come from, as `purse_of` names it; none for who has no connection."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Which call is meant: the id it will have in the ledger, whose run it belongs to, and what it is for."""

    id: UUID
    run_id: UUID
    conversation_id: UUID
    model: str
    """Who is asked."""
    number: int
    """The round, from 1."""
    purpose: Purpose = "answer"


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

    async def hold(self, payer: Payer, errand: Errand, *, asked: int, held: int) -> None:
        """Sets aside what this call may cost at the most.

        Args:
            payer: whose purses.
            errand: the call.
            asked: what it says, as `weight` counts it.
            held: that, and the longest answer.

        Raises:
            Spent: there is not that much left today.
            Unavailable: the database is away.
        """
        empty = await self._begin(payer, errand, asked=asked, held=held)
        if empty is not None:  # or calls that ended have not been paid yet, and hold more than they did cost
            await self.settle()
            empty = await self._begin(payer, errand, asked=asked, held=held)
        if empty is not None:
            raise Spent(empty)

    async def settle(self) -> int:
        """Pays the calls that ended, and says how many there were.

        Raises:
            Unavailable: the database is away.
        """
        async with self.database.service() as db:
            return await budgets.settle(db)

    async def _begin(self, payer: Payer, errand: Errand, *, asked: int, held: int) -> str | None:
        return await budgets.begin_call(
            self.database,
            errand.id,
            errand.run_id,
            conversation_id=errand.conversation_id,
            user_id=payer.user_id,
            is_visitor=payer.is_visitor,
            model=errand.model,
            number=errand.number,
            purpose=errand.purpose,
            day=self._day(),
            limits=self._purses(payer),
            held=held,
            asked=asked,
        )

    def purse_of(self, address: str) -> str:
        """Whose name tells nobody which address it is."""
        return f"a:{hashlib.blake2b(address.encode(), key=self.pepper[:64], digest_size=16).hexdigest()}"

    def _day(self) -> date:
        return self.now().astimezone(ZoneInfo(self.time_zone)).date()

    def _purses(self, payer: Payer) -> dict[str, int]:
        limits = self.limits
        own = (f"g:{payer.user_id}", limits.guest) if payer.is_visitor else (f"u:{payer.user_id}", limits.user)
        purses = dict([own, ("all", limits.total)])
        if payer.purse is not None:
            purses[payer.purse] = limits.address
        return purses


async def pay(db: Connection, call_id: UUID, usage: Usage) -> None:
    """*Service.* What the call did cost is written down, for `settle` to tell its purses; once, however often."""
    await budgets.end_call(db, call_id, spent=cost(usage))


def weight(ask: Ask) -> int:
    """What this request says, counted by us before anybody else does. Units: tokens."""
    said = sum(len(msgspec.json.encode(part)) for part in (ask.system, ask.messages, ask.tools))
    return said // BYTES_PER_TOKEN


def cost(usage: Usage) -> int:
    """What a call did cost, reading from the cache counted as what it is worth. Units: tokens."""
    return usage.input + usage.output + usage.cache_write + usage.cache_read // CACHE_READ_SHARE
