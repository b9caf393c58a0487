"""Migrations: on nothing, on a platform that is there, on the seed's own tables, twice, changed, and two at a time."""

import asyncio
import dataclasses
import itertools
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from amara import migrate
from tests.builders import a_conversation, a_person
from tests.conftest import connect

FILES = migrate.migrations()
NAMES = [migration.path.name for migration in FILES]
SEED = [migration for migration in FILES if "_create_" in migration.path.name]


@pytest.fixture
async def empty(empty_urls):
    connection = await connect(empty_urls.owner_url)
    yield connection
    await connection.close()


async def as_supabase_records_it(connection, migration):
    await connection.execute(
        "create schema if not exists supabase_migrations;"
        "create table if not exists supabase_migrations.schema_migrations"
        " (version text primary key, statements text[], name text)"
    )
    await connection.execute(
        "insert into supabase_migrations.schema_migrations (version, name) values ($1, $2)",
        migration.version,
        migration.name,
    )


def test_the_files_are_the_platform_the_seeds_four_and_ours_in_that_order():
    assert [name.split("_", 1)[1] for name in NAMES[:7]] == [
        "platform_foundation.sql",
        "create_amara_conversations.sql",
        "create_amara_messages.sql",
        "create_guest_sessions.sql",
        "create_platform_events.sql",
        "amara_runs.sql",
        "amara_api.sql",
    ]
    assert sorted(NAMES) == NAMES


async def test_an_empty_database_gets_everything_and_the_second_time_nothing(empty, empty_urls):
    said = []
    assert await migrate.apply(empty_urls.owner_url, say=said.append) == NAMES
    assert said == [f"applied {name}" for name in NAMES]
    assert await migrate.apply(empty_urls.owner_url, say=said.append) == []
    assert len(said) == len(NAMES)


async def test_it_is_recorded_as_the_supabase_command_line_records_it(owner):
    rows = await owner.fetch("select * from supabase_migrations.schema_migrations order by version")
    assert [(row["version"], row["name"]) for row in rows] == [(m.version, m.name) for m in FILES]
    assert [row["statements"] for row in rows] == [[m.text] for m in FILES]


async def test_every_file_may_run_again_by_hand(owner):
    for migration in FILES:
        await owner.execute(migration.text)


async def test_two_runners_at_once_apply_each_file_once(empty_urls):
    both = await asyncio.gather(*(migrate.apply(empty_urls.owner_url) for _ in range(2)))
    assert sorted(itertools.chain(*both)) == NAMES


async def test_a_refused_file_leaves_nothing_of_itself_and_names_its_line(empty, empty_urls):
    text = "create table kept_out (a int);\nselect 1;\nselect nonsense;\n"
    bad = migrate.Migration(Path("29990101000000_bad.sql"), "29990101000000", "bad", text, "x")
    good = dataclasses.replace(
        bad, path=Path("29980101000000_good.sql"), version="29980101000000", text="create table kept ()"
    )
    with pytest.raises(migrate.MigrationRefused, match=r"29990101000000_bad.sql, line 3: .*nonsense"):
        await migrate.apply(empty_urls.owner_url, files=[good, bad])
    assert await empty.fetchval("select to_regclass('kept') is not null and to_regclass('kept_out') is null")


async def test_a_file_changed_after_it_was_applied_is_named(urls, owner):
    edited = dataclasses.replace(FILES[3], sha256="of another text")
    with pytest.raises(migrate.MigrationChanged, match=NAMES[3]):
        await migrate.apply(urls.owner_url, files=[edited])
    assert await migrate.check(owner, files=[*FILES[:3], edited]) == [migrate.Difference(NAMES[3], "changed")]


async def test_versions_the_platform_recorded_are_adopted_and_never_changed(empty, empty_urls):
    await migrate.apply(empty_urls.owner_url, files=FILES[:1])
    for migration in SEED:
        await empty.execute(migration.text)
        await as_supabase_records_it(empty, migration)
    assert await migrate.apply(empty_urls.owner_url) == NAMES[5:]
    edited = [dataclasses.replace(migration, sha256="of another text") for migration in SEED]
    assert await migrate.apply(empty_urls.owner_url, files=edited) == []
    assert await migrate.check(empty, files=edited) == []


async def test_an_empty_database_lacks_every_file(empty):
    assert await migrate.check(empty) == [migrate.Difference(name, "pending") for name in NAMES]


async def test_the_service_sees_for_itself_that_all_is_well(urls):
    connection = await asyncpg.connect(urls.login_url)
    async with connection.transaction():
        await connection.execute("set local role amara_service")
        assert await migrate.check(connection) == []
    await connection.close()


async def test_a_login_is_made_once_and_can_do_nothing_by_itself(urls, owner):
    name = "amara login 'with' \"marks\""
    try:
        assert await migrate.ensure_login(owner, name, password="it's secret") is True
        assert await migrate.ensure_login(owner, name) is False
        row = await owner.fetchrow("select * from pg_roles where rolname = $1", name)
        assert (row["rolcanlogin"], row["rolinherit"], row["rolsuper"], row["rolbypassrls"]) == (
            True,
            False,
            False,
            False,
        )
        roles = (
            "select roleid::regrole::text as name from pg_auth_members where member::regrole = quote_ident($1)::regrole"
        )
        assert {row["name"] for row in await owner.fetch(roles, name)} == {"anon", "authenticated", "amara_service"}
        await owner.execute(f"set session authorization {await owner.fetchval('select quote_ident($1)', name)}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.fetch("select * from amara_messages")
    finally:
        await owner.execute("reset session authorization")
        await owner.execute(f"drop role if exists {await owner.fetchval('select quote_ident($1)', name)}")


# --- a platform that is there already

SUPABASE = """
do $do$ begin
  if to_regrole('supabase_auth_admin') is null then create role supabase_auth_admin nologin; end if;
  if to_regrole('anon') is null then create role anon nologin; end if;
  if to_regrole('authenticated') is null then create role authenticated nologin; end if;
  if to_regrole('service_role') is null then create role service_role nologin bypassrls; end if;
end $do$;
create schema auth authorization supabase_auth_admin;
create table auth.users (id uuid primary key, email text, raw_user_meta_data jsonb, email_confirmed_at timestamptz,
  is_anonymous boolean not null default false, created_at timestamptz);
alter table auth.users owner to supabase_auth_admin;
create function auth.uid() returns uuid language sql stable as 'select null::uuid /* theirs */';
create function auth.role() returns text language sql stable as 'select null::text /* theirs */';
create function auth.jwt() returns jsonb language sql stable as 'select null::jsonb /* theirs */';
create table public.profiles (id uuid primary key references auth.users, role text not null, favourite_color text);
alter table public.profiles enable row level security;
create policy "theirs" on public.profiles for select using (true);
grant select on public.profiles to anon;
create type public.booking_status as enum ('pending', 'confirmed', 'declined', 'in_progress', 'completed', 'cancelled');
create table public.bookings (id uuid primary key default gen_random_uuid(), customer_id uuid, professional_id uuid,
  status public.booking_status not null, scheduled_start timestamptz, scheduled_end timestamptz, tip integer);
insert into auth.users values ('00000000-0000-4000-8000-000000000001', 'ana@example.com');
insert into public.profiles values ('00000000-0000-4000-8000-000000000001', 'customer', 'green');
insert into public.bookings (professional_id, status, scheduled_start, scheduled_end) values
  ('00000000-0000-4000-8000-0000000000aa', 'confirmed', '2025-11-15 13:00Z', '2025-11-15 17:00Z'),
  ('00000000-0000-4000-8000-0000000000aa', 'pending', '2025-11-15 16:00Z', '2025-11-15 18:00Z'),
  ('00000000-0000-4000-8000-0000000000aa', 'pending', '2025-11-16 16:00Z', '2025-11-16 18:00Z'),
  ('00000000-0000-4000-8000-0000000000bb', 'completed', '2025-11-15 18:00Z', '2025-11-15 17:00Z');
"""


@pytest.fixture
async def platform(empty, empty_urls):
    await empty.execute(SUPABASE)
    await migrate.apply(empty_urls.owner_url)
    return empty


async def test_what_a_platform_has_is_left_alone(platform):
    bodies = await platform.fetch("select prosrc from pg_proc where pronamespace = 'auth'::regnamespace")
    assert len(bodies) == 3
    assert all("theirs" in row["prosrc"] for row in bodies)
    triggers = "select tgname from pg_trigger where tgrelid = 'auth.users'::regclass and not tgisinternal"
    assert [row["tgname"] for row in await platform.fetch(triggers)] == ["complete_guest_claims"]
    policies = "select policyname from pg_policies where tablename = 'profiles' and not 'amara_service' = any(roles)"
    assert [row["policyname"] for row in await platform.fetch(policies)] == ["theirs"]
    assert await platform.fetchval("select has_table_privilege('anon', 'public.profiles', 'select')")
    assert not await platform.fetchval("select has_table_privilege('amara_service', 'auth.users', 'select, insert')")
    assert await platform.fetchval("select favourite_color from profiles") == "green"


async def test_what_a_platform_lacks_is_added_nullable(platform):
    rows = await platform.fetch("select * from amara_api.bookings")
    assert len(rows) == 4
    assert {row["currency"] for row in rows} == {None}
    assert await platform.fetchval("select locale is null and city is null from profiles")


async def test_bookings_that_overlap_already_stay_and_no_new_one_may(platform):
    exempt = await platform.fetch("select scheduled_start from bookings where predates_overlap_rule order by 1")
    assert [row["scheduled_start"].hour for row in exempt] == [13, 16, 18]
    insert = (
        "insert into bookings (professional_id, status, scheduled_start, scheduled_end, customer_id, service_date,"
        " predates_overlap_rule) values ('00000000-0000-4000-8000-0000000000aa', $1::text::booking_status,"
        " '2025-11-16 17:30Z', '2025-11-16 19:00Z', '00000000-0000-4000-8000-000000000001', '2025-11-16', true)"
    )
    await platform.execute(insert, "declined")
    with pytest.raises(asyncpg.ExclusionViolationError):
        await platform.execute(insert, "pending")


async def test_rows_of_the_seeds_old_shapes_are_kept_in_order_and_readable(empty, empty_urls):
    await migrate.apply(empty_urls.owner_url, files=FILES[:1])
    for migration in SEED:
        await empty.execute(migration.text)
    conversation_id = await a_conversation(empty, user_id=await a_person(empty))
    old = [
        (UUID(int=1), "2025-11-07T10:00:02Z", '"[{\\"id\\": \\"call_1\\"}]"'),
        (UUID(int=3), "2025-11-07T10:00:01Z", '"not json"'),
        (UUID(int=2), "2025-11-07T10:00:01Z", None),
    ]
    for message_id, at, tool_calls in old:
        await empty.execute(
            "insert into amara_messages (id, conversation_id, role, content, tool_calls, created_at)"
            " values ($1, $2, 'assistant', 'Hola', $3::text::jsonb, $4::text::timestamptz)",
            message_id,
            conversation_id,
            tool_calls,
            at,
        )

    assert await migrate.apply(empty_urls.owner_url) == NAMES[1:]
    rows = await empty.fetch("select id, sequence, tool_calls, metadata from amara_messages order by sequence")
    assert [(row["id"].int, row["sequence"], row["tool_calls"], row["metadata"]) for row in rows] == [
        (2, 1, None, None),
        (3, 2, "not json", None),
        (1, 3, [{"id": "call_1"}], None),
    ]
    after = "insert into amara_messages (conversation_id, role, content) values ($1, 'user', 'Hola') returning sequence"
    assert await empty.fetchval(after, conversation_id) == 4
