"""Racers for the same hours: as many bookings as there are hours, and a true answer for everybody else."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from amara import booking, errors, terms
from amara.db import open_database
from tests.builders import a_conversation, a_person, a_professional
from tests.calendars import NOW, a_hold
from tests.counter import ADDRESS, MONDAY, Person

RACERS = 20
SUNDAY = 6
DAYS = [day for day in range(29) if (MONDAY + timedelta(days=day)).weekday() != SUNDAY]
SLOTS = [MONDAY.replace(hour=13) + timedelta(days=day, hours=3 * n) for day in DAYS for n in (0, 1)]


@pytest.fixture
async def racers(owner, urls):
    database = await open_database(urls.login_url, size=20)
    yield [Person(database, await a_person(owner)) for _ in range(RACERS)]
    await database.close()


async def overlaps(owner):
    return await owner.fetchval(
        "select count(*) from public.bookings a join public.bookings b on a.id < b.id"
        " and a.professional_id = b.professional_id and tstzrange(a.scheduled_start, a.scheduled_end)"
        " && tstzrange(b.scheduled_start, b.scheduled_end) where a.status in ('pending', 'confirmed')"
        " and b.status in ('pending', 'confirmed')"
    )


async def test_twenty_racers_offer_and_confirm_the_same_hours(owner, racers):
    ana = await a_professional(owner)
    assert len(SLOTS) == 50

    async def race(person, slot):
        offered = await person.offer(ana, slot, duration_minutes=120)
        return await person.confirm(offered.draft) if isinstance(offered, terms.Offered) else offered

    for slot in SLOTS:
        answers = await asyncio.gather(*(race(person, slot) for person in racers))
        said = Counter(type(answer) for answer in answers)
        assert said == {terms.Confirmed: 1, terms.SlotLost: RACERS - 1}
    assert await owner.fetchval("select count(*) from public.bookings") == len(SLOTS)
    assert await overlaps(owner) == 0


async def test_drafts_that_overlap_though_they_could_not_become_one_booking(owner, racers):
    """Even holds that somebody wrote past our lock: the confirmation looks again."""
    ana = await a_professional(owner)
    drafts = [
        await a_hold(owner, ana, person.id, MONDAY, MONDAY + timedelta(hours=2), expires_at=NOW + timedelta(minutes=9))
        for person in racers
    ]
    await owner.execute("update public.amara_booking_drafts set address = $1", ADDRESS)
    answers = await asyncio.gather(
        *(person.confirm(draft) for person, draft in zip(racers, drafts, strict=True)), return_exceptions=True
    )
    assert {type(answer) for answer in answers} == {terms.SlotLost}
    assert await owner.fetchval("select count(*) from public.bookings") == 0


async def test_booking_moving_cancelling_and_declining_at_once_stop_nobody(owner, racers):
    ana = await a_professional(owner)
    week = SLOTS[:10]  # its mornings and afternoons; the next one stays free to move to
    booked = [await person.book(ana, slot, duration_minutes=120) for person, slot in zip(racers, week, strict=False)]
    talks = {person.id: await a_conversation(owner, user_id=person.id) for person in racers}

    offers = []
    for person, row in zip(racers, booked, strict=False):
        cancelling = await person.offer_cancellation(row["id"], conversation_id=talks[person.id])
        moving = await person.offer_move(row["id"], row["scheduled_start"] + timedelta(days=7))
        offers += [(person, cancelling.draft), (person, moving.draft), (person, cancelling.draft)]

    async def sweep():
        async with racers[0].db.service() as db:
            await booking.decline_unanswered(db, NOW + timedelta(hours=24))

    results = await asyncio.gather(
        *(person.confirm(draft) for person, draft in offers),
        *(sweep() for _ in range(5)),
        return_exceptions=True,
    )
    broken = [answer for answer in results if isinstance(answer, BaseException)]
    assert broken == []
    await sweep()  # one that was moved after the last round waits anew, and is declined by the next
    rows = await owner.fetch("select status from public.bookings")
    assert {row["status"] for row in rows} <= {"cancelled", "declined"}
    assert await overlaps(owner) == 0


async def test_a_full_house_is_told_to_come_back(owner, urls):
    """More callers than connections: the answer is one that another try mends, and nothing is booked twice."""
    ana = await a_professional(owner)
    database = await open_database(urls.login_url, size=2)
    try:
        people = [Person(database, await a_person(owner)) for _ in range(30)]
        answers = await asyncio.gather(*(person.offer(ana) for person in people), return_exceptions=True)
    finally:
        await database.close()
    said = Counter(type(answer) for answer in answers)
    assert said[terms.Offered] == 1
    assert set(said) <= {terms.Offered, terms.SlotLost, errors.Unavailable}


def test_the_slots_are_real():
    assert all(slot > datetime(2030, 3, 4, tzinfo=UTC) for slot in SLOTS)
