"""What is said while an answer is being written is never lost: it waits, and becomes one next turn."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from amara import errors, waiting
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person
from tests.rig import Chat, chatting, events, serving, text_of

Json = dict[str, Any]


def held(*words: str) -> scripted.Answer:
    """Says its words, and ends only when it is let."""
    answer = scripted.says(*(words or ("Un ", "momento.")))
    answer.until = asyncio.Event()
    return answer


def acks(heard: list[Json]) -> list[tuple[str, str, int | None]]:
    found = [frame for frame in heard if frame.get("type") == "ack"]
    return [(frame["ref"], frame["status"], frame.get("position")) for frame in found]


def asked(request: Json) -> list[str]:
    """What the person said last, as the model reads it."""
    return [block["text"] for block in scripted.spoken(request)[-1]["content"]]


async def statuses(owner: Any, chat: Chat) -> dict[str, str]:
    rows = await owner.fetch("select run_key, status from amara_runs where conversation_id::text = $1", chat.thread_id)
    return {row["run_key"]: row["status"] for row in rows}


@pytest.fixture
async def chat(service, upstream, token):
    """Somebody who has asked something that is being answered, by `upstream.answer`."""
    upstream.answer = held()
    upstream.then(upstream.answer)
    async with chatting(service, token) as one:
        await one.say("Busco limpieza", message_id="m0", run_id="r0")
        await one.hear_until("TEXT_MESSAGE_CONTENT")
        yield one


async def test_what_is_said_meanwhile_becomes_one_next_turn_in_its_order(chat, upstream, owner):
    for number in (1, 2, 3):
        await chat.say(f"Y {number}", message_id=f"m{number}", run_id=f"r{number}")
        assert acks(await chat.hear_until("ack")) == [(f"m{number}", "queued", number)]
    assert (await statuses(owner, chat))["r3"] == "queued"
    upstream.answer.until.set()
    await chat.hear_until("RUN_FINISHED")
    second = await chat.hear_until("RUN_FINISHED")
    assert acks(second) == [("m2", "merged", None), ("m3", "merged", None)]
    started = events(second)[0]
    assert (started["runId"], started["metadata"]["amara"]["merged"]) == ("r1", ["r2", "r3"])
    assert [message["id"] for message in started["input"]["messages"]] == ["m1", "m2", "m3"]
    assert text_of(second) == "Claro."
    wire.check_run(wire.last_run(chat))
    assert [asked(request) for request in upstream.requests] == [["Busco limpieza"], ["Y 1", "Y 2", "Y 3"]]
    said = [row[1] for row in await wire.record(owner, chat.thread_id)]
    assert said == ["Busco limpieza", "Un momento.", "Y 1", "Y 2", "Y 3", "Claro."]
    assert [message["content"] for message in events(second)[1]["messages"]] == said[:-1]
    assert await statuses(owner, chat) == {"r0": "finished", "r1": "finished", "r2": "merged", "r3": "merged"}


async def test_ten_wait_and_the_eleventh_is_refused_and_not_stored(chat, upstream, owner):
    for number in range(waiting.WAITING_MAX):
        await chat.say(f"Y {number}")
        await chat.hear_until("ack")
    await chat.say("Demasiado", message_id="m11")
    heard = await chat.hear_until("error")
    assert acks(heard) == [("m11", "rejected", None)]
    assert (heard[-1]["code"], heard[-1]["retryable"]) == (errors.Busy.code, True)
    upstream.answer.until.set()
    await chat.hear_until("RUN_FINISHED")
    await chat.hear_until("RUN_FINISHED")
    assert len(asked(upstream.requests[1])) == waiting.WAITING_MAX
    assert "Demasiado" not in [row[1] for row in await wire.record(owner, chat.thread_id)]
    assert acks(await chat.ask("Ahora sí", message_id="m11")) == [("m11", "accepted", None)]


async def test_who_interrupts_is_answered_next_and_what_was_said_until_then_is_kept(chat, upstream, owner):
    policy = {"forwardedProps": {"amara": {"policy": "interrupt"}}}
    await chat.say("No, mejor plomería", message_id="m1", run_id="r1", **policy)
    heard = await chat.hear_until("RUN_FINISHED")
    assert acks(heard) == [("m1", "queued", 1)]
    assert heard[-1]["chunk"]["outcome"] == {"type": "cancelled"}
    assert text_of(await chat.hear_until("RUN_FINISHED")) == "Claro."
    assert await wire.record(owner, chat.thread_id) == [
        ("user", "Busco limpieza", None),
        ("assistant", "Un momento.", "cancelled"),
        ("user", "No, mejor plomería", None),
        ("assistant", "Claro.", "complete"),
    ]
    assert await statuses(owner, chat) == {"r0": "cancelled", "r1": "finished"}


async def test_who_would_not_wait_is_refused_and_nothing_is_stored(chat, upstream, owner):
    await chat.say("¿Sigue ahí?", message_id="m1", forwardedProps={"amara": {"policy": "reject"}})
    heard = await chat.hear_until("error")
    assert acks(heard) == [("m1", "rejected", None)]
    assert heard[-1]["code"] == errors.Busy.code
    upstream.answer.until.set()
    await chat.hear_until("RUN_FINISHED")
    assert [row[1] for row in await wire.record(owner, chat.thread_id)] == ["Busco limpieza", "Un momento."]


async def test_what_waits_and_is_said_again_waits_once(chat, upstream, owner):
    await chat.say("Y otra", message_id="m1", run_id="r1")
    await chat.say("Y otra", message_id="m1", run_id="r2")
    assert acks(await chat.hear_until("ack")) == [("m1", "queued", 1)]
    heard = await chat.hear_until("ack")
    assert (acks(heard), heard[-1]["runId"]) == ([("m1", "duplicate", None)], "r1")
    upstream.answer.until.set()
    await chat.hear_until("RUN_FINISHED")
    await chat.hear_until("RUN_FINISHED")
    assert [asked(request) for request in upstream.requests] == [["Busco limpieza"], ["Y otra"]]


async def test_a_run_stopped_while_it_waits_ends_in_its_turn_and_the_others_are_answered(chat, upstream, owner):
    for number in (1, 2):
        await chat.say(f"Y {number}", message_id=f"m{number}", run_id=f"r{number}")
        await chat.hear_until("ack")
    await chat.send({"type": "abort", "runId": "r1"})
    assert acks(await chat.hear_until("ack")) == [("m1", "superseded", None)]
    upstream.answer.until.set()
    ends = [(await chat.hear_until("RUN_FINISHED"))[-1]["chunk"] for _ in range(3)]
    assert [(end["runId"], end["outcome"]["type"]) for end in ends] == [
        ("r0", "success"),
        ("r1", "cancelled"),
        ("r2", "success"),
    ]
    assert len(upstream.requests) == 2
    assert await statuses(owner, chat) == {"r0": "finished", "r1": "cancelled", "r2": "finished"}


async def test_stopping_a_run_that_became_part_of_another_stops_that_one(chat, upstream, owner):
    following = held("Voy ", "a ver")
    upstream.then(following)
    for number in (1, 2):
        await chat.say(f"Y {number}", message_id=f"m{number}", run_id=f"r{number}")
        await chat.hear_until("ack")
    upstream.answer.until.set()
    await chat.hear_until("RUN_FINISHED")
    await chat.hear_until("TEXT_MESSAGE_CONTENT")
    await chat.send({"type": "abort", "runId": "r2"})
    assert (await chat.hear_until("RUN_FINISHED"))[-1]["chunk"]["outcome"] == {"type": "cancelled"}
    assert await statuses(owner, chat) == {"r0": "finished", "r1": "cancelled", "r2": "merged"}


async def test_a_retry_that_has_to_wait_answers_the_message_that_stands(service, upstream, owner, token):
    answer = held()
    upstream.then(scripted.fails(400), answer)
    async with chatting(service, token) as chat:
        await chat.ask("Hola", message_id="m0")
        await chat.say("Busco limpieza", message_id="m1")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await chat.say("Hola", message_id="m0")
        assert acks(await chat.hear_until("ack")) == [("m0", "queued", 1)]
        answer.until.set()
        await chat.hear_until("RUN_FINISHED")
        await chat.hear_until("RUN_FINISHED")
        said = [row[1] for row in await wire.record(owner, chat.thread_id)]
        assert said == ["Busco limpieza", "Un momento.", "Hola", "Claro."]


async def test_what_is_acknowledged_while_we_leave_is_answered_by_whoever_comes_next(urls, upstream, owner, laura):
    answer = held()
    upstream.then(answer)
    async with (
        serving(urls, anthropic_base_url=upstream.url, model="scripted") as first,
        chatting(first, first.token(laura)) as chat,
    ):
        await chat.say("Busco limpieza", run_id="r0")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        draining = asyncio.create_task(first.door.house.runs.drain(20))
        await asyncio.sleep(0)  # its turn: from now on nothing begins
        await chat.say("¿Sigue ahí?", message_id="m1", run_id="r1")
        assert acks(await chat.hear_until("ack")) == [("m1", "queued", 1)]
        answer.until.set()
        await chat.hear_until("RUN_FINISHED")
        await draining
        assert await statuses(owner, chat) == {"r0": "finished", "r1": "queued"}
        await chat.say("¿Y ahora?", message_id="m2", run_id="r2")
        assert acks(await chat.hear_until("ack")) == [("m2", "queued", 2)]
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted") as second:
        await wire.at_rest(second)
        assert await statuses(owner, chat) == {"r0": "finished", "r1": "finished", "r2": "merged"}
    assert asked(upstream.requests[1]) == ["¿Sigue ahí?", "¿Y ahora?"]


async def test_a_third_conversation_of_one_person_waits_until_one_of_two_answers_has_ended(
    service, upstream, owner, laura, token
):
    first, second = held("Uno ", "."), held("Dos ", ".")
    upstream.then(first, second)
    async with chatting(service, token) as one, chatting(service, token) as two, chatting(service, token) as three:
        await one.say("Hola", run_id="r1")
        await one.hear_until("TEXT_MESSAGE_CONTENT")
        await two.say("Hola", run_id="r2")
        await two.hear_until("TEXT_MESSAGE_CONTENT")
        await three.say("¿Y aquí?", message_id="m3", run_id="r3")
        assert acks(await three.hear_until("ack")) == [("m3", "queued", 1)]
        await service.door.house.runs.sweep()  # nobody begins it out of turn
        assert (await statuses(owner, three)) == {"r3": "queued"}
        assert len(upstream.requests) == 2
        another = await a_person(owner)
        async with chatting(service, service.token(another)) as somebody:  # nobody else is concerned
            assert text_of(await somebody.ask("Hola")) == "Claro."
        first.until.set()
        assert text_of(await three.hear_until("RUN_FINISHED")) == "Claro."
        second.until.set()
        await two.hear_until("RUN_FINISHED")


async def test_who_will_not_wait_for_two_other_answers_is_told_when_to_come_back(service, upstream, token):
    answers = [held("Uno ", "."), held("Dos ", ".")]
    upstream.then(*answers)
    async with chatting(service, token) as one, chatting(service, token) as two, chatting(service, token) as three:
        for chat in (one, two):
            await chat.say("Hola")
            await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await three.say("¿Y aquí?", forwardedProps={"amara": {"policy": "reject"}})
        refused = (await three.hear_until("error"))[-1]
        assert (refused["code"], refused["retryable"], refused["retryAfterMs"]) == ("busy", True, 5000)
        for answer in answers:
            answer.until.set()
        await one.hear_until("RUN_FINISHED")
        await two.hear_until("RUN_FINISHED")


async def test_five_first_messages_at_once_begin_two_answers(service, upstream, owner, laura, token):
    answers = [held("Uno ", ".") for _ in range(5)]
    upstream.then(*answers)
    async with contextlib.AsyncExitStack() as stack:
        chats = [await stack.enter_async_context(chatting(service, token)) for _ in range(5)]
        await asyncio.gather(*(chat.say("Hola") for chat in chats))
        told = [acks(heard)[0][1] for heard in await asyncio.gather(*(chat.hear_until("ack") for chat in chats))]
        assert sorted(told) == ["accepted"] * 2 + ["queued"] * 3
        for answer in answers:
            answer.until.set()
        ends = await asyncio.gather(*(chat.hear_until("RUN_FINISHED") for chat in chats))
    assert {text_of(end)[-1] for end in ends} == {"."}
