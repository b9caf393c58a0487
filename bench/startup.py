"""R17: `make run` once installed, until somebody's first question has its first word.

The first run fills a fresh directory and is not counted; the next ones find everything there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import aiohttp

from bench.place import ROOT, Json
from tests.faults.stage import free_port


async def _until_answered(port: int) -> tuple[float, float]:
    """Seconds until it is ready, and until the first word of an answer. Raises: TimeoutError."""
    began, base = time.monotonic(), f"http://127.0.0.1:{port}"
    async with asyncio.timeout(120), aiohttp.ClientSession() as http:
        while True:
            with suppress(aiohttp.ClientError):
                async with http.get(f"{base}/health/ready") as ready:
                    if ready.status == 200:
                        break
            await asyncio.sleep(0.02)
        is_ready = time.monotonic() - began
        async with http.post(f"{base}/v1/auth/anonymous") as visitor:
            token = (await visitor.json())["access_token"]
        thread = str(uuid4())
        async with http.ws_connect(f"{base}/v1/amara/chat?threadId={thread}", origin=base) as socket:
            await socket.send_json({"type": "hello", "token": token, "since": None, "locale": "es"})
            message = {"id": str(uuid4()), "role": "user", "content": "Busco a alguien para limpiar en Bogotá"}
            await socket.send_json({"threadId": thread, "runId": str(uuid4()), "messages": [message]})
            async for frame in socket:
                if "TEXT_MESSAGE_CONTENT" in frame.data:
                    return is_ready, time.monotonic() - began
    raise TimeoutError


async def _once(place: Path) -> tuple[float, float]:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AMARA_", "ANTHROPIC_"))}
    environment = kept | {"AMARA_DATA_DIR": str(place), "AMARA_PORT": str(port)}
    child = await asyncio.create_subprocess_exec(
        "make", "run", cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        return await _until_answered(port)
    finally:
        child.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(30):
                await child.wait()
        except TimeoutError:
            child.kill()


async def measure(place: Path, *, rounds: int) -> Json:
    await _once(place)
    found = []
    for turn in range(rounds):
        found.append(await _once(place))
        print(f"  {turn + 1} ready after {found[-1][0]:.2f} s, first word after {found[-1][1]:.2f} s", flush=True)
    return {"ready_s": statistics.median(one[0] for one in found), "word_s": statistics.median(one[1] for one in found)}
