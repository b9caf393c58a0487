"""Stock clients know no queue: what they say while another answer is being written is answered all the same."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import websockets

from amara import demo
from tests import nodejs, visits, wire
from tests import upstream as scripted
from tests.rig import Chat, chatting, events, serving, text_of


def held(*words: str) -> scripted.Answer:
    answer = scripted.says(*words)
    answer.until = asyncio.Event()
    return answer


@asynccontextmanager
async def stock(service: Any, token: str, thread_id: str, **query: str):
    headers = {"authorization": f"Bearer {token}"}
    async with websockets.connect(service.socket_url(thread_id, **query), additional_headers=headers) as socket:
        yield Chat(socket, thread_id)


@pytest.fixture
def token(service) -> str:
    return service.token(demo.CUSTOMER_ID)


@pytest.fixture
async def first(service, upstream, token):
    """A device whose question is being answered, by `upstream.answer`."""
    upstream.answer = held("Uno, ", "dos")
    upstream.then(upstream.answer)
    async with chatting(service, token, thread_id="thread") as chat:
        await chat.say("Cuente", run_id="r1")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        yield chat


async def test_two_tabs_that_wait_become_one_turn_and_each_hears_it_under_its_own_name(service, upstream, token, first):
    async with stock(service, token, "thread") as two, stock(service, token, "thread") as three:
        for number, tab in ((2, two), (3, three)):
            await tab.say(f"Y {number}", run_id=f"r{number}")
            assert (await tab.hear())["chunk"]["type"] == "RUN_STARTED"  # on record, though nothing was said yet
        upstream.answer.until.set()
        for number, tab in ((2, two), (3, three)):
            await tab.hear_until("RUN_FINISHED")
            told = events(tab.frames)
            wire.check_run(told)
            assert (told[0]["runId"], told[-1]["runId"], text_of(tab.frames)) == (f"r{number}", f"r{number}", "Claro.")
    assert len(upstream.requests) == 2


async def test_one_that_waits_behind_its_own_run_begins_after_it(service, upstream, token):
    answer = held("Uno, ", "dos")
    upstream.then(answer)
    async with stock(service, token, "thread") as chat:
        await chat.say("Cuente", run_id="r1")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await chat.say("Y otra", run_id="r2")
        answer.until.set()
        for run_id in ("r1", "r2"):
            assert (await chat.hear_until("RUN_FINISHED"))[-1]["chunk"]["runId"] == run_id
            wire.check_run(wire.last_run(chat))


@pytest.mark.parametrize("offset", ["-1", "where it began"])
async def test_a_connection_lost_while_it_waits_is_resumed(service, upstream, token, first, offset):
    async with stock(service, token, "thread") as tab:
        await tab.say("Y otra", run_id="r2")
        begun = await tab.hear()
    since = offset if offset == "-1" else begun["id"]
    async with stock(service, token, "thread", runId="r2", offset=since) as back:
        upstream.answer.until.set()
        heard = await back.hear_until("RUN_FINISHED")
    wire.check_run(events(heard if offset == "-1" else [begun, *heard]))
    assert text_of(heard) == "Claro."


async def test_the_tanstack_client_that_has_to_wait_shows_its_answer(service, upstream, owner, token, first):
    upstream.then(scripted.says("Aquí ", "estoy."))
    told = {"url": service.socket_url("thread"), "token": token, "threadId": "thread", "plan": [{"say": "¿Y yo?"}]}

    async def let_go() -> None:
        question = "select exists (select from amara_runs where status = 'queued')"
        while not await owner.fetchval(question):
            pass
        upstream.answer.until.set()

    async with asyncio.TaskGroup() as both:
        both.create_task(let_go())
        seen = both.create_task(nodejs.answer("tanstack.mjs", told))
    turn = seen.result()["turns"][0]
    assert (turn["status"], seen.result()["errors"]) == ("ready", [])
    texts = ["".join(p["content"] for p in m["parts"] if p["type"] == "text") for m in turn["messages"]]
    assert texts == ["Cuente", "Uno, dos", "¿Y yo?", "Aquí estoy."]
    assert seen.result()["chunks"].count("RUN_STARTED") == 1


async def test_a_confirmation_acts_beside_a_live_answer_and_is_told_before_what_waits(service, upstream, owner, token):
    free = await visits.somebody_free(owner)
    async with chatting(service, token) as chat:
        question = await visits.offered(chat, upstream, visits.drafts(free.id, free.starts[0]))
        answer = held("Un ", "momento.")
        upstream.then(answer)
        await chat.say("¿Y el precio?")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await chat.say("Gracias", message_id="m2")
        resume = [{"interruptId": question["id"], "status": "resolved", "payload": {"approved": True}}]
        await chat.send({"threadId": chat.thread_id, "runId": "yes", "messages": [], "resume": resume})
        assert [(await chat.hear_until("ack"))[-1]["status"] for _ in range(2)] == ["queued", "accepted"]
        assert len(await visits.bookings_of(owner, free.id, free.starts[0])) == 1  # before a word was said of it
        answer.until.set()
        await chat.hear_until("RUN_FINISHED")
        assert text_of(await chat.hear_until("RUN_FINISHED")).startswith("Listo")
        assert text_of(await chat.hear_until("RUN_FINISHED")) == "Claro."
    assert "Listo" in str(upstream.requests[-1]["messages"])


@pytest.mark.parametrize("way", ["in the chat", "by HTTP"])
async def test_what_was_confirmed_before_its_process_died_is_told_by_the_next_one(urls, upstream, owner, way):
    settings = {"has_demo": True, "anthropic_base_url": upstream.url, "model": "scripted"}
    async with serving(urls, **settings) as one:
        token = one.token(demo.CUSTOMER_ID)
        free = await visits.somebody_free(owner)
        async with chatting(one, token) as chat:
            question = await visits.offered(chat, upstream, visits.drafts(free.id, free.starts[0]))
            one.door.house.runs.nudge = lambda _: None  # it dies between the deed and its words
            resume = [{"interruptId": question["id"], "status": "resolved", "payload": {"approved": True}}]
            meant = question["metadata"]["amara"]
            if way == "in the chat":
                await chat.send({"threadId": chat.thread_id, "runId": "yes", "messages": [], "resume": resume})
                await chat.hear_until("ack")
            else:
                async with (
                    aiohttp.ClientSession(one.url, headers={"authorization": f"Bearer {token}"}) as http,
                    http.post(f"/v1/amara/drafts/{meant['draftId']}/confirm", json={"version": 1}) as answer,
                ):
                    assert (await answer.json())["outcome"] == "confirmed"
    async with serving(urls, **settings) as next_one:
        await wire.at_rest(next_one)
    told = await wire.record(owner, chat.thread_id)
    assert told[-1][1].startswith("Listo")
    assert (await wire.runs(owner, chat.thread_id))[-1] == ("finished", None)
    assert len(await visits.bookings_of(owner, free.id, free.starts[0])) == 1
