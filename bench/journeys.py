"""A million journeys, made up and counted twice: by the database's rollup, and one event after the other in Python.

Run: python -m bench.journeys --journeys 1000000
Journeys cross midnights, days and channels; some of their people sign in later, some of their events arrive days late,
some bookings are told by browsers first. What comes is rolled up as it comes, as a service does every minute, but for
the last of it: the same is asked before and after that is rolled up. Ends with code 1 where a number differs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from amara import migrate, postgres
from tests.analytics import journeys
from tests.analytics.journeys import CHANNELS, STAGES, Happened, Journeys

FIRST = datetime(2025, 9, 1, 5, tzinfo=UTC)  # midnight in Bogotá
DAYS = 60
CITIES = [None, "Bogota", "medellin", "Cali", "pereira"]
MINUTE = timedelta(minutes=1)
BATCH = 5_000
ROUND = 10  # batches between two rounds of the rollup
LAST = 20  # one part of so many is left lying

FUNNEL = "select * from public.get_conversion_funnel_by($1, $2, $3, $4)"
SEED_FUNNEL = "select * from public.get_conversion_funnel($1, $2)"
COUNTS = "select * from public.get_event_counts_by_type($1, $2)"
ROLL = "select amara_private.roll_up_events()"


def _say(text: str) -> None:
    print(text, flush=True)


def _journey(chance: random.Random, number: int, of: int, users: list[UUID]) -> Iterator[Happened]:
    """One person's way, of one to six steps; a quarter of the people are accounts, of whom some begin as nobody."""
    who = chance.randrange(max(of // 3, 1))
    user = users[who // 4 % len(users)] if who % 4 == 0 else None
    session = None if chance.random() < 0.02 else f"{who}.{chance.randrange(2)}"
    at = FIRST + (DAYS * 24 * 60 * number // of + chance.randrange(6 * 60)) * MINUTE
    city, is_known = chance.choice(CITIES), chance.random() < 0.7
    booking = f"b{number}"
    for step in range(chance.randrange(1, 7)):
        stage = STAGES[min(step, 3)] if chance.random() < 0.85 else chance.choice([*STAGES, "ReviewSubmitted"])
        is_copy = stage == STAGES[3] and chance.random() < 0.3
        yield Happened(
            UUID(int=chance.getrandbits(128)),
            stage,
            at,
            user if is_known or step > 2 else None,
            session,
            chance.choice(CHANNELS) if chance.random() < 0.3 else CHANNELS[who % 3],
            "client" if is_copy else "server",
            city if stage == STAGES[0] else None,
            booking if stage == STAGES[3] else None,
        )
        if is_copy:
            yield Happened(UUID(int=chance.getrandbits(128)), stage, at, None, None, "guest", booking=booking)
        # Mostly minutes; now and then just at the window's end, or past it.
        at += chance.choice([0, 1, 7, 30, 200, 700, 1439, 1440, 1441]) * MINUTE


async def _write(owner: Any, known: Journeys, events: list[Happened]) -> None:
    known.happen(events)
    columns = list(zip(*(event.row for event in events), strict=True))
    columns[-1] = [msgspec.json.encode(each).decode() for each in columns[-1]]
    await owner.execute(journeys.WRITE, *columns, timeout=600)


async def _roll(owner: Any) -> float:
    """Until nothing is left to do; seconds it took."""
    began = time.monotonic()
    while await owner.fetchval(ROLL, timeout=3600):
        pass
    return time.monotonic() - began


async def _tell(owner: Any, known: Journeys, arguments: argparse.Namespace, users: list[UUID]) -> None:
    chance, began = random.Random(arguments.seed), time.monotonic()
    waiting: list[Happened] = []
    late: list[Happened] = []
    batches, rolling = 0, 0.0
    for number in range(arguments.journeys):
        for event in _journey(chance, number, arguments.journeys, users):
            (late if chance.random() < 0.03 else waiting).append(event)
        if len(waiting) >= BATCH or number == arguments.journeys - 1:
            await _write(owner, known, waiting)
            waiting, batches = [], batches + 1
            if batches % ROUND == 0 and number < arguments.journeys - arguments.journeys // LAST:
                rolling += await _roll(owner)
        if len(late) >= BATCH:
            await _write(owner, known, late[: BATCH // 2])
            del late[: BATCH // 2]
        if (number + 1) % max(arguments.journeys // 20, 1) == 0:
            told = f"  {number + 1:>10,} journeys, {len(known.events):>10,} events, {time.monotonic() - began:.0f} s"
            _say(f"{told}, of which the rollup {rolling:.0f} s")
    for place in range(0, len(late), BATCH):
        await _write(owner, known, late[place : place + BATCH])
    visitors, accounts = users[::20], users[1::20]
    for visitor, account in zip(visitors, accounts, strict=True):
        known.become(visitor, account)
    await owner.execute(
        "insert into public.platform_identities (alias, user_id)"
        " select 'u:' || v, a from unnest($1::uuid[], $2::uuid[]) e (v, a)",
        visitors,
        accounts,
    )
    _say(f"  {len(late):,} late ones told, {len(visitors):,} visitors known, {time.monotonic() - began:.0f} s")


async def _compare(owner: Any, known: Journeys, seed: int, ranges: int) -> int:
    """How many answers differ. While much is still to be rolled up each takes long, so few ranges are asked for."""
    chance, searches, wrong, asked = random.Random(seed), list(known.searches()), 0, 0
    days = [
        (FIRST + first * 24 * 60 * MINUTE, FIRST + (last * 24 * 60) * MINUTE - timedelta(microseconds=1))
        for first, last in ((0, 90), (0, 1), (7, 14), (20, 50), (59, 60))
    ]
    spans = [tuple(FIRST + chance.randrange(DAYS * 24 * 60) * MINUTE for _ in range(2)) for _ in range(5)]
    for begins, ends in [*days, *spans][:ranges]:
        for channel, city in ((None, None), (chance.choice(CHANNELS), None), (None, "cali"), ("web", "bogota")):
            rows = [tuple(row) for row in await owner.fetch(FUNNEL, begins, ends, channel, city, timeout=600)]
            wrong += rows != journeys.funnel(searches, begins, ends, channel, city)
            asked += 1
        rows = [tuple(row) for row in await owner.fetch(SEED_FUNNEL, begins, ends, timeout=600)]
        wrong += rows != journeys.funnel(searches, begins, ends)
        rows = [tuple(row) for row in await owner.fetch(COUNTS, begins, ends, timeout=600)]
        wrong += rows != journeys.counts(known.events.values(), begins, ends)
        asked += 2
    first, last = date(2025, 9, 1), date(2025, 11, 30)
    rows = [
        tuple(row)
        for row in await owner.fetch("select * from public.get_funnel_days($1, $2)", first, last, timeout=600)
    ]
    wrong += rows != journeys.by_day(searches, "America/Bogota", first, last)
    _say(f"  {asked + 1} answers compared, {wrong} differ")
    return wrong


async def _run(arguments: argparse.Namespace, directory: Path) -> int:
    cluster = postgres.Cluster.at(directory, durable=False)
    await cluster.join()
    try:
        await migrate.apply(cluster.owner_url)
        owner = await asyncpg.connect(cluster.owner_url)
        await owner.execute("alter table public.platform_events disable trigger stamp_platform_events")
        # Rare lookups by booking are cheap in a table that is at rest; here it grows by a thousand rows at a time.
        await owner.execute("alter index public.idx_platform_events_properties set (fastupdate = off)")
        users = [
            UUID(int=arguments.seed * 10**6 + place + 1) for place in range(max(arguments.journeys // 500, 1) * 20)
        ]
        await owner.execute("insert into auth.users (id) select unnest($1::uuid[])", users)
        known = Journeys()
        await _tell(owner, known, arguments, users)
        await owner.execute("vacuum analyze", timeout=3600)
        _say("before the rest is rolled up")
        wrong = await _compare(owner, known, arguments.seed, 2)
        took = await _roll(owner)
        await owner.execute("vacuum analyze", timeout=3600)
        _say(f"after, which took {took:.0f} s")
        wrong += await _compare(owner, known, arguments.seed, 10)
        await owner.close()
    finally:
        await cluster.leave()
    return 1 if wrong else 0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--journeys", type=int, default=1_000_000, help="how many are made up (1,000,000)")
    parser.add_argument("--seed", type=int, default=1, help="another one makes other journeys (1)")
    with tempfile.TemporaryDirectory(prefix="amara-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # the server's own user must get in
        code = asyncio.run(_run(parser.parse_args(), directory))
    sys.exit(code)


if __name__ == "__main__":
    main()
