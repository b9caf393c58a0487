"""What holds an hour: a draft, put in place, found again, and not for longer than it may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from amara import errors, terms
from amara.auth import SERVICE, Caller
from amara.db import Connection, become
from amara.store import bookings, drafts, people
from amara.terms import Answer, Changed, Closed, Confirmed, Draft, Offered, SlotLost, Wish

NewId = Callable[[], UUID]
Columns = dict[str, Any]
"""What is to be written, by the names of the table's columns."""


# What a writer who does not take our lock can still do to us: his booking stands, ours does not.
TAKEN = (asyncpg.ExclusionViolationError, asyncpg.DeadlockDetectedError)


@asynccontextmanager
async def as_service(db: Connection, caller: Caller) -> AsyncIterator[None]:
    """The service's word inside the caller's transaction; afterwards the caller speaks again."""
    await become(db, SERVICE)
    yield
    await become(db, caller)


async def contact(db: Connection, caller: Caller, *, now: datetime) -> UUID | None:
    """The guest session in which a visitor said who they are, held; none of an account, which has said so itself."""
    if caller.guest_session_id is not None or not caller.is_anonymous:
        return caller.guest_session_id
    async with as_service(db, caller):
        return await people.guest_session(db, caller.owner, now=now)


@asynccontextmanager
async def held(db: Connection, caller: Caller, draft_id: UUID) -> AsyncIterator[Draft]:
    """The caller's draft, as the service, with nobody else at the same professional or draft.

    Raises:
        NotFound: no such draft of the caller.
    """
    if caller.user_id is None:
        async with as_service(db, caller):
            seen = await drafts.guest_draft(db, draft_id, caller.holder)
    else:
        seen = await drafts.draft(db, draft_id)
    if seen is None:
        raise errors.NotFound
    async with as_service(db, caller):
        if seen["target_booking_id"] is not None:
            # Before the professional: an update of a booking holds its row when the table's trigger asks for the lock.
            await bookings.lock_booking(db, seen["target_booking_id"])
        await drafts.lock_professional(db, seen["professional_id"])
        row = await drafts.locked_draft(db, draft_id)
        if row is None:
            raise errors.NotFound  # its owner's account went this moment
        yield Draft.of(row)


async def over(db: Connection, draft: Draft, version: int | None, now: datetime) -> Answer | None:
    """What is true of a draft that is not open, or not in this version; none where it is. No version: any."""
    if draft.status == "confirmed" and draft.booking_id is not None:
        return Confirmed(draft, await bookings.written(db, draft.booking_id))
    if draft.status == "open" and draft.state(now) == "expired":
        draft = Draft.of(await drafts.change_draft(db, draft.id, {"status": "expired"}))
    if draft.status != "open":
        return Closed(draft)
    return Changed(draft, "version") if version not in {None, draft.version} else None


async def is_free(
    db: Connection,
    caller: Caller,
    professional_id: UUID,
    start: datetime,
    minutes: int,
    *,
    now: datetime,
    except_booking: UUID | None = None,
) -> bool:
    """Whether the visit fits; the caller's own drafts are no hindrance."""
    return await drafts.is_free(
        db, professional_id, start, minutes, now=now, owner=caller.holder, except_booking=except_booking
    )


async def lost(
    db: Connection,
    caller: Caller,
    draft: Draft | None,
    wish: Wish,
    *,
    now: datetime,
    except_booking: UUID | None = None,
) -> SlotLost:
    """The hour is not free, and these are near it."""
    alternatives = await drafts.nearest_free(
        db,
        wish.professional_id,
        wish.starts_at,
        wish.duration_minutes,
        now=now,
        owner=caller.holder,
        except_booking=except_booking,
        limit=terms.ALTERNATIVES,
    )
    return SlotLost(draft, alternatives, wish)


def hold(now: datetime) -> Columns:
    """A quarter of an hour from now."""
    return {"offered_at": now, "expires_at": now + terms.HOLD}


async def next_version(db: Connection, draft: Draft, columns: Columns) -> Draft:
    """The draft with these columns; who saw the one before must look again."""
    return Draft.of(await drafts.change_draft(db, draft.id, columns | {"version": draft.version + 1}))


async def stand(
    db: Connection,
    caller: Caller,
    kind: terms.Kind,
    columns: Columns,
    *,
    now: datetime,
    conversation_id: UUID | None,
    new_id: NewId,
) -> Offered:
    """Puts the offer in the place of the open one: its next version where it is about the same, else instead of it."""
    row = await drafts.replaced_draft(
        db,
        holder=caller.holder,
        conversation_id=conversation_id,
        target_booking_id=columns.get("target_booking_id"),
    )
    if row is not None:
        before = Draft.of(row)
        for name in ("address", "instructions"):
            columns[name] = columns.get(name) or (getattr(before, name) if before.kind == kind == "book" else None)
        is_open = before.state(now) == "open"
        if is_open and all(getattr(before, name) == value for name, value in columns.items()):
            return Offered(before)
        about = ("professional_id", "service_slug", "target_booking_id")
        if is_open and before.kind == kind and all(getattr(before, name) == columns.get(name) for name in about):
            return Offered(await next_version(db, before, columns | hold(now)))
        await drafts.change_draft(db, before.id, {"status": "superseded" if is_open else "expired"})
    if kind != "cancel":
        await drafts.make_room(db, caller.holder, keep=terms.HOLDS_MAX - 1, now=now)
    columns |= {"kind": kind, "user_id": caller.user_id, "conversation_id": conversation_id}
    return Offered(Draft.of(await drafts.add_draft(db, new_id(), columns | hold(now))))


async def done(db: Connection, draft: Draft, booking_id: UUID, *, now: datetime) -> Confirmed:
    """The draft is carried out and can never be again; the record of it is nobody's to change."""
    row = await drafts.change_draft(db, draft.id, {"status": "confirmed", "booking_id": booking_id})
    await drafts.record_confirmation(db, draft.id, booking_id, now=now)
    return Confirmed(Draft.of(row), await bookings.written(db, booking_id))
