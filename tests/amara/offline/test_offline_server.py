"""The door: paths, leaving, closing, and living inside another server."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import httpx2
import uvicorn
from anthropic import AsyncAnthropic

from amara import offline
from tests.amara.offline.talk import say


async def test_a_wrong_path_is_not_found_and_the_model_is_listed(base_url, client) -> None:
    async with httpx2.AsyncClient() as http:
        wrong = await http.get(f"{base_url}/v2/messages")
        listed = await http.get(f"{base_url}/v1/models")
    assert (wrong.status_code, wrong.json()["error"]["type"]) == (404, "not_found_error")
    assert [model["id"] for model in listed.json()["data"]] == ["amara-offline"]
    assert [model.id async for model in client.models.list()] == ["amara-offline"]


async def test_leaving_a_stream_frees_the_concierge() -> None:
    async with (
        offline.start(pace_s=30) as url,
        AsyncAnthropic(api_key="x", base_url=url, max_retries=0) as client,
    ):
        async with client.messages.stream(
            model="m", max_tokens=500, messages=[{"role": "user", "content": "hola"}]
        ) as told:
            first = await anext(aiter(told))
            assert first.type == "message_start"
        async with asyncio.timeout(2):
            listed = await client.models.list()
        assert listed.data


async def test_closing_ends_open_streams_without_pretending_they_were_complete() -> None:
    async with AsyncAnthropic(api_key="x", base_url="http://127.0.0.1:1", max_retries=0) as client:
        context = offline.start(pace_s=30)
        url = await context.__aenter__()
        here = client.with_options(base_url=url)
        kinds = []
        async with here.messages.stream(
            model="m", max_tokens=500, messages=[{"role": "user", "content": "hola"}]
        ) as told:
            events = aiter(told)
            kinds.append((await anext(events)).type)
            async with asyncio.timeout(5):
                await context.__aexit__(None, None, None)
            kinds += [event.type async for event in events]
    assert kinds[0] == "message_start"
    assert "message_stop" not in kinds


async def test_it_leaves_the_hosts_signals_alone() -> None:
    import signal

    before = [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)]
    async with offline.start(pace_s=0):
        assert [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)] == before


async def test_it_lives_and_stops_within_the_lifespan_of_another_server() -> None:
    before = asyncio.all_tasks()
    async with _host() as (host, serving, said):
        assert (await asyncio.wait_for(said.get(), 5)).id.startswith("msg_")
        host.should_exit = True
        await asyncio.wait_for(serving, 5)
    assert not [task for task in asyncio.all_tasks() - before if task.get_name() == "offline concierge"]


@contextlib.asynccontextmanager
async def _host():
    """Another server on this loop, which starts a concierge in its lifespan and speaks to it once."""
    said: asyncio.Queue[Any] = asyncio.Queue()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        assert (await receive())["type"] == "lifespan.startup"
        async with (
            offline.start(pace_s=0) as url,
            AsyncAnthropic(api_key="x", base_url=url, max_retries=0) as client,
        ):
            await send({"type": "lifespan.startup.complete"})
            said.put_nowait(await say(client, "hola"))
            assert (await receive())["type"] == "lifespan.shutdown"
        await send({"type": "lifespan.shutdown.complete"})

    host = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="on", log_config=None, interface="asgi3"))
    serving = asyncio.create_task(host.serve())
    yield host, serving, said
    await serving
