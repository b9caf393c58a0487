"""What time alone brings about, without anybody asking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from amara import demo
from amara.upkeep import Upkeep
from tests.builders import a_booking, a_conversation

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
