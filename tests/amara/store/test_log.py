"""The log behind the cursors."""

from __future__ import annotations

from amara.auth import SERVICE
from amara.store import log
from tests.builders import a_conversation


async def test_every_writers_epoch_is_above_all_before(db, owner):
    conversation_id = await a_conversation(owner, epoch=2**61)
    async with db.transaction(SERVICE) as service:
        assert [await log.become_writer(service, conversation_id) for _ in range(2)] == [2**61 + 1, 2**61 + 2]


async def test_a_new_epoch_is_the_time_of_day_so_that_a_lost_database_does_not_repeat_one(db, owner):
    conversation_id = await a_conversation(owner)
    async with db.transaction(SERVICE) as service:
        now = await service.fetchval("select extract(epoch from clock_timestamp()) * 1000")
        assert await log.become_writer(service, conversation_id) >= int(now)


async def test_only_the_living_epoch_is_kept_and_each_place_once(db, owner):
    mine, other = await a_conversation(owner), await a_conversation(owner)
    async with db.transaction(SERVICE) as service:
        old = await log.become_writer(service, mine)
        epoch = await log.become_writer(service, mine)
        await log.become_writer(service, other)
        assert await log.head(service, mine) is None
        assert await log.keep(service, [(mine, old, 1, 1, None, "{}"), (other, 0, 1, 1, None, "{}")]) == {}
        assert await log.keep(service, [(mine, epoch, 1, 2, None, "{}\n{}")]) == {mine: None}
        assert await log.keep(service, [(mine, epoch, 1, 1, None, "{}")]) == {}
        assert await log.head(service, mine) == (epoch, 2)
