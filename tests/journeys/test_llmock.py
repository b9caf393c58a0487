"""A second Messages API that others wrote, and that judges whoever asks it: PyPI `llmock`, its faults and its verdict.

It tells what a client made of its faults: whether it waited as long as it was told, tried again what can never work,
or took half a stream for an answer.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from amara import demo, marks
from amara.model.claude import Patience
from tests import wire
from tests.builders import a_person
from tests.rig import Chat, Service, chatting, events, serving, text_of

Json = dict[str, Any]

WORDS = 'Buenos días, «señora» 🧹 \\ "tarifa": $ 50.000 la hora'
SEARCH = {"name": "search_professionals", "arguments": {"city": "Bogotá", "service": "cleaning"}}
PATIENCE_S = 40.0


@dataclass
class Mock:
    """Its control API."""

    url: str
    session: aiohttp.ClientSession

    async def told(self, path: str, body: Json | None = None) -> Any:
        async with self.session.request("GET" if body is None else "POST", f"/_llmock/{path}", json=body) as answer:
            assert answer.ok, await answer.text()
            return await answer.json()

    async def does(self, *behaviors: Json) -> None:
        await self.told("scenario", {"behaviors": list(behaviors)})

    async def received(self) -> list[Json]:
        return (await self.told("requests"))["requests"]

    async def complaints(self) -> list[str]:
        """What it holds against its client."""
        return [finding["code"] for finding in (await self.told("verdict"))["findings"]]


@asynccontextmanager
async def mocking(*flags: str) -> AsyncIterator[Mock]:
    """Its own program, on a port it takes itself."""
    process = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).with_name("llmock"), "serve", "--port", "0", *flags),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while not (found := re.search(r"running on (http://\S+)", (await process.stderr.readline()).decode())):
                assert process.returncode is None
        async with aiohttp.ClientSession(found[1]) as session:
            yield Mock(f"{found[1]}/anthropic", session)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@pytest.fixture(scope="session")
async def llmock() -> AsyncIterator[Mock]:
    async with mocking() as mock:
        yield mock


@pytest.fixture
async def mock(llmock) -> Mock:
    await llmock.told("reset", {})
    return llmock


@asynccontextmanager
async def mocked(urls: Any, mock: Mock) -> AsyncIterator[Service]:
    """The service with llmock as its upstream."""
    async with serving(
        urls, has_demo=True, anthropic_base_url=mock.url, anthropic_api_key="sk", model="claude-haiku-5-5"
    ) as service:
        yield service


@pytest.fixture
async def service(urls, mock) -> AsyncIterator[Service]:
    async with mocked(urls, mock) as running:
        yield running


@pytest.fixture
async def chat(service) -> AsyncIterator[Chat]:
    async with asyncio.timeout(PATIENCE_S), chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        yield chat


def reply(text: str, **more: Any) -> Json:
    return {"type": "reply", "text": text, **more}


def calling(*calls: Json, text: str | None = None) -> Json:
    return {"type": "reply", "text": text, "tool_calls": list(calls)}


def fails(status: int, **more: Any) -> Json:
    return {"type": "fail", "status": status, **more}


def breaks(kind: str, after_chunks: int, **more: Any) -> Json:
    return {"type": "stream_fault", "kind": kind, "after_chunks": after_chunks, **more}


def end_of(chat: Chat) -> Json:
    """The end of the last run, which was a legal one."""
    run = wire.last_run(chat)
    wire.check_run(run)
    return run[-1]


async def ask(chat: Chat, text: str = "Hola") -> str:
    return text_of(await chat.ask(text))


async def record(owner: Any) -> list[tuple[str, str]]:
    rows = await owner.fetch(
        "select content, metadata->>'status' as status from amara_messages where role = 'assistant' order by sequence"
    )
    return [(row["content"], row["status"]) for row in rows]


async def test_an_answer_arrives_word_for_word(chat, mock, owner):
    await mock.does(reply(WORDS))
    assert await ask(chat) == WORDS
    assert await record(owner) == [(WORDS, "complete")]
    assert await mock.complaints() == []


async def test_a_tools_result_goes_back_and_the_answer_goes_on(chat, mock, owner):
    await mock.does(calling(SEARCH, text="Un momento."), reply(WORDS))
    heard = await chat.ask("Busco limpieza en Bogotá")
    assert text_of(heard) == f"Un momento.{WORDS}"
    [shown] = [event for event in events(heard) if event["type"] == "TOOL_CALL_RESULT"]
    _, second = await mock.received()
    [result] = second["body"]["messages"][-1]["content"][:1]
    assert marks.unmarked(json.loads(result["content"])) == json.loads(shown["content"])
    assert await mock.complaints() == []


async def test_left_to_itself_it_calls_what_it_finds_among_our_tools_and_ends(chat, mock):
    """It makes up arguments from our schemas, as a small model would, and answers once it has a result."""
    assert await ask(chat, "search professionals in a city")
    assert end_of(chat)["type"] == "RUN_FINISHED"
    assert [event["type"] for event in wire.last_run(chat)].count("TOOL_CALL_RESULT") == 1
    assert [record["status"] for record in await mock.received()] == [200, 200]


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_what_passes_is_tried_again_and_answered(chat, mock, status):
    await mock.does(fails(status, times=2), reply(WORDS))
    assert await ask(chat) == WORDS
    assert [record["status"] for record in await mock.received()] == [status, status, 200]
    assert await mock.complaints() == []


async def test_it_is_asked_again_when_it_said_that_it_may_be(chat, mock):
    await mock.does(fails(429, retry_after=1.5), reply(WORDS))
    assert await ask(chat) == WORDS
    assert len(await mock.received()) == 2
    assert await mock.complaints() == []


async def test_who_wants_an_hour_is_not_waited_for(chat, mock):
    await mock.does(fails(429, retry_after=3600, times=None))
    assert await ask(chat) == ""
    assert end_of(chat)["code"] == "model_busy"
    assert len(await mock.received()) == 1


@pytest.mark.parametrize("status", [503, 529])
async def test_an_outage_ends_honestly_after_few_tries_ever_further_apart(chat, mock, owner, status):
    await mock.does(fails(status, times=None))
    assert await ask(chat) == ""
    assert end_of(chat)["code"] == "model_overloaded"
    assert len(await mock.received()) == 3
    assert await record(owner) == []
    assert await mock.complaints() == []


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 410, 413, 422])
async def test_what_can_never_work_is_not_tried_again(chat, mock, status):
    await mock.does(fails(status, times=None))
    assert await ask(chat) == ""
    assert end_of(chat)["code"] == ("model_full" if status == 413 else "model_refused")
    assert len(await mock.received()) == 1
    assert await mock.complaints() == []


@pytest.mark.parametrize("kind", ["disconnect", "truncate", "malformed"])
async def test_a_stream_that_breaks_anywhere_is_never_shown_as_complete_and_poisons_nothing(service, mock, owner, kind):
    """Sixteen events in all: start, block, ping, ten words, end of the block, delta, stop."""
    broken = 0
    for after_chunks in range(16):
        await mock.does(reply(WORDS), breaks(kind, after_chunks), reply("Con gusto."))
        async with asyncio.timeout(PATIENCE_S), chatting(service, service.token(await a_person(owner))) as chat:
            said = await ask(chat)
            assert end_of(chat)["code"] in {"model_cut", "model_overloaded"}, after_chunks
            assert WORDS.startswith(said)
            assert await ask(chat, "Gracias") == "Con gusto."
            assert end_of(chat)["type"] == "RUN_FINISHED"
        kept = [(said, "interrupted")] if said else []
        assert (await record(owner))[-1 - len(kept) :] == [*kept, ("Con gusto.", "complete")]
        broken += len(kept)
    assert broken > 8


async def test_who_asks_again_after_half_an_answer_asks_the_same_and_gets_a_whole_one(chat, mock, owner):
    message_id = f"message-{uuid4()}"
    await mock.does(reply(WORDS), breaks("truncate", 6))
    await chat.ask("Hola", message_id=message_id)
    assert await mock.complaints() == ["truncated_stream_accepted"]  # as far as it can see: nobody came back
    await mock.does(reply(WORDS))
    assert text_of(await chat.ask("Hola", message_id=message_id)) == WORDS
    assert end_of(chat)["type"] == "RUN_FINISHED"
    assert await mock.complaints() == []
    assert (await record(owner))[-1] == (WORDS, "complete")


async def test_who_stalls_is_left_and_who_is_slow_to_begin_is_waited_for(service, chat, mock, owner):
    await mock.does(reply(WORDS), {"type": "slow_first_token", "seconds": 1})
    assert await ask(chat) == WORDS
    service.door.house.model.patience = Patience(first_s=0.5, idle_s=0.5)
    await mock.does(reply(WORDS), breaks("stall", 6, stall_seconds=30))
    said = await ask(chat, "¿Sigue ahí?")
    assert end_of(chat)["code"] == "model_silent"
    assert said
    assert await record(owner) == [(WORDS, "complete"), (said, "interrupted")]
    assert await mock.complaints() == []


async def test_a_call_that_is_half_is_not_carried_out_and_one_of_no_tool_is_refused(chat, mock, owner):
    await mock.does(calling(SEARCH), {"type": "tool_fault", "kind": "malformed_arguments"})
    await ask(chat)
    assert end_of(chat)["code"] == "model_cut"
    assert await owner.fetchval("select count(*) from amara_tool_runs") == 0
    await mock.does(calling(SEARCH), {"type": "tool_fault", "kind": "unknown_tool"}, reply(WORDS))
    assert await ask(chat, "¿Y ahora?") == WORDS
    assert await owner.fetchval("select array_agg(state) from amara_tool_runs") == ["failed"]


async def test_the_other_ends_of_a_message_have_their_own(chat, mock):
    await mock.does(reply(WORDS, finish_reason="length"))
    assert await ask(chat) == WORDS
    assert end_of(chat)["metadata"]["amara"]["offer"] == "continue"
    await mock.does(reply("No.", finish_reason="content_filter"))
    assert (await ask(chat, "Ayúdeme con algo malo")).startswith("No.")
    assert end_of(chat)["type"] == "RUN_FINISHED"
    await mock.does(reply("Con gusto."))
    assert await ask(chat, "Gracias") == "Con gusto."
    assert "algo malo" not in json.dumps((await mock.received())[-1]["body"]["messages"])


async def test_a_conversation_grows_beyond_what_the_model_can_read_and_goes_on(urls):
    async with mocking("--context-window", "7000", "--tool-mode", "off") as mock, mocked(urls, mock) as service:
        async with asyncio.timeout(PATIENCE_S), chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
            for number in range(6):
                assert await ask(chat, f"{number} {'palabra ' * 900}"), number
                assert end_of(chat)["type"] == "RUN_FINISHED", number
        faults = [record["fault"] for record in await mock.received()]
        assert "context_window" in faults
        assert faults[-1] is None


async def test_a_quota_is_kept_by_waiting_or_said_to_be_spent(urls):
    """A minute's requests are few: who comes when they are spent is told so at once, and nobody waits for a minute."""
    async with mocking("--rpm", "4", "--tool-mode", "off") as mock, mocked(urls, mock) as service:
        async with asyncio.timeout(PATIENCE_S), chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
            ends = []
            for number in range(6):
                await ask(chat, f"Hola {number}")
                ends.append(end_of(chat).get("code", "whole"))
        assert ends[:3] == ["whole"] * 3
        assert set(ends[4:]) == {"model_busy"}
        assert set(await mock.complaints()) == {"gave_up"}  # on purpose: a person hears it, and has the one tap
