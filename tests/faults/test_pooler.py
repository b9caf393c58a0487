"""Through a pooler that lends its few servers for a transaction at a time, everything is as it is without."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import aiohttp
import pytest

from amara import demo, primary
from tests import upstream as scripted
from tests.guest.shopping import a_guest
from tests.pooler import Pooler
from tests.rig import chatting, serving, text_of


@pytest.fixture
def pooled(urls):
    pooler = Pooler(urls.login_url)
    pooler.start()
    yield replace(urls, login_url=pooler.url)
    pooler.close()


def looks_once(request) -> scripted.Answer:
    last = request["messages"][-1]["content"]
    if isinstance(last, list) and any(block["type"] == "tool_result" for block in last):
        return scripted.says("No tiene.")
    return scripted.calls("list_my_bookings", {}, before="Miro. ", call_id=f"toolu_{uuid4()}")


async def test_it_is_noticed(urls, pooled):
    assert await primary.is_pooled(pooled.login_url, command_timeout=10.0)
    assert not await primary.is_pooled(urls.login_url, command_timeout=10.0)


async def test_twelve_people_share_two_servers_and_each_is_who_they_are(urls, pooled, upstream, owner):
    async with serving(pooled, has_demo=True, anthropic_base_url=upstream.url, model="scripted") as service:

        async def talk(http: aiohttp.ClientSession) -> str:
            async with http.post("/v1/auth/anonymous") as answer:
                token = (await answer.json())["access_token"]
            async with chatting(service, token) as chat:
                assert text_of(await chat.ask("¿Mis reservas?")) == "Miro. No tiene."
            headers = {"authorization": f"Bearer {token}"}
            async with http.get("/v1/amara/conversations", headers=headers) as answer:
                items = (await answer.json())["items"]
            assert [item["thread_id"] for item in items] == [chat.thread_id]
            return chat.thread_id

        upstream.otherwise = looks_once
        async with aiohttp.ClientSession(service.url) as http:
            threads = await asyncio.gather(*(talk(http) for _ in range(12)))
            await a_guest(http)
        assert len(set(threads)) == 12
        assert await owner.fetchval("select count(*) from public.amara_runs where status = 'finished'") == 12
        token = service.token(demo.CUSTOMER_ID)
        async with chatting(service, token) as chat:
            upstream.then(scripted.says("Hola."))
            assert text_of(await chat.ask("Hola")) == "Hola."
