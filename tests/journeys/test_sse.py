"""The SSE door: stock clients, unmodified, hear the same runs as everybody else."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import pytest

from amara import demo
from amara.limits import SOCKET_AGAIN_S, Rates
from tests import nodejs
from tests import upstream as scripted
from tests.rig import chatting, text_of


@pytest.fixture
def thread_id():
    return str(uuid4())


@pytest.fixture
def talk(service, thread_id):
    async def carry_out(client, *plan, hear=lambda _: None, token=None):
        token = service.token(demo.CUSTOMER_ID) if token is None else token
        steps = [{"say": step} if isinstance(step, str) else step for step in plan]
        asked = {
            "client": client,
            "url": f"{service.url}/v1/agui",
            "token": token,
            "threadId": thread_id,
            "plan": steps,
        }
        return await nodejs.answer("sse.mjs", asked, hear=hear)

    return carry_out


def shown(messages):
    """What a person sees, by role."""
    return [
        (
            message["role"],
            message.get("content") or "".join(part.get("content", "") for part in message.get("parts", ())),
        )
        for message in messages
        if message["role"] in {"user", "assistant"}
    ]


@pytest.mark.parametrize("client", ["agui", "tanstack"])
async def test_a_stock_client_asks_and_is_answered_twice(talk, upstream, client):
    upstream.then(scripted.says("Buenas ", "tardes."), scripted.says("Con ", "gusto."))
    seen = await talk(client, "Hola", "Gracias")
    assert seen["errors"] == []
    expected = [("user", "Hola"), ("assistant", "Buenas tardes."), ("user", "Gracias"), ("assistant", "Con gusto.")]
    assert shown(seen["messages"]) == expected


@pytest.mark.parametrize("client", ["agui", "tanstack"])
async def test_a_tool_is_seen_with_its_result(talk, upstream, client):
    wish = {"city": "Bogotá", "service": "cleaning"}
    upstream.then(scripted.calls("search_professionals", wish), scripted.says("Encontré tres."))
    heard = []
    seen = await talk(client, "Busco aseo", hear=lambda line: heard.append(line.get("heard")))
    assert seen["errors"] == []
    assert {"TOOL_CALL_START", "TOOL_CALL_RESULT", "RUN_FINISHED"} <= set(heard)


async def test_a_stock_agent_approves_a_draft(talk, upstream, owner):
    professional = await owner.fetchval(
        'select id from amara_api.professionals where services @> \'[{"slug":"cleaning"}]\' order by id limit 1'
    )
    today = datetime.now(UTC).date()
    start = await owner.fetchval(
        "select min(starts_at) from amara_api.free_starts($1, $2, $3, 240, now())",
        professional,
        today + timedelta(2),
        today + timedelta(20),
    )
    visit = {"professional_id": str(professional), "service": "cleaning", "starts_at": start.isoformat(), "hours": 4}
    upstream.then(scripted.calls("draft_booking", visit | {"address": "Calle 1 # 2-3"}), scripted.says("El borrador."))
    before = await owner.fetchval("select count(*) from bookings")
    seen = await talk("agui", "Resérvela", {"approve": True})
    assert seen["errors"] == []
    assert await owner.fetchval("select count(*) from bookings") == before + 1


async def test_a_network_that_breaks_in_the_middle_costs_no_word(talk, upstream, owner):
    held = asyncio.Event()
    words = scripted.text("Uno, ", "dos, ", "tres.")
    upstream.then(scripted.Answer([scripted.start(), *words, *scripted.end()], until=held))
    seen = await talk(
        "tanstack", {"say": "Cuente", "cutAfter": "dos, "}, hear=lambda line: held.set() if line.get("cut") else None
    )
    assert seen["errors"] == []
    assert shown(seen["messages"]) == [("user", "Cuente"), ("assistant", "Uno, dos, tres.")]
    assert len(upstream.requests) == 1
    assert await owner.fetchval("select count(*) from amara_messages where role = 'user'") == 1


async def test_who_leaves_does_not_stop_the_answer_and_a_stop_does(service, talk, upstream, owner, thread_id):
    held = asyncio.Event()
    upstream.then(scripted.Answer([scripted.start(), *scripted.text("Uno, ", "dos."), *scripted.end()], until=held))
    left = []
    await talk("agui", {"say": "Cuente", "abortAfter": "dos."}, hear=lambda line: left.append(line.get("aborted")))
    run_key = next(key for key in left if key)
    assert await owner.fetchval("select status from amara_runs") == "running"
    token = service.token(demo.CUSTOMER_ID)
    headers = {"authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(f"{service.url}/v1/amara/runs/{run_key}/cancel") as answer:
            assert answer.status < 300
        async with http.get(f"{service.url}/v1/agui", params={"runId": run_key, "offset": "-1"}) as answer:
            assert answer.status == 200
            told = [json.loads(line[6:]) async for line in answer.content if line.startswith(b"data: ")]
    assert told[0]["type"] == "RUN_STARTED"
    assert told[-1]["type"] == "RUN_FINISHED"
    assert told[-1]["outcome"]["type"] == "cancelled"


async def test_both_doors_hear_the_same_run(service, talk, upstream, thread_id):
    upstream.then(scripted.says("Buenas ", "tardes."))
    async with chatting(service, service.token(demo.CUSTOMER_ID), thread_id=thread_id) as chat:
        await talk("agui", "Hola")
        heard = await chat.hear_until("RUN_FINISHED")
        assert text_of(heard) == "Buenas tardes."


async def test_each_refusal_says_which_it_is(service, thread_id):
    token = service.token(demo.CUSTOMER_ID)
    good = {"threadId": thread_id, "runId": "run-1", "messages": [{"id": "m", "role": "user", "content": "Hola"}]}
    cases = [
        ({}, good, 401, "token_missing"),
        ({"authorization": "Bearer nonsense"}, good, 401, "token_invalid"),
        ({"authorization": f"Bearer {token}", "origin": "https://evil.example"}, good, 403, "not_allowed"),
        ({"authorization": f"Bearer {token}"}, {"threadId": thread_id}, 400, "bad_frame"),
        ({"authorization": f"Bearer {token}"}, {"type": "pong"}, 400, "bad_frame"),
    ]
    async with aiohttp.ClientSession() as http:
        for headers, body, status, code in cases:
            async with http.post(f"{service.url}/v1/agui", headers=headers, json=body) as answer:
                assert (answer.status, (await answer.json())["code"]) == (status, code)
        headers = {"authorization": f"Bearer {token}"}
        async with http.get(f"{service.url}/v1/agui", params={"runId": "nobody's"}, headers=headers) as answer:
            assert answer.status == 404
        async with http.options(f"{service.url}/v1/agui", headers={"origin": service.url}) as answer:
            assert answer.headers["access-control-allow-origin"] == service.url


async def test_who_listens_in_too_many_places_is_refused_before_a_stream_begins(service, upstream, owner, thread_id):
    service.door.sockets.limits.rates = Rates(sockets=1)
    held = asyncio.Event()
    upstream.then(scripted.Answer([scripted.start(), *scripted.text("Uno."), *scripted.end()], until=held))
    headers = {"authorization": f"Bearer {service.token(demo.CUSTOMER_ID)}"}

    def said(run_id, text):
        return {"threadId": thread_id, "runId": run_id, "messages": [{"id": run_id, "role": "user", "content": text}]}

    async with aiohttp.ClientSession(f"{service.url}/v1/", headers=headers) as http:
        async with http.post("agui", json=said("first", "Cuente")) as first:
            assert b"RUN_STARTED" in await first.content.readline() + await first.content.readline()
            for refused in (
                http.post("agui", json=said("second", "Otra cosa")),
                http.get("agui", params={"runId": "first", "offset": "-1"}),
            ):
                async with refused as answer:
                    assert (answer.status, answer.content_type) == (429, "application/problem+json")
                    assert answer.headers["retry-after"] == str(round(SOCKET_AGAIN_S))
                    assert (await answer.json())["code"] == "too_many"
            held.set()
            assert b"RUN_FINISHED" in await first.read()
        assert await owner.fetchval("select count(*) from amara_messages where role = 'user'") == 1
        async with http.post("agui", json=said("second", "Otra cosa")) as answer:  # its place is free again
            assert answer.status == 200
            assert b"RUN_FINISHED" in await answer.read()
