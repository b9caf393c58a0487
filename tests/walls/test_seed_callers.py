"""Software that already talks to the seed's tables: what it may do, and what the functions answer it."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
import msgspec
import pytest

from tests.builders import a_booking, a_conversation, a_person, a_professional

FIRST, SECOND, THIRD = (f"a-token-of-a-guest-as-browsers-make-it-{number}" for number in range(3))
GUEST = "insert into guest_sessions (session_token, email, full_name) values ($1, 'm@example.com', 'María') returning *"


@asynccontextmanager
async def as_role(owner, role, user_id=None, *, token=None):
    """A transaction as PostgREST opens it."""
    async with owner.transaction():
        claims = {"role": role} | ({"sub": str(user_id)} if user_id else {})
        for name, value in (("request.jwt.claims", claims), ("request.headers", {"x-guest-session": token})):
            await owner.execute("select set_config($1, $2, true)", name, msgspec.json.encode(value).decode())
        await owner.execute(f"set local role {role}")
        yield owner
        await owner.execute("reset role")


async def test_a_person_starts_a_conversation_speaks_and_archives_it(owner):
    user_id = await a_person(owner)
    async with as_role(owner, "authenticated", user_id) as db:
        start = (
            "insert into amara_conversations (user_id, locale, is_active, last_message_at)"
            " values ($1, 'es', true, now()) returning id"
        )
        conversation_id = await db.fetchval(start, user_id)
        say = (
            "insert into amara_messages (conversation_id, role, content, tool_calls, metadata)"
            " values ($1, $2, 'Hola', $3, $4)"
        )
        await db.execute(say, conversation_id, "user", None, None)
        await db.execute(say, conversation_id, "assistant", '[{"id": "call_1"}]', {"model": "any", "tokens": 125})
        await db.execute("update amara_conversations set last_message_at = now(), is_active = false")
        rows = await db.fetch("select role, tool_calls from amara_messages order by sequence")
        assert [tuple(row) for row in rows] == [("user", None), ("assistant", [{"id": "call_1"}])]


@pytest.mark.parametrize("statement", [
    "update amara_conversations set user_id = auth.uid()",
    "update amara_conversations set created_at = now()",
    "update amara_messages set sequence = 1",
    "update amara_messages set conversation_id = gen_random_uuid()",
    "insert into amara_messages (conversation_id, role, content, sequence) values (gen_random_uuid(), 'user', '', 1)",
    "update profiles set role = 'admin'",
    "select * from amara_run_events",
    "select * from amara_usage",
    "select cleanup_old_platform_events()",
    "select convert_guest_to_user(gen_random_uuid(), auth.uid())",
])  # fmt: skip
async def test_what_is_not_a_persons_to_do_is_refused(owner, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with as_role(owner, "authenticated", await a_person(owner)) as db:
            await db.execute(statement)


async def test_nobody_sees_or_touches_the_conversation_of_another(owner):
    conversation_id = await a_conversation(owner)
    await owner.execute(
        "insert into amara_messages (conversation_id, role, content) values ($1, 'user', 'mine')", conversation_id
    )
    async with as_role(owner, "authenticated", await a_person(owner)) as db:
        for question in (
            "select 1 from amara_conversations",
            "select 1 from amara_messages",
            "update amara_messages set content = 'x' returning 1",
            "delete from amara_conversations returning 1",
        ):
            assert await db.fetch(question) == []


async def test_a_guest_is_read_back_at_once_and_later_only_by_the_token(owner):
    async with as_role(owner, "anon") as db:
        assert (await db.fetchrow(GUEST, FIRST))["email"] == "m@example.com"
    await owner.execute("update guest_sessions set created_at = now() - interval '1 hour'")
    for token, seen in ((None, 0), (SECOND, 0), (FIRST, 1)):
        async with as_role(owner, "anon", token=token) as db:
            assert await db.fetchval("select count(*) from guest_sessions") == seen
    await owner.execute("update guest_sessions set expires_at = now() - interval '1 second'")
    async with as_role(owner, "anon", token=FIRST) as db:
        assert await db.fetchval("select count(*) from guest_sessions") == 0


async def test_a_guest_books_and_the_clean_up_leaves_what_has_a_booking_or_was_converted(owner):
    professional_id = await a_professional(owner)
    booked, converted, _ = [await owner.fetchval(GUEST, token) for token in (FIRST, SECOND, THIRD)]
    book = (
        "insert into bookings (guest_session_id, professional_id, service_date, total_price)"
        " values ($1, $2, '2025-11-15', 50000)"
    )
    async with as_role(owner, "anon", token=FIRST) as db:
        await db.execute(book, booked, professional_id)
        await db.execute(book, booked, professional_id)  # without an hour there is nothing to overlap
    user_id = await a_person(owner)
    await owner.execute("select convert_guest_to_user($1, $2)", converted, user_id)
    await owner.execute("update guest_sessions set expires_at = now() - interval '1 second'")
    async with as_role(owner, "amara_service") as db:
        await db.execute("select cleanup_expired_guest_sessions()")
    kept = {row["id"]: row["metadata"] for row in await owner.fetch("select id, metadata from guest_sessions")}
    assert kept.keys() == {booked, converted}
    assert kept[converted]["converted_to_user_id"] == str(user_id)


async def test_a_signed_up_person_is_a_customer_whatever_the_form_says(owner):
    await owner.execute('insert into auth.users (raw_user_meta_data) values (\'{"role": "admin"}\'::text::jsonb)')
    assert await owner.fetchval("select role from profiles") == "customer"


async def test_two_live_bookings_of_one_professional_cannot_overlap(owner):
    professional_id = await a_professional(owner)
    await a_booking(owner, professional_id=professional_id)
    await a_booking(owner, professional_id=professional_id, status="cancelled")
    await a_booking(owner)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await a_booking(owner, professional_id=professional_id, status="pending")


async def test_a_deleted_account_leaves_its_booking_without_the_person(owner):
    booking_id = await a_booking(owner)
    await owner.execute(
        "delete from auth.users where id = (select customer_id from bookings where id = $1)", booking_id
    )
    row = await owner.fetchrow("select * from bookings where id = $1", booking_id)
    assert (row["customer_id"], row["address"], row["anonymized_at"] is not None) == (None, None, True)


# --- the funnel

NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)
SEARCH, VIEW, CHECKOUT, BOOKING = "SearchStarted", "ProfessionalViewed", "CheckoutStarted", "BookingConfirmed"
STAGES = [SEARCH, VIEW, CHECKOUT, BOOKING]


async def happened(owner, who, *events):
    """Args: who is a session, or a user's id; events are pairs of hours after noon and a type."""
    column = "session_id" if isinstance(who, str) else "user_id"
    for hours, kind in events:
        insert = f"insert into platform_events (event_type, {column}, created_at) values ($1, $2, $3)"
        await owner.execute(insert, kind, who, NOON + timedelta(hours=hours))


async def funnel(db):
    rows = await db.fetch("select * from get_conversion_funnel($1, $2)", NOON, NOON + timedelta(hours=10))
    assert [row["stage"] for row in rows] == STAGES
    return [(row["unique_users"], str(row["conversion_rate"])) for row in rows]


async def test_the_funnel_of_nothing_is_four_zeros(owner):
    assert await funnel(owner) == [(0, "0.00")] * 4


async def test_the_funnel_counts_people_and_sessions_in_order_and_in_time(owner):
    person = await a_person(owner)
    await happened(owner, person, (0, SEARCH), (1, SEARCH), (1, VIEW), (2, CHECKOUT), (3, BOOKING), (4, BOOKING))
    await happened(owner, "to the last minute", (10, SEARCH), (12, VIEW), (33, CHECKOUT), (34, BOOKING))
    await happened(owner, "too late", (1, SEARCH), (2, VIEW), (25.1, CHECKOUT), (25.2, BOOKING))
    await happened(owner, "a second search in time", (0, SEARCH), (1, VIEW), (9, SEARCH), (26, VIEW), (27, CHECKOUT))
    await happened(owner, "backwards", (1, BOOKING), (2, CHECKOUT), (3, VIEW), (4, SEARCH))
    await happened(owner, "not begun", (1, VIEW), (2, CHECKOUT), (3, BOOKING))
    await happened(owner, "searched before", (-1, SEARCH), (1, VIEW))
    await happened(owner, "searched after", (10.1, SEARCH), (11, VIEW))
    await happened(owner, "all at once", (5, BOOKING), (5, CHECKOUT), (5, VIEW), (5, SEARCH))
    await owner.execute("insert into platform_events (event_type, created_at) values ($1, $2)", SEARCH, NOON)
    assert await funnel(owner) == [(6, "100.00"), (5, "83.33"), (4, "66.67"), (3, "50.00")]


async def test_the_funnel_shows_an_administrator_all_a_person_nothing_and_a_stranger_is_refused(owner):
    await happened(owner, "somebody", (0, SEARCH))
    admin, person = await a_person(owner, role="admin"), await a_person(owner)
    async with as_role(owner, "authenticated", admin) as db:
        assert (await funnel(db))[0] == (1, "100.00")
    async with as_role(owner, "authenticated", person) as db:
        assert await funnel(db) == [(0, "0.00")] * 4
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with as_role(owner, "anon") as db:
            await funnel(db)


@pytest.mark.parametrize(
    ("first", "last"), [("2025-12-01", "2025-01-01"), ("-infinity", "infinity"), ("1975-01-01", "2025-01-01")]
)
async def test_no_range_makes_the_numbers_fail(owner, first, last):
    rows = await owner.fetch(
        "select * from get_conversion_funnel($1::text::timestamptz, $2::text::timestamptz)", first, last
    )
    assert [(row["unique_users"], row["conversion_rate"]) for row in rows] == [(0, Decimal("0.00"))] * 4
    assert (
        await owner.fetch(
            "select * from get_event_counts_by_type($1::text::timestamptz, $2::text::timestamptz)", first, last
        )
        == []
    )


async def test_events_are_counted_by_type_and_old_ones_go(owner):
    await happened(owner, "somebody", (0, SEARCH), (1, SEARCH), (2, VIEW))
    rows = await owner.fetch("select * from get_event_counts_by_type($1, $2)", NOON, NOON + timedelta(days=1))
    assert [tuple(row) for row in rows] == [(SEARCH, 2), (VIEW, 1)]
    await owner.execute(
        "update platform_events set created_at = now() - interval '91 days' where event_type = $1", SEARCH
    )
    await owner.execute(
        "update platform_events set created_at = now() - interval '89 days' where event_type = $1", VIEW
    )
    async with as_role(owner, "amara_service") as db:
        await db.execute("select cleanup_old_platform_events()")
    assert await owner.fetchval("select array_agg(event_type) from platform_events") == [VIEW]


async def test_nobody_writes_events_in_the_name_of_another(owner):
    mine, yours = await a_person(owner), await a_person(owner)
    insert = "insert into platform_events (event_type, user_id, session_id) values ('SearchStarted', $1, 's')"
    for role, caller, named in (("anon", None, None), ("authenticated", mine, mine)):
        async with as_role(owner, role, caller) as db:
            await db.execute(insert, named)
    for role, caller in (("anon", None), ("authenticated", mine)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with as_role(owner, role, caller) as db:
                await db.execute(insert, yours)
