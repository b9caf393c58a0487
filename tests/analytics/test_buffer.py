"""Many requests, one commit; and nobody's fault is another's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from analytics import errors
from analytics.buffer import Buffer
from analytics.settings import Settings
from analytics.shapes import Event


def an_event(**fields):
    said = {"id": uuid4(), "event_type": "A", "user_id": None, "session_id": None, "properties": "{}"}
    return Event(**{**said, "created_at": datetime.now(UTC), **fields})


class Service:
    """The service's transactions, counted, and let through when a test says so."""

    def __init__(self, db):
        self.opened = 0
        self.at_once = self.most_at_once = 0
        self.came = asyncio.Condition()
        self.may_go = asyncio.Event()
        self.may_go.set()
        self._db = db

    @asynccontextmanager
    async def __call__(self):
        self.opened += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self.came:
            self.came.notify_all()
        try:
            await self.may_go.wait()
            async with self._db.service() as connection:
                yield connection
        finally:
            self.at_once -= 1

    async def come(self, number=1):
        """Until so many are open at once."""
        async with self.came:
            await self.came.wait_for(lambda: self.at_once >= number)


@pytest.fixture
def service(db):
    return Service(db)


async def stored(owner):
    return await owner.fetchval("select count(*) from platform_events")


async def test_who_comes_together_is_committed_together(service, owner):
    buffer = Buffer(service, Settings())
    assert await asyncio.gather(*(buffer.keep([an_event(), an_event()]) for _ in range(64))) == [2] * 64
    assert service.opened < 5
    assert await stored(owner) == 128


async def test_the_same_event_of_two_senders_is_new_for_one_of_them(service, owner):
    event = an_event()
    buffer = Buffer(service, Settings())
    told = await asyncio.gather(*(buffer.keep([event, an_event()]) for _ in range(10)))
    assert sorted(told) == [1] * 9 + [2]
    assert await buffer.keep([event]) == 0
    assert await stored(owner) == 11


async def test_what_was_answered_is_committed(service, owner):
    service.may_go.clear()
    kept = asyncio.create_task(Buffer(service, Settings()).keep([an_event()]))
    await service.come()
    assert not kept.done()
    service.may_go.set()
    assert (await kept, await stored(owner)) == (1, 1)


async def test_one_request_that_cannot_be_stored_spoils_no_other(service, owner):
    buffer = Buffer(service, Settings())
    good = [buffer.keep([an_event()]) for _ in range(5)]
    gone = buffer.keep([an_event(user_id=uuid4())])
    large = buffer.keep([an_event(properties='{"x":"' + "y" * 33_000 + '"}')])
    said = await asyncio.gather(*good, gone, large, return_exceptions=True)
    assert said[:5] == [1] * 5
    assert [type(each) for each in said[5:]] == [errors.AccountGone, errors.EventTooLarge]
    assert await stored(owner) == 5


@pytest.mark.parametrize("limits", [{"waiting_events": 6}, {"waiting_bytes": 13}])
async def test_a_sender_beyond_what_may_wait_is_told_to_come_back(service, owner, limits):
    service.may_go.clear()
    buffer = Buffer(service, Settings(writers=1, flush_events=1, **limits))
    first = asyncio.create_task(buffer.keep([an_event()]))
    await service.come()
    waiting = [asyncio.create_task(buffer.keep([an_event()])) for _ in range(6)]
    await asyncio.sleep(0)
    with pytest.raises(errors.Busy) as told:
        await buffer.keep([an_event()])
    assert (told.value.status, told.value.retryable) == (503, True)
    assert told.value.retry_after_s
    service.may_go.set()
    assert await asyncio.gather(first, *waiting) == [1] * 7
    assert await buffer.keep([an_event()]) == 1
    assert (await stored(owner), service.most_at_once) == (8, 1)


async def test_the_rest_of_the_pool_is_the_chats(service):
    service.may_go.clear()
    buffer = Buffer(service, Settings(flush_events=1))
    requests = [asyncio.create_task(buffer.keep([an_event()])) for _ in range(20)]
    await service.come(2)
    service.may_go.set()
    await asyncio.gather(*requests)
    assert service.most_at_once == 2


async def test_a_statement_that_hangs_is_given_up_and_its_senders_come_back(service, owner):
    service.may_go.clear()
    buffer = Buffer(service, Settings(store_s=0.5))
    with pytest.raises(errors.Busy):
        await buffer.keep([an_event()])
    service.may_go.set()
    assert await buffer.keep([an_event()]) == 1
    assert (await stored(owner), service.at_once) == (1, 0)


async def test_who_has_gone_is_not_waited_for(service, owner):
    service.may_go.clear()
    buffer = Buffer(service, Settings(writers=1, flush_events=1))
    first, gone, last = (asyncio.create_task(buffer.keep([an_event()])) for _ in range(3))
    await service.come()
    gone.cancel()
    service.may_go.set()
    assert (await first, await last) == (1, 1)
    assert await stored(owner) == 2


async def test_whatever_goes_wrong_is_told_to_everybody_who_waits():
    @asynccontextmanager
    async def away():
        raise ConnectionResetError
        yield

    buffer = Buffer(away, Settings())
    said = await asyncio.gather(*(buffer.keep([an_event()]) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in said] == [ConnectionResetError] * 3
