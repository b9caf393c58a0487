"""THE STORY of a booking: offer · edit · withdraw · confirm. Its cancelling and moving are told by `changes`.

1. *Offer*: the hour is free and the price is the professional's own; a draft holds both for a quarter of an hour.
2. *Edit* makes another version. Nothing is booked by it, and no earlier version can be confirmed any more.
3. *Confirm*: one compare-and-set in one transaction. The professional first, by an advisory lock, so that everybody
   takes turns; then the draft, its version, its owner, its hold; then slot and price once more; then the deed, and its
   record.
4. What comes of it is a value that says what is true. Who loses a race gets the winner's booking, where it is the same
   draft, or other hours. Errors are for what another try could mend.

Ownership is read as the caller, under row level security; the deeds are the service's, in the same transaction.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from amara import changes, errors, holds, terms
from amara.auth import Caller
from amara.db import Connection
from amara.holds import Columns, NewId
from amara.store import bookings, drafts
from amara.terms import Answer, Changed, Closed, Draft, Edit, Impossible, Incomplete, Offered, Wish

# Offer ----------------------------------------------------------------------------------------------------------------


async def offer(
    db: Connection,
    caller: Caller,
    wish: Wish,
    *,
    now: datetime,
    conversation_id: UUID | None = None,
    new_id: NewId = uuid4,
) -> Answer:
    """A draft for this visit, in the place of the conversation's open one. Asked for twice, it is the same draft.

    Args:
        db: inside a transaction as the caller; likewise everywhere below.
        caller: a person, signed in or anonymous, or a guest.
        wish: what is not said about address and instructions is kept from the draft it replaces.
        now: the only clock.
        conversation_id: where it is offered; none by HTTP alone.
        new_id: for the draft.

    Returns:
        Offered, SlotLost or Impossible.
    """
    if not terms.is_length(wish.duration_minutes):
        return Impossible("bad_duration")
    async with holds.as_service(db, caller):
        await drafts.lock_professional(db, wish.professional_id)
        offered = await drafts.offer_of(db, wish.professional_id, wish.service_slug)
        if offered is None:
            return Impossible("not_offered")
        if not await holds.is_free(db, caller, wish.professional_id, wish.starts_at, wish.duration_minutes, now=now):
            return await holds.lost(db, caller, None, wish, now=now)
        columns = {
            "professional_id": wish.professional_id,
            "service_slug": wish.service_slug,
            "service_name": offered["service_name"] or wish.service_slug,
            "starts_at": wish.starts_at,
            "duration_minutes": wish.duration_minutes,
            "price_cop": terms.price_cop(offered["hourly_rate_cop"], wish.duration_minutes),
            "guest_session_id": caller.guest_session_id,
            "address": wish.address,
            "instructions": wish.instructions,
        }
        return await holds.stand(db, caller, "book", columns, now=now, conversation_id=conversation_id, new_id=new_id)


# Edit and withdraw ----------------------------------------------------------------------------------------------------


async def edit(
    db: Connection, caller: Caller, draft_id: UUID, changed: Edit, *, version: int | None = None, now: datetime
) -> Answer:
    """The next version of a draft, its hold begun anew; never a booking.

    Raises:
        NotFound: no such draft of the caller.
    """
    async with holds.held(db, caller, draft_id) as draft:
        if (over := await holds.over(db, draft, version, now)) is not None:
            return over
        start, minutes = changed.starts_at or draft.starts_at, changed.duration_minutes or draft.duration_minutes
        is_other_visit = (start, minutes) != (draft.starts_at, draft.duration_minutes)
        beyond = changed.duration_minutes or changed.address or changed.instructions
        if draft.kind == "cancel" or (draft.kind == "reschedule" and beyond):
            return Impossible("not_changeable", draft)
        if not terms.is_length(minutes) and is_other_visit:
            return Impossible("bad_duration", draft)
        columns: Columns = {"starts_at": start, "duration_minutes": minutes}
        if draft.kind == "book":
            offered = await drafts.offer_of(db, draft.professional_id, draft.service_slug or "")
            if offered is None:
                return Impossible("not_offered", draft)
            columns |= {
                "price_cop": terms.price_cop(offered["hourly_rate_cop"], minutes),
                "address": changed.address or draft.address,
                "instructions": draft.instructions if changed.instructions is None else changed.instructions or None,
            }
        is_free = await holds.is_free(
            db, caller, draft.professional_id, start, minutes, now=now, except_booking=draft.target_booking_id
        )
        if is_other_visit and not is_free:
            wish = Wish(draft.professional_id, draft.service_slug or "", start, minutes)
            return await holds.lost(db, caller, draft, wish, now=now, except_booking=draft.target_booking_id)
        # Words alone may change while the hour, held in time, has come nearer than new ones may be.
        return Offered(await holds.next_version(db, draft, columns | (holds.hold(now) if is_free else {})))


async def withdraw(db: Connection, caller: Caller, draft_id: UUID, *, now: datetime) -> Answer:
    """The draft is not wanted, and its hours are free again. Twice is once.

    Raises:
        NotFound: no such draft of the caller.
    """
    async with holds.held(db, caller, draft_id) as draft:
        if draft.status != "open":
            return await holds.over(db, draft, None, now) or Closed(draft)
        return Closed(Draft.of(await drafts.change_draft(db, draft_id, {"status": "cancelled"})))


# Confirm --------------------------------------------------------------------------------------------------------------


async def confirm(
    db: Connection,
    caller: Caller,
    draft_id: UUID,
    version: int | None,
    *,
    now: datetime,
    analytics_session_id: str | None = None,
    new_id: NewId = uuid4,
) -> Answer:
    """Carries out what this version of the draft says, once, however often and from wherever it is asked.

    Args:
        db: inside a transaction as the caller.
        caller: a person, signed in or anonymous, or a guest.
        draft_id: of theirs.
        version: the one that was seen; none of whoever takes it as it is.
        now: the only clock.
        analytics_session_id: the visit in which it was done, for the record.
        new_id: for the booking.

    Raises:
        NotFound: no such draft of the caller.
        ContactNeeded: a visitor books, and has not said who they are; the draft stays open.
    """
    # Before the professional: who claims the guest's session for an account has it first, and then what hangs on it.
    guest = await holds.contact(db, caller, now=now)
    async with holds.held(db, caller, draft_id) as draft:
        if (over := await holds.over(db, draft, version, now)) is not None:
            return over
        if draft.missing:
            return Incomplete(draft)
        if draft.kind == "book":
            if guest is None and caller.is_anonymous:
                raise errors.ContactNeeded
            return await _book(db, caller, draft, guest, now=now, visit=analytics_session_id, new_id=new_id)
        if draft.kind == "cancel":
            return await changes.cancel(db, draft, now=now, visit=analytics_session_id)
        return await changes.move(db, caller, draft, now=now)


async def _book(
    db: Connection,
    caller: Caller,
    draft: Draft,
    guest: UUID | None,
    *,
    now: datetime,
    visit: str | None,
    new_id: NewId,
) -> Answer:
    offered = await drafts.offer_of(db, draft.professional_id, draft.service_slug or "")
    if offered is None:
        return Impossible("not_offered", draft)
    wish = Wish(draft.professional_id, draft.service_slug or "", draft.starts_at, draft.duration_minutes)
    # As of the offer: a hold of fifteen minutes is not shortened by the hour coming nearer meanwhile.
    if not await holds.is_free(
        db, caller, draft.professional_id, draft.starts_at, draft.duration_minutes, now=draft.offered_at
    ):
        return await holds.lost(db, caller, draft, wish, now=now)
    price = terms.price_cop(offered["hourly_rate_cop"], draft.duration_minutes)
    if price != draft.price_cop:
        return Changed(await holds.next_version(db, draft, {"price_cop": price} | holds.hold(now)), "price")
    booking_id = new_id()
    try:
        async with db.transaction():
            if guest is not None:
                await drafts.change_draft(db, draft.id, {"guest_session_id": guest})
            await bookings.add_booking(
                db,
                booking_id,
                draft_id=draft.id,
                status="confirmed" if offered["instant_booking"] else "pending",
                source="guest" if draft.guest_session_id else "amara",  # who said so when it was offered
                analytics_session_id=visit,
                now=now,
            )
    except holds.TAKEN:
        return await holds.lost(db, caller, draft, wish, now=now)
    return await holds.done(db, draft, booking_id, now=now)


async def decline_unanswered(db: Connection, now: datetime, *, limit: int = 100) -> list[UUID]:
    """*Service.* Declines what no professional has answered for a day; its hours are free again.

    Args:
        db: inside a transaction as the service.
        now: the only clock.
        limit: of one transaction; a full list means that there may be more.
    """
    declined = await bookings.unanswered(db, now - terms.UNANSWERED, limit=limit)
    for booking_id in declined:
        await bookings.answer_booking(db, booking_id, "declined")
    return declined
