"""Every wall, taken from the catalog, with what takes it away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SCHEMAS = ["public", "auth", "amara_api", "amara_private", "amara_once", "supabase_migrations"]


@dataclass(frozen=True)
class Mutant:
    """One wall. Its name starts with its kind."""

    name: str
    place: str
    """The relation it stands at; of functions, schemas and the like, the empty string."""
    fall: str
    """What takes it away."""
    roles: tuple[str, ...] = ()
    """Those it is about, if it names any."""
    part: str = ""
    """The constraint or the column, where a row of its own is written to break it."""


_CLASSES = """
from pg_class c join pg_namespace n on n.oid = c.relnamespace
cross join lateral (select n.nspname || '.' || c.relname as place) l
"""

# MAINTAIN, which 17 brought, is left out: it came with `grant all`, and only newer servers could be asked.
# Each: name, place, fall, roles, part.
_QUERIES = {
    "policies": f"""
        select format('policy "%s" on %s', p.polname, place), place,
          format('drop policy %I on %s', p.polname, place), array(select r::regrole::text from unnest(p.polroles) r), ''
        {_CLASSES} join pg_policy p on p.polrelid = c.oid where n.nspname = any($1)""",
    "row security": f"""
        select 'row security of ' || place, place,
          format('alter table %s disable row level security', place), '{{}}', ''
        {_CLASSES} where n.nspname = any($1) and c.relrowsecurity""",
    "security invokers": f"""
        select 'security_invoker of ' || place, place,
          format('alter view %s reset (security_invoker)', place), '{{}}', ''
        {_CLASSES} where n.nspname = any($1) and c.relkind = 'v'""",
    "triggers": f"""
        select format('trigger %s on %s', t.tgname, place), place,
          format('drop trigger %I on %s', t.tgname, place), '{{}}', ''
        {_CLASSES} join pg_trigger t on t.tgrelid = c.oid where n.nspname = any($1) and not t.tgisinternal""",
    "constraints": f"""
        select format('constraint %s on %s', o.conname, place), place,
          format('alter table %s drop constraint %I cascade', place, o.conname), '{{}}', o.conname::text
        {_CLASSES} join pg_constraint o on o.conrelid = c.oid where n.nspname = any($1) and o.contype <> 'n'""",
    "unique indexes": f"""
        select format('unique index %s on %s', i.relname, place), place,
          format('drop index %I.%I', n.nspname, i.relname), '{{}}', i.relname::text
        {_CLASSES} join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid
        where n.nspname = any($1) and x.indisunique
          and not exists (select from pg_constraint where conindid = i.oid)""",
    "not null": f"""
        select format('not null of %s.%s', place, a.attname), place,
          format('alter table %s alter column %I drop not null', place, a.attname), '{{}}', a.attname::text
        {_CLASSES} join pg_attribute a on a.attrelid = c.oid
        where n.nspname = any($1) and c.relkind = 'r' and a.attnum > 0 and a.attnotnull
          and a.attidentity = '' and not exists (
          select from pg_index x where x.indrelid = c.oid and x.indisprimary and a.attnum = any (x.indkey)
        )""",
    "grants on tables": f"""
        select format('grant %s on %s to %s', lower(g.privilege_type), place, w.who), place,
          format('revoke %s on %s from %s', g.privilege_type, place, w.who), array[w.who], ''
        {_CLASSES} cross join lateral aclexplode(c.relacl) g
        cross join lateral (select coalesce(nullif(g.grantee, 0)::regrole::text, 'public') as who) w
        where n.nspname = any($1) and c.relkind in ('r', 'v', 'S') and g.grantee <> c.relowner
          and g.privilege_type <> 'MAINTAIN'""",
    "grants on columns": f"""
        select format('grant %s (%s) on %s to %s', lower(g.privilege_type), a.attname, place, w.who), place,
          format('revoke %s (%I) on %s from %s', g.privilege_type, a.attname, place, w.who), array[w.who], ''
        {_CLASSES} join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
        cross join lateral aclexplode(a.attacl) g
        cross join lateral (select coalesce(nullif(g.grantee, 0)::regrole::text, 'public') as who) w
        where n.nspname = any($1) and g.grantee <> c.relowner""",
    "grants on functions": """
        select format('execute on %s to %s', p.oid::regprocedure, w.who), '',
          format('revoke execute on function %s from %s', p.oid::regprocedure, w.who), array[w.who], ''
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
        cross join lateral (select coalesce(nullif(g.grantee, 0)::regrole::text, 'public') as who) w
        where n.nspname = any($1) and g.grantee <> p.proowner""",
    "grants on schemas": """
        select format('%s on schema %s to %s', lower(g.privilege_type), n.nspname, w.who), '',
          format('revoke %s on schema %I from %s', g.privilege_type, n.nspname, w.who), array[w.who], ''
        from pg_namespace n cross join lateral aclexplode(n.nspacl) g
        cross join lateral (select coalesce(nullif(g.grantee, 0)::regrole::text, 'public') as who) w
        where n.nspname = any($1) and g.grantee <> n.nspowner""",
    "memberships": """
        select format('role %s of %s', m.roleid::regrole, m.member::regrole), '',
          format('revoke %s from %s', m.roleid::regrole, m.member::regrole), array[m.roleid::regrole::text], ''
        from pg_auth_members m where m.member = 'amara_login'::regrole and cardinality($1::text[]) > 0""",
    "defaults": """
        select 'no execute by default', '', 'alter default privileges grant execute on functions to public', '{}', ''
        from pg_default_acl where defaclobjtype = 'f' and defaclnamespace = 0 and cardinality($1::text[]) > 0""",
}
KINDS = tuple(_QUERIES)


async def mutants(connection: Any, kind: str) -> list[Mutant]:
    """Every wall of this kind, in the order of their names."""
    rows = await connection.fetch(f"{_QUERIES[kind]} order by 1", SCHEMAS)
    return [Mutant(row[0], row[1], row[2], tuple(row[3]), row[4]) for row in rows]
