"""People: their accounts on plain PostgreSQL, as the owner writes them; who may still be here, as the service asks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from amara.db import Connection


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


async def sign_out(owner: asyncpg.Connection[Any], user_id: UUID, *, issued_before: datetime) -> None:
    """Tokens of this user that were issued before this moment are refused; an earlier word is never taken back."""
    await owner.execute(
        "insert into amara_private.revocations as r (user_id, issued_before) values ($1, $2)"
        " on conflict (user_id) do update set issued_before = greatest(r.issued_before, excluded.issued_before)",
        user_id,
        issued_before,
    )


async def guest_session(db: Connection, principal: UUID, *, now: datetime) -> UUID | None:
    """*Service.* The visitor's latest guest session with consent that lasts and is no account's; held, so that it
    becomes none's before this transaction ends.
    """
    session_id: UUID | None = await db.fetchval(
        "select id from public.guest_sessions where user_id = $1 and expires_at > $2 and metadata ? 'consent'"
        " and not metadata ? 'converted_to_user_id' order by created_at desc, id limit 1 for share",
        principal,
        now,
    )
    return session_id


async def confirmed_account(db: Connection, user_id: UUID, email: str) -> UUID | None:
    """*Service.* The confirmed account with this address, made under this id where there is none; none where
    somebody has taken the address without confirming it.
    """
    found: UUID | None = await db.fetchval(
        "with made as (insert into auth.users (id, email, email_confirmed_at) values ($1, $2, now())"
        " on conflict do nothing returning id)"
        " select id from made union all select id from auth.users"
        " where lower(email) = lower($2) and email_confirmed_at is not null and not is_anonymous limit 1",
        user_id,
        email,
    )
    return found


async def accounts_are_ours(db: Connection) -> bool:
    """*Service.* Whether the accounts can be read here; elsewhere their absence would mean nothing."""
    readable: bool = await db.fetchval(
        "select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'auth' and c.relname = 'users'"
        " and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')"
        # Without a policy of ours every account would look deleted.
        " and (not row_security_active(c.oid) or exists (select from pg_catalog.pg_policy p"
        " where p.polrelid = c.oid and p.polcmd in ('r', '*')"
        " and exists (select from unnest(p.polroles) r where r = 0 or pg_has_role(r, 'usage')))))"
    )
    return readable


async def standing(
    db: Connection, user_ids: Collection[UUID], *, with_accounts: bool
) -> dict[UUID, tuple[bool, datetime | None]]:
    """*Service.* For each of these: whether the account is gone, and before when their tokens were revoked."""
    gone = "not exists (select from auth.users u where u.id = asked.id)" if with_accounts else "false"
    rows = await db.fetch(
        f"select asked.id, {gone} as is_gone, r.issued_before from unnest($1::uuid[]) as asked (id)"  # noqa: S608 - two texts of ours
        " left join amara_private.revocations r on r.user_id = asked.id",
        list(user_ids),
    )
    return {row["id"]: (row["is_gone"], row["issued_before"]) for row in rows}
