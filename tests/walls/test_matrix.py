"""Every relation, every actor, every verb, on the own row and on another's: done for real, and taken back."""

from __future__ import annotations

import pytest

from tests.walls.actors import ACTORS, VERBS, attempt, cell
from tests.walls.calls import CALLS
from tests.walls.calls import rows as call_rows
from tests.walls.matrix import rows
from tests.walls.relations import RELATIONS
from tests.walls.sweeps import PROBES

WRITTEN = {(relation, verb): words for relation, verb, words in rows()}
WRITTEN_CALLS = dict(call_rows())
SCHEMAS = ("public", "auth", "amara_api", "amara_private", "amara_once", "supabase_migrations")


async def compare(connection, name):
    """What is found at a relation, and what is written about it."""
    relation, found, written = RELATIONS[name], [], []
    for verb in VERBS:
        for actor in ACTORS.values():
            targets = actor.targets(relation)
            words = dict(zip(targets, WRITTEN[name, verb][actor.name][-len(targets) :], strict=True))
            for whose in targets:
                written.append(f"{actor.name} {verb} {whose}: {words[whose]}")
                found.append(f"{actor.name} {verb} {whose}: {await cell(connection, relation, verb, actor, whose)}")
    return found, written


@pytest.mark.parametrize("name", sorted(RELATIONS))
async def test_every_actor_gets_what_the_table_says(visit, name):
    found, written = await compare(visit, name)
    assert found == written


async def test_it_is_the_same_where_the_platform_grants_everything_by_default(generous_town):
    transaction = generous_town.transaction()
    await transaction.start()
    for name in RELATIONS:
        found, written = await compare(generous_town, name)
        assert found == written
    for label, call in CALLS.items():
        for actor in (actor for actor in ACTORS.values() if actor.role in {"anon", "authenticated"}):
            got = await attempt(generous_town, actor, call)
            assert ("no" if got == "deny" else "yes") == WRITTEN_CALLS[label][actor.name], (label, actor.name)
    await transaction.rollback()


async def test_no_relation_and_no_role_is_left_out(visit):
    relations = await visit.fetch(
        "select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname = any($1)",
        SCHEMAS,
    )
    assert {row["name"] for row in relations} == RELATIONS.keys()
    assert WRITTEN.keys() == {(name, verb) for name in RELATIONS for verb in VERBS}
    assert all(words.keys() == ACTORS.keys() for words in WRITTEN.values())
    schemas = await visit.fetch("select nspname from pg_namespace where nspname !~ '^(pg_|information_schema$)'")
    assert {row["nspname"] for row in schemas} == set(SCHEMAS)
    roles = await visit.fetch(
        "select distinct refobjid::regrole::text as name from pg_shdepend where deptype in ('a', 'r')"
        " and refobjid <> current_user::regrole"
        " and dbid = (select oid from pg_database where datname = current_database())"
    )
    assert {row["name"] for row in roles} == {actor.role for actor in ACTORS.values()} - {"none"}


async def test_the_table_has_more_than_a_thousand_cells():
    cells = sum(len(actor.targets(relation)) for actor in ACTORS.values() for relation in RELATIONS.values()) * 4
    assert cells >= 1000


async def test_every_actor_may_call_what_the_table_says_and_nothing_else(visit):
    found = {
        label: {name: "no" if await attempt(visit, actor, call) == "deny" else "yes" for name, actor in ACTORS.items()}
        for label, call in CALLS.items()
    }
    assert found == WRITTEN_CALLS


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: f"{probe.about}: {probe.promise}")
async def test_it_holds(visit, probe):
    assert await probe.ask(visit)
