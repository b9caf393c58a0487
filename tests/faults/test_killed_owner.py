"""Two real processes on one database; the one that writes an answer is killed, and the other one finishes it."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
import websockets

from amara.auth import Tokens
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person, settle
from tests.faults.stage import Process, stage
from tests.rig import SECRET, Chat, events, text_of

TAKEN_OVER_S = 20  # what is promised; the lease is much shorter here, and the machine may be busy


@asynccontextmanager
async def chatting(process: Process, token: str, thread_id: str):
    url = f"ws://127.0.0.1:{process.port}/v1/amara/chat?threadId={thread_id}"
    async with websockets.connect(url, max_size=None) as socket:
        chat = Chat(socket, thread_id)
        await socket.send(json.dumps({"type": "hello", "token": token}))
        await chat.hear_until("welcome")
        yield chat


@pytest.mark.timeout(180)  # a database is made, and two processes start
async def test_the_answer_of_a_killed_process_is_finished_by_the_other(open_directory, postgres_bin):
    place = open_directory / f"killed-{uuid4()}"
    place.mkdir(mode=0o755)
    looked, never = asyncio.Event(), asyncio.Event()

    def answer(request: dict) -> scripted.Answer:
        latest = request["messages"][-1]["content"][0]
        if latest["type"] != "tool_result":
            return scripted.calls("list_my_bookings", {}, before="Miro.", call_id=f"toolu_{uuid4().hex}")
        if not looked.is_set():  # the first one who comes so far is killed in the middle of the words
            looked.set()
            cut = scripted.says("No tiene ", "ninguna")
            cut.until = never
            return cut
        return scripted.says("No tiene ", "reservas.")

    async with stage(place, answer, binaries=postgres_bin) as playing:
        one, two = playing.processes
        owner = playing.owner
        token = Tokens(SECRET).sign(await a_person(owner), ttl_s=3600)
        thread_id = str(uuid4())
        async with chatting(two, token, thread_id) as there:
            async with chatting(one, token, thread_id) as here:
                await here.say("¿Mis reservas?")
                while "No tiene" not in text_of(here.frames):
                    await here.hear()
                one.signal(signal.SIGKILL)
                await one.gone()
                async with asyncio.timeout(5):
                    await playing.model.gone.wait()  # nobody is speaking to the model any more
                asked = len(playing.model.requests)
            async with asyncio.timeout(TAKEN_OVER_S):
                await there.hear_until("RUN_FINISHED")
            told = events(there.frames)
            wire.check_run(told)
            assert told == [frame["chunk"] for frame in await wire.kept(owner, thread_id)]
        assert len(playing.model.requests) == asked + 1  # the look at the bookings was done, and is not done again
        record = await wire.record(owner, thread_id)
        assert [row[:2] for row in record] == [
            ("user", "¿Mis reservas?"),
            ("assistant", "Miro."),
            ("assistant", "No tiene reservas."),
        ]
        assert await wire.runs(owner, thread_id) == [("finished", None)]
        assert [row["state"] for row in await owner.fetch("select state from amara_tool_runs")] == ["done"]
        await all_is_paid_once(owner)


async def all_is_paid_once(owner):
    """What the dead process had asked for is on record as lost, and no purse holds anything for it any more."""
    calls = await owner.fetch("select * from amara_usage order by created_at")
    assert sorted(call["outcome"] for call in calls) == ["end_turn", "lost", "tool_use"]
    (lost,) = (call for call in calls if call["outcome"] == "lost")
    assert lost["is_estimated"]
    assert lost["input_tokens"] > 500
    cost = sum(
        call["input_tokens"] + call["output_tokens"] + call["cache_write_tokens"] + call["cache_read_tokens"] // 10
        for call in calls
    )
    await settle(owner)
    purses = await owner.fetch("select scope, held, spent from amara_private.token_budgets order by scope")
    assert [purse["scope"][0:2] for purse in purses] == ["a:", "al", "u:"]
    assert {(purse["held"], purse["spent"]) for purse in purses} == {(0, cost)}
    assert not await owner.fetchval("select count(*) from amara_private.open_calls")
