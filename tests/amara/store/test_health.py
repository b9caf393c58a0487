"""How the assistant did, counted from her own record."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from amara.store.health import health
from tests.builders import NEXT_MORNING, a_booking, a_conversation, a_person, a_professional

DAY = timedelta(days=1)


async def a_run(owner, conversation, status, *, at=NEXT_MORNING, tools=(), tokens=0):
    run_id, user_id = uuid4(), uuid4()
    await owner.execute(
        "insert into public.amara_runs"
        " (id, conversation_id, user_id, run_key, status, owner, lease_expires_at, started_at)"
        " values ($1, $2, $3, 'run', $4, 'a process', now(), $5)",
        *(run_id, conversation, user_id, status, at),
    )
    for number, (tool, state) in enumerate(tools):
        await owner.execute(
            "insert into public.amara_tool_runs (run_id, conversation_id, call_id, tool, state, created_at)"
            " values ($1, $2, $3, $4, $5, $6)",
            *(run_id, conversation, str(number), tool, state, at),
        )
    await owner.execute(
        "insert into public.amara_usage (run_id, conversation_id, model, round, input_tokens, output_tokens,"
        " cache_read_tokens, cache_write_tokens, created_at) values ($1, $2, 'm', 1, $3, 10, 20, 30, $4)",
        *(run_id, conversation, tokens, at),
    )
    return run_id


async def a_draft(owner, conversation, *, at=NEXT_MORNING):
    await owner.execute(
        "insert into public.amara_booking_drafts"
        " (user_id, conversation_id, professional_id, starts_at, duration_minutes, price_cop, offered_at, expires_at,"
        " status, created_at)"
        " values ($1, $2, $3, $4, 120, 1, $4, $5, 'expired', $4)",
        *(await a_person(owner), conversation, await a_professional(owner), at, at + DAY),
    )


async def figures(db, begins=NEXT_MORNING, ends=NEXT_MORNING):
    async with db.service() as connection:
        return await health(connection, begins, ends)


async def test_nothing_happened_yet(db):
    assert await figures(db) == {
        "runs": 0,
        "answers": 0,
        "interrupted": 0,
        "failed": 0,
        "drafts": 0,
        "bookings": 0,
        "tokens_per_booking": None,
        "cost_per_booking": None,
        "tools": [],
    }


async def test_what_ended_was_used_offered_and_booked(db, owner):
    conversation = await a_conversation(owner)
    searching = [("search_professionals", "done"), ("search_professionals", "failed"), ("draft_booking", "done")]
    await a_run(owner, conversation, "finished", tools=searching, tokens=940)
    for status in ("finished", "cancelled", "failed", "interrupted", "running"):
        await a_run(owner, conversation, status)
    await a_draft(owner, conversation)
    await a_draft(owner, None)  # of the checkout
    for source in ("amara", "amara", "guest", "direct"):
        await a_booking(owner, booking_source=source, created_at=NEXT_MORNING)
    assert await figures(db) == {
        "runs": 5,
        "answers": 2,
        "interrupted": 1,
        "failed": 1,
        "drafts": 1,
        "bookings": 2,
        "tokens_per_booking": (940 + 6 * 60) // 2,
        "cost_per_booking": None,
        "tools": [
            {"tool": "search_professionals", "uses": 2, "failed": 1},
            {"tool": "draft_booking", "uses": 1, "failed": 0},
        ],
    }


async def test_what_happened_before_or_after_is_another_periods(db, owner):
    conversation = await a_conversation(owner)
    for at in (NEXT_MORNING - DAY, NEXT_MORNING + DAY):
        await a_run(owner, conversation, "finished", at=at, tools=[("search_professionals", "done")])
        await a_draft(owner, conversation, at=at)
        await a_booking(owner, created_at=at, scheduled_start=at)
    assert (await figures(db))["runs"] == 0
    found = await figures(db, NEXT_MORNING - DAY, NEXT_MORNING + DAY)
    assert (found["runs"], found["drafts"], found["bookings"], found["tools"][0]["uses"]) == (2, 2, 2, 2)
