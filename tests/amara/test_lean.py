"""What is smaller than asyncio's own behaves like it."""

from __future__ import annotations

import asyncio

import pytest

from amara.lean import Flag, Messages


@pytest.mark.parametrize("flag", [Flag, asyncio.Event])
async def test_everybody_who_waits_goes_on_when_it_is_set_and_stays_when_it_is_cleared(flag):
    one, went = flag(), []

    async def wait(name):
        await one.wait()
        went.append(name)

    waiting = [asyncio.create_task(wait(name)) for name in "abc"]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.sleep(0)
    assert (went, one.is_set()) == ([], False)
    one.set()
    assert one.is_set()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert went == ["a", "c"]
    await asyncio.wait_for(one.wait(), 1)
    one.clear()
    late = asyncio.create_task(wait("d"))
    await asyncio.sleep(0)
    assert (late.done(), one.is_set()) == (False, False)
    one.set()
    one.clear()  # between, it was set: who waited goes on
    await late
    assert went == ["a", "c", "d"]


@pytest.mark.parametrize("queue", [Messages, asyncio.Queue])
async def test_messages_come_in_order_also_to_who_waits_and_none_is_lost_by_who_gave_up(queue):
    one = queue()
    assert one.empty()
    one.put_nowait(1)
    one.put_nowait(2)
    assert (one.empty(), await one.get(), await one.get(), one.empty()) == (False, 1, 2, True)
    impatient = asyncio.create_task(one.get())
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    one.put_nowait(3)
    patient = asyncio.create_task(one.get())
    assert await patient == 3
    patient = asyncio.create_task(one.get())
    await asyncio.sleep(0)
    one.put_nowait(4)
    one.put_nowait(5)
    assert (await patient, await one.get()) == (4, 5)
