"""The walls go up around what is there: nothing, the seed with its old rows, a platform with its default grants."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from amara import migrate
from tests.builders import a_booking, a_conversation, a_person, a_professional
from tests.conftest import connect
from tests.walls.browser import browser

FILES = migrate.migrations()
WALLS = next(place for place, each in enumerate(FILES) if "_walls_" in each.path.name)

# As Supabase's projects are: its roles, its grants for everything that is made in public.
GENEROUS = """
do $do$ declare missing text; begin
  foreach missing in array '{anon, authenticated, service_role}'::text[] loop
    if to_regrole(missing) is null then execute format('create role %I nologin', missing); end if;
  end loop;
end $do$;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
"""

SCHEMA = """
select string_agg(line, chr(10) order by line) from (
  select concat_ws(' ', 'column', a.attrelid::regclass, a.attname, a.atttypid::regtype, a.attnotnull, a.attacl) as line
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace::regnamespace::text in ('public', 'amara_api', 'amara_private')
    and a.attnum > 0 and not a.attisdropped
  union all
  select concat_ws(' ', 'constraint', conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid))
  from pg_constraint where connamespace::regnamespace::text in ('public', 'amara_private') and conrelid <> 0
  union all
  select concat_ws(' ', 'trigger', tgrelid::regclass, tgname, pg_get_triggerdef(oid))
  from pg_trigger where not tgisinternal
  union all
  select concat_ws(' ', 'policy', tablename, policyname, roles, cmd, qual, with_check) from pg_policies
  union all
  select concat_ws(' ', 'function', oid::regprocedure, prosecdef, proconfig, md5(prosrc))
  from pg_proc where pronamespace::regnamespace::text in ('public', 'amara_api', 'amara_private', 'amara_once')
) schema
"""

# What anon and authenticated may do with tables, sequences and columns, however it was granted.
RIGHTS = """
select c.oid::regclass::text as name, r.rolname::text as role, p.verb
from pg_class c
cross join (values ('anon'), ('authenticated')) r (rolname)
cross join unnest(case c.relkind when 'S' then '{usage,select,update}'::text[]
  else '{insert,update,delete,truncate,references,trigger}'::text[] end) p (verb)
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'S', 'v')
  and case c.relkind when 'S' then has_sequence_privilege(r.rolname, c.oid, p.verb)
    else has_table_privilege(r.rolname, c.oid, p.verb) end
order by 1, 2, 3
"""


@pytest.fixture
async def empty(empty_urls):
    connection = await connect(empty_urls.owner_url)
    yield connection
    await connection.close()


async def test_the_schema_is_the_same_whatever_was_there_before(empty, empty_urls, owner):
    await empty.execute(GENEROUS)
    await migrate.apply(empty_urls.owner_url, files=FILES[:5])
    await migrate.apply(empty_urls.owner_url)
    assert await empty.fetchval(SCHEMA) == await owner.fetchval(SCHEMA)


async def test_the_schema_is_the_same_when_people_are_at_it_meanwhile_and_none_of_them_is_refused(empty_urls, owner):
    await migrate.apply(empty_urls.owner_url, files=FILES[:5])
    tell = "insert into public.platform_events (event_type, session_id) values ('SearchStarted', $1)"
    told, is_over = [], asyncio.Event()

    async def visit(name):
        page = await connect(empty_urls.owner_url)
        while not is_over.is_set():
            await page.execute(tell, name)
            told.append(name)
        await page.close()

    people = [asyncio.create_task(visit(name)) for name in ("one", "two")]
    await migrate.apply(empty_urls.owner_url)
    is_over.set()
    await asyncio.gather(*people)
    upgraded = await connect(empty_urls.owner_url)
    assert await upgraded.fetchval(SCHEMA) == await owner.fetchval(SCHEMA)
    searched = "select unique_users from public.get_conversion_funnel('-infinity', 'infinity') limit 1"
    assert await upgraded.fetchval(searched) == len(set(told))
    assert await upgraded.fetchval("select sum(event_count) from public.get_event_counts_by_type()") == len(told)
    await upgraded.close()


async def test_default_grants_of_a_platform_reach_none_of_our_tables(empty, empty_urls, owner):
    await empty.execute(GENEROUS)
    await migrate.apply(empty_urls.owner_url)
    kept = {(table, "authenticated", "delete") for table in ("amara_conversations", "amara_messages")}
    for database in (empty, owner):
        assert {tuple(row) for row in await database.fetch(RIGHTS)} == kept
    callable_ = (
        "select p.proname from pg_proc p"
        " where p.pronamespace = 'public'::regnamespace and has_function_privilege('anon', p.oid, 'execute')"
    )
    assert {row[0] for row in await empty.fetch(callable_)} == {row[0] for row in await owner.fetch(callable_)}


async def test_running_every_file_again_changes_nothing(owner, urls):
    before = await owner.fetchval(SCHEMA)
    assert await migrate.apply(urls.owner_url) == []
    for migration in FILES:
        await owner.execute(migration.text)
    assert await owner.fetchval(SCHEMA) == before


async def test_old_rows_come_inside_the_walls(empty, empty_urls):
    await migrate.apply(empty_urls.owner_url, files=FILES[:WALLS])
    person, french = await a_person(empty), await a_person(empty)
    old = (
        "insert into guest_sessions (session_token, email, full_name, metadata)"
        " values ($1, 'a@example.com', 'A', $2) returning id"
    )
    hashed = hashlib.sha256(b"ours").hexdigest()
    hexadecimal = "ab" * 32
    guests = [
        await empty.fetchval(old, token, metadata)
        for token, metadata in (("short", None), (hexadecimal, {}), (hashed, {"consent": {"version": "1"}}))
    ]
    conversations = [
        await a_conversation(empty, user_id=who, locale=locale)
        for who, locale in ((person, "es-CO"), (french, "fr"), (person, "en"))
    ]
    await empty.execute(
        "insert into amara_messages (conversation_id, role, content, tool_calls, metadata)"
        " values ($1, 'assistant', $2, '\"[]\"', null)",
        conversations[0],
        "x" * 100_000,
    )
    booking = await a_booking(empty, guest_session_id=guests[0], booking_source="guest")
    tell = "insert into platform_events (event_type, user_id, session_id, properties) values ($1, $2, 'visit', $3)"
    await empty.execute(tell, "BookingConfirmed", None, {"booking_id": str(booking)})
    await empty.execute(tell, "BookingConfirmed", None, {"booking_id": "of nothing"})
    await empty.execute(tell, "x" * 300, person, None)

    assert await migrate.apply(empty_urls.owner_url) == [each.path.name for each in FILES[WALLS:]]
    for token in ("short", hexadecimal, "ours"):
        async with browser(empty, token=token) as page:
            assert await page.fetchval("select count(*) from guest_sessions") == 1, token
    assert not await empty.fetchval("select bool_or(session_token in ('short', $1)) from guest_sessions", hexadecimal)
    locales = "select locale from amara_conversations where id = $1"
    assert [await empty.fetchval(locales, each) for each in conversations] == ["es", "en", "en"]
    async with browser(empty, person) as page:
        row = await page.fetchrow("select * from amara_messages")
        assert (len(row["content"]), row["tool_calls"], row["origin"]) == (100_000, [], "client")
        await page.execute("update amara_conversations set is_active = false")
    rows = await empty.fetch("select event_type, event_count from get_event_counts_by_type()")
    assert [tuple(row) for row in rows] == [("BookingConfirmed", 1)]
    assert await empty.fetchval("select user_id from platform_identities where alias = 's:visit'") == person
    assert await empty.fetchval("select channel from platform_events where source = 'server'") == "guest"


async def test_what_a_token_opened_before_opens_the_same_after_a_second_run(empty, empty_urls):
    await migrate.apply(empty_urls.owner_url, files=FILES[:WALLS])
    await empty.execute("insert into guest_sessions (session_token, email, full_name) values ('old', 'a', 'b')")
    await migrate.apply(empty_urls.owner_url)
    for migration in FILES[WALLS:]:
        await empty.execute(migration.text)
    async with browser(empty, token="old") as page:
        assert await page.fetchval("select count(*) from guest_sessions") == 1


async def test_a_platform_whose_bookings_went_with_the_account_keeps_them_from_now_on(empty, empty_urls):
    await migrate.apply(empty_urls.owner_url, files=FILES[:1])
    await empty.execute(
        "alter table bookings drop constraint bookings_customer_id_fkey,"
        " add constraint theirs foreign key (customer_id) references auth.users (id) on delete cascade"
    )
    await migrate.apply(empty_urls.owner_url)
    booking = await a_booking(empty, professional_id=await a_professional(empty))
    await empty.execute("delete from auth.users where id = (select customer_id from bookings)")
    assert await empty.fetchval("select anonymized_at is not null from bookings where id = $1", booking)
