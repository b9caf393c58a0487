"""What PostgreSQL itself says about the walls, beside what is written here."""

from __future__ import annotations

from tests.walls.privileges import CALLABLE, COLUMNS, DEFINERS, GRANTS, NEVER_UPDATED, NEVER_WRITTEN
from tests.walls.relations import RELATIONS
from tests.walls.sweeps import WITHOUT_ROW_SECURITY

SCHEMAS = ["public", "auth", "amara_api", "amara_private", "amara_once", "supabase_migrations"]
LETTERS = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}
# Beyond reading and writing: of the platform's secret key alone, which was given everything.
BEYOND = {"TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}
ROLES = ["amara_login", "amara_service", "anon", "authenticated", "service_role"]
PEOPLE = ["anon", "authenticated"]


def written_grants() -> dict[tuple[str, str], str]:
    """By relation and role, without the asterisks."""
    head, *lines = GRANTS.strip().splitlines()
    roles = head.split()
    return {
        (relation, role): letters.replace("*", "")
        for relation, *cells in map(str.split, lines)
        for role, letters in zip(roles, cells, strict=True)
        if letters != "-"
    }


_WHOLE = """
select n.nspname || '.' || c.relname, coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), g.privilege_type
from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) g
where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f') and g.grantee <> c.relowner
"""
_BY_COLUMN = """
select n.nspname || '.' || c.relname, lower(g.privilege_type), coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'),
  string_agg(a.attname, ' ' order by a.attname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and not a.attisdropped cross join lateral aclexplode(a.attacl) g
where n.nspname = any($1) and g.grantee <> c.relowner group by 1, 2, 3
"""


async def test_every_role_has_what_is_written_and_nothing_more(owner):
    whole: dict[tuple[str, str], str] = {}
    for relation, role, privilege in await owner.fetch(_WHOLE, SCHEMAS):
        if privilege in BEYOND:
            assert role == "service_role"
        else:
            whole[relation, role] = whole.get((relation, role), "") + LETTERS[privilege]
    parts = {(row[0], row[1], row[2]): row[3].split() for row in await owner.fetch(_BY_COLUMN, SCHEMAS)}
    assert parts == {place: sorted(columns.split()) for place, columns in COLUMNS.items()}
    for relation, verb, role in parts:
        letter = LETTERS[verb.upper()]
        if letter not in whole.get((relation, role), ""):
            whole[relation, role] = whole.get((relation, role), "") + letter
    assert {place: set(letters) for place, letters in whole.items()} == {
        place: set(letters) for place, letters in written_grants().items()
    }


async def test_no_client_writes_what_the_database_itself_says(owner):
    rows = await owner.fetch(
        "select c.oid::regclass::text as relation, a.attname, r.role,"
        " has_column_privilege(r.role, c.oid, a.attnum, 'INSERT') as inserts,"
        " has_column_privilege(r.role, c.oid, a.attnum, 'UPDATE') as updates"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid"
        " cross join unnest($2::text[]) r (role)"
        " where n.nspname = any($1) and c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped",
        SCHEMAS,
        PEOPLE,
    )
    assert [tuple(row) for row in rows if row["updates"] and row["attname"] in NEVER_UPDATED | NEVER_WRITTEN] == []
    assert [tuple(row) for row in rows if row["inserts"] and row["attname"] in NEVER_WRITTEN] == []
    assert [
        tuple(row) for row in rows if row["updates"] and (row["relation"], row["attname"]) == ("profiles", "role")
    ] == []


async def test_every_function_is_callable_by_those_written_and_nobody_else(owner):
    await owner.execute("set search_path = ''")
    rows = await owner.fetch(
        "select p.oid::regprocedure::text as name,"
        " string_agg(coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), ' '"
        " order by coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC')) as roles"
        " from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g"
        " where n.nspname = any($1) and g.grantee <> p.proowner group by 1",
        SCHEMAS,
    )
    assert dict(map(tuple, rows)) == CALLABLE


async def test_every_function_has_a_fixed_path_and_the_definers_are_known(owner):
    rows = await owner.fetch(
        "select p.oid::regprocedure::text as name, p.prosecdef as is_definer, p.proconfig"
        " from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = any($1)",
        [schema for schema in SCHEMAS if schema != "auth"],  # the platform's, or made like the platform's
    )
    assert [row["name"] for row in rows if 'search_path=""' not in (row["proconfig"] or [])] == []
    assert {row["name"] for row in rows if row["is_definer"]} == DEFINERS.keys()


async def test_no_policy_for_people_is_true_whatever_the_row(owner):
    # A condition that names no column of anything asks nothing of the row.
    rows = await owner.fetch(
        "select p.polrelid::regclass::text, p.polname from pg_policy p"
        " where (p.polroles = '{0}' or p.polroles && array(select oid from pg_roles where rolname = any($1)))"
        " and (p.polqual::text !~ '{VAR ' or p.polwithcheck::text !~ '{VAR ')",
        PEOPLE,
    )
    assert rows == []


async def test_every_table_has_row_security_and_every_view_reads_as_its_caller(owner):
    rows = await owner.fetch(
        "select n.nspname || '.' || c.relname as name, c.relkind::text as kind, c.relrowsecurity as is_secure,"
        " coalesce(c.reloptions, '{}') as options from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')",
        SCHEMAS,
    )
    assert {row["name"] for row in rows} == RELATIONS.keys()
    assert {row["name"] for row in rows if row["kind"] == "r" and not row["is_secure"]} == WITHOUT_ROW_SECURITY
    assert all(not name.startswith("public.") for name in WITHOUT_ROW_SECURITY)
    assert all(row["options"] == ["security_invoker=true"] for row in rows if row["kind"] == "v")
    assert {row["kind"] for row in rows} == {"r", "v"}


async def test_the_roles_are_no_more_than_they_should_be(owner):
    rows = await owner.fetch(
        "select rolname, rolcanlogin, rolinherit, rolbypassrls,"
        " rolsuper or rolcreaterole or rolcreatedb or rolreplication as is_mighty,"
        " coalesce(array_to_string(rolconfig, ' '), '') as settings"
        " from pg_roles where rolname = any($1) order by 1",
        ROLES,
    )
    assert [tuple(row) for row in rows] == [
        ("amara_login", True, False, False, False, ""),
        ("amara_service", False, True, False, False, ""),
        ("anon", False, True, False, False, "statement_timeout=8s"),
        ("authenticated", False, True, False, False, "statement_timeout=8s"),
        ("service_role", False, True, True, False, ""),
    ]
    members = await owner.fetch(
        "select m.member::regrole::text, m.roleid::regrole::text from pg_auth_members m"
        " where m.roleid::regrole::text = any($1) order by 1, 2",
        ROLES,
    )
    assert [tuple(row) for row in members] == [
        ("amara_login", role) for role in ("amara_service", "anon", "authenticated")
    ]
