"""The booking desk as a guest's checkout is handed it: the same story, rules and locks as in the chat.

A guest's request is the guest's own explicit act, so here something may be confirmed. Every connection comes as the
service's, with the guest's session held in that transaction, and is the service's again afterwards.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from amara import approval, auth, booking, changes, errors, repeats, terms
from amara.auth import SERVICE, Caller
from amara.db import Connection, become
from amara.house import House
from amara.store import bookings
from amara.tools import cards
from amara.tools.words import plain

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """What came of a request."""

    answer: Json
    """As every booking's door says it."""
    started: Json | None = None
    """What a checkout that begins here is about, for the funnel; none where it began elsewhere."""
    came_of_it: terms.Answer | None = None
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """Where guests book."""

    house: House

    @staticmethod
    def guest(session_id: UUID) -> Caller:
        """Who brings this session's token and nothing else."""
        return auth.guest(session_id)

    @staticmethod
    def visitor(caller: Caller, session_id: UUID) -> Caller:
        """The visitor whose session this is."""
        return replace(caller, guest_session_id=session_id)

    async def answered(self, db: Connection, who: Caller, asking: repeats.Request) -> Json | None:
        """The answer that this request has already.

        Raises:
            KeyReused: its key stands for another one.
        """
        return await repeats.answered(db, str(who.holder), asking, now=self.house.now())

    @staticmethod
    async def keep(db: Connection, who: Caller, asking: repeats.Request, deed: Deed) -> None:
        """The answer, for whoever asks again."""
        await repeats.keep(db, str(who.holder), asking, deed.answer)

    async def book(
        self,
        db: Connection,
        who: Caller,
        *,
        professional_id: UUID,
        service: str,
        starts_at: datetime,
        duration_minutes: int,
        address: str,
        instructions: str | None,
    ) -> Deed:
        """A booking at once: offered and confirmed in one transaction, or told what stands against it.

        Raises:
            BadRequest: nothing of the address can be stored.
        """
        where, now = plain(address, 300), self.house.now()
        if not where:
            raise errors.BadRequest("`address` says where.")
        said = plain(instructions or "", 1000) or None
        wish = terms.Wish(professional_id, service, starts_at, duration_minutes, where, said)
        async with _speaking(db, who):
            came_of_it = await booking.offer(db, who, wish, now=now)
            if not isinstance(came_of_it, terms.Offered):
                return self._deed(who, came_of_it)
            draft = came_of_it.draft
            came_of_it = await booking.confirm(db, who, draft.id, draft.version, now=now)
            if not isinstance(came_of_it, terms.Confirmed):
                await booking.withdraw(db, who, draft.id, now=now)  # nobody could confirm it any more
        started = {"pro_id": str(draft.professional_id), "items": [draft.service_slug], "subtotal": draft.price_cop}
        return self._deed(who, came_of_it, started | {"draft_id": str(draft.id)})

    async def confirm(self, db: Connection, who: Caller, draft_id: UUID, version: int | None) -> Deed:
        """The draft that the visitor was offered, carried out.

        Raises:
            NotFound: no such draft of theirs.
        """
        async with _speaking(db, who):
            return self._deed(who, await booking.confirm(db, who, draft_id, version, now=self.house.now()))

    async def cancel(
        self, db: Connection, who: Caller, booking_id: UUID, *, is_meant: bool, refund_cop: int | None
    ) -> Deed:
        """What comes back, first; the deed where it is meant, at the refund that was seen where one is named.

        Raises:
            NotFound: no such booking of the guest's.
        """
        async with _speaking(db, who):
            return self._deed(who, await cancelled(db, who, booking_id, is_meant, refund_cop, now=self.house.now()))

    async def bookings(
        self, db: Connection, who: Caller, *, limit: int, before: tuple[datetime, UUID] | None
    ) -> list[tuple[Json, tuple[datetime, UUID]]]:
        """The guest's own, newest first, each with its place in that order."""
        rows = await bookings.guest_bookings(db, who.holder, limit=limit, before=before)
        return [(cards.full_booking(row, self.house.time_zone), (row["created_at"], row["id"])) for row in rows]

    async def booking(self, db: Connection, who: Caller, booking_id: UUID) -> Json:
        """One of them.

        Raises:
            NotFound: no such booking of the guest's.
        """
        row = await bookings.guest_booking(db, booking_id, who.holder)
        if row is None:
            raise errors.NotFound
        return cards.full_booking(row, self.house.time_zone)

    async def leave_word(self, db: Connection, deed: Deed) -> UUID | None:
        """The conversation in which it was offered will hear of it, where there is one: which one, to `nudge` then."""
        if deed.came_of_it is None or deed.caller is None or deed.caller.user_id is None:
            return None
        async with _speaking(db, deed.caller):
            return await approval.leave_word(self.house, db, deed.caller, deed.came_of_it, deed.answer)

    def nudge(self, conversation_id: UUID) -> None:
        """After the commit: what waits to be told there is told."""
        self.house.runs.nudge(conversation_id)

    def _deed(self, who: Caller, came_of_it: terms.Answer, started: Json | None = None) -> Deed:
        answer = cards.answer(came_of_it, self.house.time_zone, self.house.now())
        return Deed(answer, started, came_of_it, who)


async def cancelled(
    db: Connection, caller: Caller, booking_id: UUID, is_meant: bool, refund_cop: int | None, *, now: datetime
) -> terms.Answer:
    """The quote; or the deed, where the caller means it and the refund is the one they saw.

    Raises:
        NotFound: no such booking of the caller.
    """
    quote = await changes.offer_cancellation(db, caller, booking_id, now=now)
    if not is_meant or not isinstance(quote, terms.Offered) or refund_cop not in {None, quote.draft.refund_cop}:
        return quote
    return await booking.confirm(db, caller, quote.draft.id, quote.draft.version, now=now)


@asynccontextmanager
async def _speaking(db: Connection, who: Caller) -> AsyncIterator[None]:
    await become(db, who)
    yield
    await become(db, SERVICE)
