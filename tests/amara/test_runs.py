"""A run belongs to its conversation: whoever wrote it may die, and it still ends once."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from uuid import UUID, uuid4

import pytest

from amara import errors
from amara.fold import Fold
from amara.runs import is_gone, owner_name
from tests import upstream as scripted
from tests import wire
from tests.builders import a_conversation
from tests.rig import chatting, serving, text_of

CALL = {"toolCallId": "toolu_1"}
TOLD = [
    {"type": "RUN_STARTED", "threadId": "t", "runId": "r1"},
    {"type": "TEXT_MESSAGE_START", "messageId": "", "role": "assistant"},
    {"type": "TEXT_MESSAGE_CONTENT", "messageId": "", "delta": "Tengo "},
    {"type": "TEXT_MESSAGE_CONTENT", "messageId": "", "delta": "tres"},
    {"type": "TOOL_CALL_START", **CALL, "toolCallName": "list_my_bookings", "parentMessageId": ""},
    {"type": "TOOL_CALL_ARGS", **CALL, "delta": "{}"},
]


@pytest.fixture
def dead_owner() -> str:
    """A process of this machine that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{socket.gethostname()}/{process.pid}/{uuid4()}"


async def left_behind(owner, user_id: UUID, by: str, *, lease: str = "15 seconds") -> UUID:
    """A run in the middle of its words and its call, as its process left it; the conversation's id."""
    conversation_id = await a_conversation(owner, user_id=user_id, epoch=7)
    message_id, reply_id = uuid4(), str(uuid4())
    await owner.execute(
        "insert into public.amara_messages (id, conversation_id, role, content, metadata)"
        " values ($1, $2, 'user', 'Busco limpieza', '{\"client_message_id\": \"m1\"}')",
        message_id,
        conversation_id,
    )
    run_id = await owner.fetchval(
        "insert into public.amara_runs (conversation_id, user_id, run_key, user_message_id, owner, lease_expires_at)"
        " values ($1, $2, 'r1', $3, $4, clock_timestamp() + $5::text::interval) returning id",
        conversation_id,
        user_id,
        message_id,
        by,
        lease,
    )
    chunks = [json.loads(json.dumps(event).replace('Id": ""', f'Id": "{reply_id}"')) for event in TOLD]
    lines = [json.dumps({"id": f"7-{number}", "chunk": chunk}) for number, chunk in enumerate(chunks, 1)]
    for seq_from, seq_to in ((1, 2), (3, 6)):
        await owner.execute(
            "insert into public.amara_run_events (conversation_id, epoch, seq_from, seq_to, run_id, frames)"
            " values ($1, 7, $2, $3, $4, $5)",
            conversation_id,
            seq_from,
            seq_to,
            run_id,
            "\n".join(lines[seq_from - 1 : seq_to]),
        )
    return conversation_id


async def check_closed(owner, conversation_id: UUID) -> None:
    """It ended honestly: everything open is closed, and what was said is kept as what it is."""
    frames = await wire.kept(owner, str(conversation_id))
    wire.check_run([frame["chunk"] for frame in frames])
    assert frames[-1]["chunk"]["type"] == "RUN_ERROR"
    places = [tuple(map(int, frame["id"].split("-"))) for frame in frames]
    assert places == sorted(set(places))
    assert await wire.record(owner, str(conversation_id)) == [
        ("user", "Busco limpieza", None),
        ("assistant", "Tengo tres", "interrupted"),
    ]
    assert await wire.runs(owner, str(conversation_id)) == [("interrupted", "interrupted")]


async def test_a_run_of_a_dead_process_is_ended_when_the_next_one_starts(urls, upstream, owner, laura, dead_owner):
    conversation_id = await left_behind(owner, laura, dead_owner)
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted") as service:
        await check_closed(owner, conversation_id)
        async with chatting(service, service.token(laura), thread_id=str(conversation_id)) as chat:
            heard = await chat.ask("Busco limpieza", message_id="m1")  # one tap asks again
            assert text_of(heard) == "Claro."


async def test_a_run_whose_lease_is_over_is_ended_by_the_sweep(urls, upstream, owner, laura):
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=0.3) as service:
        conversation_id = await left_behind(owner, laura, f"elsewhere.example/1/{uuid4()}", lease="0 seconds")
        async with chatting(service, service.token(laura), thread_id=str(conversation_id)) as chat:
            assert (await chat.hear_until("RUN_ERROR"))[-1]["chunk"]["code"] == "interrupted"
    await check_closed(owner, conversation_id)


async def test_a_run_that_somebody_else_still_holds_is_left_alone(service, owner, laura):
    away = await left_behind(owner, laura, f"elsewhere.example/1/{uuid4()}")
    await service.door.house.runs.sweep()
    assert await wire.runs(owner, str(away)) == [("running", None)]
    assert len(await wire.kept(owner, str(away))) == len(TOLD)
    async with chatting(service, service.token(laura), thread_id=str(away)) as chat:
        await chat.say("Hola")
        assert (await chat.hear_until("error"))[-1]["code"] == errors.Busy.code


async def test_a_live_run_keeps_its_lease(urls, upstream, owner, laura):
    answer = scripted.says("Uno, ", "dos.")
    answer.until = asyncio.Event()
    upstream.then(answer)
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=0.5) as service:
        async with chatting(service, service.token(laura)) as chat:
            await chat.say("Cuente")
            await chat.hear_until("TEXT_MESSAGE_CONTENT")
            question = "select lease_expires_at from public.amara_runs"
            first = await owner.fetchval(question)
            async with asyncio.timeout(5):
                while await owner.fetchval(question) <= first:  # until the keeper has been round
                    pass
            answer.until.set()
            await chat.hear_until("RUN_FINISHED")
        assert await wire.runs(owner, chat.thread_id) == [("finished", None)]


async def test_a_run_that_cannot_be_settled_is_ended_all_the_same(service, upstream, owner, token, monkeypatch):
    async def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("amara.turn.give_up", fails)
    monkeypatch.setattr("amara.turn.settle", fails)
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        assert heard[-1]["chunk"]["code"] == "interrupted"
        wire.check_run(wire.last_run(chat))
        assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", "Claro.", "interrupted")


async def test_a_drain_lets_answers_finish_and_then_ends_the_rest(service, upstream, owner, token):
    answer = scripted.says("Uno, ", "dos.")
    answer.until = asyncio.Event()
    upstream.then(answer)
    async with chatting(service, token) as chat:
        await chat.say("Cuente")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await service.door.house.runs.drain(0)
        assert (await chat.hear_until("RUN_ERROR"))[-1]["chunk"]["code"] == errors.Unavailable.code
        wire.check_run(wire.last_run(chat))
        assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", "Uno, dos.", "interrupted")
        await chat.say("¿Sigue ahí?")
        assert (await chat.hear_until("error"))[-1]["code"] == errors.Unavailable.code


def test_an_owner_is_known_by_machine_process_and_name(dead_owner):
    us = owner_name()
    host, pid, _ = us.split("/")
    assert (host, pid) == (socket.gethostname(), str(os.getpid()))
    assert not is_gone(us, us=us)
    assert is_gone(owner_name(), us=us)  # our own pid under another name: before a restart
    assert is_gone(dead_owner, us=us)
    assert is_gone(f"{host}/x/y", us=us)
    assert not is_gone(f"{host}/{os.getppid()}/{uuid4()}", us=us)
    assert not is_gone(f"elsewhere.example/{dead_owner.split('/')[1]}/x", us=us)


def test_a_whole_run_leaves_nothing_to_close():
    events = [
        *TOLD,
        {"type": "TEXT_MESSAGE_END", "messageId": ""},
        {"type": "TOOL_CALL_END", **CALL},
        {"type": "TOOL_CALL_RESULT", **CALL, "content": "{}"},
    ]
    fold = Fold([{"chunk": event} for event in events])
    assert (fold.open_texts, fold.closing_calls(), fold.texts) == ([], [], {"": ["Tengo ", "tres"]})
