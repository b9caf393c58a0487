"""A key stands for one request of one person for a day."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from amara.store import idempotency
from tests.calendars import NOW

ANSWER = {"outcome": "confirmed", "booking": {"z": 1, "a": [None, "ñ"]}}


async def ask(db, body=b"body", *, now=NOW, scope="laura", fails=False):
    async with db.service() as service:
        before = await idempotency.claim(service, scope, "key", body, now=now)
        if before is None:
            if fails:
                raise ZeroDivisionError
            await idempotency.keep(service, scope, "key", status=200, answer=ANSWER)
        return before


async def test_the_second_one_gets_the_answer_of_the_first(db):
    answers = await asyncio.gather(*(ask(db) for _ in range(8)))
    assert answers.count(None) == 1
    told = [dict(answer) for answer in answers if answer is not None]
    assert told == [{"body_hash": b"body", "status": 200, "answer": ANSWER}] * 7
    assert list(told[0]["answer"]) == list(ANSWER)


async def test_a_deed_that_failed_leaves_no_key(db):
    try:
        await ask(db, fails=True)
    except ZeroDivisionError:
        assert await ask(db) is None


async def test_a_key_is_free_again_after_a_day_and_then_forgotten(owner, db):
    assert await ask(db) is None
    assert await ask(db, now=NOW + timedelta(hours=23)) is not None
    assert await ask(db, scope="camilo") is None
    assert await ask(db, b"other", now=NOW + timedelta(hours=24)) is None
    async with db.service() as service:
        await idempotency.forget(service, NOW + timedelta(hours=24))
    assert await owner.fetchval("select array_agg(scope) from public.idempotency_keys") == ["laura"]
