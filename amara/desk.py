"""The desk a tool is handed: the story of a booking, bound to one person, one conversation and one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from amara import booking, changes, errors, handoff, holds, hours
from amara.auth import Caller
from amara.db import Connection
from amara.store import drafts
from amara.terms import Answer, Wish
from amara.tools.tool import Reason


@dataclass(frozen=True, slots=True)
class Desk:
    """Keeps the promises of `tools.tool.BookingDesk`; it has no way to confirm."""

    db: Connection
    caller: Caller
    conversation_id: UUID | None
    now: datetime
    staffed: hours.Hours = hours.ALWAYS
    time_zone: str = "America/Bogota"

    async def free(self, professional_id: UUID, first: date, last: date, minutes: int) -> Sequence[datetime]:
        """When a visit of this length can start, on the professional's own days from the first to the last."""
        async with holds.as_service(self.db, self.caller):
            return await drafts.free_starts(
                self.db, professional_id, first, last, minutes, now=self.now, owner=self.caller.owner
            )

    async def free_of(
        self, professional_ids: Sequence[UUID], since: datetime, until: datetime, minutes: int
    ) -> Mapping[UUID, Sequence[datetime]]:
        """Who of these can begin a visit of this length from one moment until before another, and when."""
        async with holds.as_service(self.db, self.caller):
            return await drafts.free_starts_of(
                self.db, professional_ids, since, until, minutes, now=self.now, owner=self.caller.user_id
            )

    async def offer(self, wish: Wish) -> Answer:
        """A draft for this visit."""
        return await booking.offer(self.db, self.caller, wish, now=self.now, conversation_id=self.conversation_id)

    async def offer_cancellation(self, booking_id: UUID) -> Answer:
        """A draft that quotes what comes back.

        Raises:
            NotFound: the person has no such booking.
        """
        return await changes.offer_cancellation(
            self.db, self.caller, booking_id, now=self.now, conversation_id=self.conversation_id
        )

    async def offer_move(self, booking_id: UUID, starts_at: datetime) -> Answer:
        """A draft that holds other hours for a booking.

        Raises:
            NotFound: the person has no such booking.
        """
        return await changes.offer_move(
            self.db, self.caller, booking_id, starts_at, now=self.now, conversation_id=self.conversation_id
        )

    async def request_human(self, reason: Reason, summary: str | None) -> dict[str, Any]:
        """Puts the very conversation this desk stands in into a person's hands.

        Raises:
            NotFound: this desk stands in none.
        """
        if self.conversation_id is None:
            raise errors.NotFound
        async with holds.as_service(self.db, self.caller):
            row, _ = await handoff.mark(
                self.db,
                self.conversation_id,
                self.caller.owner,
                handoff_id=uuid4(),
                reason=reason,
                asked_by="amara",
                summary=summary,
            )
        return handoff.card(row, self.staffed.opens_at(self.now, ZoneInfo(self.time_zone)))
