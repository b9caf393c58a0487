"""A peer that is slow, or silent, costs itself: it is let go, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit
from uuid import uuid4

from amara import server
from amara.model import assembly
from amara.model.claude import Patience
from amara.outbox import QUEUE_MAX
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person
from tests.faults import raw
from tests.rig import chatting, text_of

LONG = ["palabra " * 200] * 3_000  # some five megabytes: more than a machine takes for a peer that does not read


async def test_twenty_who_never_read_are_let_go_and_their_answers_are_kept(service, upstream, owner, monkeypatch):
    monkeypatch.setattr(server, "STALL_S", 0.5)
    monkeypatch.setattr(assembly, "CHARACTERS_MAX", 10_000_000)  # no model says so much, and less would be buffered
    service.door.house.model.patience = Patience(first_s=30, idle_s=60)
    answer = scripted.says(*LONG)
    answer.until = asyncio.Event()
    upstream.then(answer)
    person = await a_person(owner)
    async with chatting(service, service.token(person)) as reader:
        await reader.say("Cuente")
        await reader.hear_until("TEXT_MESSAGE_START")
        deaf = [await _deaf(service, service.token(person), reader.thread_id) for _ in range(4)]
        for _ in range(4):
            other = await a_person(owner)
            own = scripted.says(*LONG)
            own.until = answer.until  # nobody is let go before everybody is there
            upstream.then(own)
            thread_id = str(uuid4())
            deaf += [await _deaf(service, service.token(other), thread_id) for _ in range(3)]
            deaf.append(await _deaf(service, service.token(other), thread_id, says="Cuente"))
        sockets = service.door.sockets
        assert len(sockets.open) == 1 + len(deaf) == 21
        waiting = [connection._out for connection in sockets.open]
        hearing = asyncio.create_task(reader.hear_until("RUN_FINISHED"))
        answer.until.set()
        async with asyncio.timeout(40):
            while len(sockets.open) > 1:
                assert max(len(out._frames) for out in waiting) <= QUEUE_MAX
                await asyncio.sleep(0)
            await hearing
    for peer in deaf:
        peer.leave()
    assert text_of(reader.frames) == "".join(LONG)
    await wire.at_rest(service)
    kept = await owner.fetch("select content from public.amara_messages where role = 'assistant'")
    assert [row["content"] == "".join(LONG) for row in kept] == [True] * 5


async def _deaf(service, token: str, thread_id: str, *, says: str | None = None) -> raw.Peer:
    peer = await raw.connected(service.socket_url(thread_id), window=4096)
    await peer.send(raw.frame(raw.TEXT, json.dumps({"type": "hello", "token": token}).encode()))
    await peer.hear()
    if says is not None:
        message = {"id": "m1", "role": "user", "content": says}
        said = {"threadId": thread_id, "runId": "r1", "messages": [message]}
        await peer.send(raw.frame(raw.TEXT, json.dumps(said).encode()))
    return peer


async def test_who_does_not_say_what_they_want_is_let_go_and_the_others_are_served(service, token, monkeypatch):
    monkeypatch.setattr(server, "HEAD_S", 0.5)
    port = urlsplit(service.url).port
    half = b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: "
    whole = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    silent = []
    for said in (b"", half, whole + half):
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            silent.append((reader, writer))
    async with chatting(service, token) as chat, asyncio.timeout(15):
        await chat.ask("Hola")
        for number, (reader, writer) in enumerate(silent):
            with_answer = await _rest(reader)
            assert (b"200" in with_answer) == (number >= 40)
            writer.close()
        await chat.ask("¿Sigue ahí?")


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """Until the other side is gone, with whatever manners."""
    heard = b""
    try:
        while data := await reader.read(1024):
            heard += data
    except ConnectionError:
        pass
    return heard
