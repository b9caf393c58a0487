"""What administrators count is asked of a standby while it is near; what decides anything never is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest

from amara import db as amara_db
from amara import migrate
from amara.auth import SERVICE
from amara.doctor import Examination
from amara.settings import Settings
from amara.standby import BEHIND_MAX, REST_S, Standby
from tests.builders import a_person
from tests.faults.standby import DATABASE, LOGIN, OWNER, Pair
from tests.rig import SECRET, serving

pytestmark = pytest.mark.timeout(120)
WINDOW = {"from": "2026-01-01", "to": "2026-01-02"}


@dataclass
class Estate:
    """Two servers, and their owner's connection to each."""

    pair: Pair
    primary: asyncpg.Connection[Any]
    standby: asyncpg.Connection[Any]

    @property
    def login_url(self) -> str:
        return self.pair.url(LOGIN)

    @property
    def owner_url(self) -> str:
        return self.pair.url(OWNER)

    @property
    def standby_url(self) -> str:
        return f"postgresql://{LOGIN}@{self.pair.standby.address}/{DATABASE}"


@pytest.fixture
async def estate(open_directory, postgres_bin) -> AsyncIterator[Estate]:
    place = open_directory / f"pair-{uuid4()}"
    place.mkdir(mode=0o755)
    pair = Pair(place, postgres_bin)
    try:
        await pair.begin()
        await migrate.apply(pair.url(OWNER))
        primary = await asyncpg.connect(pair.url(OWNER))
        await migrate.ensure_login(primary, LOGIN)
        await pair.pair()
        second = await asyncpg.connect(f"postgresql://{OWNER}@{pair.standby.address}/{DATABASE}")
        yield Estate(pair, primary, second)
        await primary.close()
        second.terminate()
    finally:
        await pair.end()


async def is_of_standby(asked: Standby) -> bool:
    async with asked.transaction(SERVICE) as connection:
        found: bool = await connection.fetchval("select pg_catalog.pg_is_in_recovery()")
        return found


async def test_a_standby_is_asked_while_it_is_there_and_near(estate):
    now = 0.0
    database = await amara_db.open_database(estate.login_url)
    asked = Standby(estate.standby_url, database, clock=lambda: now)
    assert await is_of_standby(asked)
    await estate.standby.execute("select pg_wal_replay_pause()")
    await estate.primary.execute(
        f"create table much as select repeat('x', 100) from generate_series(1, {BEHIND_MAX // 100})"
    )
    assert not await is_of_standby(asked)
    await estate.standby.execute("select pg_wal_replay_resume()")
    place = await estate.primary.fetchval("select pg_current_wal_lsn()::text")
    while not await estate.standby.fetchval("select pg_last_wal_replay_lsn() >= $1::text::pg_lsn", place):
        pass
    assert not await is_of_standby(asked)  # it is left alone for a while
    now += REST_S
    assert await is_of_standby(asked)
    estate.pair.kill(estate.pair.standby)
    assert not await is_of_standby(asked)
    await asked.close()
    await database.close()


async def test_one_that_is_no_standby_any_more_is_not_asked(estate):
    database = await amara_db.open_database(estate.login_url)
    asked = Standby(estate.login_url, database)  # the primary itself, as after a promotion
    assert not await is_of_standby(asked)
    await asked.close()
    await database.close()


async def test_numbers_are_read_at_the_standby_and_who_may_see_them_where_it_is_written(estate):
    admin = await a_person(estate.primary, role="admin")
    async with serving(estate, standby_url=estate.standby_url) as service, aiohttp.ClientSession(service.url) as http:
        header = {"authorization": f"Bearer {service.token(admin)}"}

        async def searches() -> int | None:
            async with http.get("/v1/analytics/event-counts", params=WINDOW, headers=header) as answer:
                if answer.status != 200:
                    return -answer.status
                counted = (await answer.json())["counts"]
                return sum(one["event_count"] for one in counted)

        while await searches() == -403:  # until the standby knows of them as well
            pass
        assert await searches() == 0
        await estate.standby.execute("select pg_wal_replay_pause()")
        await estate.primary.execute(
            "insert into public.platform_events (event_type, created_at) values ('SearchStarted', '2026-01-01 12:00Z')"
        )
        assert await searches() == 0  # of the standby, which has not heard of it
        async with http.get("/v1/admin/usage", headers=header) as answer:
            assert answer.status == 200
        await estate.primary.execute("update public.profiles set role = 'customer' where id = $1", admin)
        assert await searches() == -403
        async with http.get("/v1/admin/usage", headers=header) as answer:
            assert answer.status == 403
        await estate.primary.execute("update public.profiles set role = 'admin' where id = $1", admin)
        estate.pair.kill(estate.pair.standby)
        await estate.primary.execute("alter system reset synchronous_standby_names")
        await estate.primary.execute("select pg_reload_conf()")
        assert await searches() == 1  # of the primary


async def test_a_service_starts_though_its_standby_is_away_or_misnamed(estate):
    away = estate.standby_url.replace(str(estate.pair.standby.port), "1")
    for url in (away, "postgresql://amara_login@x/amara?target_session_attrs=nonsense", "no URL at all"):
        async with serving(estate, standby_url=url) as service:
            assert service.door.house.standby is not None
            assert not await is_of_standby(service.door.house.standby)


async def test_the_doctor_says_whether_it_would_be_asked(estate):
    async def verdict() -> str:
        asked = Settings(database_url=estate.login_url, jwt_secret=SECRET, standby_url=estate.standby_url)
        found = [finding async for finding in Examination(asked, {}).findings()]
        return next(finding.verdict for finding in found if finding.about == "standby")

    assert await verdict() == "well"
    estate.pair.kill(estate.pair.standby)
    assert await verdict() == "note"
