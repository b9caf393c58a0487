"""A person at the booking desk: the deeds of a booking as one caller, each in a transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from amara import auth, booking, changes, terms
from amara.db import Database
from tests.calendars import NOW

MONDAY = datetime(2030, 3, 4, 14, 0, tzinfo=UTC)  # nine in Bogotá
ADDRESS = "Calle 72 # 10-34, Bogotá"


@dataclass
class Person:
    """One caller; time stands still at `now` until a test moves it."""

    db: Database
    id: UUID
    now: datetime = NOW

    @property
    def caller(self) -> auth.Caller:
        return auth.person(self.id, is_anonymous=False)

    def later(self, **by: float) -> Person:
        return Person(self.db, self.id, self.now + timedelta(**by))

    async def offer(
        self, professional: UUID, starts_at: datetime = MONDAY, *, conversation_id: UUID | None = None, **wish: Any
    ) -> Any:
        wanted = {"service_slug": "cleaning", "duration_minutes": 240, "address": ADDRESS, **wish}
        async with self.db.transaction(self.caller) as db:
            wish_ = terms.Wish(professional, starts_at=starts_at, **wanted)
            return await booking.offer(db, self.caller, wish_, now=self.now, conversation_id=conversation_id)

    async def draft(self, professional: UUID, starts_at: datetime = MONDAY, **wish: Any) -> terms.Draft:
        """A draft that certainly stands."""
        offered = await self.offer(professional, starts_at, **wish)
        assert isinstance(offered, terms.Offered), offered
        return offered.draft

    async def edit(self, draft: terms.Draft, *, version: int | None = None, **changed: Any) -> Any:
        async with self.db.transaction(self.caller) as db:
            return await booking.edit(
                db, self.caller, draft.id, terms.Edit(**changed), version=version or draft.version, now=self.now
            )

    async def withdraw(self, draft: terms.Draft) -> Any:
        async with self.db.transaction(self.caller) as db:
            return await booking.withdraw(db, self.caller, draft.id, now=self.now)

    async def confirm(self, draft: terms.Draft | UUID, version: int | None = None) -> Any:
        draft_id = draft if isinstance(draft, UUID) else draft.id
        wanted = version or (1 if isinstance(draft, UUID) else draft.version)
        async with self.db.transaction(self.caller) as db:
            return await booking.confirm(db, self.caller, draft_id, wanted, now=self.now, new_id=uuid4)

    async def book(self, professional: UUID, starts_at: datetime = MONDAY, **wish: Any) -> Any:
        """A booking that certainly came of it."""
        confirmed = await self.confirm(await self.draft(professional, starts_at, **wish))
        assert isinstance(confirmed, terms.Confirmed), confirmed
        return confirmed.booking

    async def offer_cancellation(self, booking_id: UUID, **more: Any) -> Any:
        async with self.db.transaction(self.caller) as db:
            return await changes.offer_cancellation(db, self.caller, booking_id, now=self.now, **more)

    async def offer_move(self, booking_id: UUID, starts_at: datetime, **more: Any) -> Any:
        async with self.db.transaction(self.caller) as db:
            return await changes.offer_move(db, self.caller, booking_id, starts_at, now=self.now, **more)
