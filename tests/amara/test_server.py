"""The process from outside: how it leaves when it is told to, and what it finds when it comes back."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import uvicorn

from amara import auth, postgres, server
from tests import upstream as scripted
from tests import wire
from tests.conftest import connect
from tests.rig import Chat, chatting, text_of
from tests.web import browsing

pytestmark = pytest.mark.timeout(120)  # a database is made, and a process is given its grace


class Process:
    """`amara serve` as a child, with what it printed and where it listens."""

    def __init__(self, child: asyncio.subprocess.Process, place: Path) -> None:
        self.child = child
        self.place = place
        self.url = ""
        self.said: list[str] = []

    async def read(self) -> None:
        """Up to the line that says where it listens."""
        while not self.url:
            line = (await self.child.stderr.readline()).decode()
            assert line, "".join(self.said)
            self.said.append(line)
            if found := re.search(r"Page: +(http://\S+?)/\s", line):
                self.url = found.group(1)

    def socket_url(self, thread_id: str) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/v1/amara/chat?threadId={thread_id}"

    def signal(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    async def ended(self, timeout: float = 40) -> int:
        """Its exit code."""
        async with asyncio.timeout(timeout):
            rest = await self.child.stderr.read()
            self.said.append(rest.decode())
            return await self.child.wait()


@asynccontextmanager
async def process(place: Path, upstream: scripted.Upstream) -> AsyncIterator[Process]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AMARA_", "ANTHROPIC_"))}
    environment |= {
        "AMARA_DATA_DIR": str(place),
        "ANTHROPIC_BASE_URL": upstream.url,
        "AMARA_MODEL": "scripted",
        "AMARA_LOG": "json",
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "amara", "serve", "--port", "0", env=environment, stderr=asyncio.subprocess.PIPE
    )
    running = Process(child, place)
    try:
        await running.read()
        yield running
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


@pytest.fixture
async def place(open_directory, postgres_bin) -> AsyncIterator[Path]:
    """A data directory of this test's own; no server is left on it."""
    place = open_directory / f"served-{uuid4()}"
    place.mkdir(mode=0o755)
    yield place
    await postgres.Cluster.at(place).stop()


async def a_visitor(running: Process) -> str:
    async with browsing(running.url) as http, http.post("/v1/auth/anonymous") as answer:
        return (await answer.json())["access_token"]


async def begun(chat: Chat, upstream: scripted.Upstream, *deltas: str) -> asyncio.Event:
    """Asks, and hears the first words of an answer that is held until the event is set."""
    answer = scripted.says(*deltas)
    answer.until = asyncio.Event()
    upstream.then(answer)
    await chat.say("Cuente", message_id="m1", run_id="r1")
    await chat.hear_until("TEXT_MESSAGE_CONTENT")
    return answer.until


async def draining(running: Process) -> None:
    """Returns once it says that it takes nobody in any more."""
    async with asyncio.timeout(10), browsing(running.url) as http:
        while True:
            async with http.get("/health/ready") as ready:
                if ready.status == 503:
                    return


async def check_no_database(place: Path) -> None:
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await asyncpg.connect(postgres.Cluster.at(place).owner_url)


async def test_a_process_that_is_told_to_go_finishes_its_answer_first_and_leaves_nothing(place, upstream):
    async with process(place, upstream) as running:
        async with chatting(running, await a_visitor(running)) as chat:
            held = await begun(chat, upstream, "Uno, ", "dos.")
            running.signal(signal.SIGTERM)
            await draining(running)
            held.set()
            heard = await chat.hear_until("reconnect")
            assert text_of(chat.frames) == "Uno, dos."
            wire.check_run(wire.last_run(chat))
            assert [frame["chunk"]["type"] for frame in heard if "chunk" in frame][-1] == "RUN_FINISHED"
        assert await running.ended() == 0
        assert "Traceback" not in "".join(running.said)
    await check_no_database(place)


async def finished_by_the_next(place: Path, upstream: scripted.Upstream, token: str, thread_id: str) -> None:
    """Another process on the same data finishes the answer, answers what is said next, and leaves nothing behind."""
    async with process(place, upstream) as again, chatting(again, token, thread_id=thread_id) as later:
        await later.say("¿Sigue ahí?", message_id="m2", run_id="r2")
        while (await later.hear_until("RUN_FINISHED"))[-1]["chunk"]["runId"] != "r2":
            pass
        owner = await connect(postgres.Cluster.at(place).owner_url)
        try:
            said = [("user", "Cuente", None), ("assistant", "Claro.", "complete"), ("user", "¿Sigue ahí?", None)]
            assert set(await wire.runs(owner, thread_id)) == {("finished", None)}
            assert (await wire.record(owner, thread_id))[-4:] == [*said, ("assistant", "Claro.", "complete")]
        finally:
            await owner.close()
        again.signal(signal.SIGTERM)
        assert await again.ended() == 0
    await check_no_database(place)


async def test_the_second_signal_ends_it_at_once_and_the_next_process_finishes_the_answer(place, upstream):
    async with process(place, upstream) as running:
        token = await a_visitor(running)
        async with chatting(running, token) as chat:
            await begun(chat, upstream, "Uno, ", "dos.")
            running.signal(signal.SIGTERM)
            await draining(running)
            running.signal(signal.SIGTERM)
            await running.ended(server.GRACE_S - 5)
    await finished_by_the_next(place, upstream, token, chat.thread_id)


async def test_a_process_that_was_killed_comes_back_to_its_conversations(place, upstream):
    async with process(place, upstream) as running:
        token = await a_visitor(running)
        async with chatting(running, token) as chat:
            await chat.ask("Hola")
            await begun(chat, upstream, "Uno, ", "dos.")
            running.signal(signal.SIGKILL)
            await running.ended()
    await finished_by_the_next(place, upstream, token, chat.thread_id)


async def test_two_signals_in_one_breath_end_it_too():
    async def never() -> None:
        await asyncio.Event().wait()

    its = server.Server(uvicorn.Config(lambda *_: None), never)
    its.handle_exit(signal.SIGTERM, None)
    its.handle_exit(signal.SIGTERM, None)
    assert its.should_exit
    async with asyncio.timeout(5):
        await its.has_left()


async def test_a_taken_port_is_said_to_be_one():
    with server.listen("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            server.listen("127.0.0.1", taken.getsockname()[1])


async def test_the_token_of_one_process_is_good_for_the_next(place, upstream):
    async with process(place, upstream) as running:
        token = await a_visitor(running)
    secret = (place / "jwt.secret").read_text()
    assert (place / "jwt.secret").stat().st_mode & 0o777 == 0o600
    assert auth.Tokens(secret).check(token).is_anonymous
