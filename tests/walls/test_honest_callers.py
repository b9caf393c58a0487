"""Every snippet of the seed, as SQL in the role its browser has, with real ids; a change it needs is named."""

from __future__ import annotations

import pytest

from tests.builders import a_person, a_professional
from tests.walls.browser import TOKEN, browser

GUEST = {"email": "maria@example.com", "full_name": "María González", "phone": "+57 300 123 4567"}
OPEN = "insert into guest_sessions (session_token, email, full_name, phone) values ($1, $2, $3, $4) returning *"
EVENT = "insert into platform_events (event_type, user_id, session_id, properties) values ($1, $2, $3, $4)"
CONVERT = "select convert_guest_to_user($1, $2)"


async def test_a_conversation_from_its_first_message_to_its_answer(owner):
    user = await a_person(owner)
    async with browser(owner, user) as supabase:
        conversation = await supabase.fetchval(
            "insert into amara_conversations (user_id, locale, is_active, last_message_at)"
            " values ($1, 'es', true, clock_timestamp()) returning id",
            user,
        )
        await supabase.execute(
            "insert into amara_messages (conversation_id, role, content) values ($1, 'user', $2)",
            conversation,
            "¿Cómo puedo reservar una empleada doméstica?",
        )
        await supabase.execute(
            "insert into amara_messages (conversation_id, role, content, metadata) values ($1, 'assistant', $2, $3)",
            conversation,
            "Te puedo ayudar a encontrar y reservar una empleada...",
            {"model": "claude-haiku-4.5", "tokens": 125},
        )
        changed = await supabase.execute(
            "update amara_conversations set last_message_at = clock_timestamp() where id = $1", conversation
        )
        assert changed == "UPDATE 1"
        rows = await supabase.fetch("select role, metadata from amara_messages order by sequence")
    assert [row["role"] for row in rows] == ["user", "assistant"]
    assert rows[1]["metadata"] == {"model": "claude-haiku-4.5", "tokens": 125}


async def test_an_answer_with_its_calls_in_a_string(owner):
    user = await a_person(owner)
    metadata = {"model": "any", "usage": {"input_tokens": 1}, "timestamp": "2025-11-07T12:00:00.000Z"}
    async with browser(owner, user) as supabase:
        conversation = await supabase.fetchval(
            "insert into amara_conversations (user_id, locale) values ($1, 'es-CO') returning id", user
        )
        row = await supabase.fetchrow(
            "insert into amara_messages (conversation_id, role, content, tool_calls, metadata)"
            " values ($1, 'assistant', 'Hola', $2, $3) returning *",
            conversation,
            '[{"toolName":"search","args":{}}]',
            metadata,
        )
    assert (row["tool_calls"], row["metadata"]) == ([{"toolName": "search", "args": {}}], metadata)


async def test_a_person_deletes_a_message_and_the_conversation(owner):
    user = await a_person(owner)
    async with browser(owner, user) as supabase:
        conversation = await supabase.fetchval(
            "insert into amara_conversations (user_id) values ($1) returning id", user
        )
        await supabase.execute(
            "insert into amara_messages (conversation_id, role, content) values ($1, 'user', 'a')", conversation
        )
        assert await supabase.execute("update amara_messages set content = 'b'") == "UPDATE 1"
        assert await supabase.execute("delete from amara_messages") == "DELETE 1"
        assert await supabase.execute("delete from amara_conversations") == "DELETE 1"


async def test_a_guest_session_comes_back_whole(owner):
    """Named change: `session_token` in the answer is the hash; the page keeps the token that it made."""
    async with browser(owner) as supabase:
        row = await supabase.fetchrow(OPEN, TOKEN, *GUEST.values())
    assert {name: row[name] for name in GUEST} == GUEST
    assert set(row.keys()) >= {"id", "session_token", "metadata", "expires_at", "created_at"}
    assert row["session_token"] != TOKEN


async def test_a_session_is_found_by_its_token(owner):
    """Named change: `.rpc('guest_session_by_token', { p_token })` instead of `.eq('session_token', token)`."""
    async with browser(owner) as supabase:
        opened = await supabase.fetchrow(OPEN, TOKEN, *GUEST.values())
    async with browser(owner) as supabase:
        assert await supabase.fetchrow("select * from guest_session_by_token($1)", TOKEN) == opened


@pytest.mark.parametrize(
    "sign_up", ["at once", "after a click in the mail, with a session", "after a click, without one"]
)
async def test_a_guest_books_signs_up_and_keeps_the_booking(owner, sign_up):
    """Named change: the guest's requests carry `x-guest-session`; the price is the professional's, not the page's."""
    professional = await a_professional(owner)
    async with browser(owner) as supabase:
        guest = (await supabase.fetchrow(OPEN, TOKEN, *GUEST.values()))["id"]
    async with browser(owner, token=TOKEN) as supabase:
        booked = await supabase.execute(
            "insert into bookings (guest_session_id, professional_id, service_date, total_price)"
            " values ($1, $2, '2025-11-15', 50000)",
            guest,
            professional,
        )
        assert booked == "INSERT 0 1"
    user = await a_person(owner, email=GUEST["email"], confirmed=sign_up == "at once")
    async with browser(owner, None if "without" in sign_up else user, token=TOKEN) as supabase:
        await supabase.execute(CONVERT, guest, user)
    await owner.execute("update auth.users set email_confirmed_at = coalesce(email_confirmed_at, now())")
    async with browser(owner, user) as supabase:
        assert await supabase.fetchval("select guest_session_id from bookings") == guest
    metadata = await owner.fetchval("select metadata from guest_sessions")
    assert metadata["converted_to_user_id"] == str(user)
    assert metadata.keys() == {"converted_to_user_id", "converted_at", "moved"}


async def test_events_of_a_visitor_a_customer_and_what_an_administrator_reads(owner):
    """Named change: a `BookingConfirmed` from a page is kept and not counted; the booking itself confirms."""
    user, admin = await a_person(owner), await a_person(owner, role="admin")
    told = [
        (
            "SearchStarted",
            {"city": "Bogotá", "service": "cleaning", "lat": 4.7110, "lng": -74.0721, "device": "mobile"},
        ),
        (
            "ProfessionalViewed",
            {"pro_id": "pro-123", "badges": ["verified"], "price": 45_000, "availability_score": 0.85},
        ),
        (
            "CheckoutStarted",
            {"pro_id": "pro-123", "items": ["basic_cleaning"], "subtotal": 50_000, "deposit_type": "percentage"},
        ),
        ("BookingConfirmed", {"booking_id": "booking-789", "total": 55_000, "deposit_captured": True}),
    ]
    for who in (None, user):
        async with browser(owner, who) as supabase:
            for name, properties in told:
                await supabase.execute(EVENT, name, who, "0f8fad5b-d9cd-469f-a165-70867728950e", properties)
    async with browser(owner, admin) as supabase:
        assert await supabase.fetchval("select count(*) from platform_events") == 8
        rows = await supabase.fetch("select * from get_conversion_funnel()")
        assert [(row["unique_users"], str(row["conversion_rate"])) for row in rows] == [
            (1, "100.00"), (1, "100.00"), (1, "100.00"), (0, "0.00"),
        ]  # fmt: skip
        rows = await supabase.fetch("select * from get_event_counts_by_type()")
        assert {row["event_type"]: row["event_count"] for row in rows} == {name: 2 for name, _ in told[:3]}
        by_property = 'select count(*) from platform_events where properties @> \'{"pro_id": "pro-123"}\''
        assert await supabase.fetchval(by_property) == 4


async def test_a_secret_key_manages_guests_and_events_and_runs_the_clean_ups(owner):
    async with browser(owner, role="service_role") as secret:
        await secret.execute(OPEN, TOKEN, *GUEST.values())
        await secret.execute("update guest_sessions set phone = null")
        await secret.execute(EVENT, "BookingConfirmed", None, "visit", {"booking_id": "b", "total": 1})
        await secret.execute("select cleanup_expired_guest_sessions()")
        await secret.execute("select cleanup_old_platform_events()")
        rows = await secret.fetch("select * from get_event_counts_by_type()")
        assert [tuple(row) for row in rows] == [("BookingConfirmed", 1)]
        await secret.execute("delete from platform_events")
        await secret.execute("delete from guest_sessions")
