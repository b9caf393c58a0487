"""Section B: how much later a word arrives than it would without us. Milliseconds, from a stamp inside the word.

R4 a word at 200 chats · R6 the first word · R7 the first one deep in a conversation · R12 a word with events beside.
Everything is measured next to the same thing without us, or without what is asked about, in turn.
"""

from __future__ import annotations

import asyncio
import statistics
from uuid import UUID

from bench.place import Json, Place

CHATS, RATE = 200, 20
FIRST = "plan: deltas=5 rate=200 tool=0"


def _median(values: list[float]) -> float:
    return statistics.median(values)


async def words(place: Place, *, rounds: int, deltas: int = 120) -> Json:
    """R4: p50 and p99 of a word's way, ours and direct, at 200 chats."""
    text = f"plan: deltas={deltas} rate={RATE} tool=0"
    found: Json = {"amara": [], "direct": []}
    for turn in range(rounds):
        for name in ("direct", "amara") if turn % 2 == 0 else ("amara", "direct"):
            await place.open(name, name, CHATS)
            told = await place.load.do("ask", group=name, text=text, spread_s=6.0)
            await place.load.do("close", group=name)
            found[name].append(told["delay_us"])
            print(
                f"  {turn + 1} {name:7} p50 {told['delay_us']['50']:7,} p99 {told['delay_us']['99']:8,} µs", flush=True
            )
    return {
        name: {p: _median([each[p] for each in runs]) / 1000 for p in ("50", "95", "99")}
        for name, runs in found.items()
    }


async def first(place: Place, *, turns: int = 14) -> Json:
    """R6: from the question to the first word, one chat; in turn with a client that asks the upstream itself."""
    took: dict[str, list[float]] = {"direct": [], "amara": []}
    for name in took:
        await place.open(name, name, 1)
    await place.load.do("ask", group="amara", text=FIRST, turns=3)
    for turn in range(turns):
        for name in took if turn % 2 == 0 else reversed(took):
            took[name] += (await place.load.do("ask", group=name, text=FIRST))["first_us"]
    for name in took:
        await place.load.do("close", group=name)
    result = {"ours": _median(took["amara"]) / 1000, "direct": _median(took["direct"]) / 1000}
    print(f"  first word: {result['ours']:.1f} ms, direct {result['direct']:.1f} ms", flush=True)
    return result


# A conversation is grown by copying its first turn, as the service writes it: the rows, and the record that says so.
_GROW = """
with turns as (
  select gen_random_uuid() as run_id, n from generate_series(1, $2::int) n
), runs as (
  insert into public.amara_runs (id, conversation_id, user_id, run_key, status, owner, lease_expires_at, asked, outcome)
  select t.run_id, r.conversation_id, r.user_id, r.run_key || '-' || t.n, 'finished', r.owner,
    r.lease_expires_at, r.asked, r.outcome
  from turns t cross join (select * from public.amara_runs where conversation_id = $1 order by started_at limit 1) r
  returning id
)
select run_id, n from turns
"""
_COPY = """
insert into public.amara_messages (conversation_id, role, content, tool_calls, metadata)
select m.conversation_id, m.role, m.content, m.tool_calls,
  case when m.role = 'user' then m.metadata || jsonb_build_object('client_message_id', 'c' || t.n)
    else m.metadata || jsonb_build_object('run_id', t.run_id) end
from unnest($2::uuid[], $3::int[]) t (run_id, n)
cross join (select * from public.amara_messages where conversation_id = $1 order by sequence limit 3) m
order by t.n, m.sequence
"""


async def grow(place: Place, conversation_id: UUID, turns: int) -> None:
    owner = place.owner
    rows = await owner.fetch(_GROW, conversation_id, turns)
    async with owner.transaction():
        await owner.execute("set local role amara_service")
        await owner.execute(_COPY, conversation_id, [row["run_id"] for row in rows], [row["n"] for row in rows])
    await owner.execute("analyze public.amara_messages")


async def deep(place: Place, *, turns: int = 12, depth: int = 500) -> Json:
    """R7: the first word at turn 2 and at turn 500."""
    for group in ("young", "old"):
        people = await place.open("amara", group, 1)
        await place.load.do("ask", group=group, text="plan: deltas=20 rate=0 tool=1")
        if group == "old":
            await grow(place, UUID(people[0][0]), depth - 2)
    took: dict[str, list[float]] = {"young": [], "old": []}
    await asyncio.gather(*(place.load.do("ask", group=group, text=FIRST, turns=2) for group in took))
    for turn in range(turns):
        for group in took if turn % 2 == 0 else reversed(took):
            told = await place.load.do("ask", group=group, text=FIRST)
            took[group] += told["first_us"]
    for group in took:
        await place.load.do("close", group=group)
    result = {group: _median(each) / 1000 for group, each in took.items()}
    print(
        f"  first word: {result['young']:.1f} ms in a young conversation, {result['old']:.1f} in one of {depth} turns"
    )
    return result


async def beside(place: Place, *, rounds: int, chats: int = 100, deltas: int = 120, rate: int = 2_000) -> Json:
    """R12: a word's p99 with and without 2,000 events a second beside it."""
    text = f"plan: deltas={deltas} rate={RATE} tool=0"
    seconds = 4.0 + deltas / RATE
    found: dict[str, list[float]] = {"alone": [], "beside": []}

    async def once(name: str) -> None:
        await place.open("amara", "chats", chats)
        events = None
        if name == "beside":
            port = place.ports["amara"]
            events = asyncio.create_task(place.load.do("events", port=port, rate=rate, batch=100, seconds=seconds))
        told = await place.load.do("ask", group="chats", text=text, spread_s=3.0)
        if events is not None:
            assert not (refused := (await events)["refused"]), refused[:3]
        await place.load.do("close", group="chats")
        found[name].append(told["delay_us"]["99"] / 1000)
        print(f"  p99 {name:6} {found[name][-1]:8.2f} ms", flush=True)

    for turn in range(rounds):
        for name in ("alone", "beside") if turn % 2 == 0 else ("beside", "alone"):
            await once(name)
    return {name: _median(each) for name, each in found.items()}
