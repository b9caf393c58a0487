"""Section C: many at once. Memory of an idle socket, chats beside ten thousand of them, two processes, coming back.

R8 · R9 · R15 · R15 elsewhere · R16. On a machine with fewer cores than processes, R9 and R16 compare the CPU a chat
costs, not how many chats fit: that needs cores that are nobody else's.
"""

from __future__ import annotations

import asyncio
import statistics

from bench.place import Json, Place, cpu_s, memory


async def idle(place: Place, *, sockets: int) -> Json:
    """R8: what an authenticated socket holds that says nothing. KiB."""
    await place.serve("fresh")
    await place.open("fresh", "first", 200, at_once=4)
    await asyncio.sleep(1)
    before = memory(place.pid("fresh"))
    await place.open("fresh", "idle", sockets, at_once=4)
    await asyncio.sleep(1)
    each = (memory(place.pid("fresh")) - before) / sockets / 1024
    for group in ("first", "idle"):
        await place.load.do("close", group=group)
    await place.end_service("fresh")
    print(f"  {each:.1f} KiB a socket, of {sockets:,}", flush=True)
    return {"kib": each, "sockets": sockets}


async def _chats(place: Place, names: list[str], chats: int, *, deltas: int = 200, rate: int = 20) -> Json:
    """CPU of all these processes for a delta, and how late a word is."""
    text = f"plan: deltas={deltas} rate={rate} tool=0"
    share = chats // len(names)
    for name in names:
        await place.open(name, f"chats-{name}", share)
    before = sum(cpu_s(place.pid(name)) for name in names)
    told = await asyncio.gather(
        *(place.load.do("ask", group=f"chats-{name}", text=text, spread_s=5.0) for name in names)
    )
    spent = sum(cpu_s(place.pid(name)) for name in names) - before
    for name in names:
        await place.load.do("close", group=f"chats-{name}")
    return {
        "us": spent / (share * len(names) * deltas) * 1e6,
        "p99_ms": max(one["delay_us"]["99"] for one in told) / 1e3,
    }


def _middle(runs: list[Json]) -> Json:
    return {key: statistics.median(each[key] for each in runs) for key in runs[0]}


async def beside_idle(place: Place, *, sockets: int, rounds: int, chats: int = 200) -> Json:
    """R9: chats with ten thousand idle sockets in the same process, in turn with a process that has none."""
    await place.serve("crowded")
    await place.serve("empty")
    told = await place.open("crowded", "idle", sockets, at_once=16)
    print(f"  {len(told):,} idle sockets are open", flush=True)
    found: dict[str, list[Json]] = {"empty": [], "crowded": []}
    for turn in range(rounds):
        for name in found if turn % 2 == 0 else reversed(found):
            one = await _chats(place, [name], chats)
            found[name].append(one)
            print(f"  {turn + 1} {name:8} {one['us']:7.1f} µs a delta, p99 {one['p99_ms']:8.2f} ms", flush=True)
    await place.load.do("close", group="idle")
    for name in found:
        await place.end_service(name)
    return {name: _middle(runs) for name, runs in found.items()}


async def two(place: Place, *, rounds: int, chats: int = 100) -> Json:
    """R16: the same chats on one process and on two, which know each other by the database alone."""
    for name in ("alone", "left", "right"):
        await place.serve(name)
    found: dict[str, list[Json]] = {"one": [], "two": []}
    processes = {"one": ["alone"], "two": ["left", "right"]}
    for turn in range(rounds):
        for name in found if turn % 2 == 0 else reversed(found):
            one = await _chats(place, processes[name], chats)
            found[name].append(one)
            print(f"  {turn + 1} {name:4} {one['us']:7.1f} µs a delta, p99 {one['p99_ms']:8.2f} ms", flush=True)
    for name in ("alone", "left", "right"):
        await place.end_service(name)
    return {name: _middle(runs) for name, runs in found.items()}


async def back(place: Place, *, sockets: int = 1_000, devices: int = 2) -> Json:
    """R15: in the middle of their answers all sockets drop at once and come back at once; until the last is caught up.

    Two devices a person, each hearing the same answer; every word must have been heard once, before or after.
    """
    runs, deltas = sockets // devices, 60
    people = await place.people(runs)
    for device in range(devices):
        await place.load.do(
            "open", kind="ws", port=place.ports["amara"], group=f"device-{device}", people=people, at_once=8
        )
    told = await place.load.do(
        "resume",
        group="device-0",
        others=[f"device-{device}" for device in range(1, devices)],
        text=f"plan: deltas={deltas} rate=1 tool=0",
        deltas=deltas,
        spread_s=25.0,
        after_s=4.0,
    )
    for device in range(devices):
        await place.load.do("close", group=f"device-{device}")
    print(f"  all {sockets:,} back after {told['back_s']:.2f} s, half of them {told['median_s']:.2f} s", flush=True)
    return told


async def elsewhere(place: Place, *, sockets: int = 1_000, devices: int = 2) -> Json:
    """R15 of several processes: the one that serves them all is killed, and they come back at once at two others.

    Those two also finish the answers, which have to be asked for anew; that takes its time, and nobody waits for it.
    """
    for name in ("doomed", "left", "right"):
        await place.serve(name)
    runs, spread_s, after_s = sockets // devices, 25.0, 4.0
    people, groups = await place.people(runs), [f"device-{device}" for device in range(devices)]
    for group in groups:
        await place.load.do("open", kind="ws", port=place.ports["doomed"], group=group, people=people, at_once=8)

    async def resume() -> Json:
        return await place.load.do(
            "resume",
            group=groups[0],
            others=groups[1:],
            text="plan: deltas=60 rate=1 tool=0",
            deltas=0,
            spread_s=spread_s,
            after_s=after_s,
            ports=[place.ports[name] for name in ("left", "right")],
        )

    coming_back = asyncio.create_task(resume())
    await asyncio.sleep(spread_s + after_s + 1)
    await place.end_service("doomed")
    told = await coming_back
    for group in groups:
        await place.load.do("close", group=group)
    for name in ("left", "right"):
        await place.end_service(name)
    told.pop("lost_or_twice")  # an answer that was taken over begins anew
    print(
        f"  all {sockets:,} back elsewhere after {told['back_s']:.2f} s, half of them {told['median_s']:.2f} s,"
        f" {told['came_again']} came again; all answers whole after {told['ended_s']:.0f} s, but {told['not_ended']}",
        flush=True,
    )
    return told
