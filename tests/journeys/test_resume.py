"""Whoever comes back hears exactly what was missed."""

from __future__ import annotations

import asyncio
import json

import pytest
import websockets

from amara import demo
from tests import upstream as scripted
from tests.rig import chatting, events, text_of

TEXT = ["Encontré ", "tres ", "personas ", "en ", "Bogotá", "."]


def answer_with_a_tool() -> list[scripted.Answer]:
    return [
        scripted.calls("list_my_bookings", {"when": "all"}, call_id="toolu_1", before="Voy a ver. "),
        scripted.says(*TEXT),
    ]


async def after(service, token, thread_id, since, count):
    """A client that comes back with this cursor: the first `count` enveloped frames it hears."""
    async with chatting(service, token, thread_id=thread_id, hello=False) as chat:
        await chat.send({"type": "hello", "token": token, "since": since, "locale": "es"})
        await chat.hear_until("welcome")
        return [await chat.hear() for _ in range(count)]


async def test_every_cursor_resumes_exactly(service, upstream):
    upstream.then(*answer_with_a_tool())
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token) as chat:
        heard = [frame for frame in await chat.ask("¿Mis reservas?") if "chunk" in frame]
    for at in range(len(heard)):
        rest = await after(service, token, chat.thread_id, heard[at]["id"], len(heard) - at - 1)
        assert rest == heard[at + 1 :]
    assert await after(service, token, chat.thread_id, "0-0", len(heard)) == heard


async def test_a_client_that_comes_back_mid_answer_misses_nothing(service, upstream):
    hold = asyncio.Event()
    upstream.then(scripted.Answer([scripted.start(), *scripted.text(*TEXT), *scripted.end()], until=hold))
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token) as chat:
        await chat.say("Hola")
        heard = [frame for frame in await chat.hear_until("TEXT_MESSAGE_CONTENT") if "chunk" in frame]
    async with chatting(service, token, thread_id=chat.thread_id, hello=False) as back:
        await back.send({"type": "hello", "token": token, "since": heard[-1]["id"], "locale": "es"})
        await back.hear_until("welcome")
        hold.set()
        rest = await back.hear_until("RUN_FINISHED")
    assert text_of(heard + rest) == "".join(TEXT)
    cursors = [frame["id"] for frame in heard + rest]
    assert len(cursors) == len(set(cursors))


@pytest.mark.parametrize("since", ["1-1", "99999999999999999-3", "nonsense", "-1"])
async def test_a_cursor_that_is_not_of_this_log_is_answered_with_the_conversation_itself(service, upstream, since):
    upstream.then(scripted.says("Hola."))
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token) as chat:
        await chat.ask("Buenas", message_id="message-1")
    async with chatting(service, token, thread_id=chat.thread_id, hello=False) as back:
        await back.send({"type": "hello", "token": token, "since": since, "locale": "es"})
        await back.hear_until("welcome")
        told = [await back.hear() for _ in range(3)]
    assert [event["type"] for event in told] == ["RUN_STARTED", "MESSAGES_SNAPSHOT", "RUN_FINISHED"]
    assert [(message["role"], message["content"]) for message in told[1]["messages"]] == [
        ("user", "Buenas"),
        ("assistant", "Hola."),
    ]
    assert told[1]["messages"][0]["id"] == "message-1"


async def resumed(service, token, thread_id, run_id, offset):
    """A stock client's resume socket: all its frames, and the code it is closed with."""
    heard = []
    headers = {"Authorization": f"Bearer {token}"}
    url = service.socket_url(thread_id, runId=run_id, offset=offset)
    async with websockets.connect(url, additional_headers=headers) as socket:
        try:
            while True:
                heard.append(json.loads(await socket.recv()))
        except websockets.ConnectionClosed as closed:
            return heard, closed.rcvd.code


async def test_a_stock_client_resumes_a_finished_run_from_any_offset(service, upstream):
    upstream.then(*answer_with_a_tool())
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token) as chat:
        heard = [frame for frame in await chat.ask("¿Mis reservas?", run_id="run-1") if "chunk" in frame]
    begun, snapshot, *rest = (await resumed(service, token, chat.thread_id, "run-1", "-1"))[0]
    assert [begun, *rest] == heard
    assert [message["content"] for message in snapshot["messages"]] == ["¿Mis reservas?"]
    for at in range(0, len(heard) - 1, 3):
        assert await resumed(service, token, chat.thread_id, "run-1", heard[at]["id"]) == (heard[at + 1 :], 1000)


async def test_a_stock_client_resumes_a_live_run_to_its_end(service, upstream):
    hold = asyncio.Event()
    upstream.then(scripted.Answer([scripted.start(), *scripted.text(*TEXT), *scripted.end()], until=hold))
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token) as chat:
        await chat.say("Hola", run_id="run-1")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        resuming = asyncio.create_task(resumed(service, token, chat.thread_id, "run-1", "-1"))
        await upstream.reached.wait()
        hold.set()
        await chat.hear_until("RUN_FINISHED")
    heard, code = await resuming
    assert code == 1000
    assert text_of(heard) == "".join(TEXT)
    assert [event["type"] for event in events(heard)][-1] == "RUN_FINISHED"


async def test_there_is_nothing_to_resume_of_a_run_that_is_not_ones_own(service, upstream):
    upstream.then(scripted.says("Hola."))
    token = service.token(demo.CUSTOMER_ID)
    async with chatting(service, token) as chat:
        await chat.ask("Buenas", run_id="run-1")
    other = service.token(demo.SECOND_CUSTOMER_ID)
    assert await resumed(service, token, chat.thread_id, "run-2", "-1") == ([], 1008)
    assert await resumed(service, other, "another-thread", "run-1", "-1") == ([], 1008)
    assert await resumed(service, other, chat.thread_id, "run-1", "-1") == ([], 4404)
