"""People on plain PostgreSQL, as the database's owner writes them: for `amara token`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg


async def ensure(
    owner: asyncpg.Connection[Any],
    user_id: UUID,
    *,
    email: str | None,
    is_confirmed: bool,
    role: str,
    is_anonymous: bool,
) -> None:
    """The account and its profile with this role, made or brought up to date."""
    async with owner.transaction():
        await owner.execute(
            "insert into auth.users (id, email, email_confirmed_at, is_anonymous)"
            " values ($1, $2, case when $3 then now() end, $4)"
            " on conflict (id) do update set email = coalesce(excluded.email, auth.users.email),"
            " email_confirmed_at = case when $2::text is null then auth.users.email_confirmed_at"
            " else excluded.email_confirmed_at end",
            user_id,
            email,
            is_confirmed and email is not None,
            is_anonymous,
        )
        await owner.execute(
            "update public.profiles set role = $2 where id = $1 and role is distinct from $2", user_id, role
        )
