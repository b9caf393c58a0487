"""Whatever the receiver does, every notice arrives, and each booking's in their order."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from amara import webhooks as story
from amara.store import notices
from tests.builders import a_booking
from tests.receiver import receiving, until
from tests.telling import LIFE, lives, states, telling, until_nothing_waits


async def test_every_change_arrives_signed_and_in_its_order(db, owner):
    async with receiving() as receiver, telling(db, receiver.url) as webhooks:
        bookings = await lives(owner, 5)
        await webhooks.once()
    assert [receiver.of(booking) for booking in bookings] == [LIFE] * 5
    assert await states(owner) == {"delivered": 20}
    headers = receiver.taken[0].headers
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("Amara/")
    assert "cookie" not in headers


async def test_one_that_is_not_taken_holds_back_its_own_booking_and_no_other(db, owner):
    async def refuses(told):
        return 500 if told.subject == str(first) and told.type == "booking.confirmed" else 204

    async with receiving(refuses) as receiver, telling(db, receiver.url, pause_s=lambda _: 600.0) as webhooks:
        first, second = await lives(owner, 2)
        await webhooks.once()
        assert receiver.of(first) == LIFE[:1]
        assert receiver.of(second) == LIFE
        receiver.answer = None
        async with db.service() as connection:
            (row,) = [r for r in await notices.listed(connection, state=None, limit=10) if r["attempts"]]
            assert (row["cause"], row["attempts"]) == ("500", 1)
            assert await notices.retry(connection, [row["id"]]) == 1
        await webhooks.once()
    assert receiver.of(first) == LIFE


async def test_a_receiver_that_is_away_for_a_while_misses_nothing(db, owner):
    async with receiving() as receiver:
        port = int(receiver.url.rsplit(":", 1)[1].partition("/")[0])
    async with telling(db, receiver.url) as webhooks:
        bookings = await lives(owner, 3)
        await webhooks.begin()
        await until(lambda: not webhooks._telling)
        causes = await owner.fetch("select distinct cause from amara_private.webhook_notices where attempts > 0")
        assert [row["cause"] for row in causes] == ["ClientConnectorError"]
        async with receiving(port=port) as receiver:
            await until_nothing_waits(webhooks, owner)
    assert [receiver.of(booking) for booking in bookings] == [LIFE] * 3


async def test_a_slow_one_is_not_waited_for_and_no_transaction_is_open_meanwhile(db, owner):
    patient = asyncio.Event()

    async def dawdles(told):
        if told.subject == str(first) and not patient.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(patient.wait(), 10)
        return 204

    async with receiving(dawdles) as receiver, telling(db, receiver.url, tell_s=2.0, pause_s=lambda _: 600) as webhooks:
        first, second = await lives(owner, 2)
        await webhooks.begin()
        await until(lambda: len(receiver.asked) == 2 and len(webhooks._telling) == 1)
        open_ones = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'"
        assert await owner.fetchval(open_ones) == 0
        await webhooks.once()
        assert receiver.of(second) == LIFE
        assert await owner.fetchval("select cause from amara_private.webhook_notices where cause is not null") in {
            "TimeoutError",
            "ConnectionTimeoutError",
            "ServerTimeoutError",
        }
        patient.set()
        async with db.service() as connection:
            await notices.retry(connection, [r["id"] for r in await notices.listed(connection, state=None, limit=9)])
        await webhooks.once()
    assert receiver.of(first) == LIFE


async def test_one_that_is_gone_for_good_is_given_up_and_what_came_later_goes_on(db, owner):
    async def gone(told):
        return 410 if told.type == "booking.confirmed" else 204

    async with receiving(gone) as receiver, telling(db, receiver.url) as webhooks:
        (booking,) = await lives(owner, 1)
        await webhooks.once()
        assert receiver.of(booking) == [LIFE[0], *LIFE[2:]]
        assert await states(owner) == {"delivered": 3, "dead": 1}
        receiver.answer = None
        async with db.service() as connection:
            assert await notices.retry(connection, None) == 1
        await webhooks.once()
    assert receiver.taken[-1].type == "booking.confirmed"
    assert receiver.taken[-1].sequence < receiver.taken[-2].sequence  # so that whoever is told late can tell it is old


async def test_after_many_attempts_it_is_given_up(db, owner):
    async def never(_):
        return 503

    async with receiving(never) as receiver, telling(db, receiver.url) as webhooks:
        await a_booking(owner, status="pending")
        await owner.execute("update amara_private.webhook_notices set attempts = $1", story.ATTEMPTS - 2)
        await until_nothing_waits(webhooks, owner)
    assert await states(owner) == {"dead": 1}
    assert len(receiver.asked) == 2


def test_the_pauses_grow_to_a_cap_and_are_not_all_of_one_length():
    for attempts, seconds in ((1, 5), (2, 10), (5, 80), (11, 5120), (12, 7200), (50, 7200), (500, 7200)):
        pauses = {story.pause_s(attempts) for _ in range(50)}
        assert len(pauses) > 1
        assert all(0.8 * seconds <= pause <= 1.2 * seconds for pause in pauses)
    days = sum(min(5.0 * 2**n, 7200) for n in range(story.ATTEMPTS - 1)) / 86_400
    assert 3 < days < 4


async def test_a_receiver_that_asks_for_time_gets_it(db, owner):
    async def later(_):
        return web.Response(status=429, headers={"retry-after": "900"})

    async with receiving(later) as receiver, telling(db, receiver.url) as webhooks:
        await a_booking(owner, status="pending")
        await webhooks.once()
    waits = "select due_at - clock_timestamp() between '800 s' and '900 s' from amara_private.webhook_notices"
    assert await owner.fetchval(waits)
    assert len(receiver.asked) == 1


async def test_nobody_is_led_anywhere_else(db, owner):
    async def elsewhere(told):
        return web.Response(status=302, headers={"location": str(told.request.url.with_path("/elsewhere"))})

    async with receiving(elsewhere) as receiver, telling(db, receiver.url, pause_s=lambda _: 600) as webhooks:
        await a_booking(owner, status="pending")
        await webhooks.once()
    assert len(receiver.asked) == 1
    assert await owner.fetchval("select cause from amara_private.webhook_notices") == "302"


async def test_an_answer_that_never_ends_is_not_read(db, owner):
    async def floods(told):
        answer = web.StreamResponse(status=200)
        await answer.prepare(told.request)
        with suppress(ConnectionError):
            while True:
                await answer.write(b"x" * 65536)
        return answer

    async with receiving(floods) as receiver, telling(db, receiver.url) as webhooks:
        await a_booking(owner, status="pending")
        await webhooks.once()
    assert await states(owner) == {"delivered": 1}


async def test_what_the_receiver_says_is_not_kept(db, owner):
    async def talks(_):
        return web.Response(status=500, reason="Canario", text="canario amarillo")

    async with receiving(talks) as receiver, telling(db, receiver.url, pause_s=lambda _: 600) as webhooks:
        await a_booking(owner, status="pending")
        await webhooks.once()
    assert "anari" not in await owner.fetchval("select n::text from amara_private.webhook_notices n")
