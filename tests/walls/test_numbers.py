"""The funnel and the counts against the plainest way to count them."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.builders import a_booking, a_person
from tests.walls.browser import OPEN_SESSION, TOKEN, browser

STAGES = ["SearchStarted", "ProfessionalViewed", "CheckoutStarted", "BookingConfirmed"]
TYPES = [*STAGES, "ReviewSubmitted", "NobodyDeclaredThis"]
FUNNEL = "select * from public.get_conversion_funnel($1, $2)"
COUNTS = "select * from public.get_event_counts_by_type($1, $2)"
NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


def story(chance, users):
    """Some days of events in the order in which they are written; sessions that change hands, clocks that meet."""
    return [
        {
            "event_type": chance.choices(TYPES, (6, 5, 4, 3, 1, 1))[0],
            "user_id": chance.choice([None, None, *users]),
            "session_id": chance.choice([None, *"abcdefgh"]),
            "created_at": NOON + timedelta(minutes=30 * chance.randrange(0, 200)),
            "properties": {"booking_id": f"b{chance.randrange(0, 9)}"} if chance.random() < 0.5 else {},
        }
        for _ in range(chance.randrange(0, 120))
    ]


def people(events):
    """Each event with whoever it was: the account, else the account of the session, else the session."""
    known = {}
    for event in events:
        session, user = event["session_id"], event["user_id"]
        if session and user and (session not in known or event["created_at"] < known[session][0]):
            known[session] = event["created_at"], user
    for event in events:
        session, user = event["session_id"], event["user_id"]
        yield event, user or known.get(session, (None, session))[1]


def went(steps, begins, ends):
    """The furthest stage of one person's (time, stage) pairs: the best of all searches in the range."""
    furthest = 0
    for search in (at for at, stage in steps if stage == 0 and begins <= at <= ends):
        at, reached = search, 1
        for stage in (1, 2, 3):
            later = [then for then, its in steps if its == stage and at <= then <= search + DAY]
            if not later:
                break
            at, reached = min(later), stage + 1
        furthest = max(furthest, reached)
    return furthest


def expected_funnel(events, begins, ends):
    steps = {}
    for event, who in people(events):
        if who and event["event_type"] in STAGES:
            steps.setdefault(who, []).append((event["created_at"], STAGES.index(event["event_type"])))
    reached = [went(each, begins, ends) for each in steps.values()]
    numbers = [sum(each > stage for each in reached) for stage in range(4)]
    rates = [round(Decimal(100 * number) / numbers[0], 2) if numbers[0] else Decimal("0.00") for number in numbers]
    return list(zip(STAGES, numbers, rates, strict=True))


def expected_counts(events, begins, ends):
    within = [event for event in events if begins <= event["created_at"] <= ends]
    counts = Counter(event["event_type"] for event in within if event["event_type"] not in {STAGES[3], TYPES[-1]})
    booked = [event for event in within if event["event_type"] == STAGES[3]]
    told = {event["properties"].get("booking_id") for event in booked} - {None}
    if booked:
        counts[STAGES[3]] = len(told) + sum(not event["properties"] for event in booked)
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


@pytest.mark.parametrize("seed", range(20))
async def test_the_numbers_are_those_of_the_plainest_count(owner, seed):
    chance = random.Random(seed)
    events = story(chance, [await a_person(owner) for _ in range(3)])
    await owner.executemany(
        "insert into public.platform_events (event_type, user_id, session_id, created_at, properties)"
        " values ($1, $2, $3, $4, $5)",
        [tuple(event.values()) for event in events],
    )
    for first, last in ((0, 200), (20, 60), (50, 51), (60, 20), (90, 90)):
        begins, ends = NOON + first * timedelta(minutes=30), NOON + last * timedelta(minutes=30)
        assert [tuple(row) for row in await owner.fetch(FUNNEL, begins, ends)] == expected_funnel(events, begins, ends)
        assert [tuple(row) for row in await owner.fetch(COUNTS, begins, ends)] == expected_counts(events, begins, ends)


async def test_a_browsers_booking_is_counted_nowhere_and_lends_its_visit_to_the_real_one(owner):
    tell = "insert into public.platform_events (event_type, session_id, properties) values ($1, $2, $3)"
    guest = (await owner.fetchrow(OPEN_SESSION, TOKEN, "a@example.com"))["id"]
    async with browser(owner) as page:
        for stage in STAGES[:3]:
            for visit in ("liar", "guest"):
                await page.execute(tell, stage, visit, {})
        await page.execute(tell, STAGES[3], "liar", {"booking_id": "of nothing", "total": 1})
    booking = await a_booking(owner, guest_session_id=guest)
    last_hour = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    assert [row["unique_users"] for row in await owner.fetch(FUNNEL, *last_hour)] == [2, 2, 2, 0]
    async with browser(owner) as page:
        await page.execute(tell, STAGES[3], "guest", {"booking_id": str(booking), "total": 1})
    assert [row["unique_users"] for row in await owner.fetch(FUNNEL, *last_hour)] == [2, 2, 2, 1]
    assert dict(await owner.fetch(COUNTS, *last_hour))[STAGES[3]] == 1


async def test_what_a_secret_key_says_of_a_booking_that_said_it_itself_is_said_once(owner):
    booking = await a_booking(owner)
    async with browser(owner, role="service_role") as secret:
        await secret.execute(
            "insert into public.platform_events (event_type, properties) values ('BookingConfirmed', $1)",
            {"booking_id": str(booking)},
        )
    last_hour = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
    assert dict(await owner.fetch(COUNTS, *last_hour)) == {"BookingConfirmed": 1}


async def test_a_visitor_who_became_somebody_is_one_person(owner):
    visitor, account = await a_person(owner, is_anonymous=True), await a_person(owner)
    tell = "insert into public.platform_events (event_type, user_id, session_id, created_at) values ($1, $2, $3, $4)"
    for minutes, (stage, user, session) in enumerate(
        (
            (STAGES[0], None, "visit"),
            (STAGES[1], visitor, "visit"),
            (STAGES[2], visitor, None),
            (STAGES[3], account, None),
        )
    ):
        await owner.execute(tell, stage, user, session, NOON + timedelta(minutes=minutes))
    await owner.execute("insert into public.platform_identities values ('u:' || $1::uuid, $2)", visitor, account)
    assert [row["unique_users"] for row in await owner.fetch(FUNNEL, NOON, NOON)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("-infinity", "infinity"),
        ("infinity", "-infinity"),
        ("infinity", "infinity"),
        ("4714-12-01 BC", "294276-12-31"),
        ("2026-01-01", "2025-01-01"),
        (None, None),
    ],
)
async def test_no_range_is_an_error(owner, first, last):
    rows = await owner.fetch(
        "select * from public.get_conversion_funnel($1::text::timestamptz, $2::text::timestamptz)", first, last
    )
    assert [tuple(row) for row in rows] == [(stage, 0, Decimal("0.00")) for stage in STAGES]
    await owner.execute("insert into public.platform_events (event_type, session_id) values ('SearchStarted', 'a')")
    rows = await owner.fetch(
        "select * from public.get_conversion_funnel($1::text::timestamptz, $2::text::timestamptz)", first, last
    )
    expected = 1 if first in {"-infinity", "4714-12-01 BC"} else 0
    assert rows[0]["unique_users"] == expected


async def test_an_operator_declares_a_type_and_it_is_counted_or_takes_one_out(owner):
    for name in ("Theirs", "SearchStarted"):
        await owner.execute("insert into public.platform_events (event_type, session_id) values ($1, 'a')", name)
    async with browser(owner, role="service_role") as secret:
        await secret.execute("insert into public.platform_event_types (event_type) values ('Theirs')")
        await secret.execute(
            "update public.platform_event_types set is_counted = false where event_type = 'SearchStarted'"
        )
    rows = await owner.fetch("select * from public.get_event_counts_by_type()")
    assert [tuple(row) for row in rows] == [("Theirs", 1)]
