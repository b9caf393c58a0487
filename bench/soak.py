"""An hour of two hundred people, with events beside them: does anything grow that should not?

Run: python -m bench.soak --minutes 60
Every chat says something each half a minute and hears the whole answer, with a tool call in it; a hundred events a
second arrive beside. Each half minute: resident memory, open files, threads and sockets of the service, and how late
words are. Shown are the slopes over the second half, when caches are filled: memory below 1 MiB in ten minutes, files
and threads flat.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path

from amara.__main__ import main as amara_main
from bench.__main__ import machine
from bench.place import Json, place
from bench.rows import RESULTS
from tests.faults.stage import Process

CHATS, EVERY_S, EVENTS = 200, 30.0, 100
MEMORY_MAX = 1.0  # MiB in ten minutes


def _look(pid: int) -> Json:
    its = Path("/proc") / str(pid)
    said = dict(line.split(":", 1) for line in (its / "status").read_text().splitlines() if ":" in line)
    return {
        "rss_mib": int(said["VmRSS"].split()[0]) / 1024,
        "files": len(list((its / "fd").iterdir())),
        "threads": int(said["Threads"]),
    }


def slope(points: list[tuple[float, float]]) -> float:
    """What the line through these grows by in ten minutes; by least squares. Units: minutes, whatever grows."""
    middle = sum(x for x, _ in points) / len(points)
    high = sum(y for _, y in points) / len(points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    return 0.0 if not spread else 10 * sum((x - middle) * (y - high) for x, y in points) / spread


def _serve_counted() -> None:
    """`amara serve` with a thread beside it that writes down now and then how many tasks there are."""

    def count() -> None:
        while True:
            known = getattr(asyncio.tasks, "_scheduled_tasks", None) or asyncio.tasks._all_tasks  # noqa: SLF001 - from another thread there is no other way
            told = Path(os.environ["BENCH_TASKS"])
            fresh = told.with_suffix(".new")
            fresh.write_text(str(len(known)))
            fresh.rename(told)  # whoever reads it meanwhile finds it whole
            time.sleep(2)

    threading.Thread(target=count, daemon=True).start()
    amara_main(["serve", *sys.argv[sys.argv.index("--port") :]])


class _Counted(Process):
    async def start(self) -> None:
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench.soak", "--counted", "--port", str(self.port)),
                env=self._environment,
                stdout=log,
                stderr=log,
            )


async def _run(minutes: float) -> tuple[list[Json], list[str]]:
    found: list[Json] = []
    failures: list[str] = []
    async with place() as its:
        tasks = its.directory / "tasks"
        service = _Counted("amara", its.environment(BENCH_TASKS=str(tasks)), its.directory / "amara.log")
        await service.start()
        await service.is_ready()
        its.services["amara"], its.ports["amara"] = service, service.port
        await its.open("amara", "chats", CHATS, at_once=8)
        port, began = its.ports["amara"], time.monotonic()
        events = asyncio.create_task(its.load.do("events", port=port, rate=EVENTS, batch=20, seconds=minutes * 60))
        while (now := time.monotonic() - began) < minutes * 60:
            try:
                told = await its.load.do(
                    "ask", group="chats", text="plan: deltas=100 rate=20 tool=1", spread_s=EVERY_S - 8
                )
            except RuntimeError as error:
                failures.append(str(error))
                continue
            one = _look(service.pid) | {"minutes": now / 60, "tasks": int(tasks.read_text())}
            one["p99_us"] = told["delay_us"]["99"]
            found.append(one)
            print(
                f"  {one['minutes']:5.1f} min {one['rss_mib']:7.1f} MiB, {one['files']} files, {one['threads']} threads"
                f", {one['tasks']} tasks, p99 {one['p99_us'] / 1000:.1f} ms",
                flush=True,
            )
            await asyncio.sleep(max(0.0, began + now + EVERY_S - time.monotonic()))
        failures += [f"events: {one}" for one in (await events)["refused"]]
    return found, failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    said = parser.parse_args()
    print(f"On {machine()}")
    found, failures = asyncio.run(_run(said.minutes))
    late = found[len(found) // 2 :]
    names = ("rss_mib", "files", "tasks")
    slopes = {name: slope([(one["minutes"], one[name]) for one in late]) for name in names}
    print("In ten minutes: " + ", ".join(f"{name} {grows:+.2f}" for name, grows in slopes.items()))
    print(f"{len(failures)} answers failed" + "".join(f"\n  {one}" for one in failures[:5]))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "soak.json").write_text(
        json.dumps({"minutes": said.minutes, "slopes": slopes, "looks": found}, indent=1)
    )
    return 0 if slopes["rss_mib"] < MEMORY_MAX and abs(slopes["files"]) < 1 and not failures else 1


if __name__ == "__main__":
    if "--counted" in sys.argv:
        _serve_counted()
    else:
        sys.exit(main())
