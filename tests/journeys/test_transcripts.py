"""The conversations that the documents show are those that are really held."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import msgspec
import pytest
import websockets

from amara import asyncapi, demo, frames
from tests import transcripts, wire
from tests import upstream as scripted
from tests.rig import Chat, serving
from tests.transcripts import FOLDER, Transcript

ENDS = ("RUN_FINISHED", "RUN_ERROR")
THREAD = "00000000-0000-4000-8000-00000000c0de"
NAMES = ("answer", "approval", "failure", "refusal", "resume", "resync", "stop", "takeover", "tool")
NOT_SHOWN = ("ping", "pong", "reconnect")  # matters of time


@pytest.fixture
def transcript():
    return Transcript()


@asynccontextmanager
async def connected(service):
    async with websockets.connect(service.socket_url(THREAD), max_size=None) as socket:
        yield Chat(socket, THREAD)


@asynccontextmanager
async def welcomed(service, transcript, since=None):
    async with connected(service) as chat:
        transcript.note(f"connect to /v1/amara/chat?threadId={THREAD}")
        hello = {"type": "hello", "token": service.token(demo.CUSTOMER_ID), "since": since, "locale": "es-CO"}
        await transcript.say(chat, hello)
        await transcript.hear_until(chat, "welcome")
        yield chat


def said(text, number=1):
    message = {"id": f"message-{number}", "role": "user", "content": text}
    return {"threadId": THREAD, "runId": f"run-{number}", "messages": [message]}


def held(delta):
    """One piece, and no end before it is let go: how pieces are put together on the way is a matter of time."""
    answer = scripted.says(delta)
    answer.until = asyncio.Event()
    return answer


def let_go(answer):
    assert answer.until is not None
    answer.until.set()


def calls(name, given, before=""):
    words = scripted.text(before) if before else []
    block = scripted.call(name, given, call_id="call-1", index=1 if words else 0, pieces=1)
    return scripted.Answer([scripted.start(), *words, *block, *scripted.end("tool_use")])


async def test_an_answer(service, upstream, transcript):
    upstream.then(scripted.says("Con gusto. ¿En qué ciudad?"))
    async with welcomed(service, transcript) as chat:
        await transcript.say(chat, said("Busco a alguien que limpie"))
        await transcript.hear_until(chat, *ENDS)
    transcripts.check("answer", transcript)


async def test_a_tool(service, upstream, transcript):
    upstream.then(
        calls("list_my_bookings", {"when": "past"}, "Voy a ver. "),
        scripted.says("No encuentro ninguna."),
    )
    async with welcomed(service, transcript) as chat:
        await transcript.say(chat, said("¿Qué reservas tuve?"))
        await transcript.hear_until(chat, *ENDS)
    transcripts.check("tool", transcript)


async def test_a_stop(service, upstream, transcript):
    upstream.then(held("Había una vez"))
    async with welcomed(service, transcript) as chat:
        await transcript.say(chat, said("Cuénteme un cuento"))
        await transcript.hear_until(chat, "TEXT_MESSAGE_CONTENT")
        await transcript.say(chat, {"type": "abort", "runId": "run-1"})
        await transcript.hear_until(chat, *ENDS)
    transcripts.check("stop", transcript)


async def test_a_failure(service, upstream, transcript):
    told = [scripted.start(), *scripted.text("Había una")]
    broken = scripted.Answer(told, cut=True, until=asyncio.Event(), held_at=len(told) - 1)
    upstream.then(broken, scripted.says("Había una vez."))
    async with welcomed(service, transcript) as chat:
        await transcript.say(chat, said("Cuénteme un cuento"))
        await transcript.hear_until(chat, "TEXT_MESSAGE_CONTENT")
        let_go(broken)
        await transcript.hear_until(chat, *ENDS)
        transcript.note("the person asks for it again: the same message, and a run of another name")
        await transcript.say(chat, said("Cuénteme un cuento") | {"runId": "run-2"})
        await transcript.hear_until(chat, *ENDS)
    transcripts.check("failure", transcript)


async def test_a_refusal(service, upstream, transcript):
    upstream.then(scripted.says("Con gusto."))
    async with welcomed(service, transcript) as chat:
        await transcript.say(chat, said("Hola"))
        await transcript.hear_until(chat, *ENDS)
        transcript.note("the token would end soon; a fresh one is not answered")
        await transcript.say(chat, {"type": "refresh", "token": service.token(demo.CUSTOMER_ID)})
        transcript.note("the id of a message is used for another text")
        await transcript.say(chat, said("Otra cosa"))
        await transcript.hear_until(chat, "error")
    transcripts.check("refusal", transcript)


async def test_a_return_in_the_middle_of_an_answer(service, upstream, transcript):
    answer = held("Uno, dos, tres.")
    upstream.then(answer)
    async with welcomed(service, transcript) as chat:
        await transcript.say(chat, said("Cuente hasta tres"))
        since = (await transcript.hear_until(chat, "TEXT_MESSAGE_CONTENT"))[-1]["id"]
    transcript.note("the connection is lost; the answer goes on, and is heard from the last cursor")
    async with welcomed(service, transcript, since) as chat:
        answer.until.set()
        await transcript.hear_until(chat, *ENDS)
    transcripts.check("resume", transcript)


async def test_a_cursor_that_is_known_no_more(service, upstream, transcript):
    upstream.then(scripted.says("Con gusto."))
    async with welcomed(service, Transcript()) as chat:
        await chat.ask("Hola", message_id="message-1", run_id="run-1")
    transcript.note("somebody comes back with a cursor that no log has; what follows is told to this connection alone")
    async with connected(service) as chat:
        hello = {"type": "hello", "token": service.token(demo.CUSTOMER_ID), "since": "7-7", "locale": "es-CO"}
        await transcript.say(chat, hello)
        await transcript.hear_until(chat, *ENDS)
    transcripts.check("resync", transcript)


async def test_an_approval(service, upstream, owner, transcript):
    professional = await owner.fetchval(
        "select id from amara_api.professionals where city = 'Bogotá' and services @> '[{\"slug\":\"cleaning\"}]'"
        " and instant_booking order by id limit 1"
    )
    today = datetime.now(UTC).date()
    start = await owner.fetchval(
        "select min(starts_at) from amara_api.free_starts($1, $2, $3, 240, now())",
        professional,
        today + timedelta(2),
        today + timedelta(20),
    )
    given = {
        "professional_id": str(professional),
        "service": "cleaning",
        "starts_at": start.isoformat(),
        "hours": 4,
        "address": "Calle 10 # 5-20",
    }
    upstream.then(calls("draft_booking", given), scripted.says("Aquí está el borrador."))
    async with welcomed(service, transcript) as chat:
        await transcript.say(chat, said("Resérvela, por favor"))
        heard = await transcript.hear_until(chat, *ENDS)
        (interrupt,) = heard[-1]["chunk"]["outcome"]["interrupts"]
        await transcript.hear_until(chat, "event")  # the conversation has a name now
        transcript.note("the person looks at the draft, and taps Confirm")
        decision = {"interruptId": interrupt["id"], "status": "resolved", "payload": {"approved": True}}
        await transcript.say(chat, {"threadId": THREAD, "runId": "run-2", "messages": [], "resume": [decision]})
        await transcript.hear_until(chat, *ENDS)
    transcripts.check("approval", transcript)


async def test_a_takeover(urls, upstream, owner, transcript):
    settings = {"anthropic_base_url": upstream.url, "model": "scripted", "lease_s": 600, "has_demo": True}
    upstream.then(held("Uno, "), scripted.says("Uno, dos, tres."))
    async with serving(urls, owner="elsewhere.example/1/first", **settings) as one, serving(urls, **settings) as other:
        async with welcomed(one, transcript) as chat:
            await transcript.say(chat, said("Cuente hasta tres"))
            since = (await transcript.hear_until(chat, "TEXT_MESSAGE_CONTENT"))[-1]["id"]
            (run,) = one.door.house.runs._live.values()
            async with one.door.house.feeds.using(UUID(THREAD)) as feed:  # as its process would leave it
                run.task.cancel()
                await asyncio.wait({run.task})
                feed._unlogged.clear()
                feed.fence()
            await owner.execute("update amara_runs set lease_expires_at = now() where status = 'running'")
        transcript.note("its process dies; another one goes on under new ids, after a snapshot")
        await other.door.house.runs.sweep()
        await wire.at_rest(other)
        async with welcomed(other, transcript, since) as chat:
            await transcript.hear_until(chat, *ENDS)
    transcripts.check("takeover", transcript)


@pytest.mark.parametrize("name", NAMES)
def test_every_frame_of_the_files_is_described(name):
    heard = msgspec.json.Decoder(
        frames.Welcome | frames.Ack | frames.Reconnect | frames.Refused | asyncapi.Ping | asyncapi.Happened
    )
    for line in (FOLDER / f"{name}.ndjson").read_text().splitlines():
        told = json.loads(line)
        if "hear" in told:
            frame = msgspec.json.encode(told["hear"])
            if "chunk" in told["hear"]:
                msgspec.json.decode(frame, type=asyncapi.Envelope)
            elif told["hear"]["type"].isupper():
                msgspec.json.decode(frame, type=asyncapi.Chunk)
            else:
                heard.decode(frame)


def test_every_kind_of_frame_is_in_a_file_or_named_as_not():
    lines = [json.loads(line) for path in FOLDER.iterdir() for line in path.read_text().splitlines()]
    spoken = [line.get("say") or line.get("hear") or {} for line in lines]
    seen = {frame["chunk"]["type"] if "chunk" in frame else frame.get("type") for frame in spoken} - {None}
    structs = [one for one, _ in (asyncapi.SAID | asyncapi.HEARD).values()] + list(get_args(asyncapi.Chunk))
    tags = {msgspec.inspect.type_info(one).tag for one in structs} - {None}
    assert seen | set(NOT_SHOWN) == tags
    assert not seen & set(NOT_SHOWN)
    *first, last = [f"`{name}`" for name in NOT_SHOWN]
    protocol = (FOLDER.parent / "protocol.md").read_text()
    assert f"{', '.join(first)} and {last} are matters of time, and stand in none of them" in " ".join(protocol.split())
    for name in NAMES:
        assert f"[`{name}`](transcripts/{name}.ndjson)" in protocol


def test_there_is_a_file_for_each_and_none_else():
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(NAMES)
