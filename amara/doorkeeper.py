"""Who comes in: one question for every door, by the token and by what became of the person since it was made.

A token is valid until it expires, wherever it was carried to; so the record has the last word. Its answer is believed
for 25 seconds, and who is already inside is asked about every 25, so that nobody stays a minute after they were
deleted or signed out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

import structlog

from amara import errors
from amara.auth import Caller, Tokens, person
from amara.db import Database
from amara.store import people

FRESH_S = 25.0

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the record said of somebody."""

    is_gone: bool
    """The account is deleted."""
    issued_before: float | None
    """Tokens made before are refused. Units: Unix seconds."""
    asked_at: float
    """By the doorkeeper's clock."""

    def bears(self, caller: Caller) -> bool:
        """Whether this caller may be here. Tokens count whole seconds: one of that very second is refused too."""
        if self.is_gone:
            return False
        return self.issued_before is None or (caller.issued_at is not None and caller.issued_at > self.issued_before)


class Doorkeeper:
    """Asked by HTTP and by the sockets alike."""

    def __init__(
        self,
        tokens: Tokens,
        database: Database,
        *,
        fresh_s: float = FRESH_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: what the record said is believed for fresh_s seconds of this clock, which never goes back."""
        self.tokens = tokens
        self.fresh_s = fresh_s
        self._database = database
        self._clock = clock
        self._standing: dict[UUID, Standing] = {}
        self._sees_accounts: bool | None = None
        self._asking = asyncio.Lock()
        self._wanted: set[UUID] = set()
        self._next: asyncio.Task[dict[UUID, Standing]] | None = None

    async def admit(self, token: str, *, like: Caller | None = None, now: bool = False) -> Caller:
        """The caller this token speaks for.

        Args:
            token: As it came.
            like: The person it has to be.
            now: The record is asked again: what is granted outlives the token.

        Raises:
            TokenInvalid, TokenExpired: it does not hold, or no longer.
            NotAllowed: it is somebody else's.
            Unavailable: the record cannot be asked.
        """
        caller = await self.tokens.caller(token)
        if like is not None and caller.user_id != like.user_id:
            raise errors.NotAllowed("This token is somebody else's.")
        await self.vouch(caller, now=now)
        return caller

    async def vouch(self, caller: Caller, *, now: bool = False) -> None:
        """Says nothing of somebody who may come in.

        Args:
            caller: Whose token was checked, now or some time ago.
            now: The record is asked again.

        Raises:
            TokenInvalid: they were deleted or signed out since the token was made.
            Unavailable: the record cannot be asked.
        """
        known = self._standing.get(caller.owner)
        if now or known is None or self._clock() - known.asked_at >= self.fresh_s:
            known = await self._ask_with_others(caller.owner)
        if not known.bears(caller):
            raise errors.TokenInvalid

    async def again(self, user_id: UUID, issued_at: float | None, expires_at: int | None = None) -> Caller | None:
        """Somebody whose token of then was seen once; none when they were deleted or signed out since.

        Args: expires_at is how long what they were given for it lasts. Units: Unix seconds.

        Raises:
            Unavailable: the record cannot be asked.
        """
        caller = person(user_id, is_anonymous=False, issued_at=issued_at, expires_at=expires_at)
        return caller if (await self._ask_with_others(user_id)).bears(caller) else None

    async def leavers(self, callers: Collection[Caller]) -> set[Caller]:
        """Which of these were deleted or signed out; one question for all of them.

        Raises:
            Unavailable: the record cannot be asked.
        """
        self._standing.clear()  # whoever is not inside is asked about when they come back
        said = await self._ask({caller.owner for caller in callers})
        return {caller for caller in callers if not said[caller.owner].bears(caller)}

    async def _ask_with_others(self, user_id: UUID) -> Standing:
        """While one question is being answered, everybody who comes waits for the next one, and shares it."""
        if self._next is None:
            self._next = asyncio.create_task(self._ask_next(), name="standing")
            self._next.add_done_callback(lambda asked: asked.cancelled() or asked.exception())  # all may have left
        self._wanted.add(user_id)
        said = await asyncio.shield(self._next)
        return said[user_id]

    async def _ask_next(self) -> dict[UUID, Standing]:
        async with self._asking:
            wanted, self._wanted, self._next = self._wanted, set(), None
            return await self._ask(wanted)

    async def _ask(self, user_ids: Collection[UUID]) -> dict[UUID, Standing]:
        if not user_ids:
            return {}
        asked_at = self._clock()
        async with self._database.service() as db:
            if self._sees_accounts is None:
                self._sees_accounts = await people.accounts_are_ours(db)
                if not self._sees_accounts:
                    _logger.warning("accounts_not_seen", consequence="deleted accounts stay until their token expires")
            said = await people.standing(db, user_ids, with_accounts=self._sees_accounts)
        found = {
            user_id: Standing(is_gone, None if before is None else before.timestamp(), asked_at)
            for user_id, (is_gone, before) in said.items()
        }
        self._standing |= found
        return found
