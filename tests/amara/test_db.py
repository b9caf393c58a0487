"""Nobody gets a connection without a role, and an absent database is one situation."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from uuid import uuid4

import asyncpg
import pytest

from amara import auth, errors
from amara import db as amara_db

WHO = "select current_user::text as role, current_setting('request.jwt.claims', true) as claims"


async def test_a_transaction_is_its_callers(db):
    caller = auth.person(uuid4(), is_anonymous=False, email="laura@example.com")
    async with db.transaction(caller) as connection:
        row = await connection.fetchrow(f"{WHO}, auth.uid() as uid, auth.role() as said")
    assert (row["role"], row["uid"], row["said"]) == ("authenticated", caller.user_id, "authenticated")
    assert json.loads(row["claims"])["email"] == "laura@example.com"


async def test_the_service_and_a_visitor_speak_for_nobody(db):
    async with db.service() as connection:
        row = await connection.fetchrow(f"{WHO}, auth.uid() as uid")
        assert tuple(row) == ("amara_service", "", None)
    async with db.visitor() as connection:
        row = await connection.fetchrow(f"{WHO}, auth.uid() as uid")
        assert (row["role"], row["uid"]) == ("anon", None)


async def test_a_statement_of_two_roles_has_a_plan_for_each(urls):
    """One that policies went into would be made anew whenever the other role comes with it."""
    database = await amara_db.open_database(urls.login_url, size=1)
    ask = "select $1::uuid as nobody"
    for who in (auth.SERVICE, auth.person(uuid4(), is_anonymous=False), auth.SERVICE, auth.ANONYMOUS):
        async with database.transaction(who) as connection:
            for fetch in (connection.fetchval, connection.fetchrow, connection.fetch, connection.execute):
                await fetch(ask, uuid4())
            await amara_db.become(connection, auth.person(uuid4(), is_anonymous=False))
            await connection.fetchval(ask, uuid4())
    async with database.service() as connection:
        kept = await connection.fetch(
            "select statement from pg_catalog.pg_prepared_statements where statement like $1", f"%{ask}"
        )
    assert sorted(row["statement"] for row in kept) == [f"/* anon */ {ask}", f"/* authenticated */ {ask}", ask]
    await database.close()


async def test_no_role_outlives_its_transaction(urls):
    """A19: mixed callers over a pool of two, some of them failing; afterwards a connection is nobody again."""
    database = await amara_db.open_database(urls.login_url, size=2)
    callers = [auth.SERVICE, auth.ANONYMOUS, *(auth.person(uuid4(), is_anonymous=False) for _ in range(3))]

    async def one(number):
        caller = callers[number % len(callers)]
        with suppress(asyncpg.DivisionByZeroError):
            async with database.transaction(caller) as connection:
                row = await connection.fetchrow(WHO)
                assert (row["role"], row["claims"]) == (caller.database_role, caller.claims)
                if number % 3 == 0:
                    await connection.execute("select 1 / 0")

    await asyncio.gather(*(one(number) for number in range(200)))
    for _ in range(2):
        async with database._pool.acquire() as connection:
            row = await connection.fetchrow(WHO)
            assert (row["role"], row["claims"] or "") == ("amara_login", "")
    await database.close()


async def test_a_transaction_is_nobody_elses_when_its_connection_was_somebodys(urls):
    """Nothing is reset between two loans, so nothing may stay: a failed beginning included."""
    database = await amara_db.open_database(urls.login_url, size=1)
    person = auth.person(uuid4(), is_anonymous=False)
    async with database._pool.acquire() as connection:
        connection.transaction_of(person)  # and never begun
    async with database.visitor() as connection:
        assert tuple(await connection.fetchrow(WHO)) == ("anon", auth.ANONYMOUS.claims)
        await connection.execute("declare kept cursor for select 1")
    async with database._pool.acquire() as connection:
        assert await connection.fetchval("select count(*) from pg_catalog.pg_cursors where name = 'kept'") == 0
        assert await connection.fetchval("show statement_timeout") == "0"
    await database.close()


@pytest.mark.parametrize("email", ["o'hara@example.com", "a\\'b@example.com", "'; drop table x; --", "\\", 'ñ\\"👩‍👧'])
@pytest.mark.parametrize("reads_backslashes", [False, True])
async def test_claims_are_what_was_said_whatever_stands_in_them(urls, email, reads_backslashes):
    database = await amara_db.open_database(urls.login_url, size=1)
    if reads_backslashes:
        async with database._pool.acquire() as connection:
            await connection.execute("set standard_conforming_strings = off")
    person = auth.person(uuid4(), is_anonymous=False, email=email)
    async with database.transaction(person) as connection:
        row = await connection.fetchrow(WHO)
    assert (row["role"], json.loads(row["claims"])["email"]) == ("authenticated", email)
    await database.close()


async def test_forgetting_the_role_means_no_rights_at_all(db):
    async with db._pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from public.profiles")


async def test_one_transaction_may_speak_for_two(db):
    person = auth.person(uuid4(), is_anonymous=False)
    async with db.transaction(person) as connection:
        await amara_db.become(connection, auth.SERVICE)
        assert tuple(await connection.fetchrow(WHO)) == ("amara_service", "")
        await amara_db.become(connection, person)
        assert tuple(await connection.fetchrow(WHO)) == ("authenticated", person.claims)


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, True, "ñ👩‍👧"]}, [], {}, "text", 7, None])
@pytest.mark.parametrize("kind", ["jsonb", "json"])
async def test_json_goes_in_and_out_as_it_is(db, kind, value):
    async with db.visitor() as connection:
        assert await connection.fetchval(f"select $1::{kind}", value) == value


async def test_what_fails_leaves_nothing_behind(db, owner):
    user_id = uuid4()

    async def half():
        async with db.service() as connection:
            await connection.execute("insert into auth.users (id, is_anonymous) values ($1, true)", user_id)
            await connection.execute("select 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await half()
    assert await owner.fetchval("select count(*) from auth.users where id = $1", user_id) == 0


async def test_a_cancelled_caller_leaves_nothing_behind_and_gives_the_connection_back(urls, owner):
    database = await amara_db.open_database(urls.login_url, size=1)
    user_id, inside = uuid4(), asyncio.Event()

    async def hang():
        async with database.service() as connection:
            await connection.execute("insert into auth.users (id, is_anonymous) values ($1, true)", user_id)
            inside.set()
            await connection.execute("select pg_sleep(30)")

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await owner.fetchval("select count(*) from auth.users where id = $1", user_id) == 0
    async with database.visitor() as connection:
        assert await connection.fetchval("select 1") == 1
    await database.close()


async def test_a_pool_that_is_all_lent_is_unavailable_soon(urls, monkeypatch):
    """D15: told to come back, not left waiting."""
    monkeypatch.setattr(amara_db, "ACQUIRE_S", 0.05)
    database = await amara_db.open_database(urls.login_url, size=1)
    async with database.visitor():
        with pytest.raises(errors.Unavailable):
            async with database.visitor():
                pass
    async with database.visitor() as connection:
        assert await connection.fetchval("select 1") == 1
    await database.close()


async def test_an_answer_that_is_being_written_waits_longer_than_who_may_come_back(urls, monkeypatch):
    monkeypatch.setattr(amara_db, "ACQUIRE_S", 0.05)
    database = await amara_db.open_database(urls.login_url, size=1)
    waits = asyncio.Event()

    async def answer():
        amara_db.be_patient()
        waits.set()
        async with database.service() as connection:
            return await connection.fetchval("select 1")

    async with database.visitor():
        answering = asyncio.create_task(answer())
        await waits.wait()
        for _ in range(3):  # who is not, behind it in the queue, and nobody became so by it
            with pytest.raises(errors.Unavailable):
                await database.once("select amara_once.serve()")
        assert not answering.done()
    assert await answering == 1
    await database.close()


async def test_a_connection_that_is_cut_is_unavailable_and_the_next_one_works(db, owner):
    """D10: recovery without a restart."""

    async def cut():
        async with db.visitor() as connection:
            await owner.fetchval("select pg_terminate_backend($1)", connection.get_server_pid())
            await connection.fetchval("select 1")

    with pytest.raises(errors.Unavailable):
        await cut()
    async with db.visitor() as connection:
        assert await connection.fetchval("select 1") == 1


async def test_what_was_committed_stays_so_though_its_connection_breaks_on_the_way_back(urls, owner):
    async def cut(connection):
        await owner.fetchval("select pg_terminate_backend($1, 5000)", connection.get_server_pid())
        await connection.execute("select 1")

    pool = await asyncpg.create_pool(urls.login_url, min_size=1, max_size=1, reset=cut, connection_class=amara_db.Lent)
    database = amara_db.Database(pool)
    for _ in range(2):
        async with database.service() as connection:
            await connection.execute("insert into public.platform_events (event_type) values ('A')")
    await database.close()
    assert await owner.fetchval("select count(*) from public.platform_events") == 2


async def test_connections_cut_while_nobody_used_them_do_no_harm_for_long(db, owner):
    async with db.visitor() as connection:
        pid = connection.get_server_pid()
    await owner.fetchval("select pg_terminate_backend($1, 5000)", pid)
    for _ in range(2):  # the first caller may still be handed the dead one
        try:
            async with db.visitor() as connection:
                found = await connection.fetchval("select 1")
        except errors.Unavailable:
            found = None
    assert found == 1


async def test_a_database_that_only_reads_is_unavailable(db, owner):
    """D16."""

    async def write():
        async with db.service() as connection:
            await connection.execute("set transaction read only")
            await connection.execute("insert into auth.users (id, is_anonymous) values (gen_random_uuid(), true)")

    with pytest.raises(errors.Unavailable):
        await write()


async def test_what_a_statement_got_wrong_is_not_the_databases_absence(db):
    with pytest.raises(asyncpg.UndefinedTableError):
        async with db.visitor() as connection:
            await connection.fetch("select * from nothing_of_this_name")


async def test_the_login_is_safe_to_serve_with(db, urls):
    safety = await db.safety()
    assert not safety.is_above_policies
    assert safety.version >= 15
    as_owner = await amara_db.open_database(urls.owner_url)
    assert (await as_owner.safety()).is_above_policies
    await as_owner.close()


@pytest.mark.parametrize(("commits", "is_durable"), [("on", True), ("local", True), ("off", False)])
async def test_a_server_that_forgets_commits_is_seen(urls, owner, commits, is_durable):
    """J08."""
    name = await owner.fetchval("select current_database()")
    await owner.execute(f"alter database {name} set synchronous_commit = {commits}")
    database = await amara_db.open_database(urls.login_url)
    assert (await database.safety()).is_durable is is_durable
    await database.close()


async def test_who_is_stopped_in_the_middle_holds_nothing_for_long(db, owner):
    """Locked rows of a process that sleeps, or is cut off, are everybody's again."""

    async def sleep_inside():
        async with db.service() as connection:
            assert await connection.fetchval("show idle_in_transaction_session_timeout") == "5s"
            await connection.execute("set local idle_in_transaction_session_timeout = '10ms'")
            pid = connection.get_server_pid()
            async with asyncio.timeout(10):
                while await owner.fetchval("select exists (select from pg_stat_activity where pid = $1)", pid):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.01)
            await connection.fetchval("select 1")

    with pytest.raises(errors.Unavailable):
        await sleep_inside()
    async with db.visitor() as connection:
        assert await connection.fetchval("select 1") == 1
    async with db._pool.acquire() as connection:
        assert await connection.fetchval("show idle_in_transaction_session_timeout") == "0"


async def test_a_server_looks_whether_we_are_there(db):
    async with db.visitor() as connection:
        rows = await connection.fetch(
            "select name from pg_catalog.pg_settings where name like 'tcp_keepalives%' and source = 'client'"
        )
    assert len(rows) == 3
