"""Which days are meant, who may see the numbers, and that they are right."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from analytics import errors, funnel
from analytics.settings import Handed, Settings
from tests.builders import a_person

FUNNEL, COUNTS = "/v1/analytics/funnel", "/v1/analytics/event-counts"
STAGES = ["SearchStarted", "ProfessionalViewed", "CheckoutStarted", "BookingConfirmed"]
SETTINGS = Settings()


def days(first=None, last=None, *, zone="America/Bogota", now=datetime(2025, 11, 7, 3, 0, tzinfo=UTC)):
    handed = Handed(caller=None, transaction=None, service=None, now=lambda: now, time_zone=zone)
    return funnel.days_asked(first, last, handed, SETTINGS)


def test_a_day_ends_where_the_zone_ends_it():
    asked = days("2025-11-01", "2025-11-07")
    assert asked.begins == datetime(2025, 11, 1, 5, 0, tzinfo=UTC)
    assert asked.ends == datetime(2025, 11, 8, 5, 0, tzinfo=UTC) - timedelta(microseconds=1)


def test_a_day_of_25_hours_is_a_whole_day():
    asked = days("2025-10-26", "2025-10-26", zone="Europe/Madrid")
    assert asked.ends - asked.begins == timedelta(hours=25) - timedelta(microseconds=1)


def test_without_days_the_last_thirty_are_meant():
    asked = days()  # three in the morning, UTC: still the sixth in Bogotá
    assert (asked.first, asked.last) == (date(2025, 10, 8), date(2025, 11, 6))


def test_one_end_alone_is_enough():
    assert days(last="2025-03-30").first == date(2025, 3, 1)
    assert days("2025-11-01").last == date(2025, 11, 6)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2025-11-07", "2025-11-01"),
        ("2025-13-01", None),
        ("2025-02-30", None),
        ("20250101", None),
        ("2025-W01-1", None),
        ("yesterday", None),
        ("infinity", None),
        ("2025-11-07T00:00:00Z", None),
        ("0001-01-01", None),
        (None, "9999-12-31"),
        ("1999-12-31", "2000-01-02"),
        (" ", None),
    ],
)
def test_days_that_are_no_range_are_refused(first, last):
    with pytest.raises(errors.BadRange):
        days(first, last)


async def numbers(door, path, headers=None, **query):
    async with door.get(path, headers=headers or {}, params={k.rstrip("_"): v for k, v in query.items()}) as answer:
        return answer.status, await answer.json()


async def did(owner, who, *steps):
    """Rows of one identity: a user's id or a session's name, and (type, time) pairs."""
    user_id, session_id = (who, None) if isinstance(who, UUID) else (None, who)
    await owner.executemany(
        "insert into public.platform_events (event_type, user_id, session_id, created_at) values ($1, $2, $3, $4)",
        [(name, user_id, session_id, at) for name, at in steps],
    )


def journey(begins, stages, *, every=timedelta(minutes=10)):
    return [(name, begins + every * step) for step, name in enumerate(STAGES[:stages])]


@pytest.fixture
async def people(owner, tokens, customer):
    """Headers by who knocks."""
    visitor = await a_person(owner, is_anonymous=True)
    return {
        "nobody": {},
        "visitor": tokens.bearer(visitor, is_anonymous=True),
        "customer": tokens.bearer(customer),
        "professional": tokens.bearer(await a_person(owner, role="professional")),
        "admin": tokens.bearer(await a_person(owner, role="admin")),
    }


@pytest.mark.parametrize("path", [FUNNEL, COUNTS])
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("nobody", (401, "token_missing")),
        ("visitor", (403, "not_allowed")),
        ("customer", (403, "not_allowed")),
        ("professional", (403, "not_allowed")),
        ("admin", (200, None)),
    ],
)
async def test_the_numbers_are_for_administrators(door, people, path, who, expected):
    status, said = await numbers(door, path, people[who])
    assert (status, said.get("code")) == expected


@pytest.mark.parametrize("path", [FUNNEL, COUNTS])
async def test_an_administrator_no_more_sees_no_more(door, owner, tokens, path):
    user_id = await a_person(owner, role="admin")
    assert (await numbers(door, path, tokens.bearer(user_id)))[0] == 200
    await owner.execute("update public.profiles set role = 'customer' where id = $1", user_id)
    assert (await numbers(door, path, tokens.bearer(user_id)))[0] == 403


async def test_an_empty_funnel_has_its_four_stages(door, admin, clock):
    async with door.get(FUNNEL, headers=admin) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        text, said = await answer.text(), await answer.json()
    assert [(each["stage"], each["unique_users"]) for each in said["stages"]] == [(name, 0) for name in STAGES]
    assert {each["conversion_rate"] for each in said["stages"]} == {0}
    assert '"conversion_rate":"' not in text  # a number, not a text that looks like one
    today = clock().astimezone(days().zone).date()
    assert (said["from"], said["to"]) == (str(today - timedelta(days=29)), str(today))
    assert said["beyond_retention"] is False


async def test_people_are_counted_once_as_far_as_they_went(door, owner, admin, customer):
    at = datetime(2025, 11, 5, 15, 0, tzinfo=UTC)
    await did(owner, customer, *journey(at, 4))
    await did(owner, customer, *journey(at + timedelta(hours=2), 4))  # the same person again
    for visit, furthest in {"a": 3, "b": 2, "c": 2, "d": 1, "e": 1, "f": 1, "g": 1}.items():
        await did(owner, visit, *journey(at, furthest))
    await did(owner, "no search", ("CheckoutStarted", at))
    await did(owner, "too late", ("SearchStarted", at), ("ProfessionalViewed", at + timedelta(hours=25)))
    await did(owner, "backwards", ("ProfessionalViewed", at), ("SearchStarted", at + timedelta(hours=1)))
    await did(owner, "not a stage", ("SomethingNew", at))
    status, said = await numbers(door, FUNNEL, admin, from_="2025-11-05", to="2025-11-05")
    assert status == 200
    assert said["stages"] == [
        {"stage": "SearchStarted", "unique_users": 10, "conversion_rate": 100.0},
        {"stage": "ProfessionalViewed", "unique_users": 4, "conversion_rate": 40.0},
        {"stage": "CheckoutStarted", "unique_users": 2, "conversion_rate": 20.0},
        {"stage": "BookingConfirmed", "unique_users": 1, "conversion_rate": 10.0},
    ]


async def test_a_rate_has_two_decimals(door, owner, admin):
    at = datetime(2025, 11, 5, 15, 0, tzinfo=UTC)
    for visit, furthest in {"a": 2, "b": 1, "c": 1}.items():
        await did(owner, visit, *journey(at, furthest))
    _, said = await numbers(door, FUNNEL, admin, from_="2025-11-05", to="2025-11-05")
    assert [each["conversion_rate"] for each in said["stages"]] == [100.0, 33.33, 0.0, 0.0]


async def test_both_days_of_a_range_are_counted_whole(door, owner, admin):
    """In Bogotá the day begins at five, UTC."""
    for visit, at in {
        "before": datetime(2025, 11, 1, 4, 59, 59, tzinfo=UTC),
        "first": datetime(2025, 11, 1, 5, 0, tzinfo=UTC),
        "last": datetime(2025, 11, 8, 4, 59, 59, 999999, tzinfo=UTC),
        "after": datetime(2025, 11, 8, 5, 0, tzinfo=UTC),
    }.items():
        await did(owner, visit, ("SearchStarted", at))
    _, said = await numbers(door, FUNNEL, admin, from_="2025-11-01", to="2025-11-07")
    assert said["stages"][0]["unique_users"] == 2
    _, said = await numbers(door, COUNTS, admin, from_="2025-11-01", to="2025-11-07")
    assert said["counts"] == [{"event_type": "SearchStarted", "event_count": 2}]


async def test_events_are_counted_by_type_most_frequent_first(door, owner, admin):
    await owner.execute("insert into public.platform_event_types (event_type) values ('SomethingNew')")
    at = datetime(2025, 11, 5, 15, 0, tzinfo=UTC)
    await did(owner, "a", *journey(at, 2), ("ProfessionalViewed", at), ("SomethingNew", at), ("SomethingNew", at))
    await did(owner, "b", ("ProfessionalViewed", at), *[("NobodyDeclaredThis", at)] * 9)
    status, said = await numbers(door, COUNTS, admin, from_="2025-11-05", to="2025-11-05")
    assert (status, said["from"], said["to"]) == (200, "2025-11-05", "2025-11-05")
    assert [(each["event_type"], each["event_count"]) for each in said["counts"]] == [
        ("ProfessionalViewed", 3),
        ("SomethingNew", 2),
        ("SearchStarted", 1),
    ]


async def test_a_range_that_begins_before_the_events_we_keep_says_so(door, admin, clock):
    today = clock().astimezone(days().zone).date()
    for age, is_beyond in {90: False, 91: True, 365 * 20: True}.items():
        _, said = await numbers(door, FUNNEL, admin, from_=str(today - timedelta(days=age)))
        assert said["beyond_retention"] is is_beyond


@pytest.mark.parametrize("path", [FUNNEL, COUNTS])
@pytest.mark.parametrize("query", [{"from_": "2025-11-07", "to": "2025-11-01"}, {"from_": "infinity"}, {"to": "x"}])
async def test_a_range_that_is_none_is_refused(door, admin, path, query):
    status, said = await numbers(door, path, admin, **query)
    assert (status, said["code"]) == (400, "bad_request")


async def test_what_is_captured_is_counted(door, admin, clock):
    seen = {"pro_id": "pro-123", "subtotal": 50_000}
    told = [
        {"event_type": name, "session_id": "visit", "occurred_at": at.isoformat(), "properties": seen}
        for name, at in journey(clock() - timedelta(hours=1), 3)
    ]
    async with door.post("/v1/events", json=told) as answer:
        assert answer.status == 202
    _, said = await numbers(door, FUNNEL, admin)
    assert [each["unique_users"] for each in said["stages"]] == [1, 1, 1, 0]
