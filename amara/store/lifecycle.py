"""One person across all tables, as the owner reads and forgets them: Ley 1581 of 2012, articles 8 and 15.

Which tables know somebody is asked of the catalogue and not of a list: one that comes later is found by its columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Owner: TypeAlias = "asyncpg.Connection[Any]"  # generic in the stubs alone
Json = dict[str, Any]

# By which column a table knows somebody, and by which of their ids.
_KNOWN_BY = {
    "user_id": "people",
    "customer_id": "people",
    "converted_to_user_id": "people",
    "guest_session_id": "sessions",
    "conversation_id": "conversations",
    "booking_id": "bookings",
}
_TECHNICAL = ("amara_run_events", "replies", "webhook_notices")  # the same words again, hashes, ids for the platform
_SECRET = ("session_token", "code_hash", "content_hash", "ticket_hash", "body_hash", "encrypted_password")


@dataclass(frozen=True, slots=True)
class Person:
    """Everything under which somebody is known here."""

    people: Sequence[UUID]
    """Accounts and visitors' principals."""
    sessions: Sequence[UUID]
    """Guest sessions."""
    conversations: Sequence[UUID]
    bookings: Sequence[UUID]

    def __bool__(self) -> bool:
        """Somebody is known."""
        return bool(self.people or self.sessions)


async def find(owner: Owner, *, user_id: UUID | None, email: str | None) -> Person:
    """By an account, or by an address: then every account and every guest session that has it."""
    people = await owner.fetchval(
        "select coalesce(array_agg(u.id order by u.id), '{}') from auth.users u"
        " where u.id = $1 or lower(u.email) = lower($2)"
        # A visitor is this person as far as everybody they have been is: a browser may be a family's.
        " or (select bool_and(lower(g.email) = lower($2)) from public.guest_sessions g where g.user_id = u.id)",
        user_id,
        email,
    )
    sessions = await owner.fetchval(
        "select coalesce(array_agg(id order by id), '{}') from public.guest_sessions"
        " where user_id = any($1) or lower(email) = lower($2) or metadata ->> 'converted_to_user_id' = any($1::text[])",
        people,
        email,
    )
    conversations = await owner.fetchval(
        "select coalesce(array_agg(id order by id), '{}') from public.amara_conversations where user_id = any($1)",
        people,
    )
    bookings = await owner.fetchval(
        "select coalesce(array_agg(id order by id), '{}') from public.bookings"
        " where customer_id = any($1) or guest_session_id = any($2)",
        people,
        sessions,
    )
    return Person(people, sessions, conversations, bookings)


async def everything(owner: Owner, person: Person) -> Json:
    """What is known of somebody, table by table, without secrets."""
    found: Json = {
        "auth.users": await _rows(owner, "auth.users", "t.id = any($1)", person.people),
        "public.profiles": await _rows(owner, "public.profiles", "t.id = any($1)", person.people),
        "public.guest_sessions": await _rows(owner, "public.guest_sessions", "t.id = any($1)", person.sessions),
        "public.bookings": await _rows(owner, "public.bookings", "t.id = any($1)", person.bookings),
    }
    for table, columns in (await _tables(owner)).items():
        if table in found or table.split(".")[1] in _TECHNICAL:
            continue
        rows: list[Json] = []
        for column in columns:
            ids = getattr(person, _KNOWN_BY[column])
            rows += [row for row in await _rows(owner, table, f"t.{column} = any($1)", ids) if row not in rows]
        found[table] = rows
    return {table: rows for table, rows in found.items() if rows}


async def standing_in_the_way(owner: Owner, person: Person) -> str | None:
    """Why somebody cannot be forgotten now, in words; none where nothing stands against it."""
    if await owner.fetchval(
        "select exists (select from public.bookings where professional_id = any($1))", person.people
    ):
        return "It is a professional's account: other people's bookings are with it."
    live: int = await owner.fetchval(
        "select count(*) from public.bookings where id = any($1) and status in ('pending', 'confirmed', 'in_progress')",
        person.bookings,
    )
    return f"Bookings that are not over: {live}. Cancel or complete them first." if live else None


async def forget(owner: Owner, person: Person) -> Mapping[str, int]:
    """Takes the person out: their account, visits and words go, bookings stay as records of nobody. In one transaction.

    Returns:
        How many of each are gone, or are nobody's now.
    """
    names = [str(user_id) for user_id in person.people]
    async with owner.transaction():
        # What a guest booked: an account's own bookings are made nobody's as the account goes.
        await owner.execute(
            "update public.bookings set customer_id = null, guest_session_id = null, address = null,"
            " special_instructions = null, source_details = '{}', anonymized_at = coalesce(anonymized_at, now())"
            " where id = any($1)",
            person.bookings,
        )
        await owner.execute("delete from public.guest_sessions where id = any($1)", person.sessions)
        await owner.execute(
            "delete from public.idempotency_keys where scope = any($1)", names + [str(one) for one in person.sessions]
        )
        await owner.execute(
            "delete from amara_private.token_budgets where substr(scope, 3) = any($1) and scope ~ '^[ug]:'", names
        )
        await owner.execute("delete from auth.users where id = any($1)", person.people)
        for table, columns in (await _tables(owner)).items():
            for column in columns:
                if _KNOWN_BY[column] in {"people", "sessions"}:
                    await _let_go(owner, table, column, getattr(person, _KNOWN_BY[column]))
    return {
        "accounts": len(person.people),
        "guest sessions": len(person.sessions),
        "conversations": len(person.conversations),
        "bookings without a name": len(person.bookings),
    }


async def _let_go(owner: Owner, table: str, column: str, ids: Sequence[UUID]) -> None:
    """What a record of ours still says of them: who, where it may be without; else the row itself."""
    may_be_nobody: bool = await owner.fetchval(
        "select not attnotnull from pg_catalog.pg_attribute where attrelid = $1::text::regclass and attname = $2",
        table,
        column,
    )
    if may_be_nobody:
        await owner.execute(f"update {table} set {column} = null where {column} = any($1)", ids)  # noqa: S608 - names of the catalogue, quoted by it
    else:
        await owner.execute(f"delete from {table} where {column} = any($1)", ids)  # noqa: S608 - likewise


async def _tables(owner: Owner) -> dict[str, list[str]]:
    """The tables that know somebody, and by which columns."""
    rows = await owner.fetch(
        "select format('%I.%I', n.nspname, c.relname) as table_name,"
        " array_agg(a.attname::text order by a.attnum) as columns"
        " from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = any($1) and not a.attisdropped"
        " and a.atttypid = 'uuid'::regtype"
        " where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'amara_private')"
        " group by 1 order by 1",
        list(_KNOWN_BY),
    )
    return {row["table_name"]: row["columns"] for row in rows}


async def _rows(owner: Owner, table: str, where: str, ids: Sequence[UUID]) -> list[Json]:
    rows = await owner.fetch(f"select to_jsonb(t) - $2::text[] as row from {table} t where {where}", ids, list(_SECRET))  # noqa: S608 - likewise
    return [row["row"] for row in rows]
