"""The guest's rows, behind the door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from guest import store, tokens
from guest.shapes import Contact

NOW = datetime(2025, 11, 7, 12, 0, tzinfo=UTC)
TOKEN = "a-guests-token-of-forty-three-characters-..."
HASH = tokens.at_rest(TOKEN)
MARIA = Contact("maria@example.com", "María González", None, "1", None)


async def remembered(db, token=TOKEN, *, lasts=timedelta(hours=24)):
    async with db.service() as connection:
        return await store.remember(connection, uuid4(), token, MARIA, created_at=NOW, expires_at=NOW + lasts)


async def recalled(db, token_hash, *, now=NOW):
    async with db.service() as connection:
        return await store.recall(connection, token_hash, now=now)


async def test_what_is_remembered_is_recalled_by_its_hash(db):
    session = await remembered(db)
    assert await recalled(db, HASH) == session
    assert await recalled(db, HASH.upper()) is None


async def test_a_session_is_gone_at_the_instant_it_ends(db):
    session = await remembered(db)
    last = session.expires_at - timedelta(microseconds=1)
    assert await recalled(db, HASH, now=last) == session
    assert await recalled(db, HASH, now=session.expires_at) is None


async def test_one_token_is_one_session(db):
    await remembered(db)
    with pytest.raises(asyncpg.UniqueViolationError):
        await remembered(db)


async def test_a_visitor_of_the_database_recalls_nobody(db):
    await remembered(db)
    async with db.visitor() as connection:
        assert await store.recall(connection, HASH, now=NOW) is None
