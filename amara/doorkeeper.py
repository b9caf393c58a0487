"""Who comes in: one question for every door, by the token and by what became of the person since it was made.

A token is valid until it expires, wherever it was carried to; so the record has the last word. Its answer is believed
for 25 seconds, and who is already inside is asked about every 25, so that nobody stays a minute after they were
deleted or signed out.
"""

from __future__ import annotations

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
        known = self._standing.get(caller.owner)
        if now or known is None or self._clock() - known.asked_at >= self.fresh_s:
            await self._ask([caller.owner])
            known = self._standing[caller.owner]
        if not known.bears(caller):
            raise errors.TokenInvalid
        return caller

    async def again(self, user_id: UUID, issued_at: float | None) -> Caller | None:
        """Somebody whose token of then was seen once; none when they were deleted or signed out since.

        Raises:
            Unavailable: the record cannot be asked.
        """
        caller = person(user_id, is_anonymous=False, issued_at=issued_at)
        await self._ask([user_id])
        return caller if self._standing[user_id].bears(caller) else None

    async def leavers(self, callers: Collection[Caller]) -> set[Caller]:
        """Which of these were deleted or signed out; one question for all of them.

        Raises:
            Unavailable: the record cannot be asked.
        """
        self._standing.clear()  # whoever is not inside is asked about when they come back
        await self._ask({caller.owner for caller in callers})
        return {caller for caller in callers if not self._standing[caller.owner].bears(caller)}

    async def _ask(self, user_ids: Collection[UUID]) -> None:
        if not user_ids:
            return
        asked_at = self._clock()
        async with self._database.service() as db:
            if self._sees_accounts is None:
                self._sees_accounts = await people.accounts_are_ours(db)
                if not self._sees_accounts:
                    _logger.warning("accounts_not_seen", consequence="deleted accounts stay until their token expires")
            said = await people.standing(db, user_ids, with_accounts=self._sees_accounts)
        for user_id, (is_gone, before) in said.items():
            self._standing[user_id] = Standing(is_gone, None if before is None else before.timestamp(), asked_at)
