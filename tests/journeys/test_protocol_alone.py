"""`protocol.js` in Node, where there is no page: a socket anybody may use."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.builders import a_person
from tests.faults.link import Link
from tests.nodejs import PATIENCE_S, running
from tests.upstream import Answer, end, says, start, text

MODULE = (Path(__file__).parents[2] / "amara" / "widget" / "protocol.js").as_uri()


class Peer:
    """A running program of ours, and what it has told so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[list[Any]] = []

    async def do(self, *deed: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(deed[0] if isinstance(deed[0], dict) else deed).encode() + b"\n")
        await self._process.stdin.drain()

    async def hear_until(self, kind: str, **like: Any) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while True:
                line = await self._process.stdout.readline()
                assert line, "it ended"
                said = json.loads(line)
                self.told.append(said)
                if said[0] == kind and all(said[1].get(name) == value for name, value in like.items()):
                    detail: dict[str, Any] = said[1]
                    return detail

    @property
    def words(self) -> str:
        return "".join(
            one["delta"] for kind, one in self.told if kind == "event" and one["type"] == "TEXT_MESSAGE_CONTENT"
        )


@asynccontextmanager
async def speaking(url: str, token: Any, **more: Any) -> AsyncIterator[Peer]:
    async with running("widget_protocol.mjs") as process:
        peer = Peer(process)
        address = f"{url.replace('http', 'ws', 1)}/v1/amara/chat"
        await peer.do({"module": MODULE, "url": address, "threadId": str(uuid4()), "token": token} | more)
        yield peer


@pytest.fixture
async def laura(owner):
    return await a_person(owner)


async def test_it_says_and_hears_without_a_page(service, upstream, laura):
    upstream.then(says("Claro que ", "sí."))
    async with speaking(service.url, service.token(laura)) as peer:
        await peer.hear_until("welcome")
        await peer.do("say", "Hola", "m-1")
        assert (await peer.hear_until("ack"))["id"] == "m-1"
        await peer.hear_until("event", type="RUN_FINISHED")
        assert peer.words == "Claro que sí."


async def test_what_is_said_before_the_welcome_is_said_after_it(service, laura):
    async with speaking(service.url, service.token(laura)) as peer:
        await peer.do("say", "Hola", "m-1")
        await peer.hear_until("event", type="RUN_FINISHED")
        kinds = [kind for kind, _ in peer.told]
        assert kinds.index("welcome") < kinds.index("ack")


async def test_a_cut_line_is_picked_up_where_it_was(service, upstream, laura):
    words = [f"palabra{number} " for number in range(40)]
    answer = Answer([start(), *text(*words), *end()], until=asyncio.Event())
    upstream.then(answer)
    link = Link(int(service.url.rpartition(":")[2]))
    await link.open()
    try:
        async with speaking(f"http://127.0.0.1:{link.port}", service.token(laura)) as peer:
            await peer.hear_until("welcome")
            await peer.do("say", "Cuénteme", "m-1")
            await peer.hear_until("event", type="TEXT_MESSAGE_CONTENT")
            link.cut()
            await peer.hear_until("state", state="waiting")
            assert (await peer.hear_until("welcome"))["resumed"] is True
            link.cut()
            assert answer.until is not None
            answer.until.set()
            await peer.hear_until("event", type="RUN_FINISHED")
            assert peer.words == "".join(words)
            assert sum(kind == "event" and one["type"] == "RUN_STARTED" for kind, one in peer.told) == 1
    finally:
        await link.close()


async def test_a_refused_token_is_asked_for_anew_once(service, laura):
    async with speaking(service.url, ["not a token", service.token(laura)]) as peer:
        await peer.hear_until("welcome")
        assert [one for kind, one in peer.told if kind == "token"] == [{"fresh": False}, {"fresh": True}]
    async with speaking(service.url, "not a token") as peer:
        assert (await peer.hear_until("state", state="refused"))["code"] == 4401


async def test_a_token_about_to_end_is_renewed_on_the_open_socket(service, laura):
    tokens = [service.token(laura, ttl_s=12), service.token(laura, ttl_s=3600)]
    async with speaking(service.url, tokens) as peer:
        await peer.hear_until("welcome")
        await peer.hear_until("token", fresh=True)
        await peer.do("say", "Hola", "m-1")
        await peer.hear_until("event", type="RUN_FINISHED")
        assert [one["state"] for kind, one in peer.told if kind == "state"] == ["connecting", "ready"]
