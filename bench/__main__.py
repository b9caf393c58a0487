"""Measures the targets and prints their table.

Run: python -m bench [relay latency crowd database capture funnel start] [--rounds 3] [--scale 1.0]
Sections by name, or all of them; each by itself takes less than five minutes. See bench/README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import crowd, database, latency, relay, startup
from bench.place import NODE, Json, place
from bench.rows import RESULTS, keep, row, table


def machine() -> str:
    """What was measured on, in a line."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    load = os.getloadavg()[0]
    cores = os.cpu_count()
    return f"{model}, {cores} cores, Linux {platform.release()}, Python {platform.python_version()}, load {load:.1f}"


async def _relay(said: argparse.Namespace, command: str) -> Json:
    peers = relay.PEERS if (NODE / "node_modules").exists() else relay.PEERS[:-1]
    async with place() as its:
        told = await relay.measure(its, rounds=said.rounds, scale=said.scale, peers=peers)
    print(relay.table(told))
    flat, paced = told[relay.FLAT], told[relay.PACED]
    rows = {
        "R1 flat": row("R1 flat", flat["sdk"]["delta_us"] / flat["amara"]["delta_us"], command, of=flat),
        "R1 paced": row("R1 paced", paced["sdk"]["delta_us"] / paced["amara"]["delta_us"], command, of=paced),
        "R3": row("R3", paced["amara"]["delta_us"] / paced["floor"]["delta_us"], command),
        # A chat is an answer of 500 words and the turn around it.
        "R5": row("R5", paced["sdk"]["all_us"] / paced["amara"]["all_us"], command),
    }
    if "node" in flat:
        rows["R2 flat"] = row("R2 flat", flat["node"]["delta_us"] / flat["amara"]["delta_us"], command)
        rows["R2 paced"] = row("R2 paced", paced["node"]["delta_us"] / paced["amara"]["delta_us"], command)
    return rows


async def _latency(said: argparse.Namespace, command: str) -> Json:
    async with place() as its:
        await its.serve()
        first = await latency.first(its)
        deep = await latency.deep(its)
        words = await latency.words(its, rounds=said.rounds)
        beside = await latency.beside(its, rounds=said.rounds)
    added = words["amara"]["99"] - words["direct"]["99"]
    return {
        "R4": row("R4", added, command, of=words),
        "R6": row("R6", first["ours"] - first["direct"], command, of=first),
        "R7": row("R7", deep["old"] / deep["young"], command, of=deep),
        "R12": row("R12", beside["beside"] / beside["alone"], command, of=beside),
    }


async def _crowd(said: argparse.Namespace, command: str) -> Json:
    sockets = int(10_000 * said.scale)
    async with place() as its:
        idle = await crowd.idle(its, sockets=2_000)
        await its.serve()
        back = await crowd.back(its)
        await its.end_service()
        elsewhere = await crowd.elsewhere(its)
        two = await crowd.two(its, rounds=said.rounds)
        beside = await crowd.beside_idle(its, sockets=sockets, rounds=said.rounds)
    return {
        "R8": row("R8", idle["kib"], command, of=idle),
        "R9": row("R9", beside["crowded"]["us"] / beside["empty"]["us"], command, of=beside, sockets=sockets),
        "R15": row("R15", back["back_s"], command, of=back),
        "R15 elsewhere": row("R15 elsewhere", elsewhere["back_s"], command, of=elsewhere),
        "R16": row("R16", 2 * two["one"]["us"] / two["two"]["us"], command, of=two),
    }


async def _database(said: argparse.Namespace, command: str) -> Json:
    del said
    async with place(has_upstream=False) as its:
        told = await database.measure(its)
    return {f"R14 {name}": row(f"R14 {name}", told[name], command) for name in ("list", "page")}


async def _start(said: argparse.Namespace, command: str) -> Json:
    with TemporaryDirectory(prefix="amara-bench-") as name:
        Path(name).chmod(0o755)  # noqa: ASYNC240 - one call, before anything is measured
        told = await startup.measure(Path(name) / "data", rounds=said.rounds)
    return {"R17": row("R17", told["word_s"], command, of=told)}


async def _elsewhere(module: str, *arguments: str) -> Json:
    """A section that is a program of its own: it prints by itself and leaves its rows in a file."""
    RESULTS.mkdir(exist_ok=True)
    out = RESULTS / f"{module}.json"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"bench.{module}", *arguments, "--out", str(out), cwd=RESULTS.parents[1]
    )
    await child.wait()
    told: Json = json.loads(out.read_text())
    return told


async def _capture(said: argparse.Namespace, command: str) -> Json:
    told = await _elsewhere("capture", "--rounds", str(said.rounds), "--events", str(int(20_000 * said.scale)))
    return {name: row(name, told[name]["measured"], command) for name in ("R10", "R11")}


async def _funnel(said: argparse.Namespace, command: str) -> Json:
    told = await _elsewhere("funnel", "--events", str(said.events))
    return {"R13": row("R13", told["R13"]["measured"], command, events=said.events, exact=told["R13"]["met"])}


Section = Callable[[argparse.Namespace, str], Awaitable[Json]]
SECTIONS: dict[str, Section] = {
    "relay": _relay,
    "latency": _latency,
    "crowd": _crowd,
    "database": _database,
    "capture": _capture,
    "funnel": _funnel,
    "start": _start,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="all of them when none is named")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions, each in the other order; medians are told")
    parser.add_argument("--scale", type=float, default=1.0, help="a smaller load, to try the benchmark itself")
    parser.add_argument("--events", type=int, default=5_000_000, help="of the funnel")
    said = parser.parse_args()
    its = machine()
    print(f"On {its}")
    found: Json = {}
    for name in said.sections or SECTIONS:
        began = time.monotonic()
        print(f"\n{name}", flush=True)
        command = f"python -m bench {name}" + (f" --rounds {said.rounds}" if said.rounds != 3 else "")
        rows = asyncio.run(SECTIONS[name](said, command + (f" --scale {said.scale}" if said.scale != 1 else "")))
        found |= rows
        keep(rows, its)
        print(f"{table(rows)}\n{name} took {time.monotonic() - began:.0f} s", flush=True)
    if len(said.sections or SECTIONS) > 1:
        print(f"\n{table(found)}")
    return 0 if all(told["met"] for told in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
