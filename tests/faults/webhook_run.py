"""The platform's service is told while it fails, dawdles and vanishes, and processes are killed; then all is checked.

    python -m tests.faults.webhook_run --kills 30 --bookings 200

Two processes on one PostgreSQL tell one receiver of bookings that are made, accepted, moved and cancelled by SQL. The
receiver takes a notice and answers; or takes it and cuts the line, so that it comes again; or answers 500, or too late,
or not at all; now and then it is away. Processes are killed with SIGKILL and come back. In the end every notice that
was written must have arrived, each booking's in their order. Ends with 1 if anything is broken.
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
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import web

from tests import upstream as scripted
from tests.builders import NEXT_MORNING, a_booking, a_person, a_professional
from tests.faults.stage import Process, stage
from tests.receiver import SECRET, Receiver, Told, receiving, until

LEASE_S = 2.0
AWAY_S = 3.0
WEATHER = {"takes": 12, "takes and cuts": 2, "500": 2, "503, later": 1, "too late": 1, "cuts": 2}


@dataclass
class Books:
    """What happened, and what is wrong."""

    kills: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    notices: int = 0
    twice: int = 0
    wrong: list[str] = field(default_factory=list)


class Weather:
    """What the receiver does next."""

    def __init__(self, chance: random.Random, books: Books) -> None:
        self.chance, self.books = chance, books
        self.is_away = False
        self.receiver: Receiver | None = None

    async def answer(self, told: Told) -> web.StreamResponse | int:
        (what,) = ["cuts"] if self.is_away else self.chance.choices(list(WEATHER), list(WEATHER.values()))
        self.books.requests["away" if self.is_away else what] += 1
        if what == "takes and cuts" and self.receiver is not None:
            self.receiver.taken.append(told)
        if what in {"cuts", "takes and cuts"} and told.request.transport is not None:
            told.request.transport.abort()
        if what == "too late":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(LEASE_S)
            return 500
        if what == "503, later":
            return web.Response(status=503, headers={"retry-after": "1"})
        return 204 if what == "takes" else 500  # after a cut nobody hears it


async def live(owner: Any, number: int, pro: UUID, person: UUID) -> None:
    """A booking's whole life, as the platform writes it."""
    start = NEXT_MORNING + timedelta(days=number)
    booking = await a_booking(
        owner,
        status="pending",
        professional_id=pro,
        customer_id=person,
        scheduled_start=start,
        scheduled_end=start + timedelta(hours=2),
    )
    for change in (
        "status = 'confirmed'",
        "scheduled_start = scheduled_start + interval '3 hours', scheduled_end = scheduled_end + interval '3 hours'",
        "status = 'cancelled'",
    ):
        await owner.execute(f"update public.bookings set {change} where id = $1", booking)


async def _kill(process: Process, receiver: Receiver, weather: Weather, seen: int) -> None:
    """While something is being told: it has been asked something since."""
    await until(lambda: len(receiver.asked) > seen)
    process.signal(signal.SIGKILL)
    await process.gone()
    weather.books.kills += 1
    weather.is_away = weather.chance.random() < 0.3
    await process.start()
    await process.is_ready()
    if weather.is_away:
        await asyncio.sleep(AWAY_S)
    weather.is_away = False


async def verdict(owner: Any, receiver: Receiver, books: Books) -> None:
    """Every notice that was written, held against what the receiver took."""
    written: dict[str, list[str]] = defaultdict(list)
    for row in await owner.fetch("select id, subject from amara_private.webhook_notices order by sequence"):
        written[str(row["subject"])].append(str(row["id"]))
    taken: dict[str, list[str]] = defaultdict(list)
    for told in receiver.taken:
        taken[told.subject].append(told.id)
    for subject, ids in written.items():
        first = list(dict.fromkeys(taken[subject]))
        if first != ids:
            books.wrong.append(f"{subject}: written {ids}, taken {first}")
    if strange := taken.keys() - written.keys():
        books.wrong.append(f"nobody wrote {strange}")
    books.notices = sum(map(len, written.values()))
    books.twice = len(receiver.taken) - sum(len(set(ids)) for ids in taken.values())


async def play(
    owner: Any, processes: list[Process], receiver: Receiver, weather: Weather, *, kills: int, bookings: int
) -> Books:
    """Args: owner writes the bookings; the processes tell the receiver of them; the weather is the receiver's."""
    books, pro, person = weather.books, await a_professional(owner), await a_person(owner)
    weather.receiver, receiver.answer = receiver, weather.answer
    for number in range(bookings):
        seen = len(receiver.asked)
        await live(owner, number, pro, person)
        if books.kills < kills and books.kills * bookings <= number * kills:
            await _kill(processes[books.kills % len(processes)], receiver, weather, seen)
    waits = "select count(*) from amara_private.webhook_notices where state = 'waiting'"
    while await owner.fetchval(waits):  # noqa: ASYNC110 - nobody rings when a table is empty
        await asyncio.sleep(0.1)
    await verdict(owner, receiver, books)
    return books


async def _run(place: Path, *, kills: int, bookings: int, seed: int) -> Books:
    weather = Weather(random.Random(seed), Books())
    async with receiving() as receiver:
        hooks = {"AMARA_WEBHOOK_URL": receiver.url, "AMARA_WEBHOOK_SECRET": SECRET}
        async with stage(place, lambda _: scripted.says("Claro."), **hooks) as its:
            await its.ask("select 1")
            return await play(its.owner, its.processes, receiver, weather, kills=kills, bookings=bookings)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=30)
    asked.add_argument("--bookings", type=int, default=200)
    asked.add_argument("--seed", type=int, default=7)
    given = asked.parse_args()
    place = Path(tempfile.mkdtemp(prefix="amara-webhooks-"))
    place.chmod(0o755)
    began = time.monotonic()
    try:
        books = asyncio.run(_run(place, **vars(given)))
    except BaseException:
        sys.stderr.write(f"What the processes said is in {place}.\n")
        raise
    shutil.rmtree(place, ignore_errors=True)
    sys.stdout.write(
        f"{books.kills} SIGKILL, {books.notices} notices, {sum(books.requests.values())} requests in"
        f" {time.monotonic() - began:.0f} s; {books.twice} taken twice; {dict(books.requests)}\n"
        + ("\n".join(books.wrong) or "0 lost, 0 out of order")
        + "\n"
    )
    sys.exit(bool(books.wrong))


if __name__ == "__main__":
    main()
