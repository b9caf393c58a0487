"""How a professional is written, as the owner of the database: the account, the profile, the offer and the hours."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from amara.intake.professional import Professional


class NoAccount(Exception):
    """Accounts are another service's, and this one is not there."""


async def is_there(connection: asyncpg.Connection[Any]) -> bool:
    """Whether the database has what a professional is written to."""
    tables: int = await connection.fetchval(
        "select num_nonnulls(to_regclass('auth.users'), to_regclass('public.professional_profiles'),"
        " to_regclass('public.professional_working_hours'))"
    )
    return tables == 3


async def put(connection: asyncpg.Connection[Any], person: Professional) -> bool:
    """Writes one, whom the address makes the same as before. Whether they are new among the professionals.

    Raises:
        NoAccount: accounts are made elsewhere.
        asyncpg.PostgresError: the tables want something else.
    """
    user_id = await _account(connection, person)
    columns = {name: _as_text(value) for name, value in person.columns.items()} | {"full_name": person.full_name}
    given = {"status": "active", "country": "CO"} | columns
    is_new = not await connection.fetchval(
        "select exists (select from public.professional_profiles where profile_id = $1)", user_id
    )
    if is_new:
        names = ", ".join(given)
        places = ", ".join(_place(name, number) for number, name in enumerate(given, 2))
        await connection.execute(
            f"insert into public.professional_profiles (profile_id, {names}) values ($1, {places})",  # noqa: S608 - names are ours
            user_id,
            *given.values(),
        )
    else:
        pairs = ", ".join(f"{name} = {_place(name, number)}" for number, name in enumerate(columns, 2))
        await connection.execute(
            f"update public.professional_profiles set {pairs} where profile_id = $1",  # noqa: S608 - names are ours
            user_id,
            *columns.values(),
        )
    await _calendar(connection, user_id, person)
    return is_new


async def _account(connection: asyncpg.Connection[Any], person: Professional) -> UUID:
    user_id: UUID | None = await connection.fetchval("select id from auth.users where lower(email) = $1", person.email)
    if user_id is None:
        are_ours = await connection.fetchval(
            "select pg_catalog.pg_has_role(relowner, 'USAGE') and relowner::regrole is distinct from"
            " to_regrole('supabase_auth_admin') from pg_catalog.pg_class where oid = 'auth.users'::regclass"
        )
        if not are_ours:
            raise NoAccount
        user_id = uuid4()
        await connection.execute(
            "insert into auth.users (id, email, email_confirmed_at, raw_user_meta_data)"
            " values ($1, $2, now(), jsonb_build_object('full_name', $3::text))",
            user_id,
            person.email,
            person.full_name,
        )
    # Nobody loses a right by standing in a file.
    await connection.execute(
        "insert into public.profiles (id, role, full_name, city) values ($1, 'professional', $2, $3)"
        " on conflict (id) do update set full_name = excluded.full_name, city = excluded.city,"
        " role = case when public.profiles.role::text = 'admin' then public.profiles.role else excluded.role end",
        user_id,
        person.full_name,
        person.columns["city"],
    )
    return user_id


async def _calendar(connection: asyncpg.Connection[Any], user_id: UUID, person: Professional) -> None:
    """What the file says takes the place of what was there."""
    if person.hours is not None:
        await connection.execute("delete from public.professional_working_hours where professional_id = $1", user_id)
        await connection.executemany(
            "insert into public.professional_working_hours (professional_id, weekday, start_time, end_time)"
            " values ($1, $2, $3, $4)",
            [(user_id, *span) for span in person.hours],
        )
    if person.blocked_dates is not None:
        await connection.execute("delete from public.professional_blocked_dates where professional_id = $1", user_id)
        await connection.executemany(
            "insert into public.professional_blocked_dates (professional_id, date) values ($1, $2)",
            [(user_id, day) for day in person.blocked_dates],
        )


def _as_text(value: Any) -> Any:
    """JSON, and a number with a fraction, go to the server as it would read them itself."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return msgspec.json.encode(value).decode()
    return str(value) if isinstance(value, float) else value


def _place(name: str, number: int) -> str:
    return {"services": f"${number}::text::jsonb", "rating": f"${number}::text::numeric"}.get(name, f"${number}")
