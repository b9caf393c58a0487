"""What the model may cost a day. Everything here is *service*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from amara.db import Connection


async def hold(db: Connection, day: date, limits: Mapping[str, int], tokens: int) -> str | None:
    """Holds these tokens in every purse, or in none; then it says which one is empty."""
    empty: str | None = await db.fetchval(
        "select amara_private.hold_tokens($1, $2, $3, $4)", day, list(limits), list(limits.values()), tokens
    )
    return empty


async def spend(db: Connection, day: date, scopes: Sequence[str], *, held: int, spent: int) -> None:
    """What was held becomes what was really used."""
    await db.execute("select amara_private.spend_tokens($1, $2, $3, $4)", day, list(scopes), held, spent)


async def forget(db: Connection, before: date) -> None:
    """Drops the purses of days that are over."""
    await db.execute("delete from amara_private.token_budgets where day < $1", before)
