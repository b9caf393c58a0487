"""What happens beside an answer: told once, in the order of the log, by the writer or whoever becomes it."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import websockets

from amara import asides, frames
from amara.store import asides as left
from tests import upstream as scripted
from tests import wire
from tests.rig import Chat, Service, chatting, events, serving, text_of

Json = dict[str, Any]


async def leave(service: Service, thread_id: str, name: str = "test", **value: Any) -> None:
    async with service.door.house.database.service() as db:
        await left.leave(db, UUID(thread_id), name, value)


async def tell(service: Service, thread_id: str) -> None:
    its = service.door.house
    await asides.tell(its.feeds, UUID(thread_id), owner=its.runs.owner)


def notes(heard: list[Json]) -> list[tuple[str, Json]]:
    return [(frame["name"], frame["value"]) for frame in heard if frame.get("type") == "event"]


def cursors(heard: list[Json]) -> list[frames.Cursor | None]:
    return [frames.Cursor.parse(frame["id"]) for frame in heard if "id" in frame]


def held() -> scripted.Answer:
    answer = scripted.says("Un ", "momento.")
    answer.until = asyncio.Event()
    return answer


async def caught_up(service: Service, token: str, chat: Chat, since: str) -> list[Json]:
    """What somebody hears who comes back from there, up to where this chat stands."""
    async with websockets.connect(service.socket_url(chat.thread_id)) as socket:
        await socket.send(json.dumps({"type": "hello", "token": token, "since": since, "locale": "es"}))
        again, last = Chat(socket, chat.thread_id), chat.frames[-1]["id"]
        while not again.frames or again.frames[-1].get("id") != last:
            await again.hear()
        return again.frames


async def test_what_happens_beside_an_answer_is_told_once_and_in_the_order_of_the_log(service, token, owner):
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        for number in range(3):
            await leave(service, chat.thread_id, number=number)
        await tell(service, chat.thread_id)
        await tell(service, chat.thread_id)
        heard += [await chat.hear() for _ in range(3)]
        assert notes(heard) == [("test", {"number": number}) for number in range(3)]
        assert cursors(heard) == sorted(set(cursors(heard)))
        assert await owner.fetchval("select count(*) from amara_private.asides") == 0
        kept = await wire.logged(owner, chat.thread_id)
        assert kept[-3:] == heard[-3:]


async def test_who_was_away_hears_it_from_the_cursor(service, token):
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        since = heard[-1]["id"]
        await leave(service, chat.thread_id, number=1)
        await tell(service, chat.thread_id)
        told = await chat.hear()
        second = await chat.ask("¿Y ahora?")
        again = await caught_up(service, token, chat, since)
        assert [frame for frame in again if "id" in frame] == [told, *(f for f in second if "id" in f)]


async def test_in_the_middle_of_an_answer_it_stands_between_its_words_and_breaks_nothing(service, upstream, token):
    answer = held()
    upstream.then(answer)
    async with chatting(service, token) as chat:
        run_id = await chat.say("Hola")
        heard = await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await leave(service, chat.thread_id, number=1)
        await tell(service, chat.thread_id)
        heard += await chat.hear_until("event")
        async with chatting(service, token, thread_id=chat.thread_id) as second:  # who attaches hears the run alone
            attached = await second.hear_until("TEXT_MESSAGE_CONTENT")
            assert notes(attached) == []
            answer.until.set()
            attached += await second.hear_until("RUN_FINISHED")
        heard += await chat.hear_until("RUN_FINISHED")
        for told in (heard, attached):
            wire.check_run(events(told))
            assert text_of(told) == "Un momento."
        header = {"authorization": f"Bearer {token}"}
        url = service.socket_url(chat.thread_id, runId=run_id, offset="-1")
        async with websockets.connect(url, additional_headers=header) as socket:
            replayed = [json.loads(frame) async for frame in socket]
        assert notes(replayed) == []
        wire.check_run(events(replayed))


async def test_a_stock_client_hears_its_runs_and_nothing_else(service, token):
    thread_id = str(uuid4())
    header = {"authorization": f"Bearer {token}"}
    async with websockets.connect(service.socket_url(thread_id), additional_headers=header) as socket:
        chat = Chat(socket, thread_id)
        await chat.ask("Hola")
        await leave(service, thread_id, number=1)
        await tell(service, thread_id)
        heard = await chat.ask("¿Y ahora?")
        assert notes(chat.frames) == []
        wire.check_run(events(heard))


async def test_what_nobody_came_to_tell_is_told_by_whoever_looks(service, token):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
        await leave(service, chat.thread_id, number=1)  # and the process that was about to tell it is gone
        assert notes([await chat.hear()]) == [("test", {"number": 1})]


async def test_without_a_listener_it_is_told_to_the_log(service, token, owner):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
    await leave(service, chat.thread_id, number=1)
    await service.door.house.runs.sweep()
    assert notes(await wire.logged(owner, chat.thread_id)) == [("test", {"number": 1})]


async def test_the_process_that_writes_tells_it_whoever_left_it(urls, upstream, owner, laura):
    upstream.then(answer := held())
    both = {"anthropic_base_url": upstream.url, "model": "scripted", "lease_s": 600}
    async with (
        serving(urls, owner="one.example/1/a", **both) as one,
        serving(urls, owner="two.example/2/b", **both) as two,
    ):
        token = one.token(laura)
        async with chatting(one, token) as writer:
            await writer.say("Hola")
            heard = await writer.hear_until("TEXT_MESSAGE_CONTENT")
            async with chatting(two, token, thread_id=writer.thread_id) as reader:
                await reader.hear_until("TEXT_MESSAGE_CONTENT")
                await leave(two, writer.thread_id, number=1)
                await tell(two, writer.thread_id)  # not this one's to tell while the other writes
                heard += await writer.hear_until("event")
                assert notes(await reader.hear_until("event")) == [("test", {"number": 1})]
                answer.until.set()
                heard += await writer.hear_until("RUN_FINISHED")
                await reader.hear_until("RUN_FINISHED")
                wire.check_run(events(heard))
                await leave(two, writer.thread_id, number=2)
                await tell(two, writer.thread_id)  # nobody writes now: it becomes the writer
                assert notes([await reader.hear(), await writer.hear()]) == [("test", {"number": 2})] * 2
                heard += [writer.frames[-1]]
                again = await writer.ask("¿Y ahora?")
                assert cursors(heard + again) == sorted(set(cursors(heard + again)))
                assert (await runs_of(owner, writer.thread_id)) == ["finished", "finished"]


async def runs_of(owner: Any, thread_id: str) -> list[str]:
    return [status for status, _ in await wire.runs(owner, thread_id)]


async def test_an_aside_of_a_transaction_that_failed_is_never_told(service, token, owner):
    async with chatting(service, token) as chat:
        await chat.ask("Hola")
        try:
            async with service.door.house.database.service() as db:
                await left.leave(db, UUID(chat.thread_id), "test", {})
                raise RuntimeError
        except RuntimeError:
            pass
        await tell(service, chat.thread_id)
        assert notes(await chat.ask("¿Y ahora?")) == []
        assert await owner.fetchval("select count(*) from amara_private.asides") == 0
