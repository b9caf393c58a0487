"""Several processes on one port: whoever falls is followed, all leave together, and nobody outlives the parent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest

from amara import server
from amara.workers import Foreman
from tests.amara.test_server import Process, check_no_database, place

__all__ = ["place"]

pytestmark = pytest.mark.timeout(180)

# A worker as small as can be: it answers every connection with its process id, and leaves when it is told or alone.
WORKER = """
import os, select, signal, socket, sys
handed = dict(zip(sys.argv[1::2], sys.argv[2::2]))
listener = socket.socket(fileno=int(handed["--listener"]))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
os.write(int(handed["--ready"]), b"\\x01")
while True:
    heard, _, _ = select.select([listener, int(handed["--parent"])], [], [])
    if listener not in heard:
        sys.exit(0)
    peer, _ = listener.accept()
    peer.send(str(os.getpid()).encode())
    peer.close()
"""


@asynccontextmanager
async def overseen(number: int, script: str = WORKER):
    with server.listen("127.0.0.1", 0) as listener:
        listener.listen(8)
        said: asyncio.Queue[str] = asyncio.Queue()
        foreman = Foreman(
            [sys.executable, "-c", script], listener, number, said.put_nowait, sleep=lambda _: asyncio.sleep(0)
        )
        running = asyncio.create_task(foreman.run())
        try:
            yield foreman, said, running
        finally:
            if not running.done():
                foreman.leave()
            await asyncio.wait({running})


async def who_answers(foreman) -> int:
    reader, writer = await asyncio.open_connection(*foreman.listener.getsockname())
    answer = int(await reader.read())
    writer.close()
    return answer


def is_there(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def test_all_answer_on_one_port_and_leave_together():
    async with overseen(3) as (foreman, said, running):
        assert await said.get() == "3 processes answer on one port."
        pids = {child.pid for child in foreman.children.values()}
        assert len(pids) == 3
        assert await who_answers(foreman) in pids
        foreman.leave()
        assert await running == 0
    assert not any(map(is_there, pids))


async def test_who_falls_is_followed_by_another():
    async with overseen(2) as (foreman, said, _running):
        await said.get()
        fallen = foreman.children[1]
        fallen.kill()
        assert await said.get() == "Process 2 ended with -9; another begins in 2 s."
        async with asyncio.timeout(20):
            while foreman.children.get(1) in {None, fallen}:  # noqa: ASYNC110 - until it is there
                await asyncio.sleep(0.01)
        assert await who_answers(foreman) in {child.pid for child in foreman.children.values()}


async def test_what_stands_against_the_first_one_is_the_end_and_its_code():
    async with overseen(3, "raise SystemExit(3)") as (foreman, said, running):
        assert await running == 3
    assert said.empty()
    assert not foreman.children


async def test_who_is_told_to_leave_while_they_begin_leaves():
    async with overseen(3, WORKER.replace("os.write", "print")) as (foreman, _said, running):  # never ready
        async with asyncio.timeout(20):
            while not foreman.children:  # noqa: ASYNC110 - until one is there
                await asyncio.sleep(0.01)
            first = foreman.children[0]
            while is_there(first.pid):  # it may not have come to its signals yet
                foreman.leave()
                await asyncio.sleep(0.05)
        assert await running == 0


@asynccontextmanager
async def served(place):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AMARA_", "ANTHROPIC_"))}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "amara", "serve", "--port", "0", "--workers", "2"),
        env=environment | {"AMARA_DATA_DIR": str(place)},
        stderr=asyncio.subprocess.PIPE,
    )
    running = Process(child, place)
    try:
        await running.read()
        while "processes answer" not in running.said[-1]:
            running.said.append((await child.stderr.readline()).decode())
        yield running
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def ask(running, path="/health/ready") -> int:
    async with aiohttp.ClientSession() as http, http.get(f"{running.url}{path}") as answer:
        return answer.status


async def test_the_service_itself_answers_from_two_and_leaves_nothing_behind(place):
    async with served(place) as running:
        assert await ask(running) == 200
        async with aiohttp.ClientSession() as http, http.get(f"{running.url}/metrics") as answer:
            told = await answer.text()
        for process in "12":
            assert f'amara_database_well{{process="{process}"}} 1.0' in told
            assert f'amara_runs_total{{process="{process}",end="finished"}} 0.0' in told
        running.signal(signal.SIGTERM)
        assert await running.ended() == 0
        assert running.said[-1].rstrip().endswith("Stopped.")
    await check_no_database(place)


async def test_the_service_leaves_when_its_parent_is_killed(place):
    async with served(place) as running:
        running.signal(signal.SIGKILL)
        await running.child.wait()
        async with asyncio.timeout(60):
            with suppress(aiohttp.ClientError):
                while await ask(running):  # noqa: ASYNC110 - until nobody answers
                    await asyncio.sleep(0.05)
