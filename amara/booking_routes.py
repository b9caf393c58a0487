"""HTTP for drafts and bookings: the same story as in the chat, told by requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from amara import approval, asking, booking, changes, counter, errors, holds, repeats, terms
from amara.asking import PAGE, UNCACHED, Asked, Before, Json, Limit
from amara.auth import Caller
from amara.db import Connection
from amara.doorkeeper import Doorkeeper
from amara.house import House
from amara.shapes import BookingCancellation, BookingMove, DraftChange, DraftConfirmation
from amara.store import bookings, drafts
from amara.tools import cards
from amara.tools.words import plain

YEARS = range(2000, 2200)  # beyond them no clock of ours or the database's can be set


def routes(house: House, doorkeeper: Doorkeeper) -> list[HTTPRouteHandler]:
    """Every route of drafts and bookings."""
    return [*_drafts(_Room(house, doorkeeper)), *_bookings(_Room(house, doorkeeper))]


class _Room:
    """What the routes share: who asks, in which transaction, and what was answered before."""

    def __init__(self, house: House, doorkeeper: Doorkeeper) -> None:
        self.house = house
        self._doorkeeper = doorkeeper

    async def caller(self, request: Asked) -> Caller:
        return await asking.somebody(self._doorkeeper, request)

    def shown(self, answer: terms.Answer) -> Json:
        return cards.answer(answer, self.house.time_zone, self.house.now())

    async def once(
        self, request: Asked, deed: Callable[[Connection, Caller, datetime], Awaitable[terms.Answer]]
    ) -> Response[Json]:
        """The deed, its answer and what the chat hears of it in one transaction; under one key one answer."""
        caller, now = await self.caller(request), self.house.now()
        key, scope = request.headers.get("idempotency-key"), str(caller.owner)
        asking = repeats.request(request.method, request.url.path, await request.body(), key)
        async with self.house.database.transaction(caller) as db:
            if key is not None:
                async with holds.as_service(db, caller):
                    before = await repeats.answered(db, scope, asking, now=now)
                if before is not None:
                    return Response(before, status_code=200, headers=UNCACHED)
            came_of_it = await deed(db, caller, now)
            answer = self.shown(came_of_it)
            if key is not None:
                async with holds.as_service(db, caller):
                    await repeats.keep(db, scope, asking, answer)
            conversation_id = await approval.leave_word(self.house, db, caller, came_of_it, answer)
        if conversation_id is not None:
            self.house.runs.nudge(conversation_id)
        return Response(answer, status_code=200, headers=UNCACHED)


def _drafts(room: _Room) -> list[HTTPRouteHandler]:
    @get("/v1/amara/drafts/{draft_id:uuid}", summary="A draft as it stands")
    async def read_draft(request: Asked, draft_id: FromPath[UUID]) -> Response[Json]:
        async with room.house.database.transaction(await room.caller(request)) as db:
            row = await drafts.draft(db, draft_id)
        if row is None:
            raise errors.NotFound
        draft = cards.draft(terms.Draft.of(row), room.house.time_zone, room.house.now())
        return Response(draft, headers=UNCACHED)

    @patch("/v1/amara/drafts/{draft_id:uuid}", summary="Another version of a draft; never a booking")
    async def change_draft(request: Asked, draft_id: FromPath[UUID]) -> Response[Json]:
        said = await asking.body(request, DraftChange)
        edit = terms.Edit(
            starts_at=None if said.starts_at is None else _moment(said.starts_at, room.house.time_zone),
            duration_minutes=said.duration_minutes,
            address=_text(said.address),
            instructions=None if said.instructions is None else _text(said.instructions) or "",
        )
        return await room.once(
            request,
            lambda db, caller, now: booking.edit(db, caller, draft_id, edit, version=said.version, now=now),
        )

    @delete("/v1/amara/drafts/{draft_id:uuid}", status_code=200, summary="Withdraws a draft and frees its hour")
    async def withdraw_draft(request: Asked, draft_id: FromPath[UUID]) -> Response[Json]:
        return await room.once(request, lambda db, caller, now: booking.withdraw(db, caller, draft_id, now=now))

    @post("/v1/amara/drafts/{draft_id:uuid}/confirm", summary="Carries out this version of a draft, once")
    async def confirm_draft(request: Asked, draft_id: FromPath[UUID]) -> Response[Json]:
        said = await asking.body(request, DraftConfirmation)
        return await room.once(
            request, lambda db, caller, now: booking.confirm(db, caller, draft_id, said.version, now=now)
        )

    return [read_draft, change_draft, withdraw_draft, confirm_draft]


def _bookings(room: _Room) -> list[HTTPRouteHandler]:
    house = room.house

    @get("/v1/bookings", summary="The caller's bookings, newest first")
    async def list_bookings(request: Asked, limit: Limit = PAGE, before: Before = None) -> Response[Json]:
        caller = await room.caller(request)
        async with house.database.transaction(caller) as db:
            rows = await bookings.bookings(db, caller.owner, limit=limit + 1, before=asking.keyset(before))
        following = asking.following(rows[limit - 1], "created_at") if len(rows) > limit else None
        items = [cards.full_booking(row, house.time_zone) for row in rows[:limit]]
        return Response({"items": items, "next": following}, headers=UNCACHED)

    @get("/v1/bookings/{booking_id:uuid}", summary="One booking")
    async def read_booking(request: Asked, booking_id: FromPath[UUID]) -> Response[Json]:
        caller = await room.caller(request)
        async with house.database.transaction(caller) as db:
            row = await bookings.booking(db, booking_id, caller.owner)
        if row is None:
            raise errors.NotFound
        return Response(cards.full_booking(row, house.time_zone), headers=UNCACHED)

    @post("/v1/bookings/{booking_id:uuid}/cancel", summary="The refund first; with `confirm`, the deed")
    async def cancel_booking(request: Asked, booking_id: FromPath[UUID]) -> Response[Json]:
        said = await asking.body(request, BookingCancellation)

        return await room.once(
            request,
            lambda db, caller, now: counter.cancelled(db, caller, booking_id, said.confirm, said.refund_cop, now=now),
        )

    @post("/v1/bookings/{booking_id:uuid}/reschedule", summary="Holds the hour; with `confirm`, the deed")
    async def move_booking(request: Asked, booking_id: FromPath[UUID]) -> Response[Json]:
        said = await asking.body(request, BookingMove)
        starts_at = _moment(said.starts_at, house.time_zone)

        async def deed(db: Connection, caller: Caller, now: datetime) -> terms.Answer:
            held = await changes.offer_move(db, caller, booking_id, starts_at, now=now)
            if not said.confirm or not isinstance(held, terms.Offered):
                return held
            return await booking.confirm(db, caller, held.draft.id, held.draft.version, now=now)

        return await room.once(request, deed)

    return [list_bookings, read_booking, cancel_booking, move_booking]


def _moment(said: str, time_zone: str) -> datetime:
    """On the marketplace's clock where no offset is named; the seconds may be left out, as a page's own field does."""
    unreadable = errors.BadRequest("`starts_at` is a moment like 2025-12-09T08:00-05:00.")
    try:
        moment = datetime.fromisoformat(said.strip())
    except ValueError:
        raise unreadable from None
    if moment.year not in YEARS:
        raise unreadable
    return moment if moment.tzinfo else moment.replace(tzinfo=cards.zone(time_zone))


def _text(said: str | None) -> str | None:
    """What can be stored, on one line; none where nothing is said."""
    return (plain(said, 1000) or None) if said is not None else None
