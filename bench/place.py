"""Where measuring takes place: a PostgreSQL, the service as it ships, its peers, and the account of their CPU."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from amara import auth, demo, migrate, postgres
from tests.faults.stage import Process, free_port
from tests.rig import SECRET, WRITE_KEY

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]
NODE = ROOT / "bench" / "peers" / "node"
START_S = 60.0


def tree(root: int) -> list[int]:
    """The process and all below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def cpu_s(root: int) -> float:
    """What the operating system has accounted to a process and all below it, living and reaped. Units: seconds.

    A living process's own part is read from its CPU clock, to the nanosecond; `/proc/<pid>/stat` counts in hundredths
    of a second, which is good enough for children that have ended.
    """
    total, tick = 0.0, os.sysconf("SC_CLK_TCK")
    for pid in tree(root):
        with suppress(OSError, ProcessLookupError):
            reaped = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
            total += (int(reaped[13]) + int(reaped[14])) / tick
            total += time.clock_gettime(~pid << 3 | 2)  # CPUCLOCK_SCHED of another process; see clock_getcpuclockid(3)
    return total


def memory(root: int) -> int:
    """Resident bytes of the tree that are nobody else's: PSS, so that shared pages count once."""
    total = 0
    for pid in tree(root):
        with suppress(OSError):
            for line in (Path("/proc") / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


class Child:
    """A process of the benchmark's that says `ready` and ends when its input does."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._command = command
        self.process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=64 * 1024 * 1024,
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(START_S):
            line = await self.process.stdout.readline()
        assert line.strip() == b"ready", f"{self.name} did not start: {line!r}"

    async def end(self) -> None:
        if self.process.returncode is None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            try:
                async with asyncio.timeout(3):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


class Generator(Child):
    """The load generator, asked by jobs; several may be under way."""

    def __init__(self) -> None:
        super().__init__("load", (sys.executable, "-m", "bench.load"))
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._number = 0
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await super().start()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            told = json.loads(line)
            self._waiting.pop(told.pop("job")).set_result(told)

    async def do(self, what: str, **job: Any) -> Json:
        """Raises: RuntimeError: the job broke; with what it said."""
        self._number += 1
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = waiting
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": what, "job": self._number, **job}).encode() + b"\n")
        told = await waiting
        if "broken" in told or told.get("failures"):
            raise RuntimeError(f"{what}: {told.get('broken') or told['failures']}")
        return told


class Place:
    """Everything that runs; a section takes what it needs from here."""

    def __init__(self, directory: Path, cluster: postgres.Cluster, owner: asyncpg.Connection[Any]) -> None:
        self.directory = directory
        self.cluster = cluster
        self.owner = owner
        self.upstream_port = free_port()
        self.load = Generator()
        self.peers: dict[str, Child] = {}
        self.ports: dict[str, int] = {}
        self.services: dict[str, Process] = {}
        self._tokens = auth.Tokens(SECRET)
        self._children: list[Child] = [self.load]

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AMARA_", "ANTHROPIC_"))}
        purses = {f"AMARA_DAILY_TOKENS_{purse}": "100000000000" for purse in ("USER", "GUEST", "IP", "TOTAL")}
        return (
            kept
            | {
                "AMARA_DATABASE_URL": self.cluster.login_url,
                "AMARA_MIGRATION_DATABASE_URL": self.cluster.owner_url,
                "AMARA_JWT_SECRET": SECRET,
                "AMARA_WRITE_KEYS": WRITE_KEY,
                "AMARA_DATA_DIR": str(self.directory / "service"),
                "AMARA_LOG": "json",
                "ANTHROPIC_API_KEY": "none",
                "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{self.upstream_port}",
                "AMARA_MODEL": "scripted",
            }
            | purses
            | more
        )

    async def start(self) -> None:
        upstream = Child("upstream", (sys.executable, "-m", "bench.upstream", "--port", str(self.upstream_port)))
        self._children.append(upstream)
        self.ports["direct"] = self.upstream_port
        await upstream.start()
        await self.load.start()

    async def serve(self, name: str = "amara", **environment: str) -> Process:
        """The service as it ships; a fresh process."""
        process = Process(name, self.environment(**environment), self.directory / f"{name}.log")
        self.services[name] = process
        await process.start()
        await process.is_ready()
        self.ports[name] = process.port
        return process

    async def end_service(self, name: str = "amara") -> None:
        await self.services.pop(name).end()

    async def peer(self, name: str) -> Child:
        port = free_port()
        if name == "node":
            node = shutil.which("node") or str(Path(sys.executable).parent / "node")
            command = (node, str(NODE / "relay.mjs"), str(port), str(self.upstream_port))
        else:
            module = f"bench.peers.{name}"
            command = (sys.executable, "-m", module, "--port", str(port), "--upstream", str(self.upstream_port))
        child = Child(name, command)
        self._children.append(child)
        await child.start()
        self.peers[name], self.ports[name] = child, port
        return child

    def pid(self, name: str) -> int:
        return self.services[name].pid if name in self.services else self.peers[name].pid

    @property
    def database_pid(self) -> int:
        return int((self.cluster.server.data / "postmaster.pid").read_text().splitlines()[0])

    async def people(self, number: int) -> list[tuple[str, str]]:
        """So many accounts, each with a conversation of its own to come: (thread, token)."""
        ids = [uuid4() for _ in range(number)]
        await self.owner.execute("insert into auth.users (id) select unnest($1::uuid[])", ids)
        return [(str(uuid4()), self._tokens.sign(user_id, ttl_s=36_000)) for user_id in ids]

    def token(self, user_id: UUID) -> str:
        return self._tokens.sign(user_id, ttl_s=36_000)

    async def open(self, name: str, group: str, number: int, **more: Any) -> list[tuple[str, str]]:
        """So many chats with this peer."""
        kind = name if name in {"floor", "direct"} else "ws"
        people = await self.people(number) if name in self.services else [(str(uuid4()), "none")] * number
        await self.load.do("open", kind=kind, port=self.ports[name], group=group, people=people, **more)
        return people

    async def end(self) -> None:
        for process in self.services.values():
            await process.end()
        for child in reversed(self._children):
            with suppress(AttributeError):  # it never started
                await child.end()


def _directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="amara-bench-"))
    directory.chmod(0o755)  # the server's own user must get in
    return directory


@asynccontextmanager
async def place(*, has_upstream: bool = True, durable: bool = True) -> AsyncIterator[Place]:
    """A fresh PostgreSQL that syncs its commits, migrated and with the demo's marketplace in it.

    Args: durable is false where nothing is timed, so that the disk need not be waited for.
    """
    directory = _directory()
    cluster = postgres.Cluster.at(directory, durable=durable)
    await cluster.join()
    its: Place | None = None
    try:
        await migrate.apply(cluster.owner_url)
        owner = await asyncpg.connect(cluster.owner_url)
        await migrate.ensure_login(owner, postgres.LOGIN)
        await demo.load(owner, date.today())  # noqa: DTZ011 - which day the marketplace begins does not matter
        its = Place(directory, cluster, owner)
        if has_upstream:
            await its.start()
        yield its
    finally:
        if its is not None:
            await its.end()
            await its.owner.close()
        await cluster.leave()
        shutil.rmtree(directory, ignore_errors=True)
