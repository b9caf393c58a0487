"""Whoever tells it, however many they are, and whatever dies."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from amara.store import notices
from amara.webhooks import Webhooks
from tests.builders import a_booking
from tests.receiver import SECRET, receiving, until
from tests.telling import LIFE, lives, states, telling


async def test_processes_that_share_the_work_tell_each_once_and_in_order(db, owner):
    async def takes_its_time(told):
        await asyncio.sleep(told.sequence % 3 / 200)
        return 204

    async with (
        receiving(takes_its_time) as receiver,
        telling(db, receiver.url) as one,
        telling(db, receiver.url) as other,
        telling(db, receiver.url) as third,
    ):
        bookings = await lives(owner, 12)
        while (await states(owner)).get("waiting"):
            await asyncio.gather(one.once(), other.once(), third.once())
    assert [receiver.of(booking) for booking in bookings] == [LIFE] * 12
    assert len(receiver.taken) == 48


async def test_what_a_dead_process_was_telling_is_told_once_more_under_its_id(db, owner):
    async with receiving() as receiver, telling(db, receiver.url) as webhooks:
        (booking,) = await lives(owner, 1)
        async with db.service() as connection:  # claims, and is killed before it has told, or after
            (claimed,) = await notices.claim(connection, limit=10, hold_s=600)
        await webhooks.once()
        assert receiver.taken == []
        await owner.execute("update amara_private.webhook_notices set due_at = now() where id = $1", claimed.id)
        await webhooks.once()
    assert receiver.of(booking) == LIFE
    assert receiver.taken[0].id == str(claimed.id)


async def test_who_was_held_up_for_too_long_leaves_it_to_another(db, owner):
    async with receiving() as receiver, telling(db, receiver.url) as webhooks:
        await a_booking(owner, status="pending")
        times = iter([0.0, 1000.0])  # stopped between the claim and the telling
        webhooks.clock = lambda: next(times)
        await webhooks.begin()
        await until(lambda: not webhooks._telling)
        assert receiver.asked == []


async def test_a_late_word_about_an_attempt_changes_nothing_of_the_next(db, owner):
    async with telling(db, "http://127.0.0.1:9/hook"):
        await a_booking(owner, status="pending")
        async with db.service() as connection:
            (first,) = await notices.claim(connection, limit=1, hold_s=0)
            (again,) = await notices.claim(connection, limit=1, hold_s=600)
            await notices.defer(connection, first, cause="late", pause_s=0)
            await notices.settle(connection, first, "dead", cause="late")
            assert await notices.claim(connection, limit=1, hold_s=600) == []
            await notices.settle(connection, first, "delivered")  # it did arrive, however late we heard of it
            await notices.settle(connection, again, "dead", cause="410")
    assert await states(owner) == {"delivered": 1}


async def test_where_the_database_is_away_after_the_telling_it_is_told_again(db, owner):
    async with receiving() as receiver, telling(db, receiver.url) as webhooks:
        await a_booking(owner, status="pending")

        async def cuts(_):
            await owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            return 204

        receiver.answer = cuts
        await webhooks.begin()
        await until(lambda: not webhooks._telling)
        receiver.answer = None
        await owner.execute("update amara_private.webhook_notices set due_at = now() where state = 'waiting'")
        await webhooks.once()
    assert len({told.id for told in receiver.taken}) == 1
    assert await states(owner) == {"delivered": 1}


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9/hook"])
async def test_whether_somebody_is_to_be_told_is_said_at_the_start(db, owner, url):
    await owner.execute("update amara_private.webhook_receiver set is_there = $1", not url)
    webhooks = Webhooks(db, url, (SECRET,))
    await webhooks.open()
    await webhooks.close()
    await a_booking(owner, status="pending")
    assert await states(owner) == ({"waiting": 1} if url else {})


async def test_what_was_settled_long_ago_is_forgotten_and_what_waits_is_not(db, owner):
    async with telling(db, "http://127.0.0.1:9/hook"):
        await lives(owner, 1)
        await owner.execute(
            "update amara_private.webhook_notices set state = case type when 'booking.confirmed' then 'dead'"
            " else 'delivered' end, settled_at = now() - interval '8 days' where type <> 'booking.created'"
        )
        async with db.service() as connection:
            week, quarter = timedelta(days=7), timedelta(days=90)
            gone = await notices.forget(connection, delivered=week, dead=quarter, limit=100)
    assert gone == 2
    assert await states(owner) == {"waiting": 1, "dead": 1}
