"""A guest books by HTTP: the rules, races and prices of the chat, and nobody else's bookings."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from amara import auth, booking, terms
from tests.builders import a_booking, a_person
from tests.guest.serving import Tokens
from tests.guest.shopping import MAIL, a_guest, a_helper


@pytest.fixture
async def ana(owner, clock):
    return await a_helper(owner, clock())


@pytest.fixture
async def maria(door):
    return await a_guest(door)


async def a_visitor(owner, door, **changes):
    """Somebody who has been talking, and has said who they are."""
    visitor = await a_person(owner, is_anonymous=True)
    return visitor, await a_guest(door, Tokens().bearer(visitor, is_anonymous=True), **changes)


async def a_draft(db, clock, visitor, ana, number=0):
    """What the chat offered this visitor."""
    caller = auth.person(visitor, is_anonymous=True)
    said = ana.visit(number)
    start = next(start for start in ana.starts if start.isoformat() == said["starts_at"])
    wish = terms.Wish(ana.id, "cleaning", start, 240, said["address"])
    async with db.transaction(caller) as connection:
        return (await booking.offer(connection, caller, wish, now=clock())).draft


async def test_a_form_alone_is_a_booking(owner, ana, maria, clock):
    booked = await maria.booked(ana.visit())
    assert (booked["status"], booked["total_price"], booked["currency"]) == ("pending", 100_000, "COP")
    row = await owner.fetchrow("select * from public.bookings")
    assert (row["customer_id"], row["guest_session_id"], row["booking_source"]) == (None, maria.id, "guest")
    assert (row["address"], row["special_instructions"]) == ("Calle 10 # 5-20", "Timbre dañado")
    assert row["source_details"]["analytics_session_id"] == "visit-7"
    kept = await owner.fetchrow("select * from amara_private.confirmations")
    assert (kept["guest_session_id"], kept["booking_id"], kept["user_id"]) == (maria.id, row["id"], None)


async def test_the_funnel_hears_of_it_once_in_the_guests_own_channel(owner, ana, maria):
    await maria.book(ana.visit(), Idempotency_Key="one")
    await maria.book(ana.visit(), Idempotency_Key="one")
    rows = await owner.fetch("select * from public.platform_events order by event_type")
    assert [(row["event_type"], row["channel"], row["source"]) for row in rows] == [
        ("BookingConfirmed", "guest", "server"),
        ("CheckoutStarted", "guest", "server"),
    ]
    assert {row["session_id"] for row in rows} == {"visit-7"}
    assert rows[1]["properties"] == {"pro_id": str(ana.id), "items": ["cleaning"], "subtotal": 100_000}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"duration_minutes": 90}, ("impossible", "bad_duration")),
        ({"service": "gardening"}, ("impossible", "not_offered")),
        ({"professional_id": "00000000-0000-4000-8000-000000000000"}, ("impossible", "not_offered")),
        ({"starts_at": "2030-01-01T03:00"}, ("slot_lost", None)),
    ],
    ids=str,
)
async def test_what_the_chat_would_not_offer_is_not_booked(owner, ana, maria, changes, outcome):
    status, said = await maria.book(ana.visit(**changes))
    assert (status, said["outcome"], said.get("reason")) == (200, *outcome)
    assert await owner.fetchval("select count(*) from public.bookings") == 0
    assert await owner.fetchval("select count(*) from public.platform_events") == 0


async def test_the_price_is_the_professionals_own_and_an_instant_one_need_not_be_waited_for(owner, door, clock):
    helper = await a_helper(
        owner, clock(), instant_booking=True, services=[{"name": "Aseo", "slug": "cleaning", "hourly_rate_cop": 30_001}]
    )
    booked = await (await a_guest(door)).booked(helper.visit(duration_minutes=150))
    assert (booked["status"], booked["total_price"]) == ("confirmed", 75_003)


async def test_of_two_guests_at_once_one_books_and_the_other_is_shown_other_hours(owner, door, ana):
    guests = [await a_guest(door, email=f"guest{n}@example.com") for n in range(5)]
    answers = [said for _, said in await asyncio.gather(*(guest.book(ana.visit()) for guest in guests))]
    assert sorted(said["outcome"] for said in answers) == ["confirmed", *["slot_lost"] * 4]
    assert all(len(said["alternatives"]) == 3 for said in answers if said["outcome"] == "slot_lost")
    assert await owner.fetchval("select count(*) from public.bookings") == 1
    assert await owner.fetchval("select count(*) from public.amara_booking_drafts where status = 'open'") == 0


async def test_under_one_key_twenty_requests_are_one_booking(owner, ana, maria):
    answers = await asyncio.gather(*(maria.book(ana.visit(), Idempotency_Key="a key") for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][1]["outcome"] == "confirmed"
    assert await owner.fetchval("select count(*) from public.bookings") == 1
    status, said = await maria.book(ana.visit(1), Idempotency_Key="a key")
    assert (status, said["code"]) == (422, "key_reused")


async def test_a_key_is_of_one_guest_alone(door, ana, maria):
    pedro = await a_guest(door, email="pedro@example.com")
    await maria.book(ana.visit(), Idempotency_Key="1")
    assert (await pedro.book(ana.visit(1), Idempotency_Key="1"))[1]["outcome"] == "confirmed"


@pytest.mark.parametrize(
    "changes",
    [
        {"address": ""},
        {"address": "\u0000"},
        {"address": "x" * 301},
        {"instructions": "x" * 1001},
        {"starts_at": "tomorrow"},
        {"starts_at": "9999-12-31T23:00"},
        {"duration_minutes": "four"},
        {"professional_id": "ana"},
        {"service": ""},
        {"total_price": 1},
        {"customer_id": "00000000-0000-4000-8000-000000000000"},
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_form_that_says_something_else_is_refused(owner, ana, maria, changes):
    status, said = await maria.book(ana.visit(**changes))
    assert (status, said["code"]) == (400, "bad_request")
    assert await owner.fetchval("select count(*) from public.amara_booking_drafts") == 0


async def test_what_is_drafted_in_the_chat_is_booked_with_the_visitors_token_and_the_guests(
    owner, db, door, clock, ana
):
    visitor, guest = await a_visitor(owner, door)
    draft = await a_draft(db, clock, visitor, ana)
    booked = await guest.booked({"draft_id": str(draft.id), "version": 1})
    row = await owner.fetchrow("select * from public.bookings")
    assert (row["id"], row["customer_id"]) == (UUID(booked["id"]), visitor)
    assert (row["guest_session_id"], row["booking_source"]) == (guest.id, "amara")
    assert row["source_details"]["analytics_session_id"] == "visit-7"
    again = await guest.book({"draft_id": str(draft.id)})
    assert (again[1]["outcome"], again[1]["booking"]["id"]) == ("confirmed", booked["id"])
    assert (await guest.ask("GET", "/bookings"))[1]["items"] == [booked]


async def test_a_draft_that_changed_meanwhile_is_shown_and_not_booked(owner, db, door, clock, ana):
    visitor, guest = await a_visitor(owner, door)
    draft = await a_draft(db, clock, visitor, ana)
    assert (await guest.book({"draft_id": str(draft.id), "version": 2}))[1]["outcome"] == "version_changed"
    assert await owner.fetchval("select count(*) from public.bookings") == 0


async def test_a_draft_needs_both_tokens_of_one_person(owner, db, door, clock, ana):
    visitor, guest = await a_visitor(owner, door)
    _, other = await a_visitor(owner, door, email="pedro@example.com")
    account = await a_person(owner, email=MAIL)
    order = {"draft_id": str((await a_draft(db, clock, visitor, ana)).id), "version": 1}
    mine, theirs, bearers = guest.token, other.token, Tokens()
    attempts = [
        (mine, {}),
        (mine, other.bearer),
        (theirs, guest.bearer),
        (mine, bearers.bearer(account)),
        ("x" * 43, guest.bearer),
        ("", guest.bearer),
    ]
    answers = [await type(guest)(door, guest.id, *attempt).book(order) for attempt in attempts]
    assert {(status, said["code"]) for status, said in answers} == {(404, "not_found")}
    assert len({str(answer) for answer in answers}) == 1
    status, said = await type(guest)(door, other.id, theirs, other.bearer).book(order)
    assert (status, said["code"]) == (404, "not_found")
    assert await owner.fetchval("select count(*) from public.bookings") == 0


async def test_guests_read_and_cancel_their_own_bookings_and_no_others(owner, door, ana, maria):
    pedro = await a_guest(door, email="pedro@example.com")
    mine, theirs = await maria.booked(ana.visit()), await pedro.booked(ana.visit(1))
    customers = await a_booking(owner)
    assert await maria.ask("GET", f"/bookings/{mine['id']}") == (200, mine)
    assert (await maria.ask("GET", "/bookings"))[1] == {"items": [mine], "next": None}
    for way in (lambda each: maria.ask("GET", f"/bookings/{each}"), lambda each: maria.cancel(each, confirm=True)):
        answers = [await way(each) for each in (theirs["id"], customers, uuid4())]
        assert {(status, said["code"]) for status, said in answers} == {(404, "not_found")}
        assert len({str({**said, "instance": ""}) for _, said in answers}) == 1
    assert await owner.fetchval("select count(*) from public.bookings where status = 'cancelled'") == 0


async def test_the_refund_is_shown_before_the_deed(owner, ana, maria):
    booked = await maria.booked(ana.visit(2))
    status, said = await maria.cancel(booked["id"])
    assert (status, said["outcome"], said["draft"]["refund"]["amount"]) == (200, "offered", 100_000)
    assert (await maria.cancel(booked["id"], confirm=True, refund_cop=50_000))[1]["outcome"] == "offered"
    assert await owner.fetchval("select status from public.bookings") == "pending"
    _, said = await maria.cancel(booked["id"], confirm=True, refund_cop=100_000)
    assert (said["outcome"], said["booking"]["status"]) == ("confirmed", "cancelled")
    assert (await maria.cancel(booked["id"], confirm=True))[1]["reason"] == "already_over"


async def test_bookings_come_in_pages_newest_first(ana, maria):
    booked = [(await maria.booked(ana.visit(number)))["id"] for number in range(3)]
    _, first = await maria.ask("GET", "/bookings?limit=2")
    _, second = await maria.ask("GET", f"/bookings?limit=2&before={first['next']}")
    assert [item["id"] for item in first["items"] + second["items"]] == booked[::-1]
    assert second["next"] is None
    assert (await maria.ask("GET", "/bookings?before=yesterday"))[0] == 400


async def test_who_has_no_session_books_reads_and_cancels_nothing(owner, door, ana, maria, clock):
    booked = await maria.booked(ana.visit())
    deeds = [
        ("POST", "/bookings", ana.visit(1)),
        ("GET", "/bookings", None),
        ("GET", f"/bookings/{booked['id']}", None),
    ]
    deeds.append(("POST", f"/bookings/{booked['id']}/cancel", {"confirm": True}))
    at_rest = await owner.fetchval("select session_token from public.guest_sessions")
    clock.move(timedelta(hours=24))
    for deed in deeds:
        strangers = [type(maria)(door, maria.id, token) for token in (maria.token, at_rest, "x", "", "x" * 5000)]
        answers = [await guest.ask(*deed) for guest in strangers]
        assert {(status, said["code"], said["detail"]) for status, said in answers} == {
            (404, "not_found", "There is no such guest session.")
        }
    assert await owner.fetchval("select count(*) from public.bookings where status = 'pending'") == 1
