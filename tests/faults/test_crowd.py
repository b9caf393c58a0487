"""Fifty people at once, before an upstream that refuses every other call (E14)."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from itertools import count
from uuid import uuid4

from amara.model.breaker import Breaker
from amara.model.claude import Patience
from tests import upstream as scripted
from tests import wire
from tests.receiver import until
from tests.rig import chatting, text_of

PEOPLE = 50
REQUESTS_PER_ANSWER = 1.2


async def test_everybody_gets_an_end_and_nobody_makes_the_crowd_larger(service, upstream, owner):
    turns = count()
    overloaded = scripted.fails(529, "overloaded_error")
    upstream.otherwise = lambda _request: overloaded if next(turns) % 2 else scripted.says("Claro.")
    people = [uuid4() for _ in range(PEOPLE)]
    await owner.executemany("insert into auth.users (id) values ($1)", [(person,) for person in people])

    async def one(person):
        async with chatting(service, service.token(person)) as chat, asyncio.timeout(30):
            heard = await chat.ask("Busco limpieza")
            wire.check_run(wire.last_run(chat))
            end = wire.last_run(chat)[-1]
            return end.get("code") or end["outcome"]["type"], text_of(heard)

    ends = await asyncio.gather(*map(one, people))
    assert {end for end, _ in ends} == {"success", "model_overloaded"}
    assert all(text == ("Claro." if end == "success" else "") for end, text in ends)
    assert len(upstream.requests) <= REQUESTS_PER_ANSWER * PEOPLE
    kept = await owner.fetch("select status, count(*) from public.amara_runs group by 1")
    assert sum(row["count"] for row in kept) == PEOPLE
    assert {row["status"] for row in kept} == {"finished", "failed"}
    await wire.at_rest(service)


async def test_after_a_rest_one_call_looks_whether_it_is_back_and_nobody_else_knocks(service, upstream, owner):
    now = [0.0]
    service.door.house.model.patience = Patience(first_s=60, begin_s=60, backoff_s=0)
    service.door.house.model.breaker = breaker = Breaker(clock=lambda: now[0])
    people = [uuid4() for _ in range(PEOPLE)]
    await owner.executemany("insert into auth.users (id) values ($1)", [(person,) for person in people])

    async def everybody(during=None):
        async with AsyncExitStack() as stack:
            chats = [
                await stack.enter_async_context(chatting(service, service.token(person), thread_id=f"of-{person}"))
                for person in people
            ]
            asked = [asyncio.create_task(chat.ask("Hola")) for chat in chats]
            if during is not None:
                await during(asked)
            await asyncio.gather(*asked)
            return Counter(wire.last_run(chat)[-1].get("code", "answered") for chat in chats)

    upstream.otherwise = scripted.fails(529, "overloaded_error")
    assert await everybody() == {"model_overloaded": PEOPLE}
    assert breaker.is_open
    assert len(upstream.requests) <= REQUESTS_PER_ANSWER * PEOPLE

    now[0] += 10  # the rest is over
    upstream.requests.clear()
    probe = scripted.says("Claro.")
    probe.until, probe.held_at = asyncio.Event(), 0
    upstream.otherwise = probe

    async def all_but_one_have_an_end(asked):
        async with asyncio.timeout(60):
            await until(lambda: sum(task.done() for task in asked) == PEOPLE - 1)
        assert len(upstream.requests) == 1
        probe.until.set()

    assert await everybody(all_but_one_have_an_end) == {"model_overloaded": PEOPLE - 1, "answered": 1}

    assert not breaker.is_open
    assert await everybody() == {"answered": PEOPLE}
    assert len(upstream.requests) == 1 + PEOPLE
