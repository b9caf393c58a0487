"""Two processes on one database, with a broker between them or nothing: either serves any conversation.

Here they are two services in one loop, each under the name of a machine of its own; the storm uses real ones.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import websockets

from amara import frames
from amara.model.claude import Patience
from tests import upstream as scripted
from tests import wire
from tests.rig import Chat, Service, chatting, end_of, serving, text_of


@pytest.fixture(params=["the log alone", "a broker"])
def between(request) -> dict[str, Any]:
    """What stands between the two beside the database."""
    return {} if request.param == "the log alone" else {"redis_url": request.getfixturevalue("broker").url}


@pytest.fixture
async def service(urls, upstream, between) -> AsyncIterator[Service]:
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=600, **between) as running:
        running.door.house.model.patience = Patience(first_s=3, idle_s=3, backoff_s=0)
        yield running


@pytest.fixture
async def other(urls, service, upstream, between) -> AsyncIterator[Service]:
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=600, **between) as second:
        second.door.house.runs.owner = f"elsewhere.example/1/{uuid4()}"
        yield second


def held(*deltas: str) -> scripted.Answer:
    answer = scripted.says(*deltas)
    answer.until = asyncio.Event()
    return answer


def enveloped(chat: Chat) -> list[dict]:
    return [frame for frame in chat.frames if "chunk" in frame]


async def came_back(service: Service, token: str, thread_id: str, since: str, *, until: str) -> list[dict]:
    async with chatting(service, token, thread_id=thread_id, hello=False) as chat:
        await chat.send({"type": "hello", "token": token, "since": since})
        await chat.hear_until("welcome")
        await chat.hear_until(until)
        return enveloped(chat)


async def test_who_listens_at_the_other_process_hears_every_frame_once_and_in_order(service, other, upstream, token):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro."), scripted.says("No tiene ", "reservas."))
    async with chatting(service, token) as here, chatting(other, token, thread_id=here.thread_id) as there:
        await here.ask("¿Mis reservas?")
        await there.hear_until("RUN_FINISHED")
        assert enveloped(there) == enveloped(here)
        await there.ask("Gracias")  # now it is the other one that writes
        await here.hear_until("RUN_FINISHED")
        await here.ask("De nada")  # and now this one again
        await there.hear_until("RUN_FINISHED")
        assert enveloped(there) == enveloped(here)
        assert [frame["chunk"]["type"] for frame in enveloped(here)].count("RUN_STARTED") == 3


async def test_who_comes_to_the_other_process_in_the_middle_hears_the_answer_from_its_start(
    service, other, upstream, token
):
    answer = held("Uno, ", "dos, ", "tres.")
    upstream.then(answer)
    async with chatting(service, token) as here:
        await here.say("Cuente")
        await here.hear_until("TEXT_MESSAGE_CONTENT")
        async with chatting(other, token, thread_id=here.thread_id) as there:
            await there.hear_until("TEXT_MESSAGE_CONTENT")
            answer.until.set()
            await there.hear_until("RUN_FINISHED")
            await here.hear_until("RUN_FINISHED")
            assert enveloped(there) == enveloped(here)
            assert text_of(there.frames) == "Uno, dos, tres."


async def test_every_cursor_resumes_at_the_other_process(service, other, upstream, token):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro."), scripted.says("No tiene ", "reservas."))
    async with chatting(service, token) as here:
        await here.ask("¿Mis reservas?")
    heard = enveloped(here)
    for at, frame in enumerate(heard[:-1]):
        assert await came_back(other, token, here.thread_id, frame["id"], until="RUN_FINISHED") == heard[at + 1 :]


async def test_who_heard_more_than_the_log_has_yet_hears_nothing_twice(service, other, upstream, token, monkeypatch):
    answer = held("Uno, ", "dos, ", "tres.")
    upstream.then(answer)

    async def nothing() -> None:
        return

    monkeypatch.setattr(service.door.house.feeds, "flush", nothing)
    async with chatting(service, token) as here:
        await here.say("Cuente")
        await here.hear_until("TEXT_MESSAGE_CONTENT")
        coming = asyncio.create_task(
            came_back(other, token, here.thread_id, enveloped(here)[-1]["id"], until="RUN_FINISHED")
        )
        async with asyncio.timeout(5):
            while not other.door.house.feeds.followed():  # noqa: ASYNC110 - until it listens there
                await asyncio.sleep(0)
        answer.until.set()
        rest = await coming
    assert text_of(enveloped(here) + rest) == "Uno, dos, tres."
    assert rest[-1]["chunk"]["type"] == "RUN_FINISHED"


async def test_who_heard_more_than_a_dead_writer_logged_goes_on_with_the_next_one(service, other, token):
    async with chatting(service, token) as here:
        await here.ask("Hola")
    last = frames.Cursor.parse(enveloped(here)[-1]["id"])
    async with chatting(other, token, thread_id=here.thread_id) as there:
        await there.ask("¿Sigue ahí?")
    ahead = str(last._replace(seq=last.seq + 3))
    assert await came_back(other, token, here.thread_id, ahead, until="RUN_FINISHED") == enveloped(there)


async def test_an_answer_is_stopped_from_the_other_process(service, other, upstream, owner, token):
    upstream.then(held("Uno, ", "dos."))
    async with chatting(service, token) as here, chatting(other, token, thread_id=here.thread_id) as there:
        run_id = await here.say("Cuente")
        await there.hear_until("TEXT_MESSAGE_CONTENT")
        await there.send({"type": "abort", "runId": run_id})
        finished = (await there.hear_until("RUN_FINISHED"))[-1]["chunk"]
        assert finished["outcome"] == {"type": "cancelled"}
        await here.hear_until("RUN_FINISHED")
        wire.check_run(wire.last_run(here))
        assert (await wire.record(owner, here.thread_id))[-1] == ("assistant", "Uno, dos.", "cancelled")
    await asyncio.wait_for(upstream.gone.wait(), 5)


async def test_what_is_said_at_the_other_process_meanwhile_waits_for_its_turn_and_is_answered(
    service, other, upstream, owner, token
):
    answer = held("Uno, ", "dos.")
    upstream.then(answer, scripted.says("Y tres."))
    async with chatting(service, token) as here, chatting(other, token, thread_id=here.thread_id) as there:
        await here.say("Cuente")
        await here.hear_until("TEXT_MESSAGE_CONTENT")
        await there.say("¿Y luego?")
        ack = (await there.hear_until("ack"))[-1]
        assert (ack["status"], ack["position"]) == ("queued", 1)
        answer.until.set()
        for chat in (here, there):
            await chat.hear_until("RUN_FINISHED")
            if text_of(chat.frames) != "Uno, dos.Y tres.":
                await chat.hear_until("RUN_FINISHED")
        assert enveloped(there) == enveloped(here)
        assert [row[1] for row in await wire.record(owner, here.thread_id)] == [
            "Cuente",
            "Uno, dos.",
            "¿Y luego?",
            "Y tres.",
        ]


async def test_a_stock_client_resumes_at_the_other_process_and_is_held_until_the_end(service, other, upstream, token):
    answer = held("Uno, ", "dos.")
    upstream.then(answer)
    headers = {"authorization": f"Bearer {token}"}
    async with chatting(service, token, thread_id="thread") as here:
        await here.say("Cuente", run_id="r1")
        first = (await here.hear_until("TEXT_MESSAGE_START"))[-1]["id"]
        await here.hear_until("TEXT_MESSAGE_CONTENT")
        for offset, missed in (("-1", 0), (first, 2)):
            url = other.socket_url("thread", runId="r1", offset=offset)
            async with websockets.connect(url, additional_headers=headers) as socket:
                chat = Chat(socket, "thread")
                await chat.hear_until("TEXT_MESSAGE_CONTENT")
                if answer.until.is_set() is False and offset != "-1":
                    answer.until.set()
                    assert await end_of(socket) == frames.DONE
                    continue
                assert chat.frames[0]["chunk"]["type"] == "RUN_STARTED"
                assert chat.frames[1]["type"] == "MESSAGES_SNAPSHOT"
            assert missed == 0


async def test_a_stock_client_that_repeats_itself_at_the_other_process_joins_its_run(service, other, upstream, token):
    answer = held("Uno, ", "dos.")
    upstream.then(answer)
    headers = {"authorization": f"Bearer {token}"}
    async with websockets.connect(service.socket_url("thread"), additional_headers=headers) as one:
        here = Chat(one, "thread")
        await here.say("Cuente", message_id="m1", run_id="r1")
        await here.hear_until("TEXT_MESSAGE_CONTENT")
        async with websockets.connect(other.socket_url("thread"), additional_headers=headers) as two:
            there = Chat(two, "thread")
            await there.say("Cuente", message_id="m1", run_id="r1")
            await there.hear_until("TEXT_MESSAGE_CONTENT")
            answer.until.set()
            await there.hear_until("RUN_FINISHED")
            await here.hear_until("RUN_FINISHED")
    assert enveloped(there) == enveloped(here)
    assert len(upstream.requests) == 1


async def test_a_place_nobody_told_is_answered_with_the_conversation(service, upstream, token):
    upstream.then(scripted.says("Hola."))
    headers = {"authorization": f"Bearer {token}"}
    async with chatting(service, token, thread_id="thread") as here:
        heard = await here.ask("Buenas", run_id="r1")
    last = frames.Cursor.parse(heard[-1]["id"])
    for offset in ("nonsense", "-2", f"{last.epoch}-99", f"{last.epoch + 1}-1"):
        async with websockets.connect(
            service.socket_url("thread", runId="r1", offset=offset), additional_headers=headers
        ) as socket:
            snapshot, error = [json.loads(await socket.recv()) for _ in range(2)]
            assert [message["content"] for message in snapshot["messages"]] == ["Buenas", "Hola."]
            assert (error["type"], error["code"]) == ("RUN_ERROR", "resync")
            assert await end_of(socket) == frames.DONE


async def test_a_run_whose_frames_are_gone_is_answered_with_the_conversation(service, upstream, owner, token):
    upstream.then(scripted.says("Hola."))
    headers = {"authorization": f"Bearer {token}"}
    async with chatting(service, token, thread_id="thread") as here:
        heard = await here.ask("Buenas", run_id="r1")
    await owner.execute("delete from public.amara_run_events")
    told = {}
    for offset in ("-1", heard[-2]["id"]):
        url = service.socket_url("thread", runId="r1", offset=offset)
        async with websockets.connect(url, additional_headers=headers) as socket:
            chat = Chat(socket, "thread")
            assert await end_of_hearing(chat) == frames.DONE
            told[offset] = [frame["type"] for frame in chat.frames]
            [snapshot] = [frame for frame in chat.frames if frame["type"] == "MESSAGES_SNAPSHOT"]
            assert [message["content"] for message in snapshot["messages"]] == ["Buenas", "Hola."]
    assert list(told.values()) == [
        ["RUN_STARTED", "MESSAGES_SNAPSHOT", "RUN_FINISHED"],
        ["MESSAGES_SNAPSHOT", "RUN_ERROR"],
    ]


async def end_of_hearing(chat: Chat) -> int | None:
    with suppress(websockets.ConnectionClosed):
        while True:
            await chat.hear()
    return chat.socket.close_code


async def test_who_is_let_go_finds_an_open_door(service, upstream, owner, token):
    """One listener that stays on a replaced writer's feed does not keep the others from coming back."""
    async with chatting(service, token) as one, chatting(service, token, thread_id=one.thread_id) as two:
        await one.ask("Hola")
        await owner.execute("update public.amara_conversations set epoch = epoch + 1")
        await one.say("¿Sigue ahí?")
        assert await end_of(one.socket) == frames.RESTARTING
        assert await end_of(two.socket) == frames.RESTARTING
    async with chatting(service, token, thread_id=one.thread_id) as again:
        assert text_of(await again.ask("¿Y ahora?")) == "Claro."
