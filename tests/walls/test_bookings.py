"""A browser says what is wanted; whose a booking is, what it costs and how it stands says the database."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest

from tests.builders import NEXT_MORNING, a_booking, a_person, a_professional
from tests.conftest import connect
from tests.walls.browser import DENIED, OTHER_TOKEN, TOKEN, UNCHECKED, browser, is_refused, open_session

BOOK = "insert into public.bookings ({}) values ({}) returning *"
MINE = "select id from public.bookings"


async def booked(owner, user_id=None, *, token=None, is_anonymous=False, **columns):
    async with browser(owner, user_id, token=token, is_anonymous=is_anonymous) as page:
        return await page.fetchrow(*statement(columns))


def statement(columns):
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return BOOK.format(", ".join(columns), places), *columns.values()


def wish(professional_id, **columns):
    return {
        "professional_id": professional_id,
        "service_name": "Limpieza",
        "service_date": date(2030, 3, 5),
        "scheduled_start": NEXT_MORNING,
        "scheduled_end": NEXT_MORNING + timedelta(hours=4),
        **columns,
    }


async def test_a_customers_price_state_and_owner_are_taken_and_replaced_by_the_true_ones(owner):
    customer, other = await a_person(owner), await a_person(owner)
    professional = await a_professional(owner)
    told = {"customer_id": other, "total_price": 1, "status": "completed", "currency": "USD", "duration_minutes": 30}
    row = await booked(owner, customer, **wish(professional, **told))
    assert {name: row[name] for name in told} == {
        "customer_id": customer,
        "total_price": 100_000,
        "status": "pending",
        "currency": "COP",
        "duration_minutes": 240,
    }


@pytest.mark.parametrize("name", ["Limpieza", "limpieza", "LIMPIEZA", "cleaning", None])
async def test_the_price_is_the_professionals_own_rate_for_the_hours(owner, name):
    professional = await a_professional(owner)
    row = await booked(owner, await a_person(owner), **wish(professional, service_name=name, total_price=7))
    assert row["total_price"] == 100_000


@pytest.mark.parametrize(
    "columns",
    [{"service_name": "Jardinería"}, {"scheduled_start": None, "scheduled_end": None}, {"service_name": "Cleaning; 1"}],
)
async def test_where_no_price_can_be_known_none_is_written(owner, columns):
    row = await booked(owner, await a_person(owner), **wish(await a_professional(owner), total_price=7, **columns))
    assert row["total_price"] is None


async def test_of_several_rates_none_is_guessed(owner):
    rates = [{"name": name, "slug": name, "hourly_rate_cop": rate} for name, rate in (("a", 10_000), ("b", 20_000))]
    professional = await a_professional(owner, services=rates)
    row = await booked(owner, await a_person(owner), **wish(professional, service_name=None, total_price=7))
    assert row["total_price"] is None


async def test_the_day_is_the_professionals_own(owner):
    late = NEXT_MORNING.replace(hour=23) + timedelta(
        hours=3
    )  # two in the morning in London, nine in the evening in Bogotá
    wanted = wish(await a_professional(owner), scheduled_start=late, scheduled_end=None, duration_minutes=120)
    row = await booked(owner, await a_person(owner), **wanted)
    assert (row["service_date"], row["scheduled_end"]) == (date(2030, 3, 5), late + timedelta(hours=2))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("infinity", None),
        ("2030-01-01", "infinity"),
        ("2030-01-02", "2030-01-01"),
        ("2030-01-01", "2030-01-03"),
        (None, "2030-01-01"),
    ],
)
async def test_no_browser_takes_a_professionals_calendar_for_ever(owner, start, end):
    insert = (
        "insert into public.bookings (professional_id, service_date, scheduled_start, scheduled_end, duration_minutes)"
        " values ($1, '2030-01-01', $2::text::timestamptz, $3::text::timestamptz, 60)"
    )
    professional, customer = await a_professional(owner), await a_person(owner)
    state = await is_refused(owner, insert, professional, start, end, user_id=customer)
    assert state == UNCHECKED


@pytest.mark.parametrize("column", ["address", "special_instructions", "service_name", "source_details"])
async def test_no_booking_is_a_place_to_store_things(owner, column):
    value = {"x": "y" * 9_000} if column == "source_details" else "x" * 4_001
    insert, *values = statement(wish(await a_professional(owner)) | {column: value})
    assert await is_refused(owner, insert, *values, user_id=await a_person(owner)) == UNCHECKED


@pytest.mark.parametrize("column", ["anonymized_at", "created_at", "predates_overlap_rule"])
async def test_what_the_database_keeps_no_browser_writes(owner, column):
    value = "true" if column.startswith("predates") else "now()"
    insert = f"insert into public.bookings (professional_id, service_date, {column}) values ($1, '2030-01-01', {value})"
    assert await is_refused(owner, insert, await a_professional(owner), user_id=await a_person(owner)) == DENIED


# --- guests


async def test_a_guest_books_and_reads_the_booking_with_the_token_alone(owner):
    guest, professional = await open_session(owner), await a_professional(owner)
    row = await booked(owner, token=TOKEN, **wish(professional, guest_session_id=guest, total_price=1))
    assert (row["customer_id"], row["guest_session_id"], row["total_price"]) == (None, guest, 100_000)
    await open_session(owner, OTHER_TOKEN, "other@example.com")
    for token, seen in ((TOKEN, 1), (OTHER_TOKEN, 0), (None, 0)):
        async with browser(owner, token=token) as page:
            assert len(await page.fetch(MINE)) == seen
            assert len(await page.fetch("select id from amara_api.bookings")) == seen
    await owner.execute("update public.guest_sessions set expires_at = now()")
    async with browser(owner, token=TOKEN) as page:
        assert await page.fetch(MINE) == []


@pytest.mark.parametrize("kind", ["nobody", "customer", "visitor"])
async def test_nobody_attaches_a_session_without_its_token(owner, kind):
    guest, professional = await open_session(owner), await a_professional(owner)
    await open_session(owner, OTHER_TOKEN, "thief@example.com")
    who = {
        "nobody": {},
        "customer": {"user_id": await a_person(owner)},
        "visitor": {"user_id": await a_person(owner, is_anonymous=True), "is_anonymous": True},
    }[kind]
    insert, *values = statement(wish(professional, guest_session_id=guest))
    for token in (None, OTHER_TOKEN):
        assert await is_refused(owner, insert, *values, token=token, **who) == DENIED
    assert await owner.fetchval("select count(*) from public.bookings") == 0


async def test_a_session_that_is_over_books_nothing(owner):
    guest = await open_session(owner)
    await owner.execute("update public.guest_sessions set expires_at = now() - interval '1 second'")
    insert, *values = statement(wish(await a_professional(owner), guest_session_id=guest))
    assert await is_refused(owner, insert, *values, token=TOKEN) == DENIED


async def test_nobody_in_particular_books_nothing(owner):
    insert, *values = statement(wish(await a_professional(owner), customer_id=await a_person(owner)))
    assert await is_refused(owner, insert, *values) == DENIED


async def test_a_visitor_books_as_the_guest_whose_token_it_brings_or_as_itself(owner):
    visitor, professional = await a_person(owner, is_anonymous=True), await a_professional(owner)
    guest = await open_session(owner, user_id=visitor, is_anonymous=True)
    wanted = wish(professional, guest_session_id=guest)
    row = await booked(owner, visitor, is_anonymous=True, token=TOKEN, **wanted)
    assert (row["customer_id"], row["guest_session_id"]) == (None, guest)
    row = await booked(owner, visitor, is_anonymous=True, **wish(await a_professional(owner)))
    assert (row["customer_id"], row["guest_session_id"]) == (visitor, None)


# --- who sees and changes


async def test_customer_and_professional_see_a_booking_and_nobody_else(owner):
    customer, professional = await a_person(owner), await a_professional(owner)
    booking = await a_booking(owner, customer_id=customer, professional_id=professional)
    for who in (customer, professional):
        async with browser(owner, who) as page:
            assert [row[0] for row in await page.fetch(MINE)] == [booking]
    for who in (None, await a_person(owner), await a_professional(owner), await a_person(owner, role="admin")):
        async with browser(owner, who) as page:
            assert await page.fetch(MINE) == []


@pytest.mark.parametrize("change", ["status = 'confirmed'", "total_price = 0", "customer_id = null", "address = 'x'"])
async def test_no_browser_changes_a_booking(owner, change):
    customer, professional = await a_person(owner), await a_professional(owner)
    await a_booking(owner, customer_id=customer, professional_id=professional)
    for who in (None, customer, professional):
        assert await is_refused(owner, f"update public.bookings set {change}", user_id=who) == DENIED
        assert await is_refused(owner, "delete from public.bookings", user_id=who) == DENIED


async def test_where_a_platform_lets_browsers_update_owner_hour_and_price_stay(owner):
    await owner.execute("grant update on public.bookings to authenticated")
    await owner.execute("create policy theirs on public.bookings for update to authenticated using (true)")
    customer, professional = await a_person(owner), await a_professional(owner)
    booking = await a_booking(owner, customer_id=customer, professional_id=professional, status="pending")
    change = (
        "update public.bookings set customer_id = $1, total_price = 1, status = 'confirmed', address = 'there',"
        " scheduled_start = now(), scheduled_end = now() + interval '1 hour', professional_id = $1"
    )
    kept = "customer_id, professional_id, total_price, status, scheduled_start, address"
    for who, status in ((customer, "pending"), (professional, "confirmed")):
        async with browser(owner, who) as page:
            await page.execute(change, who)
        row = await owner.fetchrow(f"select {kept} from public.bookings where id = $1", booking)
        assert tuple(row) == (customer, professional, 100_000, status, NEXT_MORNING, "there")


async def test_a_deleted_account_leaves_the_money_and_takes_the_person(owner):
    booking = await a_booking(owner, source_details={"ip": "192.0.2.1"}, special_instructions="La llave está abajo.")
    await owner.execute("delete from auth.users where id = (select customer_id from public.bookings)")
    row = await owner.fetchrow("select * from public.bookings where id = $1", booking)
    assert row["total_price"] == 100_000
    assert row["anonymized_at"] is not None
    assert (row["customer_id"], row["address"], row["special_instructions"], row["source_details"]) == (
        None,
        None,
        None,
        {},
    )


async def test_no_account_of_a_professional_with_bookings_is_deleted_from_under_them(owner):
    professional = await a_professional(owner)
    await a_booking(owner, professional_id=professional)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await owner.execute("delete from auth.users where id = $1", professional)


async def test_of_racers_for_one_slot_one_wins_and_no_deadlock_reaches_anyone(owner, urls):
    professional, customers = await a_professional(owner), [await a_person(owner) for _ in range(8)]
    pages = [await connect(urls.owner_url) for _ in customers]
    insert, *values = statement(wish(professional))

    async def race(page, customer):
        try:
            async with browser(page, customer):
                await page.execute(insert, *values)
        except asyncpg.PostgresError as lost:
            return lost.sqlstate
        return "won"

    results = await asyncio.gather(*map(race, pages, customers))
    await asyncio.gather(*(page.close() for page in pages))
    assert sorted(results) == [asyncpg.ExclusionViolationError.sqlstate] * 7 + ["won"]


async def test_the_own_bookings_are_found_by_an_index(owner):
    await owner.execute("set enable_seqscan = off")
    async with browser(owner, await a_person(owner)) as page:
        plan = "\n".join(row[0] for row in await page.fetch(f"explain {MINE}"))
    assert "Seq Scan on bookings" not in plan, plan
