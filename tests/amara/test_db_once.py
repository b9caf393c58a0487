"""A question that is a transaction by itself is the service's, and nobody's before and after it."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from amara import auth, errors
from amara import db as amara_db
from tests.builders import a_conversation

WHO = "select current_user::text as role, current_setting('request.jwt.claims', true) as claims"


async def test_a_question_by_itself_is_the_services_and_leaves_nobody_behind(urls):
    database = await amara_db.open_database(urls.login_url, size=1)
    for said in ("select current_user::text as role from amara_once.serve()", "select 1 from amara_once.serve()"):
        async with database.transaction(auth.person(uuid4(), is_anonymous=False)) as connection:
            await connection.fetchval("select $1::int", 1)  # a person's connection a moment before
        await database.once(said)
        async with database._pool.acquire() as connection:
            row = await connection.fetchrow(WHO)
            assert (row["role"], row["claims"] or "") == ("amara_login", "")
    ((place,),) = await database.once("select set_config('amara.test', 'set', true) from amara_once.serve()")
    assert place == "set"
    async with database._pool.acquire() as connection:
        assert not await connection.fetchval("select current_setting('amara.test', true)")
    await database.close()


async def test_a_question_by_itself_that_becomes_nobody_has_no_rights_at_all(db):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.once("select * from public.profiles")


async def test_a_question_by_itself_that_fails_leaves_nothing_and_its_connection_is_good(urls, owner):
    database = await amara_db.open_database(urls.login_url, size=1)
    conversation_id = await a_conversation(owner)
    epoch = await owner.fetchval("select epoch from public.amara_conversations where id = $1", conversation_id)
    row = (conversation_id, epoch, 1, 1, None, "{}")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.once(
            "select k.*, 1 / (n - 1) from amara_once.keep_frames($1, $2, $3, $4, $5, $6, false) k,"
            " generate_series(1, 1) n",
            *([one] for one in row),
        )
    assert await owner.fetchval("select count(*) from public.amara_run_events") == 0
    await database.once("select amara_once.serve()")
    await database.close()


async def test_a_question_by_itself_says_when_the_database_is_away(urls):
    database = await amara_db.open_database(urls.login_url, size=1)
    with pytest.raises(errors.Unavailable):
        await database.once("select pg_terminate_backend(pg_backend_pid())")
    assert not database.is_well
    await database.once("select amara_once.serve()")
    assert database.is_well
    await database.close()
