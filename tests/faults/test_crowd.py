"""Fifty people at once, before an upstream that refuses every other call (E14)."""

from __future__ import annotations

import asyncio
from itertools import count
from uuid import uuid4

from tests import upstream as scripted
from tests import wire
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
