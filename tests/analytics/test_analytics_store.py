"""The events' rows, behind the doors."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from amara import auth
from analytics import errors, store
from analytics.shapes import Count, Event
from tests.builders import a_person

AT = datetime(2025, 11, 5, 15, 0, tzinfo=UTC)
STAGES = ["SearchStarted", "ProfessionalViewed", "CheckoutStarted", "BookingConfirmed"]


def an_event(event_id=None, *, event_type="SearchStarted", user_id=None, session_id="visit"):
    return Event(event_id or uuid4(), event_type, user_id, session_id, "{}", AT)


async def filed(db, *events):
    async with db.service() as connection:
        return await store.file(connection, events)


async def test_only_what_is_new_is_named(db):
    one, other = an_event(), an_event()
    assert await filed(db, one, one) == {one.id}
    assert await filed(db, other, one) == {other.id}
    assert await filed(db, one, other) == set()


async def test_what_is_filed_is_the_senders_and_at_a_time_that_can_be_true(db, owner):
    await filed(db, an_event())
    row = await owner.fetchrow(
        "select source, channel, created_at > now() - interval '1 hour' as is_now from platform_events"
    )
    assert tuple(row) == ("client", "web", True)


async def test_statements_with_the_same_events_never_wait_for_each_other_in_a_circle(db, owner):
    low, high = sorted((uuid4(), uuid4()))
    insert = "insert into public.platform_events (id, event_type) values ($1, 'A')"
    other = owner.transaction()
    await other.start()
    await owner.execute(insert, low)
    filing = asyncio.create_task(filed(db, an_event(high), an_event(low)))
    while not await owner.fetchval("select exists (select from pg_locks where not granted)"):
        assert not filing.done()
    await owner.execute(insert, high)  # were it the other's already, both would wait, and PostgreSQL would end one
    await other.commit()
    assert await filing == set()


async def test_an_account_that_is_gone_tells_nothing(db):
    with pytest.raises(errors.AccountGone):
        await filed(db, an_event(user_id=uuid4()))


async def test_what_postgresql_finds_too_large_is_refused(db):
    with pytest.raises(errors.EventTooLarge):
        await filed(db, Event(uuid4(), "A", None, None, '{"x":"' + "y" * 33_000 + '"}', AT))


async def test_a_declared_type_is_counted_and_one_taken_out_stays_out(db, owner):
    await owner.execute("update platform_event_types set is_counted = false where event_type = 'LeadReceived'")
    async with db.service() as connection:
        await store.declare(connection, ["LeadReceived", "QuoteAsked"])
    counted = "select is_counted from platform_event_types where event_type = $1"
    assert await owner.fetchval(counted, "QuoteAsked") is True
    assert await owner.fetchval(counted, "LeadReceived") is False


@pytest.mark.parametrize(("role", "is_administrator"), [("customer", False), ("professional", False), ("admin", True)])
async def test_the_profile_says_who_administers(db, owner, role, is_administrator):
    user_id = await a_person(owner, role=role)
    async with db.transaction(auth.person(user_id, is_anonymous=False)) as connection:
        assert await store.is_administrator(connection) is is_administrator


async def test_the_numbers_come_in_their_order(db, owner):
    admin = await a_person(owner, role="admin")
    events = [
        an_event(event_type=name, session_id=visit) for visit in "ab" for name in STAGES[: 4 if visit == "a" else 1]
    ]
    await owner.executemany(
        "insert into platform_events (event_type, session_id, created_at) values ($1, $2, $3)",
        [(event.event_type, event.session_id, event.created_at) for event in events],
    )
    async with db.transaction(auth.person(admin, is_anonymous=False)) as connection:
        stages = await store.funnel(connection, AT, AT)
        counts = await store.counts(connection, AT, AT)
    assert [(each.stage, each.unique_users, each.conversion_rate) for each in stages] == [
        (STAGES[0], 2, 100.0),
        (STAGES[1], 1, 50.0),
        (STAGES[2], 1, 50.0),
        (STAGES[3], 1, 50.0),
    ]
    assert counts[0] == Count("SearchStarted", 2)


async def test_without_the_right_to_read_events_the_numbers_are_nothing(db, owner):
    customer = await a_person(owner)
    await filed(db, an_event())
    async with db.transaction(auth.person(customer, is_anonymous=False)) as connection:
        assert {each.unique_users for each in await store.funnel(connection, AT, AT)} == {0}
        assert await store.counts(connection, AT, AT) == []
