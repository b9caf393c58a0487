"""The peer behind the same socket: Litestar and the SDK's own `messages.stream()` helper, with nothing kept.

Run: python -m bench.peers.sdk --port 9002 --upstream 9000
It speaks the same frames over the same server class and makes the same tool call, whose answer is made up: no
database, no log, no limits. So it is what an afternoon with the documentation gives.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from typing import Any

import anthropic
import httpx2
import uvloop
from litestar import Litestar, WebSocket, websocket

from amara import frames, server
from amara.frames import Cursor
from amara.tools import CATALOGUE

TOOLS = [{"name": "search_professionals", "description": "Search.", "input_schema": {"type": "object"}}]
FOUND = json.dumps({"professionals": [{"name": f"Persona {n}", "rating": 4.9, "bio": "x" * 200} for n in range(3)]})
assert "search_professionals" in CATALOGUE


def route(client: anthropic.AsyncAnthropic) -> Any:
    @websocket("/v1/amara/chat")
    async def chat(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        await socket.receive_text()
        await socket.send_text('{"type":"welcome"}')
        seq = 0

        async def tell(event: str) -> None:
            nonlocal seq
            seq += 1
            await socket.send_text(frames.envelope(Cursor(1, seq), event))

        with contextlib.suppress(Exception):  # whatever ends it, the connection has ended
            while True:
                said = json.loads(await socket.receive_text())
                messages: list[Any] = [{"role": "user", "content": said["messages"][-1]["content"]}]
                while await _round(client, messages, tell):
                    pass
                await tell('{"type":"RUN_FINISHED"}')

    return chat


async def _round(client: anthropic.AsyncAnthropic, messages: list[Any], tell: Any) -> bool:
    """One answer of the model; whether it wants a tool's."""
    async with client.messages.stream(model="m", max_tokens=2048, messages=messages, tools=TOOLS) as stream:
        async for event in stream:
            if event.type == "text":
                await tell(frames.words("message", event.text))
        final = await stream.get_final_message()
    messages.append({"role": "assistant", "content": final.content})
    calls = [block for block in final.content if block.type == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": FOUND} for call in calls]
    for call in calls:
        await tell(frames.encoded(frames.result(call.id, FOUND)))
    messages.append({"role": "user", "content": results})
    return bool(calls)


async def _serve(port: int, upstream: int) -> None:
    client = anthropic.AsyncAnthropic(
        api_key="none",
        base_url=f"http://127.0.0.1:{upstream}",
        max_retries=0,
        http_client=anthropic.DefaultAioHttpClient(limits=httpx2.Limits(max_connections=1000)),
    )
    app = Litestar(route_handlers=[route(client)], openapi_config=None, logging_config=None)

    async def drain() -> None:
        pass

    with contextlib.closing(server.listen("127.0.0.1", port)) as listener:
        async with server.running(app, listener, drain) as running:
            print("ready", flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
            running.should_exit = True


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--upstream", type=int, required=True)
    given = arguments.parse_args()
    uvloop.run(_serve(given.port, given.upstream))
