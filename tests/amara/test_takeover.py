"""A run whose process dies is finished by another one: one legal sequence for its clients, and a true record."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from amara import errors, takeover
from amara.telling import Listener
from tests import nodejs, wire
from tests import upstream as scripted
from tests.builders import a_conversation
from tests.rig import Service, chatting, events, serving, text_of

Json = dict[str, Any]
CALL = {"toolCallId": "toolu_1"}
TOLD = [
    {"type": "RUN_STARTED", "threadId": "t", "runId": "r1"},
    {"type": "TEXT_MESSAGE_START", "messageId": "", "role": "assistant"},
    {"type": "TEXT_MESSAGE_CONTENT", "messageId": "", "delta": "Tengo "},
    {"type": "TEXT_MESSAGE_CONTENT", "messageId": "", "delta": "tres"},
    {"type": "TOOL_CALL_START", **CALL, "toolCallName": "list_my_bookings", "parentMessageId": ""},
    {"type": "TOOL_CALL_ARGS", **CALL, "delta": "{}"},
]
ELSEWHERE = "elsewhere.example/1/first"  # nobody here can see whether that process lives; its lease tells
LATER = datetime(2100, 1, 1, tzinfo=UTC)
WORDS = ["No ", "tiene ", "reservas."]


def answers(request: Json) -> scripted.Answer:
    """A look at the bookings first, then the words about it."""
    latest = request["messages"][-1]["content"][0]
    if latest["type"] == "tool_result" and "not_started" not in latest["content"]:
        return scripted.says(*WORDS)
    return scripted.calls("list_my_bookings", {}, before="Miro.", call_id=f"toolu_{id(request)}")


@pytest.fixture
async def two(urls, upstream):
    """Two processes on one database, for all they know of each other."""
    settings = {"anthropic_base_url": upstream.url, "model": "scripted", "lease_s": 600}
    async with serving(urls, owner=ELSEWHERE, **settings) as one, serving(urls, **settings) as other:
        yield one, other


class Reaper(Listener):
    """Ends the task of whatever run is heard here at its n-th frame, as the end of its process would."""

    def __init__(self, service: Service, after: int) -> None:
        self.service = service
        self.left = after
        self.ended = asyncio.Event()

    def hear(self, run_id: UUID, _frame: str) -> None:
        self.left -= 1
        if self.left == 0 and (run := self.service.door.house.runs.by_id(run_id)) is not None:
            run.task.add_done_callback(lambda _: self.ended.set())
            run.task.cancel()

    def let_go(self) -> None:
        pass


async def die(service: Service, feed: Any) -> None:
    """What it held in memory is gone, and its lease with it."""
    feed._unlogged.clear()
    feed.fence()
    async with service.door.house.database.service() as db:
        await db.execute("update amara_runs set lease_expires_at = now() where status = 'running'")


async def told_in(owner: Any, thread_id: str) -> list[Json]:
    """The run's events as the log has them, which are legal."""
    told = [frame["chunk"] for frame in await wire.kept(owner, thread_id)]
    wire.check_run(told)
    return told


async def check_shown(owner: Any, thread_ids: list[str]) -> None:
    """What the stock client makes of a conversation's run is what the record says of it."""
    asked, recorded = [], []
    for thread_id in thread_ids:
        told = await told_in(owner, thread_id)
        run = {"runId": told[0]["runId"], "said": told[0]["input"]["messages"][0], "events": told}
        asked.append({"threadId": thread_id, "runs": [run]})
        recorded.append([row[:2] for row in await wire.record(owner, thread_id)])
    shown = await nodejs.answer("agui.mjs", asked)
    assert [one["failures"] for one in shown] == [[]] * len(thread_ids)
    assert [
        [(message["role"], message["content"]) for message in one["messages"] if message["role"] != "tool"]
        for one in shown
    ] == recorded


def wire_line(number: int, chunk: Json) -> str:
    return json.dumps({"id": f"7-{number}", "chunk": chunk}, separators=(",", ":"))


async def left_behind(owner, user_id: UUID, by: str = ELSEWHERE, **columns: Any) -> str:
    """A run, with these columns, as its process left it in the middle of its words and its call; the thread's id."""
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
        " values ($1, $2, 'r1', $3, $4, clock_timestamp()) returning id",
        conversation_id,
        user_id,
        message_id,
        by,
    )
    for column, value in columns.items():
        await owner.execute(f"update public.amara_runs set {column} = $2 where id = $1", run_id, value)
    chunks = [json.loads(json.dumps(event).replace('Id": ""', f'Id": "{reply_id}"')) for event in TOLD]
    lines = [
        json.dumps({"id": f"7-{number}", "chunk": chunk}, separators=(",", ":"))
        for number, chunk in enumerate(chunks, 1)
    ]
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
    return str(conversation_id)


@pytest.mark.timeout(240)
async def test_a_run_that_dies_at_any_frame_is_finished_by_the_other_process(two, upstream, owner, laura):
    """Until it is through before it can be killed."""
    one, other = two
    upstream.otherwise = answers
    killed: list[str] = []
    for number in range(1, 30):
        async with chatting(one, one.token(laura)) as chat:
            reaper = Reaper(one, number)
            async with one.door.house.feeds.using(UUID(chat.thread_id)) as feed:
                feed.listeners.add(reaper)
                await chat.say("¿Mis reservas?", run_id=f"r{number}")
                done = asyncio.create_task(chat.hear_until("RUN_FINISHED"))
                died = asyncio.create_task(reaper.ended.wait())
                await asyncio.wait({done, died}, return_when=asyncio.FIRST_COMPLETED)
                if done.done():
                    break
                done.cancel()
                await die(one, feed)
        await other.door.house.runs.sweep()
        await wire.at_rest(other)
        killed.append(chat.thread_id)
        assert (await told_in(owner, chat.thread_id))[-1]["type"] == "RUN_FINISHED"
        assert await wire.runs(owner, chat.thread_id) == [("finished", None)]
        assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", "".join(WORDS), "complete")
        tools = await owner.fetch("select state from amara_tool_runs where conversation_id::text = $1", chat.thread_id)
        assert {row["state"] for row in tools} <= {"done", "not_started"}
        assert "done" in {row["state"] for row in tools}
    assert len(killed) > len(WORDS)
    await check_shown(owner, killed)


async def test_a_run_of_a_dead_process_is_finished_by_the_next_one_that_starts(urls, upstream, owner, laura):
    dead = f"{socket.gethostname()}/{os.getpid()}/before"
    thread_id = await left_behind(owner, laura, dead, lease_expires_at=LATER)
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted") as service:
        await wire.at_rest(service)
    told = await told_in(owner, thread_id)
    kinds = [event["type"] for event in told[len(TOLD) :]]
    assert kinds[:4] == ["TEXT_MESSAGE_END", "TOOL_CALL_END", "TOOL_CALL_RESULT", "MESSAGES_SNAPSHOT"]
    assert [message["content"] for message in told[len(TOLD) + 3]["messages"]] == ["Busco limpieza"]
    assert await wire.record(owner, thread_id) == [
        ("user", "Busco limpieza", None),
        ("assistant", "Claro.", "complete"),
    ]
    assert await wire.runs(owner, thread_id) == [("finished", None)]


async def test_who_listens_elsewhere_hears_the_answer_to_its_end(urls, upstream, owner, laura):
    async with serving(urls, anthropic_base_url=upstream.url, model="scripted", lease_s=0.5) as service:
        thread_id = await left_behind(owner, laura, lease_expires_at=LATER)
        async with chatting(service, service.token(laura), thread_id=thread_id) as chat:
            await chat.hear_until("TOOL_CALL_ARGS")
            await owner.execute("update amara_runs set lease_expires_at = now()")
            heard = await chat.hear_until("RUN_FINISHED")
            assert text_of(heard) == "Claro."
            wire.check_run(wire.last_run(chat))
            assert events(chat.frames) == [frame["chunk"] for frame in await wire.kept(owner, thread_id)]


async def test_a_run_that_somebody_else_still_holds_is_left_alone_and_what_is_said_there_waits(service, owner, laura):
    thread_id = await left_behind(owner, laura, lease_expires_at=LATER)
    await service.door.house.runs.sweep()
    assert await wire.runs(owner, thread_id) == [("running", None)]
    assert len(await wire.kept(owner, thread_id)) == len(TOLD)
    async with chatting(service, service.token(laura), thread_id=thread_id) as chat:
        await chat.say("Hola")
        assert (await chat.hear_until("ack"))[-1]["status"] == "queued"


async def test_a_stopped_run_is_only_closed(service, upstream, owner, laura):
    thread_id = await left_behind(owner, laura, stop_requested_at=LATER)
    await service.door.house.runs.sweep()
    assert await said_until_then(owner, thread_id) == {"type": "cancelled"}
    assert await wire.runs(owner, thread_id) == [("cancelled", None)]
    assert upstream.requests == []


async def test_a_run_that_outlived_three_processes_is_ended(service, upstream, owner, laura):
    thread_id = await left_behind(owner, laura, takeovers=takeover.TAKEOVERS_MAX)
    await service.door.house.runs.sweep()
    await said_until_then(owner, thread_id)
    assert await wire.runs(owner, thread_id) == [("interrupted", "interrupted")]
    assert upstream.requests == []


async def said_until_then(owner: Any, thread_id: str) -> Json | None:
    """Nothing follows: what was said is kept as what it is. The outcome that was told, if one was."""
    told = await told_in(owner, thread_id)
    record = await wire.record(owner, thread_id)
    assert [row[:2] for row in record] == [("user", "Busco limpieza"), ("assistant", "Tengo tres")]
    assert record[-1][2] in {"cancelled", "interrupted"}
    assert [message["content"] for message in told[-2]["messages"]] == ["Busco limpieza", "Tengo tres"]
    return told[-1].get("outcome")


async def test_where_the_model_cannot_be_reached_what_was_said_is_kept_and_one_tap_asks_again(
    service, upstream, owner, laura
):
    upstream.then(scripted.fails(400))
    thread_id = await left_behind(owner, laura)
    await service.door.house.runs.sweep()
    await wire.at_rest(service)
    told = await told_in(owner, thread_id)
    assert (told[-1]["type"], told[-1]["code"]) == ("RUN_ERROR", errors.ModelRefusedUs.code)
    assert (await wire.record(owner, thread_id))[-1] == ("assistant", "Tengo tres", "interrupted")
    async with chatting(service, service.token(laura), thread_id=thread_id) as chat:
        assert text_of(await chat.ask("Busco limpieza", message_id="m1")) == "Claro."


async def test_no_tool_runs_after_the_persons_word_for_it_is_over(service, upstream, owner, laura):
    upstream.then(scripted.calls("list_my_bookings", {}, call_id="toolu_2"))
    thread_id = await left_behind(owner, laura, authority_until=datetime.now(UTC) - timedelta(minutes=1))
    await service.door.house.runs.sweep()
    await wire.at_rest(service)
    await told_in(owner, thread_id)
    assert await wire.runs(owner, thread_id) == [("failed", errors.TokenExpired.code)]
    assert await owner.fetchval("select count(*) from amara_tool_runs where state = 'done'") == 0


async def test_of_all_who_come_one_goes_on_and_the_model_is_asked_once(two, upstream, owner, laura):
    one, other = two
    thread_id = await left_behind(owner, laura, "elsewhere.example/1/third")
    await asyncio.gather(*(service.door.house.runs.sweep() for service in (one, other) * 3))
    await asyncio.gather(*(wire.at_rest(service) for service in two))
    assert len(upstream.requests) == 1
    await told_in(owner, thread_id)
    assert await owner.fetchval("select takeovers from amara_runs") == 1


async def test_who_was_taken_for_dead_tells_nothing_more_and_changes_nothing(two, upstream, owner, laura):
    one, other = two
    late = scripted.calls("list_my_bookings", {}, before="Tarde.")
    late.until = asyncio.Event()
    upstream.then(late)
    async with chatting(one, one.token(laura)) as chat:
        await chat.say("¿Mis reservas?")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await owner.execute("update amara_runs set lease_expires_at = now()")
        await other.door.house.runs.sweep()
        await wire.at_rest(other)
        late.until.set()
        await wire.at_rest(one)
    await check_shown(owner, [chat.thread_id])
    assert [row[1] for row in await wire.record(owner, chat.thread_id)] == ["¿Mis reservas?", "Claro."]
    assert await owner.fetchval("select count(*) from amara_tool_runs") == 0
    assert await wire.runs(owner, chat.thread_id) == [("finished", None)]
