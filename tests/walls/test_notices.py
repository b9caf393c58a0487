"""What the platform's own service is to be told is written with the deed, and with no word of a person."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.builders import NEXT_MORNING, a_booking, a_conversation, a_guest
from tests.conftest import connect

LATER = NEXT_MORNING + timedelta(days=1)


@pytest.fixture
async def receiver(owner):
    await owner.execute("update amara_private.webhook_receiver set is_there = true")


async def become(owner, booking_id, **columns):
    changes = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 2))
    await owner.execute(f"update public.bookings set {changes} where id = $1", booking_id, *columns.values())


async def told(owner, subject):
    rows = await owner.fetch(
        "select type, data ->> 'status' as status from amara_private.webhook_notices where subject = $1"
        " order by sequence",
        subject,
    )
    return [tuple(row) for row in rows]


async def test_where_nobody_is_to_be_told_nothing_is_written(owner):
    booking = await a_booking(owner, status="pending")
    await become(owner, booking, status="confirmed")
    await owner.execute("select amara_private.notify('message.completed', $1, '{}')", booking)
    assert await told(owner, booking) == []


async def test_a_booking_tells_each_of_its_changes_in_order(owner, receiver):
    booking = await a_booking(owner, status="pending")
    await become(owner, booking, status="confirmed")
    await become(owner, booking, scheduled_start=LATER, scheduled_end=LATER + timedelta(hours=4), status="pending")
    await become(owner, booking, status="declined")
    await become(owner, booking, status="cancelled")
    assert await told(owner, booking) == [
        ("booking.created", "pending"),
        ("booking.confirmed", "confirmed"),
        ("booking.rescheduled", "pending"),
        ("booking.declined", "declined"),
        ("booking.cancelled", "cancelled"),
    ]


async def test_an_instant_booking_is_created_and_confirmed(owner, receiver):
    booking = await a_booking(owner, status="confirmed")
    assert await told(owner, booking) == [("booking.created", "confirmed"), ("booking.confirmed", "confirmed")]


async def test_what_changes_nothing_tells_nothing(owner, receiver):
    booking = await a_booking(owner, status="pending")
    await become(owner, booking, status="pending", total_price=90_000, address="Carrera 7 # 12-3")
    assert await told(owner, booking) == [("booking.created", "pending")]


async def test_what_the_platform_s_own_trigger_changes_is_told(owner, receiver):
    booking = await a_booking(owner, status="pending")
    await owner.execute("""
        create function public.accepts() returns trigger language plpgsql as
          $fn$ begin new.status := 'confirmed'; return new; end $fn$;
        create trigger accepts before update of total_price on public.bookings
          for each row execute function public.accepts();
    """)
    await become(owner, booking, total_price=90_000)
    assert await told(owner, booking) == [("booking.created", "pending"), ("booking.confirmed", "confirmed")]


async def test_a_deed_that_is_rolled_back_tells_nothing(owner, receiver):
    booking = await a_booking(owner, status="pending")
    await owner.execute("begin")
    await become(owner, booking, status="confirmed")
    await owner.execute("rollback")
    assert await told(owner, booking) == [("booking.created", "pending")]


async def test_a_notice_holds_no_word_of_a_person(owner, receiver):
    guest = await a_guest(owner, full_name="Canario Amarillo", email="canario@example.com", phone="+573001112233")
    booking = await a_booking(
        owner,
        guest_session_id=guest,
        address="Calle Canario",
        special_instructions="el canario",
        service_name="Canario",
    )
    rows = await owner.fetch("select n::text as row, data from amara_private.webhook_notices n order by sequence")
    assert "anari" not in "".join(row["row"] for row in rows)
    assert rows[0]["data"] == {
        "booking_id": str(booking),
        "status": "confirmed",
        "starts_at": "2030-03-05T14:00:00Z",
        "ends_at": "2030-03-05T18:00:00Z",
        "professional_id": rows[0]["data"]["professional_id"],
        "customer_id": None,
        "guest_session_id": str(guest),
    }


async def test_two_who_tell_of_one_conversation_commit_in_the_order_of_their_numbers(owner, urls, receiver):
    conversation, other = await a_conversation(owner), await connect(urls.owner_url)
    notify = "select amara_private.notify('conversation.handed_off', $1, jsonb_build_object('status', $2::text))"
    await owner.execute("begin")
    await owner.execute(notify, conversation, "first")
    second = asyncio.create_task(other.execute(notify, conversation, "second"))
    waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    while not await owner.fetchval(waits):
        pass  # it asks the database, which takes time enough
    assert not second.done()
    await owner.execute("commit")
    await second
    await other.close()
    assert [status for _, status in await told(owner, conversation)] == ["first", "second"]


async def test_what_shall_be_told_later_is_not_due_yet(owner, receiver):
    conversation = await a_conversation(owner)
    await owner.execute("select amara_private.notify('message.completed', $1, '{}', '1 hour')", conversation)
    assert await owner.fetchval("select due_at > now() + interval '59 minutes' from amara_private.webhook_notices")
