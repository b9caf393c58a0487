"""A visitor may draft and ask; to book, somebody must have said who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest

from amara import auth, errors, terms
from tests.builders import a_booking, a_person, a_professional
from tests.calendars import NOW
from tests.counter import MONDAY, Person


@dataclass
class Visitor(Person):
    @property
    def caller(self) -> auth.Caller:
        return auth.person(self.id, is_anonymous=True)


@pytest.fixture
async def ana(owner):
    return await a_professional(owner)


@pytest.fixture
async def visitor(owner, db):
    return Visitor(db, await a_person(owner, is_anonymous=True))


async def a_session(owner, visitor, *, metadata=None, expires_at=NOW + timedelta(hours=24), created_at=NOW):
    session_id = uuid4()
    await owner.execute(
        "insert into guest_sessions (id, session_token, email, full_name, user_id, metadata, expires_at, created_at)"
        " values ($1, md5($1::uuid::text), 'maria@example.com', 'María', $2, $3, $4, $5)",
        session_id,
        visitor.id,
        {"consent": {"version": "1"}, "analytics_session_id": "visit-7"} if metadata is None else metadata,
        expires_at,
        created_at,
    )
    return session_id


async def test_a_visitor_drafts_and_is_asked_who_they_are_before_it_is_booked(owner, ana, visitor):
    draft = await visitor.draft(ana)
    with pytest.raises(errors.ContactNeeded):
        await visitor.confirm(draft)
    assert await owner.fetchval("select status from public.amara_booking_drafts") == "open"
    assert await owner.fetchval("select count(*) from public.bookings") == 0
    session = await a_session(owner, visitor)
    done = await visitor.confirm(draft)
    assert isinstance(done, terms.Confirmed)
    row = await owner.fetchrow("select * from public.bookings")
    assert (row["customer_id"], row["guest_session_id"], row["booking_source"]) == (visitor.id, session, "amara")
    assert row["source_details"] == {"draft_id": str(draft.id), "analytics_session_id": "visit-7"}
    kept = await owner.fetchrow("select * from amara_private.confirmations")
    assert (kept["user_id"], kept["guest_session_id"]) == (visitor.id, session)
    assert (await visitor.confirm(draft)).booking["id"] == row["id"]


@pytest.mark.parametrize(
    "session",
    [
        {"metadata": {}},
        {"expires_at": NOW},
        {"metadata": {"consent": {"version": "1"}, "converted_to_user_id": str(uuid4())}},
    ],
    ids=["no consent", "over", "an account's by now"],
)
async def test_a_session_that_says_nothing_any_more_is_none(owner, ana, visitor, session):
    draft = await visitor.draft(ana)
    await a_session(owner, visitor, **session)
    with pytest.raises(errors.ContactNeeded):
        await visitor.confirm(draft)


async def test_another_visitors_contact_is_not_this_ones(owner, db, ana, visitor):
    draft = await visitor.draft(ana)
    await a_session(owner, Visitor(db, await a_person(owner, is_anonymous=True)))
    with pytest.raises(errors.ContactNeeded):
        await visitor.confirm(draft)


async def test_the_latest_contact_counts(owner, ana, visitor):
    await a_session(owner, visitor, created_at=NOW - timedelta(hours=2))
    latest = await a_session(owner, visitor, created_at=NOW - timedelta(hours=1))
    assert (await visitor.book(ana))["guest_session_id"] == latest


async def test_what_was_asked_before_still_comes_first(owner, ana, visitor):
    assert isinstance(await visitor.confirm(await visitor.draft(ana, address=None)), terms.Incomplete)
    late = visitor.later(minutes=15)
    assert isinstance(await late.confirm(await visitor.draft(ana)), terms.Closed)


async def test_whoever_has_a_booking_need_not_say_it_again_to_cancel_or_move_it(owner, ana, visitor):
    booked = await a_booking(
        owner,
        professional_id=ana,
        customer_id=visitor.id,
        scheduled_start=MONDAY,
        scheduled_end=MONDAY + timedelta(hours=4),
    )
    moved = await visitor.confirm((await visitor.offer_move(booked, MONDAY + timedelta(days=1))).draft)
    assert isinstance(moved, terms.Confirmed)
    assert isinstance(await visitor.confirm((await visitor.offer_cancellation(booked)).draft), terms.Confirmed)
