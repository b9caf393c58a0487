"""The events' rows, behind the doors."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from amara import auth
from analytics import errors, store
from analytics.shapes import Count, Event
from tests.builders import a_person

AT = datetime(2025, 11, 5, 15, 0, tzinfo=UTC)
STAGES = ["SearchStarted", "ProfessionalViewed", "CheckoutStarted", "BookingConfirmed"]


def an_event(event_id=None, *, event_type="SearchStarted", user_id=None, session_id="visit"):
    return Event(event_id or uuid4(), event_type, user_id, session_id, "{}", AT)


async def appended(db, who, *events):
    async with db.transaction(who) as connection:
        return await store.append(connection, events)


async def test_only_what_is_new_is_counted(db):
    one, other = an_event(), an_event()
    assert await appended(db, auth.ANONYMOUS, one, one) == 1
    assert await appended(db, auth.ANONYMOUS, other, one) == 1
    assert await appended(db, auth.ANONYMOUS, one, other) == 0


async def test_requests_with_the_same_events_never_wait_for_each_other_in_a_circle(db, owner):
    low, high = sorted((uuid4(), uuid4()))
    insert = "insert into public.platform_events (id, event_type) values ($1, 'A')"
    other = owner.transaction()
    await other.start()
    await owner.execute(insert, low)
    request = asyncio.create_task(appended(db, auth.ANONYMOUS, an_event(high), an_event(low)))
    while not await owner.fetchval("select exists (select from pg_locks where not granted)"):
        assert not request.done()
    await owner.execute(insert, high)  # were it the request's already, both would wait, and PostgreSQL would end one
    await other.commit()
    assert await request == 0


async def test_nobody_appends_in_the_name_of_another(db, owner):
    one, other = await a_person(owner), await a_person(owner)
    for who in (auth.ANONYMOUS, auth.person(one, is_anonymous=False)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await appended(db, who, an_event(user_id=other))


async def test_an_account_that_is_gone_appends_nothing(db):
    gone = uuid4()
    with pytest.raises(errors.AccountGone):
        await appended(db, auth.person(gone, is_anonymous=False), an_event(user_id=gone))


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
    await appended(db, auth.SERVICE, *events)  # a browser's bookings are not counted, nor are its days believed
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
    await appended(db, auth.ANONYMOUS, an_event())
    async with db.transaction(auth.person(customer, is_anonymous=False)) as connection:
        assert {each.unique_users for each in await store.funnel(connection, AT, AT)} == {0}
        assert await store.counts(connection, AT, AT) == []
