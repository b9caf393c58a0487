"""What time alone brings about, without anybody asking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amara import demo, settings
from amara.upkeep import Upkeep
from tests.builders import a_booking, a_conversation, a_person, a_professional
from tests.calendars import a_hold

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_a_booking_nobody_answers_for_a_day_is_declined_and_its_hour_free(db, owner):
    booking_id = await a_booking(owner, status="pending")
    made = await owner.fetchval("select coalesce(pending_since, created_at) from bookings where id = $1", booking_id)
    await Upkeep(db, lambda: made + timedelta(hours=23)).once()
    assert await owner.fetchval("select status from bookings where id = $1", booking_id) == "pending"
    done = await Upkeep(db, lambda: made + timedelta(hours=24, seconds=1)).once()
    assert done["bookings_declined"] == 1
    assert await owner.fetchval("select status from bookings where id = $1", booking_id) == "declined"


async def test_the_demo_stands_for_as_long_as_it_is_shown(db, owner):
    today = datetime.now(UTC)
    await demo.load(owner, today.date())
    done = await Upkeep(db, lambda: today + timedelta(days=3)).once()
    assert done["bookings_declined"] == 0


async def test_the_log_of_a_run_is_kept_for_a_day_after_it(db, owner):
    conversation_id = await a_conversation(owner)
    await owner.execute(
        "insert into amara_run_events (conversation_id, epoch, seq_from, seq_to, frames, created_at)"
        " values ($1, 1, 1, 1, '{}', $2), ($1, 1, 2, 2, '{}', $3)",
        conversation_id,
        NOW - timedelta(hours=25),
        NOW - timedelta(hours=23),
    )
    assert (await Upkeep(db, lambda: NOW).once())["frames_forgotten"] == 1
    assert await owner.fetchval("select count(*) from amara_run_events") == 1


async def test_only_one_process_tidies_at_a_time(db, owner):
    async with owner.transaction():
        await owner.execute("select pg_advisory_xact_lock($1)", 0x616D6172)
        assert await Upkeep(db, lambda: NOW).once() == {}
    assert await Upkeep(db, lambda: NOW).once() != {}


async def test_a_visitor_away_for_thirty_days_goes_with_what_they_said(db, owner):
    long_ago = datetime.now(UTC) - timedelta(days=31)

    async def visitor(*, last_word=long_ago, since=long_ago, is_anonymous=True):
        user_id = await a_person(owner, is_anonymous=is_anonymous)
        await owner.execute("update auth.users set created_at = $2 where id = $1", user_id, since)
        await a_conversation(owner, user_id=user_id, last_message_at=last_word)
        return user_id

    idle, account = await visitor(), await visitor(is_anonymous=False)
    lately = await visitor(last_word=datetime.now(UTC) - timedelta(days=29))
    fresh = await visitor(since=datetime.now(UTC))
    booked, booked_as_guest, drafting, answered = [await visitor() for _ in range(4)]
    await a_booking(owner, customer_id=booked)
    session = await owner.fetchval(
        "insert into guest_sessions (session_token, email, full_name, user_id, created_at, expires_at)"
        " values (repeat('a', 43), 'a@b.co', 'A', $1, $2, $2) returning id",
        booked_as_guest,
        long_ago,
    )
    await a_booking(owner, guest_session_id=session)
    monday = datetime(2030, 3, 4, 14, 0, tzinfo=UTC)
    await a_hold(owner, await a_professional(owner), drafting, monday, monday + timedelta(hours=2))
    await owner.execute(
        "insert into amara_runs (conversation_id, user_id, run_key, owner, status, lease_expires_at)"
        " select id, user_id, 'run', 'house', 'finished', now() from amara_conversations where user_id = $1",
        answered,
    )
    assert (await Upkeep(db, lambda: NOW).once())["visitors_forgotten"] == 1
    stayed = {row["id"] for row in await owner.fetch("select id from auth.users")}
    assert stayed >= {account, lately, fresh, booked, booked_as_guest, drafting, answered}
    assert idle not in stayed
    assert await owner.fetchval("select count(*) from amara_conversations where user_id = $1", idle) == 0


async def test_the_daily_part_comes_once_a_day(db, owner):
    upkeep = Upkeep(db, lambda: NOW)
    assert "visitors_forgotten" in await upkeep.once()
    assert "visitors_forgotten" not in await upkeep.once()


async def test_the_numbers_are_put_away_each_round_in_the_days_of_the_house(db, owner):
    # The day before in Bogotá.
    at = datetime.now(UTC).replace(hour=3, minute=30) - timedelta(days=5)
    write = "insert into platform_events (event_type, session_id, created_at) values ('SearchStarted', $1, $2)"
    await owner.executemany(write, [("a", at), ("b", at)])
    assert (await Upkeep(db, lambda: NOW, time_zone="Europe/Madrid").once())["numbers_put_away"] > 0
    assert await owner.fetchval("select count(*) from platform_event_marks") == 0
    rows = await owner.fetch("select day, people from get_funnel_days($1, $1)", at.date())
    assert [tuple(row) for row in rows] == [(at.date(), people) for people in (2, 0, 0, 0)]


async def test_events_go_after_ninety_days_once_a_day(db, owner):
    write = (
        "insert into platform_events (event_type, session_id, created_at)"
        " select 'SearchStarted', 'a' || i, now() - interval '91 days' from generate_series(1, 1001) i"
    )
    await owner.execute(write)
    upkeep = Upkeep(db, lambda: NOW)
    assert (await upkeep.once())["events_purged"] == 1001
    await owner.execute("insert into platform_events (event_type, created_at) values ('SearchStarted', '2020-01-01')")
    assert "events_purged" not in await upkeep.once()
    assert await owner.fetchval("select event_count from get_event_counts_by_type('-infinity', 'infinity')") == 1001


async def test_tickets_that_open_nothing_any_more_go(db, owner):
    add = (
        "insert into amara_private.socket_tickets (ticket_hash, user_id, is_anonymous, conversation_id,"
        " token_expires_at, made_at, spent_at) values ($1, gen_random_uuid(), false, gen_random_uuid(), $2, $3, $4)"
    )
    hour = timedelta(hours=1)
    for name, ends_at, made_at, spent_at in (
        (b"over", NOW - hour, NOW - 25 * hour, NOW - 25 * hour),
        (b"never shown", NOW + hour, NOW - hour, None),
        (b"still listens", NOW + hour, NOW - 2 * hour, NOW - 2 * hour),
        (b"just made", NOW + hour, NOW, None),
    ):
        await owner.execute(add, name, ends_at, made_at, spent_at)
    await Upkeep(db, lambda: NOW).once()
    left = await owner.fetch("select ticket_hash from amara_private.socket_tickets order by 1")
    assert [row["ticket_hash"] for row in left] == [b"just made", b"still listens"]


async def test_conversations_go_after_as_long_as_was_decided_unless_something_is_still_to_come(db, owner):
    year = timedelta(days=365)

    async def conversation(*, last_word=NOW - year - timedelta(minutes=1)):
        return await a_conversation(owner, last_message_at=last_word)

    old, lately = await conversation(), await conversation(last_word=NOW - year + timedelta(minutes=1))
    answering, handed, drafting, to_come, over = [await conversation() for _ in range(5)]
    await owner.execute(
        "insert into amara_runs (conversation_id, user_id, run_key, owner, status, lease_expires_at)"
        " select id, user_id, 'run', 'house', 'running', now() from amara_conversations where id = $1",
        answering,
    )
    await owner.execute("insert into amara_handoffs (conversation_id, reason) values ($1, 'asked')", handed)
    monday = datetime(2030, 3, 4, 14, 0, tzinfo=UTC)
    for number, (place, status) in enumerate([(drafting, None), (to_come, "confirmed"), (over, "completed")]):
        person = await a_person(owner)
        start = monday + timedelta(days=number)
        till = NOW + timedelta(hours=1)
        draft = await a_hold(
            owner, await a_professional(owner), person, start, start + timedelta(hours=2), expires_at=till
        )
        booking_id = None if status is None else await a_booking(owner, status=status)
        await owner.execute(
            "update amara_booking_drafts set conversation_id = $2, booking_id = $3, status = $4 where id = $1",
            draft,
            place,
            booking_id,
            "open" if status is None else "confirmed",
        )
    assert not (await Upkeep(db, lambda: NOW).once())["conversations_forgotten"]
    done = await Upkeep(db, lambda: NOW, conversations_days=365).once()
    assert done["conversations_forgotten"] == 2
    left = {row["id"] for row in await owner.fetch("select id from amara_conversations")}
    assert left == {lately, answering, handed, drafting, to_come}
    assert old not in left
    assert await owner.fetchval("select count(*) from bookings") == 2  # records stay


@pytest.mark.parametrize("days", ["-1", "1.5", "100000", "a year", "²"])
def test_conversations_are_kept_for_whole_days_or_for_ever(days):
    assert settings.read({}).conversations_days == 0
    assert settings.read({"AMARA_CONVERSATIONS_DAYS": "365"}).conversations_days == 365
    with pytest.raises(settings.SettingsWrong, match="AMARA_CONVERSATIONS_DAYS"):
        settings.read({"AMARA_CONVERSATIONS_DAYS": days})
