from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amara import demo

LIST = "list_my_bookings"
FIELDS = {"id", "status", "service", "professional", "starts_at", "ends_at", "duration_minutes", "total_price"} | {
    "currency",
    "address",
}


def statuses(card):
    return [booking["status"] for booking in card["bookings"]]


async def test_a_customer_sees_own_bookings_only(call, market):
    mine = await call(LIST, when="all")
    theirs = await call(LIST, when="all", user_id=demo.SECOND_CUSTOMER_ID)
    assert (mine["found"], theirs["found"]) == (5, 2)
    owners = dict(await market.fetch("select id::text, customer_id from bookings"))
    assert {owners[booking["id"]] for booking in mine["bookings"]} == {demo.CUSTOMER_ID}
    assert {owners[booking["id"]] for booking in theirs["bookings"]} == {demo.SECOND_CUSTOMER_ID}


async def test_a_visitor_who_booked_nothing_is_asked_to_sign_in_and_shown_nothing(call):
    card = await call(LIST, when="all", user_id=uuid.uuid4(), anonymous=True)
    assert card == {"card": "sign_in", "found": 0, "when": "all", "bookings": []}


async def test_a_visitor_who_booked_as_one_sees_that_and_is_asked_nothing(call, market):
    visitor = uuid.uuid4()
    await market.execute("insert into auth.users (id, is_anonymous) values ($1, true)", visitor)
    await market.execute("update bookings set customer_id = $1 where customer_id = $2", visitor, demo.CUSTOMER_ID)
    card = await call(LIST, when="all", user_id=visitor, anonymous=True)
    assert (card["card"], card["found"]) == ("bookings", 5)


async def test_an_account_without_bookings_is_asked_nothing(call, market):
    await market.execute("delete from bookings")
    assert (await call(LIST, when="all"))["card"] == "bookings"


async def test_a_professional_does_not_find_customers_visits_among_own_bookings(call):
    card = await call(LIST, when="all", user_id=demo.identity("person", "Luz Marina Quintero"))
    assert card["found"] == 0


async def test_an_admin_does_not_find_other_peoples_bookings(call):
    assert (await call(LIST, when="all", user_id=demo.ADMIN_ID))["found"] == 0


async def test_upcoming_is_what_is_live_and_not_over_next_one_first(call):
    card = await call(LIST)
    assert (card["card"], card["when"], card["found"]) == ("bookings", "upcoming", 2)
    assert statuses(card) == ["confirmed", "pending"]
    assert all(set(booking) == FIELDS for booking in card["bookings"])
    assert card["bookings"][0]["starts_at"] < card["bookings"][1]["starts_at"]


async def test_past_is_everything_else_latest_first(call):
    card = await call(LIST, when="past")
    assert statuses(card) == ["declined", "cancelled", "completed"]


async def test_a_cancelled_visit_is_past_even_before_its_day(call, market):
    await market.execute("update bookings set status = 'cancelled' where status = 'pending'")
    assert statuses(await call(LIST)) == ["confirmed"]
    assert statuses(await call(LIST, when="past"))[0] == "cancelled"


async def test_a_visit_under_way_is_still_upcoming(call, market):
    now = datetime(2025, 12, 1, 15, 0, tzinfo=UTC)
    await market.execute(
        "update bookings set status = 'in_progress', scheduled_start = $1, scheduled_end = $2 where status = 'pending'",
        now - timedelta(hours=1),
        now + timedelta(hours=1),
    )
    assert statuses(await call(LIST)) == ["in_progress", "confirmed"]


async def test_a_booking_without_times_is_past_and_last(call, market):
    await market.execute(
        "update bookings set scheduled_start = null, scheduled_end = null, duration_minutes = null, total_price = null,"
        " service_name = null, address = null where status = 'confirmed' and customer_id = $1",
        demo.CUSTOMER_ID,
    )
    last = (await call(LIST, when="past"))["bookings"][-1]
    assert (last["status"], last["starts_at"], last["total_price"], last["address"]) == ("confirmed", None, None, "")


async def test_every_booking_is_either_upcoming_or_past(call):
    parts = [await call(LIST, when=when) for when in ("upcoming", "past", "all")]
    ids = [{booking["id"] for booking in card["bookings"]} for card in parts]
    assert ids[0] | ids[1] == ids[2]
    assert not ids[0] & ids[1]


async def test_a_page_holds_ten_and_the_number_there_is(call, market):
    await market.execute(
        "insert into bookings (customer_id, professional_id, status, service_date, scheduled_start, scheduled_end,"
        " address, service_name) select $1, $2, 'completed', '2025-01-01', '2025-01-01 08:00Z', '2025-01-01 10:00Z',"
        " repeat('a', 1000000), repeat('s', 1000000) from generate_series(1, 20)",
        demo.CUSTOMER_ID,
        demo.identity("person", "Amparo Velasco"),
    )
    card = await call(LIST, when="past")
    assert (card["found"], len(card["bookings"])) == (23, 10)
    assert len(msgspec.json.encode(card)) < 10_000
    assert card == await call(LIST, when="past")


@pytest.mark.parametrize(
    ("zone", "starts"), [("America/Bogota", "T08:00:00-05:00"), ("Europe/Madrid", "T14:00:00+01:00")]
)
async def test_times_carry_the_offset_of_the_persons_zone(call, zone, starts):
    assert (await call(LIST, zone=zone))["bookings"][0]["starts_at"].endswith(starts)


async def test_money_is_whole_pesos_from_the_record(call):
    booking = (await call(LIST))["bookings"][0]
    assert (booking["total_price"], booking["currency"], booking["duration_minutes"]) == (104_000, "COP", 240)
    assert booking["professional"]["name"] == "Luz Marina Quintero"
    assert booking["service"] == "Aseo general"
