"""How much room things take: a small database filled by the service itself, and what of it each table holds.

Run: python -m bench.room [--people 200] [--turns 5] [--events 20000]
Every person has one conversation of so many turns; each turn is a question, one tool call and an answer of some nine
hundred characters, told thirty pieces a second. Sizes are PostgreSQL's own, with indexes, and what was there before is
taken off. What a turn costs the processor is told beside it.
"""

from __future__ import annotations

import argparse
import asyncio

from bench.place import Json, Place, cpu_s, place

DELTAS, RATE = 60, 30
AT_ONCE_S = 60.0  # in which everybody begins
CONVERSATION = {
    "amara_conversations": "the conversation",
    "amara_messages": "what was said and answered",
    "amara_runs": "one row for each answer",
    "amara_tool_runs": "each call of a tool, with its result",
    "amara_usage": "what each call of the model cost",
    "replies": "what was said by the service, as a hash",
    "amara_run_events": "the log that is resumed from; kept for a day",
}
PERSON = ("users", "profiles")
EVENTS = ("platform_events",)

_SIZES = """
    select c.relname as name, sum(pg_total_relation_size(c.oid))::bigint as bytes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname in ('public', 'auth', 'amara_private') group by 1
"""


async def sizes(its: Place) -> dict[str, int]:
    return {row["name"]: row["bytes"] for row in await its.owner.fetch(_SIZES)}


async def rows(its: Place, table: str) -> int:
    room = "amara_private" if table == "replies" else "public"
    return await its.owner.fetchval(f"select count(*) from {room}.{table}")


async def measure(its: Place, *, people: int, turns: int, events: int) -> Json:
    service = await its.serve()
    before = await sizes(its)
    await its.open("amara", "people", people)
    spent, kept_busy = cpu_s(service.pid), cpu_s(its.database_pid)
    text = f"Busco a alguien que limpie mi apartamento en Chapinero. plan: deltas={DELTAS} rate={RATE} tool=1"
    await its.load.do("ask", group="people", text=text, turns=turns, spread_s=AT_ONCE_S)
    spent, kept_busy = cpu_s(service.pid) - spent, cpu_s(its.database_pid) - kept_busy
    await its.load.do("close", group="people")
    told = await its.load.do("events", port=its.ports["amara"], rate=2_000, seconds=events / 2_000, batch=100)
    assert not told["refused"], told["refused"][:3]
    await asyncio.sleep(2)  # what waits for its group commit
    after = await sizes(its)
    grown = {name: after[name] - before.get(name, 0) for name in after}
    return {
        "turns": people * turns,
        "service_ms": spent / (people * turns) * 1e3,
        "database_ms": kept_busy / (people * turns) * 1e3,
        "grown": grown,
        "rows": {table: await rows(its, table) for table in (*CONVERSATION, *EVENTS)},
    }


def table(told: Json, *, people: int, turns: int) -> str:
    grown, number = told["grown"], told["rows"]
    lines = ["| what | rows | bytes a row | bytes a conversation |", "|---|---|---|---|"]
    for name, what in CONVERSATION.items():
        each = grown[name] / max(1, number[name])
        lines.append(f"| `{name}`: {what} | {number[name]:,} | {each:,.0f} | {grown[name] / people:,.0f} |")
    stays = sum(grown[name] for name in CONVERSATION if name != "amara_run_events")
    everyone = sum(grown[name] for name in PERSON)
    event = grown["platform_events"] / max(1, number["platform_events"])
    rest = {name: size for name, size in grown.items() if size >= 100_000}
    others = ", ".join(
        f"`{name}` {size:,}"
        for name, size in sorted(rest.items(), key=lambda each: -each[1])
        if name not in {*CONVERSATION, *PERSON, *EVENTS}
    )
    lines += [
        "",
        f"A conversation of {turns} turns keeps {stays / people:,.0f} bytes, {stays / people / turns:,.0f} a turn, and",
        f"for a day {grown['amara_run_events'] / people:,.0f} more; a person {everyone / people:,.0f}; an event",
        f"{event:,.0f} ({number['platform_events']:,} of them). A turn of {DELTAS} pieces cost the service",
        f"{told['service_ms']:.1f} ms of processor, and PostgreSQL {told['database_ms']:.1f} ms.",
        f"What else grew by more than 100,000 bytes in all: {others or 'nothing'}.",
    ]
    return "\n".join(lines)


async def _main(said: argparse.Namespace) -> None:
    async with place(durable=False) as its:
        told = await measure(its, people=said.people, turns=said.turns, events=said.events)
    print(table(told, people=said.people, turns=said.turns))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200, help="each with one conversation [200]")
    parser.add_argument("--turns", type=int, default=5, help="of each [5]")
    parser.add_argument("--events", type=int, default=20_000, help="captured beside them [20000]")
    asyncio.run(_main(parser.parse_args()))
