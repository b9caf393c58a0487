"""What capture costs: batches of events over HTTP beside psql's COPY, single events beside one insert for each.

Run: python -m bench.capture --events 20000 --rounds 3
Starts a PostgreSQL of its own and the service on it as it is; the peer of R11 is the same service that lets nobody
wait for company. Rounds are interleaved and turned round each time; figures are medians. Every answer comes after its
commit.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import dataclasses
import io
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import asyncpg

from amara import migrate, postgres
from amara.__main__ import main as amara_main
from amara.app import legs
from tests.faults.stage import Process
from tests.rig import SECRET, WRITE_KEY

CONNECTIONS = 64
SENDERS = 24
BATCH = 100
ROWS = {"R10": (0.7, 0.95), "R11": (4.0, 8.0)}


def _event(number: int) -> dict[str, object]:
    return {
        "event_type": "SearchStarted",
        "event_id": str(uuid4()),
        "session_id": f"visit-{number % 5000}",
        "properties": {"city": "Bogotá", "service": "cleaning", "lat": 4.711, "lng": -74.0721, "device": "mobile"},
    }


def _request(body: bytes) -> bytes:
    head = ("POST /v1/events HTTP/1.1", "host: bench", "content-type: application/json", f"content-length: {len(body)}")
    return "\r\n".join((*head, "", "")).encode() + body


async def _sent(port: int, requests: list[bytes], connections: int) -> float:
    """Seconds until every one of these was answered with 202, on so many connections kept open."""
    queue = iter(requests)

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in queue:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 202"), head
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return time.perf_counter() - began


async def _copied(url: str, events: list[dict[str, object]], place: Path) -> float:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerows(
        (each["event_id"], each["event_type"], each["session_id"], json.dumps(each["properties"])) for each in events
    )
    file = place / "events.csv"
    file.write_text(text.getvalue())
    psql = shutil.which("psql") or postgres.binaries.find().directory / "psql"
    copy = f"\\copy public.platform_events (id, event_type, session_id, properties) from '{file}' csv"
    began = time.perf_counter()
    done = await asyncio.create_subprocess_exec(str(psql), "-qX", "-v", "ON_ERROR_STOP=1", "-c", copy, url)
    assert await done.wait() == 0
    return time.perf_counter() - began


def _serve_one_each() -> None:
    """`amara serve` whose every request has a statement and a commit of its own."""
    shared = legs._capturing  # noqa: SLF001 - the peer is the product with these three numbers changed
    alone = {"flush_s": 0.0, "flush_events": 1, "writers": 10}
    legs._capturing = lambda settings: dataclasses.replace(shared(settings), **alone)  # noqa: SLF001 - likewise
    amara_main(["serve", *sys.argv[sys.argv.index("--port") :]])


class _Peer(Process):
    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench.capture", "--one-each", "--port", str(self.port)),
                env=self._environment,
                stdout=log,
                stderr=log,
            )


async def _measure(place: Path, events: int, rounds: int) -> dict[str, list[float]]:
    cluster = postgres.Cluster.at(place)
    await cluster.join()
    await migrate.apply(cluster.owner_url)
    owner = await asyncpg.connect(cluster.owner_url)
    await migrate.ensure_login(owner, postgres.LOGIN)
    environment = dict(os.environ) | {
        "AMARA_DATABASE_URL": cluster.login_url,
        "AMARA_MIGRATION_DATABASE_URL": cluster.owner_url,
        "AMARA_JWT_SECRET": SECRET,
        "AMARA_WRITE_KEYS": WRITE_KEY,
        "AMARA_DATA_DIR": str(place / "service"),
    }
    ours, peer = Process("ours", environment, place / "ours.log"), _Peer("peer", environment, place / "peer.log")
    singles = max(CONNECTIONS, events // 10)

    async def batches() -> float:
        told = [_event(number) for number in range(events)]
        bodies = [_request(json.dumps(told[at : at + BATCH]).encode()) for at in range(0, events, BATCH)]
        return events / await _sent(ours.port, bodies, SENDERS)

    async def copy() -> float:
        return events / await _copied(cluster.owner_url, [_event(number) for number in range(events)], place)

    def single(process: Process) -> Callable[[], Awaitable[float]]:
        async def posts() -> float:
            bodies = [_request(json.dumps(_event(number)).encode()) for number in range(singles)]
            return singles / await _sent(process.port, bodies, CONNECTIONS)

        return posts

    found: dict[str, list[float]] = {"batches": [], "copy": [], "together": [], "one each": []}
    deeds = {"batches": batches, "copy": copy, "together": single(ours), "one each": single(peer)}
    try:
        for process in (ours, peer):
            await process.start()
        for process in (ours, peer):
            await process.is_ready()
        for turn in range(rounds + 1):
            for name in deeds if turn % 2 == 0 else reversed(deeds):
                await owner.execute("truncate public.platform_events")
                await owner.execute("checkpoint")
                rate = await deeds[name]()
                kept = await owner.fetchval("select count(*) from public.platform_events")
                assert kept == (singles if name in {"together", "one each"} else events), (name, kept)
                if turn:  # the first warms up
                    found[name].append(rate)
                print(f"  {turn or 'warm-up'}  {name:9} {rate:10,.0f} events/s", flush=True)
    finally:
        await ours.end()
        await peer.end()
        await owner.close()
        await cluster.leave()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000, help="in batches of 100 and by COPY; a tenth one by one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="also write the rows as JSON, such as bench/results/capture.json")
    said = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="amara-bench-"))
    place.chmod(0o755)
    try:
        found = asyncio.run(_measure(place, said.events, said.rounds))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    median = {name: statistics.median(rates) for name, rates in found.items()}
    measured = {"R10": median["batches"] / median["copy"], "R11": median["together"] / median["one each"]}
    command = f"python -m bench.capture --events {said.events} --rounds {said.rounds}"
    rows = {
        name: {
            "measured": round(measured[name], 2),
            "must": must,
            "aim": aim,
            "met": measured[name] >= must,
            "command": command,
        }
        for name, (must, aim) in ROWS.items()
    }
    for name, row in rows.items():
        print(f"{name}: {row['measured']}× (must {row['must']}×, aim {row['aim']}×)")
    if said.out:
        said.out.parent.mkdir(parents=True, exist_ok=True)
        said.out.write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if all(row["met"] for row in rows.values()) else 1


if __name__ == "__main__":
    if "--one-each" in sys.argv:
        _serve_one_each()
    else:
        sys.exit(main())
