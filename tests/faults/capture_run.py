"""Events are captured while processes are killed and the database is away; then the senders' books are held against it.

    python -m tests.faults.capture_run --kills 100 --outage 20

Senders knock at both doors of two processes on one PostgreSQL, and send again what was not taken. Whatever was answered
with 2xx must be in the table, once; nothing may be there twice, or unsent. Ends with 1 if anything is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import aiohttp
import msgspec

from tests import upstream as scripted
from tests.faults.stage import Process, Stage, stage

SENDERS = 16
BATCH_MAX = 20
PATIENCE_S = 60.0
BETWEEN_S = 0.01  # a sender's breath, so that the machine is not all senders
RESTART_ACKED = 300  # events taken between two kills


@dataclass
class Books:
    """What the senders did, and what they were told."""

    sent: set[int] = field(default_factory=set)
    acked: set[int] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    told: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def note(self, answer: str) -> None:
        self.answers[answer] += 1
        async with self.told:
            self.told.notify_all()

    async def until(self, holds: Any) -> None:
        """Raises: TimeoutError where it never does."""
        async with asyncio.timeout(PATIENCE_S), self.told:
            await self.told.wait_for(holds)


class Sender:
    """Sends batch after batch, each until it is taken."""

    def __init__(self, stage: Stage, key: str, books: Books, numbers: count[int], chance: random.Random) -> None:
        self._urls = [f"http://127.0.0.1:{process.port}" for process in stage.processes]
        self._key = key
        self._books = books
        self._numbers = numbers
        self._chance = chance
        self.is_over = False

    async def run(self, http: aiohttp.ClientSession) -> None:
        while not self.is_over:
            numbers = [next(self._numbers) for _ in range(self._chance.randint(1, BATCH_MAX))]
            self._books.sent.update(numbers)
            path, body = self._written(numbers)
            while True:
                answer = await self._posted(http, self._chance.choice(self._urls) + path, body)
                if answer.startswith("2"):
                    self._books.acked.update(numbers)
                await self._books.note(answer)
                if answer.startswith("2"):
                    break
                await asyncio.sleep(BETWEEN_S * 5)
            await asyncio.sleep(BETWEEN_S)

    def _written(self, numbers: list[int]) -> tuple[str, bytes]:
        if self._chance.random() < 0.5:
            told = [
                {
                    "event_type": "SearchStarted",
                    "event_id": uuid5(NAMESPACE_OID, str(number)),
                    "properties": {"n": number},
                }
                for number in numbers
            ]
            return "/v1/events", msgspec.json.encode(told)
        batch = [
            {"type": "track", "event": "SearchStarted", "messageId": f"m-{number}", "properties": {"n": number}}
            for number in numbers
        ]
        return "/v1/batch", msgspec.json.encode({"batch": batch, "writeKey": self._key})

    async def _posted(self, http: aiohttp.ClientSession, url: str, body: bytes) -> str:
        try:
            async with http.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
                said = await answer.json(content_type=None)
                if answer.status in {200, 202}:
                    if said["rejected"]:
                        self._books.wrong.append(f"rejected: {said['rejected']}")
                elif answer.status != 503 or "Retry-After" not in answer.headers:
                    self._books.wrong.append(f"{answer.status}: {said}")
                return str(answer.status)
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError):
            return "no answer"


@dataclass
class Play:
    """A stage with senders at work."""

    stage: Stage
    books: Books

    async def kill(self, process: Process) -> None:
        """In the middle of the work, then starts it again."""
        before = len(self.books.acked)
        await self.books.until(lambda: len(self.books.acked) > before + RESTART_ACKED)
        process.signal(signal.SIGKILL)
        await process.gone()
        await process.start()
        await process.is_ready()

    async def lose_database(self, seconds: float) -> None:
        """It is away for so long, and at least until somebody was told to come back; then all goes on by itself."""
        refused = self.books.answers["503"]
        await self.stage.cluster.stop()
        gone_at = time.monotonic()
        await self.books.until(lambda: self.books.answers["503"] > refused)
        await asyncio.sleep(max(0.0, gone_at + seconds - time.monotonic()))
        await self.stage.cluster.ensure_running()
        before = len(self.books.acked)
        await self.books.until(lambda: len(self.books.acked) > before + RESTART_ACKED)


async def run(place: Path, *, kills: int, outage_s: float, seed: int, binaries: Path | None = None) -> list[str]:
    """Everything that is broken, one sentence each; nothing where nothing is."""
    chance, books = random.Random(seed), Books()
    async with stage(place, lambda _: scripted.says("…"), binaries=binaries) as its, aiohttp.ClientSession() as http:
        key = (place / "service" / "write.key").read_text()
        numbers = count()
        senders = [Sender(its, key, books, numbers, random.Random(chance.random())) for _ in range(SENDERS)]
        async with asyncio.TaskGroup() as working:
            for sender in senders:
                working.create_task(sender.run(http))
            play = Play(its, books)
            for done in range(kills):
                await play.kill(chance.choice(its.processes))
                _say(f"{done + 1} kills, {len(books.acked)} events taken")
            await play.lose_database(outage_s)
            for sender in senders:
                sender.is_over = True
        rows = await its.ask("select (properties ->> 'n')::int as n, count(*) as times from platform_events group by 1")
    stored = {row["n"]: row["times"] for row in rows}
    _say(f"{len(books.sent)} sent, {len(books.acked)} taken, {len(stored)} stored; answers {dict(books.answers)}")
    lost, twice, unsent = (
        books.acked - stored.keys(),
        [n for n, times in stored.items() if times > 1],
        stored.keys() - books.sent,
    )
    found = [
        f"{len(these)} events {how}" for these, how in ((lost, "lost"), (twice, "twice"), (unsent, "unsent")) if these
    ]
    return found + sorted(set(books.wrong))


def _say(line: str) -> None:
    if sys.stdout.isatty() or "--kills" in sys.argv:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="SIGKILLs of a process, one after the other")
    parser.add_argument("--outage", type=float, default=20.0, help="seconds without the database")
    parser.add_argument("--seed", type=int, default=7)
    said = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="amara-capture-"))
    place.chmod(0o755)
    try:
        broken = asyncio.run(run(place, kills=said.kills, outage_s=said.outage, seed=said.seed))
    finally:
        with suppress(OSError):
            shutil.rmtree(place)
    for line in broken or ["Nothing is lost, nothing is there twice, everybody else was told to come back."]:
        sys.stdout.write(f"{line}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
