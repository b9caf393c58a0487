"""The primary is killed under load and its synchronous standby promoted, again and again; nothing acknowledged is lost.

    python -m tests.faults.failover --rounds 20

Two `amara serve` know both servers by one URL and are never restarted. People say things, and resend them until they
are acknowledged; events are posted beside them. After every promotion what was acknowledged is looked for in the new
primary.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import websockets

from amara import auth, migrate
from tests import upstream as scripted
from tests.faults.stage import Process, environment_of
from tests.faults.standby import LOGIN, OWNER, Pair
from tests.rig import SECRET, Chat

PEOPLE = 6
PATIENCE_S = 60.0
WRITES_S = 10.0  # within which something must be acknowledged again
DOWN_S = (0.5, 3.0)  # how long the load runs before the primary is killed


@dataclass
class Load:
    """What was acknowledged, and when last."""

    urls: list[str]
    messages: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    last_at: float = 0.0
    """Of anything."""
    said_at: float = 0.0
    """Of a message."""
    is_over: bool = False

    def took(self) -> None:
        self.last_at = time.monotonic()

    async def person(self, number: int) -> None:
        """Says one thing after the other, each until it is acknowledged, at whichever process answers."""
        tokens = auth.Tokens(SECRET)
        async with aiohttp.ClientSession() as http:
            user = await self._visitor(http)
        token = tokens.sign(user, ttl_s=7200, is_anonymous=True)
        thread_id, turn = str(uuid4()), number
        while not self.is_over:
            message_id, is_taken = str(uuid4()), False
            while not is_taken and not self.is_over:
                turn += 1
                with suppress(OSError, TimeoutError, websockets.WebSocketException):
                    is_taken = await self._say(self.urls[turn % len(self.urls)], token, thread_id, message_id)

    async def _visitor(self, http: aiohttp.ClientSession) -> UUID:
        while True:
            with suppress(aiohttp.ClientError):
                async with http.post(f"{self.urls[0]}/v1/auth/anonymous") as answer:
                    if answer.status == 201:
                        return UUID((await answer.json())["user_id"])
            await asyncio.sleep(0.1)

    async def _say(self, url: str, token: str, thread_id: str, message_id: str) -> bool:
        address = f"{url.replace('http', 'ws', 1)}/v1/amara/chat?threadId={thread_id}"
        async with asyncio.timeout(10), websockets.connect(address) as socket:
            chat = Chat(socket, thread_id)
            await chat.send({"type": "hello", "token": token, "since": None})
            await chat.hear_until("welcome", "error")
            await chat.say("Cuente", message_id=message_id)
            ack = (await chat.hear_until("ack"))[-1]
            if ack["status"] == "rejected":
                await asyncio.sleep(0.1)
                return False
            self.messages.add(message_id)
            self.took()
            self.said_at = self.last_at
            with suppress(TimeoutError):
                async with asyncio.timeout(3):
                    await chat.hear_until("RUN_FINISHED", "RUN_ERROR")
            await asyncio.sleep(3.1)  # a person says twenty things a minute at most
            return True

    async def counter(self, urls: list[str], pause_s: float = 0.02) -> None:
        """Posts events to these, one after the other, and keeps those that were taken."""
        async with aiohttp.ClientSession() as http:
            turn = 0
            while not self.is_over:
                turn += 1
                ids = [str(uuid4()) for _ in range(10)]
                batch = [
                    {"event_type": "SearchStarted", "event_id": id_, "session_id": "s", "properties": {}} for id_ in ids
                ]
                url = urls[turn % len(urls)]
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with http.post(f"{url}/v1/events", json=batch, timeout=aiohttp.ClientTimeout(10)) as answer:
                        if answer.status == 202:
                            self.events |= set(ids)
                            self.took()
                await asyncio.sleep(pause_s)


async def _ask(pair: Pair, question: str) -> list[Any]:
    connection = await asyncpg.connect(pair.owner_url)
    try:
        return await connection.fetch(question)
    finally:
        await connection.close()


async def missing(pair: Pair, load: Load) -> tuple[int, int]:
    """How many messages and events were acknowledged and are not there, or there twice."""
    messages, events = set(load.messages), set(load.events)
    rows = await _ask(
        pair,
        "select metadata ->> 'client_message_id' as said, count(*) as number from public.amara_messages"
        " where role = 'user' group by 1",
    )
    stored = {row["said"] for row in rows if row["number"] == 1}
    ids = await _ask(pair, "select id::text as id from public.platform_events")
    return len(messages - stored), len(events - {row["id"] for row in ids})


async def round_of(pair: Pair, load: Load, rng: random.Random) -> float:
    """One failover. Returns: seconds from the kill to the first thing that was acknowledged after the promotion."""
    await asyncio.sleep(rng.uniform(*DOWN_S))
    pair.kill_primary()
    killed_at = time.monotonic()
    await pair.promote()
    promoted_at = time.monotonic()
    async with asyncio.timeout(PATIENCE_S):
        while load.last_at < promoted_at:  # noqa: ASYNC110 - somebody else's deed
            await asyncio.sleep(0.01)
    return load.last_at - killed_at


async def run(rounds: int, seed: int, place: Path, *, binaries: Path | None = None, say: Any = print) -> int:
    """Plays it. Returns: how many promises were broken."""
    rng, broken, waits = random.Random(seed), 0, []
    pair = Pair(place, binaries)
    processes: list[Process] = []
    try:
        await pair.begin()
        await migrate.apply(pair.url(OWNER))
        owner = await asyncpg.connect(pair.url(OWNER))
        await migrate.ensure_login(owner, LOGIN)
        await owner.close()
        await pair.pair()
        async with scripted.upstream() as model:
            environment = environment_of(
                model, AMARA_DATABASE_URL=pair.url(LOGIN), AMARA_DATA_DIR=str(place / "service")
            )
            processes += [Process(name, environment, place / f"{name}.log") for name in ("one", "two")]
            for process in processes:
                await process.start()
            for process in processes:
                await process.is_ready()
            load = Load([f"http://127.0.0.1:{process.port}" for process in processes])
            playing = [asyncio.create_task(load.person(number)) for number in range(PEOPLE)]
            playing.append(asyncio.create_task(load.counter(load.urls)))
            for number in range(1, rounds + 1):
                wait_s = await round_of(pair, load, rng)
                lost = await missing(pair, load)
                waits.append(wait_s)
                broken += sum(lost) + (wait_s > WRITES_S)
                say(f"{number}/{rounds} writes again after {wait_s:.1f} s, lost {lost[0]} messages, {lost[1]} events")
                await pair.pair()
            load.is_over = True
            await asyncio.gather(*playing, return_exceptions=True)
            lost = await missing(pair, load)
            broken += sum(lost) + sum(process.exit_code is not None for process in processes)
            say(
                f"{rounds} failovers, {len(load.messages)} messages and {len(load.events)} events acknowledged,"
                f" lost {sum(lost)}; writes again after {sorted(waits)[len(waits) // 2]:.1f} s,"
                f" {max(waits):.1f} s at the most; {broken} broken promises"
            )
    finally:
        for process in processes:
            await process.end()
        await pair.end()
    return broken


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="failovers [20]")
    parser.add_argument("--seed", type=int, default=1, help="when they happen [1]")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amara-failover-", ignore_cleanup_errors=True) as room:
        place = Path(room)
        place.chmod(0o755)
        sys.exit(bool(asyncio.run(run(asked.rounds, asked.seed, place))))


if __name__ == "__main__":
    main()
