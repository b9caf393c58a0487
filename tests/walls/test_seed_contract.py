"""The seed's tables, row by row, as a migrated database has them."""

import pytest

from tests.builders import a_person
from tests.walls import seed_contract as seed

TABLES = sorted(seed.COLUMNS)


@pytest.mark.parametrize("table", TABLES)
async def test_every_column_is_as_written_and_every_other_is_a_named_addition(owner, table):
    rows = await owner.fetch(
        "select a.attname, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as optional,"
        " case a.attidentity when 'd' then 'identity by default' else pg_get_expr(d.adbin, d.adrelid) end as initial"
        " from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum"
        " where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped",
        f"public.{table}",
    )
    found = {row["attname"]: (row["type"], row["optional"], row["initial"]) for row in rows}
    assert found == seed.COLUMNS[table] | seed.ADDED_COLUMNS[table]


@pytest.mark.parametrize("table", TABLES)
async def test_every_constraint_is_as_written(owner, table):
    # PostgreSQL 18 also keeps "not null" among the constraints; the columns speak for those.
    rows = await owner.fetch(
        "select conname, pg_get_constraintdef(oid) as definition from pg_constraint"
        " where conrelid = $1::text::regclass and contype in ('p', 'u', 'c', 'f', 'x')",
        f"public.{table}",
    )
    found = {row["conname"]: row["definition"] for row in rows}
    assert {found[name] for name in found.keys() - seed.ADDED_CONSTRAINTS[table]} == seed.CONSTRAINTS[table]
    assert found.keys() >= seed.ADDED_CONSTRAINTS[table]


async def test_every_index_has_its_name_and_its_definition(owner):
    rows = await owner.fetch(
        "select i.indexname, i.tablename, split_part(i.indexdef, ' ON public.' || i.tablename || ' ', 2) as definition"
        " from pg_indexes i where i.schemaname = 'public' and i.tablename = any($1::text[])"
        " and not exists (select from pg_constraint c where c.conname = i.indexname)",
        TABLES,
    )
    found = {row["indexname"]: (row["tablename"], row["definition"]) for row in rows}
    assert {name: found[name] for name in found.keys() - seed.ADDED_INDEXES} == seed.INDEXES
    assert found.keys() >= seed.ADDED_INDEXES


async def test_every_policy_has_its_name_its_verb_and_its_roles(owner):
    rows = await owner.fetch(
        "select tablename, policyname, cmd, array_to_string(array(select unnest(roles)::text order by 1), ',') as roles"
        " from pg_policies where schemaname = 'public' and tablename = any($1::text[])",
        TABLES,
    )
    assert {tuple(row.values()) for row in rows} == seed.POLICIES | seed.ADDED_POLICIES


@pytest.mark.parametrize("table", TABLES)
async def test_row_level_security_is_on(owner, table):
    assert await owner.fetchval("select relrowsecurity from pg_class where oid = $1::text::regclass", f"public.{table}")


@pytest.mark.parametrize("name", sorted(seed.FUNCTIONS))
async def test_every_function_keeps_its_arguments_defaults_and_result(owner, name):
    rows = await owner.fetch(
        "select pg_get_function_arguments(oid) as arguments, pg_get_function_result(oid) as result"
        " from pg_proc where pronamespace = 'public'::regnamespace and proname = $1",
        name,
    )
    assert [tuple(row.values()) for row in rows] == [seed.FUNCTIONS[name]]


async def test_every_trigger_is_there(owner):
    rows = await owner.fetch(
        "select t.tgname, c.relname, split_part(pg_get_triggerdef(t.oid), t.tgname || ' ', 2) as definition"
        " from pg_trigger t join pg_class c on c.oid = t.tgrelid"
        " where not t.tgisinternal and c.relnamespace = 'public'::regnamespace and c.relname = any($1::text[])",
        TABLES,
    )
    found = {row["tgname"]: (row["relname"], row["definition"].replace("public.handle", "handle")) for row in rows}
    assert {name: found[name] for name in found.keys() - seed.ADDED_TRIGGERS} == seed.TRIGGERS
    assert found.keys() >= seed.ADDED_TRIGGERS


async def test_an_update_of_a_conversation_moves_its_updated_at(owner):
    user_id = await a_person(owner)
    insert = "insert into amara_conversations (user_id, updated_at) values ($1, '2020-01-01') returning id"
    conversation_id = await owner.fetchval(insert, user_id)
    await owner.execute("update amara_conversations set is_active = false where id = $1", conversation_id)
    assert await owner.fetchval(
        "select updated_at > '2020-01-02' from amara_conversations where id = $1", conversation_id
    )
