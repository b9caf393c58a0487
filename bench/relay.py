"""Section A: what a word costs, beside the peers. CPU of the process tree, per delta.

R1, R2, R3. A run of long answers and one of short ones give two figures for each: what a turn costs before its first
word and after its last, and what a word costs. Each answer makes one tool call; ours is recorded, logged and committed.
"""

from __future__ import annotations

import statistics
from typing import Any

from bench.place import Json, Place, cpu_s

FLAT, PACED = "flat", "paced"
PEERS = ("floor", "amara", "sdk", "node")


async def _cost(place: Place, name: str, group: str, text: str, **more: Any) -> Json:
    """CPU seconds of the answers of a group that is open already."""
    before, database = cpu_s(place.pid(name)), cpu_s(place.database_pid)
    told = await place.load.do("ask", group=group, text=text, **more)
    return told | {"cpu_s": cpu_s(place.pid(name)) - before, "database_s": cpu_s(place.database_pid) - database}


async def _once(place: Place, name: str, load: str, size: dict[str, int]) -> Json:
    chats, deltas, rate = size["chats"], size["deltas"], size["rate"]
    group = f"{name}-{load}"
    await place.open(name, group, chats)
    spread = 8.0 if rate else 1.0  # people do not ask in the same instant
    # What a turn costs whatever its length: answers of one word.
    if load == FLAT:  # the first of each: connections are made, statements prepared
        await place.load.do("ask", group=group, text="plan: deltas=1 rate=0 tool=1", spread_s=spread)
    short = await _cost(place, name, group, "plan: deltas=1 rate=0 tool=1", spread_s=spread)
    long = await _cost(place, name, group, f"plan: deltas={deltas} rate={rate} tool=1", spread_s=spread)
    await place.load.do("close", group=group)
    assert not rate or name == "node" or long["stamps"] == chats * deltas, (name, long["stamps"])
    turn = short["cpu_s"] / chats
    words = chats * deltas
    return {
        "turn_us": turn * 1e6,
        "delta_us": (long["cpu_s"] - chats * turn) / words * 1e6,
        "all_us": long["cpu_s"] / words * 1e6,
        "database_us": (long["database_s"] - short["database_s"]) / words * 1e6,
        "database_turn_us": short["database_s"] / chats * 1e6,
        "per_s": words / long["seconds"],
    }


async def measure(place: Place, *, rounds: int, scale: float = 1.0, peers: tuple[str, ...] = PEERS) -> Json:
    await place.serve()
    for name in peers:
        if name != "amara":
            await place.peer(name)
    sizes = {
        FLAT: {"chats": 8, "deltas": int(20_000 * scale), "rate": 0},
        PACED: {"chats": 100, "deltas": int(500 * scale), "rate": 50},
    }
    found: Json = {load: {name: [] for name in peers} for load in sizes}
    for turn in range(rounds):
        for name in peers if turn % 2 == 0 else tuple(reversed(peers)):
            for load, size in sizes.items():
                one = await _once(place, name, load, size)
                found[load][name].append(one)
                print(
                    f"  {turn + 1} {load:6} {name:7} {one['delta_us']:8.2f} µs a delta, {one['turn_us']:8.0f} a turn"
                    f" ({one['all_us']:.2f} all in; PostgreSQL {one['database_us']:.2f} and"
                    f" {one['database_turn_us']:.0f}; {one['per_s']:,.0f} deltas/s)",
                    flush=True,
                )
    return {
        load: {
            name: {key: statistics.median(each[key] for each in runs) for key in runs[0]} for name, runs in by.items()
        }
        for load, by in found.items()
    }


def table(told: Json) -> str:
    """What each costs. µs of CPU of the process tree; PostgreSQL's own, which only ours asks, stands beside and does
    not count."""
    lines = [
        "| load | | a delta | a turn | all in | PostgreSQL: a delta | a turn | deltas/s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for load, by in told.items():
        for name, one in by.items():
            ours = f"{one['database_us']:.1f} | {one['database_turn_us']:,.0f}" if name == "amara" else "– | –"
            lines.append(
                f"| {load} | {name} | {one['delta_us']:.2f} | {one['turn_us']:,.0f} | {one['all_us']:.2f} | {ours}"
                f" | {one['per_s']:,.0f} |"
            )
    return "\n".join(lines)
