"""Limits hold over all processes; without the broker each process holds its own, and nobody is locked out."""

from __future__ import annotations

import asyncio

import pytest

from amara import errors
from amara.feed_redis import connect
from amara.limits import Limits, Rates
from amara.limits_redis import Counting
from tests.amara.test_limits import somebody
from tests.faulty import silent

RATES = Rates(messages=3, sockets=2, visitors=3)


@pytest.fixture
async def processes(broker):
    counting = [Counting(connect(broker.url), b"pepper") for _ in range(2)]
    yield [Limits(RATES, across=across) for across in counting]
    for across in counting:
        await across.stop()


async def test_messages_are_counted_wherever_they_are_said(processes):
    one, two = processes
    laura = somebody()
    await one.says(laura)
    await two.says(laura)
    await one.says(laura)
    for process in processes:
        with pytest.raises(errors.TooMany) as refused:
            await process.says(laura)
        assert 0 < refused.value.retry_after_s <= 60
    await two.says(somebody())


async def test_sockets_are_counted_wherever_they_are_open_and_a_place_is_free_when_one_is_left(processes):
    one, two = processes
    laura = somebody()
    leave = await one.enter(laura, "192.0.2.1")
    await two.enter(laura, "192.0.2.1")
    for process in processes:
        with pytest.raises(errors.TooMany):
            await process.enter(laura, "192.0.2.1")
    leave()
    await asyncio.gather(*one._across._errands)
    await two.enter(laura, "192.0.2.1")
    with pytest.raises(errors.TooMany):
        await one.enter(laura, "192.0.2.1")


async def test_twenty_who_come_at_once_to_two_processes_find_as_many_places_as_there_are(processes):
    laura = somebody()
    came = await asyncio.gather(
        *(process.enter(laura, "192.0.2.1") for process in processes for _ in range(10)), return_exceptions=True
    )
    assert [type(answer) for answer in came].count(errors.TooMany) == 18


async def test_visitors_of_one_address_share_their_places_over_all_processes(processes):
    one, two = processes
    for process in (one, two, one):
        await process.enter(somebody(is_anonymous=True), "192.0.2.1")
    with pytest.raises(errors.TooMany):
        await two.enter(somebody(is_anonymous=True), "192.0.2.1")
    await two.enter(somebody(), "192.0.2.1")


async def test_the_sockets_of_a_process_that_died_are_forgotten_and_those_of_a_living_one_are_not(
    processes, monkeypatch, broker
):
    monkeypatch.setattr("amara.limits_redis.PLACE_S", 0.05)
    one, two = processes
    laura = somebody()
    for process in processes:
        await process.enter(laura, "192.0.2.1")
    monkeypatch.setattr("amara.limits_redis.PLACE_S", 60)
    await one._across.vouch()  # and the other one is dead
    async with asyncio.timeout(5):
        await _in_the_end(lambda: one.enter(laura, "192.0.2.1"))
    with pytest.raises(errors.TooMany):
        await two.enter(laura, "192.0.2.1")


async def test_who_lost_every_socket_with_a_process_comes_in_at_another_one(processes, monkeypatch):
    monkeypatch.setattr("amara.limits_redis.LIVES_S", 0.05)
    one, two = processes
    office = [somebody(is_anonymous=True) for _ in range(RATES.visitors)]
    for visitor in office:
        await one.enter(visitor, "192.0.2.1")  # and now it dies
    monkeypatch.setattr("amara.limits_redis.LIVES_S", 5)
    for visitor in office:
        async with asyncio.timeout(5):
            await _in_the_end(lambda visitor=visitor: two.enter(visitor, "192.0.2.1"))
    with pytest.raises(errors.TooMany):
        await two.enter(somebody(is_anonymous=True), "192.0.2.1")


async def test_a_process_that_lives_keeps_its_places(processes, monkeypatch):
    monkeypatch.setattr("amara.limits_redis.LIVES_S", 0.001)
    one, two = processes
    laura = somebody()
    for _ in range(RATES.sockets):
        await one.enter(laura, "192.0.2.1")
    monkeypatch.setattr("amara.limits_redis.LIVES_S", 60)
    await one._across.sign()
    with pytest.raises(errors.TooMany):
        await two.enter(laura, "192.0.2.1")


@pytest.mark.parametrize("answer_ms", [0.5, 1, 2, 3, 5, 10])
async def test_a_broker_that_says_nothing_keeps_nobody_waiting(monkeypatch, answer_ms):
    """At whichever step of its connecting the client is left alone."""
    monkeypatch.setattr("amara.feed_redis.SOCKET_S", 60)
    monkeypatch.setattr("amara.limits_redis.ANSWER_S", answer_ms / 1000)
    monkeypatch.setattr("amara.limits_redis.REST_S", 60)
    with silent() as port:
        for _ in range(20):
            counting = Counting(connect(f"redis://127.0.0.1:{port}"), b"pepper")
            limits, laura = Limits(RATES, across=counting), somebody()
            for _ in range(RATES.messages):
                await limits.says(laura)
            (await limits.enter(laura, "192.0.2.1"))()
            with pytest.raises(errors.TooMany):
                await limits.says(laura)
            await counting.stop()


async def _in_the_end(enter):
    while True:
        try:
            return await enter()
        except errors.TooMany:
            await asyncio.sleep(0.01)


async def test_without_the_broker_each_process_counts_for_itself(processes, broker):
    laura = somebody()
    broker.kill()
    for process in processes:
        for _ in range(3):
            await process.says(laura)
        with pytest.raises(errors.TooMany):
            await process.says(laura)
        leave = await process.enter(laura, "192.0.2.1")
        leave()


async def test_no_name_and_no_address_stands_in_the_broker(processes, broker):
    laura = somebody(is_anonymous=True)
    await processes[0].says(laura)
    await processes[0].enter(laura, "192.0.2.1")
    client = connect(broker.url)
    keys = b" ".join([key async for key in client.scan_iter()]).decode()
    await client.aclose()
    assert keys.count("amara:limits:") == 4
    assert "192.0.2.1" not in keys
    assert str(laura.owner) not in keys
