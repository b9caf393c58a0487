"""Migrations on a database that is in use: how long the longest request waits, and whether the schema ends the same.

Run: python -m bench.upgrades --events 200000
Makes databases: an empty one, the seed's with rows, and the seed's with people at it, whose requests go on meanwhile as
they do on the platform: events, messages, guests, and a report over all events that takes its time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from amara import migrate, postgres
from tests.walls.test_upgrades import SCHEMA

MUST_S = 2.0
SEED = 5  # files of the seed itself
FILES = migrate.migrations()
NUMBERS = [place for place, each in enumerate(FILES) if each.version.startswith("2025122009")]

FILL = """
insert into public.platform_events (event_type, session_id, created_at, properties)
select (array['SearchStarted', 'ProfessionalViewed', 'CheckoutStarted', 'BookingConfirmed'])[1 + i % 4], 's' || i / 6,
  now() - i * interval '30 seconds', jsonb_build_object('booking_id', 'b' || i)
from generate_series(1, $1::bigint) i
"""
PEOPLE = """
insert into auth.users (id, email) select gen_random_uuid(), 'p' || i || '@example.com' from generate_series(1, 500) i
"""
CONVERSATIONS = """
insert into public.amara_conversations (user_id) select id from auth.users;
insert into public.amara_messages (conversation_id, role, content)
select c.id, 'user', 'Hola' from public.amara_conversations c, generate_series(1, 40)
"""

_REQUESTS = (
    "insert into public.platform_events (event_type, session_id) values ('SearchStarted', 'now')",
    "update amara_messages set content = 'b' where id = (select id from amara_messages limit 1)",
    "update amara_conversations set last_message_at = now() where id = (select id from amara_conversations limit 1)",
    "select * from public.amara_messages order by created_at desc limit 20",
    "insert into guest_sessions (session_token, email, full_name) values (md5(random()::text), 'a@b.co', 'Ana')",
    "select count(*) from public.bookings",
)
_REPORT = "select event_type, count(*) from public.platform_events group by 1"


def _say(text: str) -> None:
    print(text, flush=True)


@dataclass
class Traffic:
    """What people do meanwhile."""

    url: str
    took: list[tuple[float, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _is_over: bool = False

    async def run(self) -> None:
        """Until `stop()`: each kind of request on a connection of its own, and a report that takes a second."""
        await asyncio.gather(*(self._repeat(request, 0.005) for request in _REQUESTS), self._report())

    def stop(self) -> None:
        """Ends after the requests under way."""
        self._is_over = True

    async def _repeat(self, request: str, pause_s: float) -> None:
        connection = await asyncpg.connect(self.url)
        while not self._is_over:
            began = time.perf_counter()
            try:
                await connection.execute(request)
            except asyncpg.PostgresError as error:
                self.failed.append(f"{type(error).__name__}: {error}")
            self.took.append((time.perf_counter() - began, request))
            await asyncio.sleep(pause_s)
        await connection.close()

    async def _report(self) -> None:
        connection = await asyncpg.connect(self.url)
        while not self._is_over:
            async with connection.transaction():
                await connection.fetch(_REPORT)
                await connection.execute("select pg_sleep(1)")
            await asyncio.sleep(0.2)
        await connection.close()


async def _make(cluster: postgres.Cluster, name: str, events: int, *, upto: int) -> str:
    maintenance = await asyncpg.connect(cluster.url(postgres.OWNER, "postgres"))
    await maintenance.execute(f'create database "{name}" template template0')
    await maintenance.close()
    url = cluster.url(postgres.OWNER, name)
    if upto:
        await migrate.apply(url, files=FILES[:upto])
        owner = await asyncpg.connect(url)
        for text in (PEOPLE, CONVERSATIONS):
            await owner.execute(text, timeout=600)
        await owner.execute(FILL, events, timeout=3600)
        await owner.execute("vacuum analyze", timeout=600)
        await owner.close()
    return url


async def _schema(url: str) -> str:
    owner = await asyncpg.connect(url)
    found: str = await owner.fetchval(SCHEMA)
    await owner.close()
    return found


async def _under_traffic(url: str, files: list[migrate.Migration]) -> dict[str, Any]:
    traffic = Traffic(url)
    people = asyncio.create_task(traffic.run())
    await asyncio.sleep(2)
    before = max(traffic.took)[0]
    began = time.perf_counter()
    await migrate.apply(url, say=lambda text: _say(f"  {time.perf_counter() - began:6.1f} s  {text}"), files=files)
    seconds = time.perf_counter() - began
    await asyncio.sleep(1)
    traffic.stop()
    await people
    longest, request = max(traffic.took)
    return {
        "seconds": seconds,
        "requests": len(traffic.took),
        "failed": sorted(set(traffic.failed)),
        "longest_before_s": before,
        "longest_s": longest,
        "longest": request[:60],
    }


async def _run(arguments: argparse.Namespace, directory: Path) -> int:
    cluster = postgres.Cluster.at(directory, durable=False)
    await cluster.join()
    try:
        empty = await _make(cluster, "nothing", 0, upto=0)
        await migrate.apply(empty)
        seeds = await _make(cluster, "seeds", 1000, upto=SEED)
        await migrate.apply(seeds)
        found = {}
        for name, upto, to in (("all", SEED, len(FILES)), ("the numbers alone", NUMBERS[0], NUMBERS[-1] + 1)):
            _say(f"{name}, under traffic, {arguments.events:,} events")
            url = await _make(cluster, name, arguments.events, upto=upto)
            found[name] = await _under_traffic(url, FILES[upto:to])
            await migrate.apply(url)
            found[name]["is_same"] = await _schema(url) == await _schema(empty) == await _schema(seeds)
            _say(json.dumps(found[name], indent=1))
    finally:
        await cluster.leave()
    longest = max(each["longest_s"] for each in found.values())
    is_met = longest <= MUST_S and all(each["is_same"] and not each["failed"] for each in found.values())
    if arguments.out:
        row = {"measured": longest, "must": MUST_S, "met": is_met, "runs": found, "command": "python -m bench.upgrades"}
        arguments.out.write_text(json.dumps({"A22": row}, indent=1) + "\n")
    _say(f"longest wait {longest:.2f} s (must {MUST_S:.0f})")
    return 0 if is_met else 1


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000, help="rows of the largest table (200,000)")
    parser.add_argument("--out", type=Path, help="also write the row as JSON")
    with tempfile.TemporaryDirectory(prefix="amara-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # the server's own user must get in
        code = asyncio.run(_run(parser.parse_args(), directory))
    sys.exit(code)


if __name__ == "__main__":
    main()
