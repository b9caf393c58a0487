"""What becomes of a booking that is there: cancelling and moving are offered first, and carried out by `confirm`."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from amara import errors, holds, terms
from amara.auth import Caller
from amara.db import Connection
from amara.holds import Columns, NewId
from amara.store import bookings, drafts
from amara.terms import Answer, Booking, Changed, Draft, Impossible, Wish


async def offer_cancellation(
    db: Connection,
    caller: Caller,
    booking_id: UUID,
    *,
    now: datetime,
    conversation_id: UUID | None = None,
    new_id: NewId = uuid4,
) -> Answer:
    """A draft that quotes what comes back; nothing is cancelled yet.

    Raises:
        NotFound: no such booking of the caller.
    """
    booking = await _own_booking(db, caller, booking_id)
    async with holds.as_service(db, caller):
        await bookings.lock_booking(db, booking_id)
        await drafts.lock_professional(db, booking["professional_id"])
        booking = await bookings.written(db, booking_id)
        if not _can_change(booking, now):
            return Impossible("already_over", booking=booking)
        columns = _of_booking(booking) | _refund(booking, now)
        return await holds.stand(db, caller, "cancel", columns, now=now, conversation_id=conversation_id, new_id=new_id)


async def offer_move(
    db: Connection,
    caller: Caller,
    booking_id: UUID,
    starts_at: datetime,
    *,
    now: datetime,
    conversation_id: UUID | None = None,
    new_id: NewId = uuid4,
) -> Answer:
    """A draft that holds other hours for a booking, at the price agreed; nothing is moved yet.

    Raises:
        NotFound: no such booking of the caller.
    """
    booking = await _own_booking(db, caller, booking_id)
    async with holds.as_service(db, caller):
        await bookings.lock_booking(db, booking_id)
        await drafts.lock_professional(db, booking["professional_id"])
        booking = await bookings.written(db, booking_id)
        if (reason := _why_not_move(booking, now)) is not None:
            return Impossible(reason, booking=booking)
        columns = _of_booking(booking) | {"starts_at": starts_at}
        wish = Wish(booking["professional_id"], "", starts_at, columns["duration_minutes"])
        if starts_at == booking["scheduled_start"] or not await holds.is_free(
            db, caller, wish.professional_id, starts_at, wish.duration_minutes, now=now, except_booking=booking_id
        ):
            return await holds.lost(db, caller, None, wish, now=now, except_booking=booking_id)
        return await holds.stand(
            db, caller, "reschedule", columns, now=now, conversation_id=conversation_id, new_id=new_id
        )


async def cancel(db: Connection, draft: Draft, *, now: datetime, visit: str | None = None) -> Answer:
    """Cancels, where the refund is still what the person saw; else quotes again. For `confirm` alone."""
    booking = await _target(db, draft)
    if not _can_change(booking, now):
        return Impossible("already_over", draft, booking)
    refund = _refund(booking, now)
    if refund["refund_cop"] != draft.refund_cop:
        return Changed(await holds.next_version(db, draft, refund | holds.hold(now)), "price")
    details = refund | {"by": "customer", "at": now.isoformat(), "draft_id": str(draft.id)}
    details |= {} if visit is None else {"analytics_session_id": visit}
    await bookings.cancel_booking(db, booking["id"], details, is_told=draft.conversation_id is not None)
    return await holds.done(db, draft, booking["id"], now=now)


async def move(db: Connection, caller: Caller, draft: Draft, *, now: datetime) -> Answer:
    """Moves, where the hours are still free. For `confirm` alone."""
    booking = await _target(db, draft)
    if (reason := _why_not_move(booking, draft.offered_at)) is not None:
        return Impossible(reason, draft, booking)
    wish = Wish(draft.professional_id, "", draft.starts_at, draft.duration_minutes)
    is_free = await holds.is_free(
        db,
        caller,
        draft.professional_id,
        draft.starts_at,
        draft.duration_minutes,
        now=draft.offered_at,
        except_booking=booking["id"],
    )
    try:
        if is_free:
            async with db.transaction():
                is_told = draft.conversation_id is not None
                await bookings.move_booking(db, booking["id"], draft.id, now=now, is_told=is_told)
            return await holds.done(db, draft, booking["id"], now=now)
    except holds.TAKEN:
        pass
    return await holds.lost(db, caller, draft, wish, now=now, except_booking=booking["id"])


async def _own_booking(db: Connection, caller: Caller, booking_id: UUID) -> Booking:
    if caller.user_id is None:
        async with holds.as_service(db, caller):
            booking = await bookings.guest_booking(db, booking_id, caller.holder)
    else:
        booking = await bookings.booking(db, booking_id, caller.owner)
    if booking is None:
        raise errors.NotFound
    return booking


async def _target(db: Connection, draft: Draft) -> Booking:
    assert draft.target_booking_id is not None  # the table's own check
    return await bookings.written(db, draft.target_booking_id)


def _of_booking(booking: Booking) -> Columns:
    start = booking["scheduled_start"]
    return {
        "professional_id": booking["professional_id"],
        "target_booking_id": booking["id"],
        "guest_session_id": booking["guest_session_id"],
        "service_name": booking["service_name"],
        "starts_at": start,
        "duration_minutes": booking["duration_minutes"] or (booking["scheduled_end"] - start) // timedelta(minutes=1),
        "price_cop": int(booking["total_price"] or 0),
        "currency": booking["currency"] or "COP",
        "address": booking["address"],
        "instructions": booking["special_instructions"],
    }


def _refund(booking: Booking, now: datetime) -> Columns:
    percent = terms.refund_percent(booking["scheduled_start"] - now)
    return {"refund_percent": percent, "refund_cop": terms.refund_cop(int(booking["total_price"] or 0), percent)}


def _can_change(booking: Booking, now: datetime) -> bool:
    start = booking["scheduled_start"]
    return booking["status"] in {"pending", "confirmed"} and start is not None and start > now


def _why_not_move(booking: Booking, now: datetime) -> terms.Reason | None:
    if not _can_change(booking, now):
        return "already_over"
    return "too_late" if booking["scheduled_start"] - now < terms.FREE_MOVE else None
