"""What a storm plays on: one PostgreSQL, two real processes on it, a scripted model, and a wire to each process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import asyncpg

from amara import migrate, postgres
from tests import upstream as scripted
from tests.conftest import connect
from tests.faults.link import Link
from tests.faults.machines import Machine
from tests.rig import SECRET

LEASE_S = 2.0
START_S = 60.0
PORT = 8000  # on a machine of its own


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Door(NamedTuple):
    """Where people come in without a proxy of ours before it."""

    host: str
    port: int


class Process:
    """`amara serve`, which comes back on the same port each time."""

    def __init__(self, name: str, environment: dict[str, str], log: Path, machine: Machine | None = None) -> None:
        """Args: machine is where it runs, else it is this one; people come to it by its own address then."""
        self.name = name
        self.machine = machine
        self.host = machine.address if machine else "127.0.0.1"
        self.port = PORT if machine else free_port()
        self.link = Door(self.host, self.port) if machine else Link(self.port)
        self.log = log
        self._environment = environment
        self._child: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return 0 if self._child is None else self._child.pid

    @property
    def exit_code(self) -> int | None:
        return None if self._child is None else self._child.returncode

    async def start(self) -> None:
        command = [sys.executable, "-m", "amara", "serve", "--host", self.host, "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *(self.machine.runs(*command) if self.machine else command),
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def is_ready(self) -> None:
        """Returns once it serves.

        Raises:
            TimeoutError: it does not come.
        """
        async with asyncio.timeout(START_S), aiohttp.ClientSession() as http:
            while True:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"http://{self.host}:{self.port}/health/ready") as answer:
                        if answer.status == 200:
                            return
                assert self.exit_code is None, f"{self.name} ended with {self.exit_code}: see {self.log}"
                await asyncio.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        assert self._child is not None
        self._child.send_signal(number)

    async def gone(self) -> int:
        assert self._child is not None
        return await self._child.wait()

    async def end(self) -> None:
        if self._child is not None and self._child.returncode is None:
            self.signal(signal.SIGCONT)
            self._child.kill()
            await self._child.wait()


def environment_of(model: scripted.Upstream, **more: str) -> dict[str, str]:
    """What a process is started with; nothing of the settings of whoever runs this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AMARA_", "ANTHROPIC_"))}
    return kept | {
        "AMARA_JWT_SECRET": SECRET,
        "AMARA_LEASE_SECONDS": str(LEASE_S),
        "AMARA_LOG": "json",
        "ANTHROPIC_BASE_URL": model.url,
        "AMARA_MODEL": "scripted",
        # Everybody talks from one address, and more in an hour than people do in a day.
        **{f"AMARA_DAILY_TOKENS_{purse}": "1000000000" for purse in ("USER", "GUEST", "IP", "TOTAL")},
        **more,
    }


class Stage:
    """Everything, running."""

    held_s = 5.0
    """No transaction is open for longer."""

    def __init__(self, cluster: postgres.Cluster, processes: list[Process], model: scripted.Upstream) -> None:
        self.cluster = cluster
        self.processes = processes
        self.model = model
        self.owner: asyncpg.Connection[Any] | None = None

    async def ask(self, question: str, *arguments: Any) -> list[Any]:
        """The database behind everybody's back; asked again while it is away."""
        deadline = time.monotonic() + START_S
        while True:
            try:
                if self.owner is None or self.owner.is_closed():
                    self.owner = await connect(self.cluster.owner_url)
                return await self.owner.fetch(question, *arguments)
            except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)

    def kill_database(self) -> None:
        """The server and all its children at once, as a power cut would."""
        server = int((self.cluster.server.data / "postmaster.pid").read_text().splitlines()[0])
        for pid in [server, *_children(server)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, IndexError, ValueError):
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.name))
    return found


@asynccontextmanager
async def stage(
    place: Path, answer: Callable[[Any], scripted.Answer], *, binaries: Path | None = None, **settings: str
) -> AsyncIterator[Stage]:
    """Args: place is an empty directory that PostgreSQL's own user may enter; answer is what the model says; settings
    are further ones of both processes.
    """
    cluster = postgres.Cluster.at(place, binaries=binaries, durable=False)  # processes are killed here, not machines
    await cluster.join()
    processes: list[Process] = []
    try:
        await migrate.apply(cluster.owner_url)
        owner = await connect(cluster.owner_url)
        await migrate.ensure_login(owner, postgres.LOGIN)
        async with scripted.upstream() as model:
            model.otherwise = answer
            model.requests = deque(maxlen=50)  # type: ignore[assignment]  # a long storm asks often
            environment = environment_of(
                model,
                AMARA_DATABASE_URL=cluster.login_url,
                AMARA_MIGRATION_DATABASE_URL=cluster.owner_url,
                AMARA_DATA_DIR=str(place / "service"),
                **settings,
            )
            processes += [Process(name, environment, place / f"{name}.log") for name in ("one", "two")]
            for process in processes:
                await process.link.open()
                await process.start()
            for process in processes:
                await process.is_ready()
            playing = Stage(cluster, processes, model)
            playing.owner = owner
            yield playing
            if playing.owner is not None:
                playing.owner.terminate()
    finally:
        for process in processes:
            await process.end()
            await process.link.close()
        await cluster.ensure_running()
        await cluster.leave()
