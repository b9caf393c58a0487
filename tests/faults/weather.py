"""The faults of a storm, one at a time. Each counts only if it hit an answer that was being written, and says so."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from tests.faults.crowd import Client
from tests.faults.stage import LEASE_S, START_S, Process, Stage

SWALLOWED_S = 0.6
FROZEN_S = LEASE_S * 2

Fault = Callable[[Any, Process], Awaitable[None]]
Faults = dict[str, tuple[Fault, int]]
"""By name: what happens, and how often of a hundred."""


async def kill_service(stage: Stage, process: Process) -> None:
    """SIGKILL; it comes back at once."""
    process.signal(signal.SIGKILL)
    await process.gone()
    await process.start()
    await process.is_ready()


async def kill_database(stage: Stage, process: Process) -> None:
    """SIGKILL for the server and all its children; it comes back at once."""
    stage.kill_database()
    await stage.cluster.ensure_running()


async def cut_links(stage: Stage, process: Process) -> None:
    """Every connection to one process is reset."""
    process.link.cut()


async def swallow(stage: Stage, process: Process) -> None:
    """For a while nothing that one process says arrives; then the connections are reset."""
    process.link.swallows = True
    await asyncio.sleep(SWALLOWED_S)
    process.link.cut()
    process.link.swallows = False


async def drain(stage: Stage, process: Process) -> None:
    """SIGTERM; it comes back once it has left, with nothing to complain of."""
    process.signal(signal.SIGTERM)
    async with asyncio.timeout(START_S):
        code = await process.gone()
    await process.start()
    await process.is_ready()
    assert code == 0, f"{process.name} left with {code}"


async def freeze(stage: Stage, process: Process) -> None:
    """SIGSTOP for twice the length of a lease, then SIGCONT: it wakes up believing that it still owns its answers."""
    process.signal(signal.SIGSTOP)
    await asyncio.sleep(FROZEN_S)
    with suppress(ProcessLookupError):
        process.signal(signal.SIGCONT)


FAULTS: Faults = {
    "SIGKILL of a service": (kill_service, 30),
    "SIGKILL of PostgreSQL": (kill_database, 30),
    "links cut": (cut_links, 15),
    "replies swallowed, then cut": (swallow, 10),
    "SIGTERM and restart": (drain, 10),
    "SIGSTOP, SIGCONT": (freeze, 5),
}


HEARD = frozenset({"links cut", "replies swallowed, then cut"})
"""Those that are meant for who listens."""


def forecast(count: int, chance: random.Random) -> list[str]:
    """So many faults in the mix above, shuffled; each kind at least once where there are enough."""
    total = sum(share for _, share in FAULTS.values())
    names = [name for name, (_, share) in FAULTS.items() for _ in range(max(1, round(count * share / total)))]
    chance.shuffle(names)
    while len(names) < count:
        names.append(chance.choice(names))
    return names[:count]


async def target_of(stage: Stage, name: str, clients: Sequence[Client], chance: random.Random) -> Process | None:
    """Which process to hit so that it hits an answer in the making; none while there is none."""
    if not any(client.exchanges and client.exchanges[-1].is_told for client in clients):
        return None
    rows = await stage.ask("select owner from public.amara_runs where status = 'running'")
    writing = [
        process
        for process in stage.processes
        if any(f"/{process.pid}/" in row["owner"] for row in rows) and process.exit_code is None
    ]
    if name in HEARD:  # then it is the listeners who are hit
        writing = [process for process in stage.processes if any(client.is_at(process.link) for client in clients)]
    return chance.choice(writing) if writing else None
