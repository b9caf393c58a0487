"""Section D: what lists cost in the database: R14.

A million conversations of 20,000 people, and one of ten thousand messages. Each statement is the store's own, asked in
the person's role, and timed by PostgreSQL itself (`explain analyze`): planning and execution.
"""

from __future__ import annotations

import json
import statistics
from typing import Any
from uuid import UUID

from amara import auth
from amara.store import conversations
from bench.place import Json, Place

PEOPLE, EACH, MESSAGES, PAGE = 20_000, 50, 10_000, 50

_FILL = {
    "people": "insert into auth.users (id) select md5('person ' || n)::uuid from generate_series(1, $1) n",
    "conversations": """
        insert into public.amara_conversations (id, user_id, locale, title, last_message_at)
        select md5('conversation ' || p || '-' || n)::uuid, md5('person ' || p)::uuid, 'es', 'Limpieza ' || n,
          now() - (n * 7919 + p) % 1000003 * interval '1 second'
        from generate_series(1, $1) p, generate_series(1, $2) n
    """,
    "messages": """
        insert into public.amara_messages (conversation_id, role, content, metadata)
        select md5('conversation 1-1')::uuid, 'user', 'Busco a alguien para limpiar, ' || n, '{}'
        from generate_series(1, $1) n
    """,
}


class _Asked:
    """Stands where a connection does, and asks PostgreSQL to explain instead."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.ms: list[float] = []

    async def fetch(self, query: str, *arguments: object) -> list[Any]:
        plan = json.loads(await self._connection.fetchval(f"explain (analyze, format json) {query}", *arguments))[0]
        self.ms.append(plan["Planning Time"] + plan["Execution Time"])
        return []


async def measure(place: Place, *, times: int = 11) -> Json:
    owner = place.owner
    async with owner.transaction():
        await owner.execute("set local session_replication_role = replica")
        for (what, statement), numbers in zip(_FILL.items(), ((PEOPLE,), (PEOPLE, EACH), (MESSAGES,)), strict=True):
            await owner.execute(statement, *numbers, timeout=600)
            print(f"  {what} written", flush=True)
    await owner.execute("vacuum analyze public.amara_conversations, public.amara_messages", timeout=600)
    person = await owner.fetchval("select md5('person 1')::uuid")
    conversation: UUID = await owner.fetchval("select md5('conversation 1-1')::uuid")
    oldest = await owner.fetchval(
        "select sequence from public.amara_messages where conversation_id = $1 order by sequence offset $2 limit 1",
        conversation,
        PAGE,
    )
    who = auth.person(person, is_anonymous=False)
    asked = {"list": _Asked(owner), "page": _Asked(owner)}
    for _ in range(times):
        async with owner.transaction():
            await owner.execute(
                "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)",
                who.database_role,
                who.claims,
            )
            await conversations.conversations(asked["list"], person, limit=PAGE, before=None)
            await conversations.messages(asked["page"], conversation, limit=PAGE, before=oldest)
    result = {name: statistics.median(each.ms) for name, each in asked.items()}
    print(f"  list {result['list']:.2f} ms, last page {result['page']:.2f} ms", flush=True)
    return result
