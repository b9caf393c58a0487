"""What must hold before the service starts, each with its sentence and without a secret."""

from __future__ import annotations

import asyncpg
import pytest

from amara import app, migrate, opening, postgres
from amara.settings import Settings
from tests.rig import SECRET, WRITE_KEY, serving


async def refusal(login_url: str, owner_url: str = "", **wishes: bool) -> str:
    """Why the door does not open."""
    settings = Settings(database_url=login_url, migration_database_url=owner_url, jwt_secret=SECRET)
    with pytest.raises(opening.CannotStart) as refused:
        async with app.open_door(settings, port=8000, **wishes):
            pass
    said = str(refused.value)
    assert SECRET not in said
    assert "postgresql://" not in said
    assert "host=" not in said
    return said


async def test_a_login_above_row_level_security_is_refused(urls, cluster, owner):
    assert "above row level security" in await refusal(urls.owner_url)
    await owner.execute("create role test_bypasses login bypassrls in role anon, authenticated, amara_service")
    try:
        name = urls.login_url.rpartition("/")[2].partition("?")[0]
        assert "above row level security" in await refusal(cluster.url("test_bypasses", name))
    finally:
        await owner.execute("drop role test_bypasses")


async def test_types_of_events_of_no_kind_are_refused_and_good_ones_are_counted(urls, owner):
    told = {"database_url": urls.login_url, "jwt_secret": SECRET, "write_keys": (WRITE_KEY,)}
    with pytest.raises(opening.CannotStart, match=r"AMARA_EVENT_TYPES .*QuoteAsked"):
        async with app.open_door(Settings(event_types='{"QuoteAsked": {"city": "string"}}', **told), port=8000):
            pass
    async with serving(urls, event_types='{"QuoteAsked": {"city": "text"}}'):
        assert await owner.fetchval("select is_counted from platform_event_types where event_type = 'QuoteAsked'")


async def test_a_database_that_forgets_what_it_committed_is_refused(urls, owner):
    name = await owner.fetchval("select current_database()")
    await owner.execute(f"alter role {postgres.LOGIN} in database {name} set synchronous_commit = off")
    assert "synchronous_commit is off" in await refusal(urls.login_url)


async def test_a_database_without_migrations_is_refused(empty_urls):
    said = await refusal(empty_urls.login_url)
    assert "amara migrate" in said


async def test_every_pending_or_changed_migration_is_named(urls, owner):
    await owner.execute("delete from supabase_migrations.schema_migrations where version = '20251201090100'")
    await owner.execute("update amara_private.migration_hashes set sha256 = 'x' where version = '20251201090000'")
    said = await refusal(urls.login_url)
    assert "20251201090100_amara_api.sql is pending" in said
    assert "20251201090000_amara_runs.sql is changed" in said


async def test_a_role_that_may_not_become_the_service_is_refused(urls, cluster, owner):
    await owner.execute("create role test_stranger login")
    try:
        name = urls.login_url.rpartition("/")[2].partition("?")[0]
        assert "amara migrate" in await refusal(cluster.url("test_stranger", name))
    finally:
        await owner.execute("drop role test_stranger")


async def test_a_database_that_does_not_answer_is_said_to_be_one():
    assert "does not answer" in await refusal("postgresql://amara_login:the-password@127.0.0.1:9/amara")


async def test_the_demo_needs_an_owner_to_fill_the_database(urls):
    assert "AMARA_MIGRATION_DATABASE_URL" in await refusal(urls.login_url, has_demo=True)


async def test_the_demo_is_loaded_once(urls, owner):
    for _ in range(2):
        async with serving(urls, has_demo=True):
            count = await owner.fetchval("select count(*) from public.professional_profiles")
            assert count == 24


async def test_an_embedded_database_is_started_migrated_and_stopped_again(open_directory, postgres_bin, monkeypatch):
    made = postgres.Cluster.at
    monkeypatch.setattr(postgres.Cluster, "at", lambda place: made(place, binaries=postgres_bin, durable=False))
    place = open_directory / "embedded"
    place.mkdir(mode=0o755)
    said: list[str] = []
    async with app.open_door(Settings(data_dir=place), port=8000, say=said.append) as door:
        async with door.house.database.service() as connection:
            assert await migrate.check(connection) == []
        url = made(place, binaries=postgres_bin).owner_url
        connection = await asyncpg.connect(url)
        await connection.close()
    assert said[0] == "Starting the embedded PostgreSQL"
    assert f"applied {migrate.migrations()[-1].path.name}" in said
    with pytest.raises(FileNotFoundError):
        await asyncpg.connect(url)
