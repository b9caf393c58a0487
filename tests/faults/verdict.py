"""What must hold of everybody a fault hit: the clients' own histories against the database.

The numbers are those of docs/reliability.md: I1 acknowledged once, I2 complete is whole, I3 nothing stuck, I4 no effect
twice, I5 what was heard is what is read, I6 nothing borrowed, I7 no secret in a log, I8 no accident.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from tests import nodejs
from tests.faults.crowd import Client
from tests.faults.stage import LEASE_S, Stage

Json = dict[str, Any]
STUCK_S = 20
_BROKEN = re.compile(r'"event": "\w+_broken"|deadlock detected')


async def broken(stage: Stage, clients: Sequence[Client]) -> list[str]:
    """Every promise that was not kept to these clients, in words; they have all been answered."""
    found: list[str] = []
    for client in clients:
        found += [f"I5 order: {complaint}" for complaint in client.complaints]
        found += await _record(stage, client)
        found += await _confirmed(stage, client)
    found += await _effects(stage)
    found += await _at_rest(stage)
    return found + await _shown(stage, clients)


async def _record(stage: Stage, client: Client) -> list[str]:
    rows = await stage.ask(
        "select role, content, metadata->>'client_message_id' as client_id, metadata->>'status' as status"
        " from public.amara_messages where conversation_id = $1 order by sequence",
        UUID(client.thread_id),
    )
    found = []
    for message_id, text in client.acked.items():
        stored = [row["content"] for row in rows if row["client_id"] == message_id]
        if stored != [text]:
            found.append(f"I1 {message_id} was acknowledged and is stored {len(stored)} times")
    for exchange in client.exchanges:
        whole = [row for row in rows if row["content"] == exchange.expects and row["status"] == "complete"]
        if exchange.expects and len(whole) != 1:
            found.append(f"I2 {exchange.message_id} has {len(whole)} whole answers in {client.thread_id}")
    answers = {exchange.expects for exchange in client.exchanges if exchange.expects}
    found += [
        f"I2 in {client.thread_id} a part counts as complete: {row['content'][:40]!r}"
        for row in rows
        if row["role"] == "assistant" and row["status"] == "complete" and row["content"] not in answers
        if any(answer.startswith(row["content"]) and row["content"] for answer in answers)
    ]
    return found


async def _confirmed(stage: Stage, client: Client) -> list[str]:
    said = sum(bool(exchange.resume) and exchange.outcome is not None for exchange in client.exchanges)
    [row] = await stage.ask("select count(*) as made from public.bookings where customer_id = $1", client.user_id)
    made = row["made"]
    return [f"I4 {client.thread_id} confirmed {said} times and has {made} bookings"] if made != said else []


async def _effects(stage: Stage) -> list[str]:
    twice = await stage.ask(
        "select instructions, count(*) as times from public.amara_booking_drafts group by 1 having count(*) > 1"
    )
    unheld = await stage.ask(
        "select b.id, count(d.id) as times from public.bookings b left join public.amara_booking_drafts d"
        " on d.booking_id = b.id and d.status = 'confirmed' group by 1 having count(d.id) <> 1"
    )
    tools = await stage.ask(
        "select run_id, call_id from public.amara_tool_runs group by 1, 2 having count(*) > 1"
        " union all select run_id, call_id from public.amara_tool_runs t join public.amara_runs r on r.id = t.run_id"
        " where t.state = 'started' and r.status <> 'running'"
    )
    return [
        *(f"I4 {row['times']} drafts for {row['instructions']!r}" for row in twice),
        *(f"I4 booking {row['id']} has {row['times']} confirmed drafts" for row in unheld),
        *(f"I4 {row['call_id']} was recorded twice, or never ended" for row in tools),
    ]


async def _at_rest(stage: Stage) -> list[str]:
    stuck = await stage.ask(
        "select id from public.amara_runs where status = 'running' and started_at < clock_timestamp()"
        " - make_interval(secs => $1)",
        STUCK_S + LEASE_S,
    )
    borrowed = await stage.ask(
        "select pid, state, query from pg_stat_activity where application_name = 'amara'"
        " and xact_start < now() - make_interval(secs => $1)",
        stage.held_s,
    )
    return [*(f"I3 run {row['id']} is stuck" for row in stuck), *(f"I6 {dict(row)} holds one" for row in borrowed)]


async def _shown(stage: Stage, clients: Sequence[Client]) -> list[str]:
    """What a stock client makes of the frames, against what is read."""
    threads = [{"threadId": client.thread_id, "runs": client.runs} for client in clients]
    shown = (await nodejs.answer("agui_many.mjs", {"threads": threads}))["shown"]
    found = []
    for client, seen in zip(clients, shown, strict=True):
        rows = await stage.ask(
            "select coalesce(metadata->>'client_message_id', id::text) as id, content from public.amara_messages"
            " where conversation_id = $1 and role in ('user', 'assistant') order by sequence",
            UUID(client.thread_id),
        )
        read = [(row["id"], row["content"]) for row in rows]
        heard = [
            (message["id"], message.get("content") or "")
            for message in seen["messages"]
            if message["role"] in {"user", "assistant"}
        ]
        if seen["failures"]:
            found.append(f"I5 {client.thread_id}: the client says {seen['failures'][0]}")
        if heard != read:
            found.append(f"I5 {client.thread_id}: heard {_short(heard)}, read {_short(read)}")
    return found


def _short(messages: list[tuple[str, str]]) -> str:
    return str([(message_id[-6:], content[-24:], len(content)) for message_id, content in messages])


def told(logs: Sequence[Path], secrets: Sequence[str]) -> list[str]:
    """What the logs say and must not: a secret (I7), or that something of ours fell over (I8)."""
    found = []
    for log in logs:
        said = log.read_text("utf-8", errors="replace")
        found += [f"I7 {log.name} has {secret[:12]}…" for secret in secrets if secret in said]
        found += [f"I8 {log.name}: {line[-200:]}" for line in said.splitlines() if _BROKEN.search(line)]
    return found
