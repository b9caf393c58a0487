"""A Messages API that others wrote, behind our model and the vendor's own SDK: what it is sent, and how it may fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from amara import demo, marks
from tests import nodejs
from tests.rig import Service, chatting, events, serving, text_of

Json = dict[str, Any]

SEARCH = {"name": "search_professionals", "arguments": {"city": "Bogotá", "service": "cleaning"}, "id": "toolu_search"}
BOOKINGS = {"name": "list_my_bookings", "arguments": {"when": "upcoming"}, "id": "toolu_bookings"}
FOUND = "Aquí tiene tres personas de confianza en Bogotá, y abajo sus tarifas por hora."
PACE_MS = 10  # between its events, so that each has left before the connection is cut


@dataclass
class Mock:
    """Its control API."""

    session: aiohttp.ClientSession

    async def told(self, path: str, body: Json | None = None) -> Any:
        async with self.session.request("GET" if body is None else "POST", f"/__aimock/{path}", json=body) as answer:
            return await answer.json()

    async def answers(self, *fixtures: Json) -> None:
        await self.told("fixtures", {"fixtures": list(fixtures)})

    async def received(self) -> list[Json]:
        """The requests in order, each as `{status, model, messages, tools}`."""
        journal = await self.told("journal")
        assert {entry["path"] for entry in journal} <= {"/v1/messages"}
        return [{"status": entry["response"]["status"], **(entry["body"] or {})} for entry in journal]


@pytest.fixture(scope="session")
async def aimock_url() -> AsyncIterator[str]:
    async with nodejs.running("aimock.mjs") as process, asyncio.timeout(nodejs.PATIENCE_S) as starting:
        assert process.stdout is not None
        line = await process.stdout.readline()
        starting.reschedule(None)
        yield json.loads(line)["url"]


@pytest.fixture
async def mock(aimock_url) -> AsyncIterator[Mock]:
    async with aiohttp.ClientSession(aimock_url) as session:
        mock = Mock(session)
        await mock.told("reset", {})
        yield mock


@pytest.fixture
async def mocked(urls, mock, aimock_url) -> AsyncIterator[Service]:
    """The service with aimock as its upstream."""
    async with serving(
        urls, has_demo=True, anthropic_base_url=aimock_url, anthropic_api_key="sk", model="m"
    ) as service:
        yield service


def when(text: str, response: Json, *, has_result: bool = False, **options: Any) -> Json:
    return {"match": {"userMessage": text, "hasToolResult": has_result}, "response": response, **options}


async def asked(service: Service, *texts: str) -> list[list[Json]]:
    """Says these things in one conversation; nothing may take longer than patience."""
    async with (
        asyncio.timeout(nodejs.PATIENCE_S),
        chatting(service, service.token(demo.CUSTOMER_ID)) as chat,
    ):
        return [await chat.ask(text) for text in texts]


def voices(request: Json) -> list[str]:
    """Whose turn each message is; aimock tells results apart from what the person says, the vendor does not."""
    roles = [{"tool": "user"}.get(message["role"], message["role"]) for message in request["messages"]]
    results = [message["role"] == "tool" for message in request["messages"]]
    return [
        role
        for at, role in enumerate(roles)
        if role != "system" and not (results[at] and results[at - 1])  # the results of one round are one message
    ]


def results(request: Json) -> dict[str, Json]:
    return {m["tool_call_id"]: json.loads(m["content"]) for m in request["messages"] if m["role"] == "tool"}


def alternate(request: Json) -> bool:
    spoken = voices(request)
    return spoken[0] == spoken[-1] == "user" and all(a != b for a, b in pairwise(spoken))


async def last_reply(owner: Any) -> tuple[str, str]:
    row = await owner.fetchrow(
        "select content, metadata->>'status' as status from amara_messages"
        " where role = 'assistant' order by sequence desc limit 1"
    )
    return (row["content"], row["status"])


async def test_an_answer_arrives_word_for_word(mocked, mock, owner):
    words = 'Buenos días. «Señora» 🧹 \\ "tarifa": $ 50.000\n\n- uno'
    await mock.answers(when("Hola", {"content": words}, chunkSize=3))
    [heard] = await asked(mocked, "Hola")
    assert text_of(heard) == words
    assert await last_reply(owner) == (words, "complete")
    [request] = await mock.received()
    assert (request["status"], request["model"], request["stream"]) == (200, "m", True)
    assert {tool["function"]["name"] for tool in request["tools"]} >= {"search_professionals", "list_my_bookings"}
    assert voices(request) == ["user"]


async def test_a_tools_result_goes_back_and_the_answer_goes_on(mocked, mock, owner):
    await mock.answers(
        when("limpieza", {"content": "Un momento.", "toolCalls": [SEARCH]}),
        when("limpieza", {"content": FOUND}, has_result=True),
    )
    [heard] = await asked(mocked, "Busco limpieza en Bogotá")
    assert text_of(heard) == f"Un momento.{FOUND}"
    assert await last_reply(owner) == (FOUND, "complete")
    first, second = await mock.received()
    assert voices(first) == ["user"]
    assert voices(second) == ["user", "assistant", "user"]
    [shown] = [event for event in events(heard) if event["type"] == "TOOL_CALL_RESULT"]
    assert marks.unmarked(results(second)) == {"toolu_search": json.loads(shown["content"])}
    assert marks.UNTRUSTED in results(second)["toolu_search"]["professionals"][0]["name"]
    assert results(second)["toolu_search"]["card"] == "professionals"
    calling = next(message for message in second["messages"] if message.get("tool_calls"))
    assert calling["content"] == "Un momento."
    assert json.loads(calling["tool_calls"][0]["function"]["arguments"]) == SEARCH["arguments"]


async def test_two_calls_in_one_round_are_both_answered_in_one_message(mocked, mock):
    await mock.answers(
        when("ambas", {"toolCalls": [SEARCH, BOOKINGS]}),
        when("ambas", {"content": FOUND}, has_result=True),
    )
    [heard] = await asked(mocked, "Quiero ambas cosas")
    shown = {event["toolCallId"]: event for event in events(heard) if event["type"] == "TOOL_CALL_RESULT"}
    assert {call: json.loads(event["content"])["card"] for call, event in shown.items()} == {
        "toolu_search": "professionals",
        "toolu_bookings": "bookings",
    }
    _, second = await mock.received()
    assert list(results(second)) == ["toolu_search", "toolu_bookings"]
    assert alternate(second)
    assert text_of(heard) == FOUND


async def test_later_turns_carry_the_whole_conversation_in_turns(mocked, mock):
    await mock.answers(
        when("limpieza", {"content": "Un momento.", "toolCalls": [SEARCH]}),
        when("limpieza", {"content": FOUND}, has_result=True),
        when("reservas", {"toolCalls": [BOOKINGS]}),
        when("reservas", {"content": "Tiene dos."}, has_result=True),
        when("Gracias", {"content": "Con gusto."}),
    )
    heard = await asked(mocked, "Busco limpieza", "¿Y mis reservas?", "Gracias")
    assert text_of(heard[-1]) == "Con gusto."
    requests = await mock.received()
    assert [request["status"] for request in requests] == [200] * 5
    assert all(alternate(request) for request in requests)
    assert results(requests[-1]).keys() == {"toolu_search", "toolu_bookings"}
    said = [message["content"] for message in requests[-1]["messages"] if message["role"] == "user"]
    assert [words.partition("[MaidConnect]")[0] for words in said] == ["Busco limpieza", "¿Y mis reservas?", "Gracias"]


async def test_thinking_is_never_told_and_is_replayed_as_it_was(mocked, mock):
    await mock.answers(
        when("piense", {"content": "Un momento.", "toolCalls": [SEARCH], "reasoning": "Secreto."}, has_result=False),
        when("piense", {"content": FOUND}, has_result=True),
    )
    [heard] = await asked(mocked, "Por favor piense")
    assert text_of(heard) == f"Un momento.{FOUND}"
    assert "Secreto" not in json.dumps(heard)
    assert [request["status"] for request in await mock.received()] == [200, 200]


@pytest.mark.parametrize(
    ("chaos", "code", "tries"),
    [
        ({"dropRate": 1}, "model_overloaded", 3),  # 500
        ({"rateLimitRate": 1}, "model_busy", 3),  # 429 with Retry-After: 1
        ({"disconnectRate": 1}, "model_overloaded", 3),  # no byte of an answer
        ({"malformedRate": 1}, "model_cut", 1),  # 200, and no stream in it
    ],
    ids=["500", "429", "disconnect", "malformed"],
)
async def test_what_fails_every_time_ends_in_an_honest_error(mocked, mock, owner, chaos, code, tries):
    await mock.answers(when("Hola", {"content": "Hola."}))
    await mock.told("chaos", chaos)
    [heard] = await asked(mocked, "Hola")
    assert [event["type"] for event in events(heard)] == ["RUN_STARTED", "RUN_ERROR"]
    assert events(heard)[-1]["code"] == code
    assert len(await mock.received()) == tries
    assert await owner.fetchval("select status from amara_runs") == "failed"
    assert await owner.fetchval("select count(*) from amara_messages where role = 'assistant'") == 0


@pytest.mark.parametrize("status", [429, 500, 503, 529])
async def test_what_fails_once_is_tried_again_and_answered(mocked, mock, owner, status):
    await mock.answers(when("Hola", {"content": "Hola, Valentina."}))
    await mock.told("error", {"status": status})
    [heard] = await asked(mocked, "Hola")
    assert text_of(heard) == "Hola, Valentina."
    assert events(heard)[-1]["type"] == "RUN_FINISHED"
    assert [request["status"] for request in await mock.received()] == [status, 200]
    assert await last_reply(owner) == ("Hola, Valentina.", "complete")


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_what_can_never_work_is_not_tried_again(mocked, mock, status):
    await mock.told("error", {"status": status})
    [heard] = await asked(mocked, "Hola")
    assert events(heard)[-1]["code"] == "model_refused"
    assert len(await mock.received()) == 1


@pytest.mark.parametrize("chunks", range(1, 8))
async def test_an_answer_cut_anywhere_is_never_shown_as_complete(mocked, mock, owner, chunks):
    """Eight events in all: message_start, block start, three deltas, block stop, message_delta, message_stop."""
    cut = {"chunkSize": 6, "latency": PACE_MS, "truncateAfterChunks": chunks}
    await mock.answers(when("Hola", {"content": "Hola, Valentina."}, **cut))
    [heard] = await asked(mocked, "Hola")
    assert events(heard)[-1]["type"] == "RUN_ERROR"
    assert events(heard)[-1]["code"] in {"model_cut", "model_overloaded"}
    said = text_of(heard)
    assert "Hola, Valentina.".startswith(said)
    if chunks > 4:
        assert said  # two deltas at least had left before the cut
    if said:
        assert await last_reply(owner) == (said, "interrupted")
    assert await owner.fetchval("select status from amara_runs") == "failed"


async def test_a_call_cut_in_its_arguments_is_never_carried_out(mocked, mock, owner):
    cut = {"chunkSize": 8, "latency": PACE_MS, "truncateAfterChunks": 5}
    await mock.answers(when("Hola", {"toolCalls": [SEARCH]}, **cut))
    [heard] = await asked(mocked, "Hola")
    told = events(heard)
    assert [event["type"] for event in told][-3:] == ["TOOL_CALL_END", "TOOL_CALL_RESULT", "RUN_ERROR"]
    assert json.loads(told[-2]["content"]) == {"status": "not_started"}
    assert await owner.fetchval("select count(*) from amara_tool_runs") == 0
