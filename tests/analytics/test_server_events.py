"""What the service says happened."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from amara import auth, db
from amara.tools.tool import Happened
from analytics import server_events
from tests.builders import a_person

FACTS = "select event_type, properties, user_id, session_id, channel, source from public.platform_events"


async def emitted(connection, key, **more):
    said = {"user_id": None, "session_id": "visit", "channel": "assistant"} | more
    await server_events.emit(connection, [Happened("SearchStarted", {"city": "Cali"}, key)], **said)


async def test_a_deed_is_told_once_however_often_it_is_repeated(db, owner):
    person = await a_person(owner)
    for _ in range(3):
        async with db.service() as connection:
            await emitted(connection, "search:run-1", user_id=person)
    async with db.service() as connection:
        await emitted(connection, "search:run-2")
    rows = [tuple(row) for row in await owner.fetch(f"{FACTS} order by user_id nulls last")]
    assert rows == [
        ("SearchStarted", {"city": "Cali"}, person, "visit", "assistant", "server"),
        ("SearchStarted", {"city": "Cali"}, None, "visit", "assistant", "server"),
    ]


async def test_what_was_not_done_was_not_told(db, owner):
    async with db.service() as connection:
        undone = connection.transaction()
        await undone.start()
        await emitted(connection, "search:run-1")
        await undone.rollback()
    assert await owner.fetch(FACTS) == []


async def test_nobody_but_the_service_says_so(urls, owner):
    database = await db.open_database(urls.login_url)
    person = auth.person(await a_person(owner), is_anonymous=False)
    for who in (person, auth.ANONYMOUS):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(who) as connection:
                await emitted(connection, str(uuid4()))
    async with database.transaction(person) as connection:
        await db.become(connection, auth.SERVICE)
        await emitted(connection, "search:run-1", session_id="v" * 300)
    await database.close()
    assert await owner.fetchval("select length(session_id) from public.platform_events") == 200
