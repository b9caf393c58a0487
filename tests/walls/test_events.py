"""Events come from anybody; who, when and from where is the database's word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from tests.builders import a_booking, a_person
from tests.walls.browser import DENIED, OPEN_SESSION, TOKEN, UNCHECKED, browser, is_refused

TELL = (
    "insert into public.platform_events (event_type, user_id, session_id, properties)"
    " values ($1, $2, 'visit', $3) on conflict do nothing"
)
CONFIRMED = "select * from public.platform_events where event_type = 'BookingConfirmed' and source = 'server'"
IDENTITIES = "select alias, user_id from public.platform_identities order by 1"


async def only(owner):
    rows = await owner.fetch("select * from public.platform_events")
    assert len(rows) == 1
    return rows[0]


async def test_a_visitor_tells_an_event_and_it_is_a_browsers(owner):
    async with browser(owner) as page:
        await page.execute(TELL, "SearchStarted", None, {"city": "Cali", "pro_id": "pro-123"})
    row = await only(owner)
    assert (row["source"], row["user_id"], row["properties"]) == ("client", None, {"city": "Cali", "pro_id": "pro-123"})


@pytest.mark.parametrize("named", [True, False])
async def test_whose_event_it_is_says_the_token_whether_or_not_the_page_says_so_too(owner, named):
    person = await a_person(owner)
    async with browser(owner, person) as page:
        await page.execute(TELL, "SearchStarted", person if named else None, {})
    assert (await only(owner))["user_id"] == person


async def test_nobody_tells_an_event_of_somebody_else(owner):
    person, other = await a_person(owner), await a_person(owner)
    assert await is_refused(owner, TELL, "SearchStarted", other, {}, user_id=person) == DENIED
    assert await is_refused(owner, TELL, "SearchStarted", other, {}) == DENIED


async def test_no_browser_says_that_it_is_the_server(owner):
    insert = "insert into public.platform_events (event_type, source) values ('SearchStarted', 'server')"
    for who in (None, await a_person(owner), await a_person(owner, role="admin")):
        assert await is_refused(owner, insert, user_id=who) == DENIED
    for role in ("service_role", "amara_service"):
        async with browser(owner, role=role) as secret:
            await secret.execute("insert into public.platform_events (event_type) values ('SearchStarted')")
    assert await owner.fetchval("select bool_and(source = 'server') from public.platform_events")


async def test_what_the_service_files_for_a_browser_is_the_browsers(owner):
    insert = "insert into public.platform_events (event_type, channel, created_at) values ('A', 'guest', '2099-01-01')"
    async with browser(owner, role="amara_service") as service:
        await service.execute("select set_config('amara.event_source', 'client', true)")
        await service.execute(insert)
    row = await only(owner)
    assert (row["source"], row["channel"], row["created_at"] < datetime.now(UTC)) == ("client", "web", True)
    async with browser(owner, role="amara_service") as service:  # it ends with the transaction
        await service.execute(insert)
    assert await owner.fetchval("select count(*) from public.platform_events where source = 'server'") == 1
    assert await is_refused(owner, insert) == DENIED


@pytest.mark.parametrize(
    "statement", ["update public.platform_events set properties = '{}'", "delete from public.platform_events"]
)
async def test_no_browser_changes_or_deletes_events_or_reads_them(owner, statement):
    person = await a_person(owner)
    async with browser(owner, person) as page:
        await page.execute(TELL, "SearchStarted", None, {})
        assert await page.fetch("select * from public.platform_events") == []
    assert await is_refused(owner, statement, user_id=person) == DENIED
    assert await is_refused(owner, "select * from public.platform_events") == DENIED


@pytest.mark.parametrize(
    "values",
    [
        {"event_type": ""},
        {"event_type": "x" * 129},
        {"event_type": "x" * 9_600},
        {"session_id": "x" * 201},
        {"properties": {"x": "y" * 33_000}},
    ],
    ids=str,
)
async def test_what_is_too_large_for_an_event_is_refused(owner, values):
    row = {"event_type": "SearchStarted", "session_id": "visit", "properties": {}} | values
    insert = "insert into public.platform_events (event_type, session_id, properties) values ($1, $2, $3)"
    assert await is_refused(owner, insert, *row.values()) == UNCHECKED


async def test_a_thing_that_is_no_text_is_an_error_of_the_caller(owner):
    for text in (r'{"x": "\u0000"}', r'{"x": "\ud800"}', "[" * 20_000):
        with pytest.raises((asyncpg.DataError, asyncpg.StatementTooComplexError)):
            await owner.execute("select $1::text::jsonb", text)


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "2099-01-01", "1970-01-01"])
async def test_no_clock_of_a_device_moves_the_past_or_the_future(owner, moment):
    insert = (
        "insert into public.platform_events (event_type, created_at) values ('SearchStarted', $1::text::timestamptz)"
    )
    async with browser(owner) as page:
        await page.execute(insert, moment)
    assert abs((await only(owner))["created_at"] - datetime.now(UTC)) < timedelta(minutes=1)


async def test_an_event_that_waited_on_a_device_keeps_its_time(owner):
    told = datetime.now(UTC) - timedelta(hours=23)
    async with browser(owner) as page:
        await page.execute("insert into public.platform_events (event_type, created_at) values ('A', $1)", told)
    assert (await only(owner))["created_at"] == told


# --- bookings that come to life


@pytest.mark.parametrize("status", ["pending", "confirmed"])
async def test_a_booking_confirms_itself_once(owner, status):
    person = await a_person(owner)
    booking = await a_booking(owner, customer_id=person, status=status)
    for word in ("in_progress", "pending", "cancelled", "confirmed"):
        await owner.execute("update public.bookings set status = $2 where id = $1", booking, word)
    rows = await owner.fetch(CONFIRMED)
    assert [(row["user_id"], row["properties"]) for row in rows] == [
        (person, {"booking_id": str(booking), "total": 100_000})
    ]


async def test_a_booking_that_never_lived_confirms_nothing(owner):
    for status in ("declined", "cancelled", "completed"):
        await a_booking(owner, status=status)
    assert await owner.fetch(CONFIRMED) == []


async def test_a_guests_booking_belongs_to_the_visit_that_opened_the_session(owner):
    guest = (await owner.fetchrow(OPEN_SESSION, TOKEN, "a@example.com"))["id"]
    await owner.execute(
        'update public.guest_sessions set metadata = \'{"analytics_session_id": "visit"}\'::text::jsonb'
    )
    await a_booking(owner, guest_session_id=guest)
    row = (await owner.fetch(CONFIRMED))[0]
    assert (row["user_id"], row["session_id"]) == (None, "visit")


# --- who is who


async def test_the_first_who_tells_whose_visit_it_is_is_right(owner):
    first, second = await a_person(owner), await a_person(owner)
    for who in (None, first, second, None):
        async with browser(owner, who) as page:
            await page.execute(TELL, "SearchStarted", who, {})
    assert [tuple(row) for row in await owner.fetch(IDENTITIES)] == [("s:visit", first)]


async def test_no_device_takes_a_visit_over_by_an_earlier_clock(owner):
    first, thief = await a_person(owner), await a_person(owner)
    async with browser(owner, first) as page:
        await page.execute(TELL, "SearchStarted", first, {})
    insert = (
        "insert into public.platform_events (event_type, user_id, session_id, created_at)"
        " values ('SearchStarted', $1, 'visit', now() - interval '20 hours')"
    )
    async with browser(owner, thief) as page:
        await page.execute(insert, thief)
    assert [tuple(row) for row in await owner.fetch(IDENTITIES)] == [("s:visit", first)]


async def test_a_deleted_account_takes_its_names_along_and_leaves_its_events(owner):
    person = await a_person(owner)
    async with browser(owner, person) as page:
        await page.execute(TELL, "SearchStarted", person, {})
    await owner.execute("delete from auth.users where id = $1", person)
    assert (await only(owner))["user_id"] is None
    assert await owner.fetch(IDENTITIES) == []


@pytest.mark.parametrize("table", ["platform_event_types", "platform_identities"])
async def test_lists_behind_the_numbers_are_for_administrators(owner, table):
    person, admin = await a_person(owner), await a_person(owner, role="admin")
    await owner.execute("insert into public.platform_identities (alias, user_id) values ('s:x', $1)", person)
    question = f"select * from public.{table}"
    async with browser(owner, person) as page:
        assert await page.fetch(question) == []
    async with browser(owner, admin) as page:
        assert await page.fetch(question) != []
    assert await is_refused(owner, question) == DENIED
    for who in (person, admin):
        assert await is_refused(owner, f"delete from public.{table}", user_id=who) == DENIED


async def test_what_is_older_than_ninety_days_goes_with_the_names_it_was_under(owner):
    person = await a_person(owner)
    for age in ("91 days", "89 days"):
        await owner.execute(
            "insert into public.platform_events (event_type, user_id, session_id, created_at)"
            " values ($1, $2, $1, now() - $1::text::interval)",
            age,
            person,
        )
    async with browser(owner, role="amara_service") as service:
        await service.execute("select public.cleanup_old_platform_events()")
    assert (await only(owner))["event_type"] == "89 days"
    assert [row["alias"] for row in await owner.fetch(IDENTITIES)] == ["s:89 days"]


async def test_an_event_told_again_is_one_event(owner):
    event_id = uuid4()
    insert = "insert into public.platform_events (id, event_type) values ($1, 'A') on conflict do nothing"
    for _ in range(2):
        async with browser(owner) as page:
            await page.execute(insert, event_id)
    assert (await only(owner))["id"] == event_id
