"""What is kept of the numbers against every event counted one by one, however much of it is rolled up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.analytics import journeys
from tests.analytics.journeys import CHANNELS, STAGES, Happened, Journeys
from tests.builders import a_person

BOGOTA = "America/Bogota"
MIDNIGHT = datetime(2025, 11, 3, 5, tzinfo=UTC)  # in Bogotá
HOUR = timedelta(hours=1)
NAMES = UUID(int=7)
LAST = 6 * 24  # hours
FUNNEL = "select * from public.get_conversion_funnel_by($1, $2, $3, $4)"
SEED_FUNNEL = "select * from public.get_conversion_funnel($1, $2)"
DAYS = "select * from public.get_funnel_days($1, $2, $3, $4)"
COUNTS = "select * from public.get_event_counts_by_type($1, $2)"
EVENT_DAYS = "select * from public.get_event_days($1, $2, $3)"
ROLL = "select amara_private.roll_up_events()"

# Mostly in the order of a journey, with midnights and moments that meet.
_moments = st.one_of(
    st.integers(0, LAST * 4).map(lambda quarter: MIDNIGHT + quarter * HOUR / 4),
    st.integers(0, 6).map(lambda day: MIDNIGHT + day * 24 * HOUR),
    st.integers(1, 6).map(lambda day: MIDNIGHT + day * 24 * HOUR - timedelta(microseconds=1)),
)
_events = st.builds(
    dict,
    event_type=st.sampled_from([*STAGES, *STAGES, "ReviewSubmitted"]),
    at=_moments,
    user=st.sampled_from([None, None, None, 0, 1, 2, 3]),  # two accounts, two visitors
    session=st.sampled_from([None, *"abcd", *"abcd"]),
    channel=st.sampled_from(CHANNELS),
    source=st.sampled_from(["server", "server", "client"]),
    city=st.sampled_from([None, "Cali", "BOGOTA", "bogota"]),
    booking=st.sampled_from([None, *"xyz"]),
)
_deeds = st.one_of(
    st.tuples(st.just("write"), st.lists(_events, min_size=1, max_size=12)),
    st.tuples(st.just("write"), st.lists(_events, min_size=1, max_size=12)),
    st.tuples(st.just("become"), st.sampled_from([(2, 0), (3, 1), (2, 1)])),
    st.tuples(st.just("forget"), st.integers(0, 5)),
    st.tuples(st.just("roll"), st.integers(1, 4)),
    st.tuples(st.just("roll"), st.just(99)),
    st.tuples(st.just("begin again"), st.none()),
)
_ranges = st.one_of(
    st.tuples(_moments, _moments),
    st.tuples(st.integers(0, 6), st.integers(0, 6)).map(
        lambda days: (MIDNIGHT + days[0] * 24 * HOUR, MIDNIGHT + (days[1] + 1) * 24 * HOUR - timedelta(microseconds=1))
    ),
    st.just((datetime(1, 1, 5, tzinfo=UTC), datetime(9990, 1, 1, tzinfo=UTC))),
)


async def write(connection, known, events):
    known.happen(events)
    columns = list(zip(*(event.row for event in events), strict=True))
    columns[-1] = [msgspec.json.encode(each).decode() for each in columns[-1]]
    await connection.execute(journeys.WRITE, *columns)


async def roll(connection, steps=10_000):
    for _ in range(steps):
        if not await connection.fetchval(ROLL):
            return


async def do(connection, known, people, deed, what, number):
    match deed:
        case "write":
            events = [
                Happened(
                    uuid5(NAMES, f"{number} {place}"),
                    **(each | {"user": None if each["user"] is None else people[each["user"]]}),
                )
                for place, each in enumerate(what)
            ]
            await write(connection, known, events)
        case "become":
            visitor, account = (people[each] for each in what)
            known.become(visitor, account)
            await connection.execute(
                "insert into public.platform_identities values ('u:' || $1::uuid, $2) on conflict do nothing",
                visitor,
                account,
            )
        case "forget":
            ids = sorted(known.events)[:what]
            known.forget(ids)
            await connection.execute("delete from public.platform_events where id = any($1)", ids)
        case "roll":
            await roll(connection, what)
        case "begin again":
            await connection.execute("insert into public.platform_event_marks (since) values (now())")


async def compare(connection, known, ranges, channel, city):
    searches = list(known.searches())
    for begins, ends in ranges:
        rows = await connection.fetch(FUNNEL, begins, ends, channel, city)
        assert [tuple(row) for row in rows] == journeys.funnel(searches, begins, ends, channel, city)
        rows = await connection.fetch(SEED_FUNNEL, begins, ends)
        assert [tuple(row) for row in rows] == journeys.funnel(searches, begins, ends)
        rows = await connection.fetch(COUNTS, begins, ends)
        assert [tuple(row) for row in rows] == journeys.counts(known.events.values(), begins, ends)
    first, last = date(2025, 11, 4), date(2025, 11, 7)
    rows = await connection.fetch(DAYS, first, last, channel, city)
    assert [tuple(row) for row in rows] == journeys.by_day(searches, BOGOTA, first, last, channel, city)
    rows = await connection.fetch(EVENT_DAYS, first, last, channel)
    counted = {}
    for (day, name, its), number in known.days(BOGOTA).items():
        if first <= day <= last and channel in {None, its}:
            counted[day, name] = counted.get((day, name), 0) + number
    assert {(row["day"], row["event_type"]): row["events"] for row in rows} == counted


@pytest.fixture
async def people(owner):
    """Two accounts and two visitors; events are written with the source they say."""
    await owner.execute("alter table public.platform_events disable trigger stamp_platform_events")
    return [await a_person(owner, is_anonymous=place > 1) for place in range(4)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deeds=st.lists(_deeds, min_size=1, max_size=10),
    ranges=st.lists(_ranges, min_size=1, max_size=3),
    channel=st.sampled_from([None, None, *CHANNELS]),
    city=st.sampled_from([None, None, "cali", "bogota"]),
)
async def test_the_numbers_are_those_of_every_event_counted_by_hand(owner, people, deeds, ranges, channel, city):
    known, attempt = Journeys(), owner.transaction()
    await attempt.start()
    try:
        for number, (deed, what) in enumerate(deeds):
            await do(owner, known, people, deed, what, number)
        await compare(owner, known, ranges, channel, city)
        await roll(owner)
        assert await owner.fetchval("select count(*) from public.platform_event_marks") == 0
        await compare(owner, known, ranges, channel, city)
    finally:
        await attempt.rollback()
