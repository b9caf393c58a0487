"""Staff reads a conversation while it is handed off, and not a row before or after."""

from __future__ import annotations

import pytest

from tests.walls import world
from tests.walls.actors import ACTORS, attempt
from tests.walls.handoffs import handed
from tests.walls.relations import RELATIONS

TABLES = ("amara_conversations", "amara_messages", "amara_handoffs", "amara_handoff_notes")
TAKEN = {"state": "'taken'", "taken_at": world.PAST}
PHASES = {
    "before": "select 1",
    "waiting": handed("person"),
    "taken by this one": handed("person", taken_by=world.someone("admin"), **TAKEN),
    "taken by a colleague": handed("person", taken_by=world.someone("colleague"), **TAKEN),
    "after": f"{handed('person')}; update public.amara_handoffs set state = 'returned', returned_at = now()",
}
EVERYBODY = [actor for actor in ACTORS.values() if actor.role in {"anon", "authenticated"}]


async def seen(connection, actor, before):
    """How many rows of the person's conversation this actor reads, table by table."""
    found = {}
    for table in TABLES:
        where = RELATIONS[f"public.{table}"].where("person")
        got = await attempt(connection, actor, f"select from public.{table} where {where}", before=before)
        found[table] = got if isinstance(got, int) else 0
    return tuple(found.values())


@pytest.mark.parametrize("phase", PHASES)
async def test_everybody_reads_what_is_theirs_in_every_phase(visit, phase):
    is_open = phase not in {"before", "after"}
    for actor in EVERYBODY:
        is_owner, is_staff = actor.sub == "person", actor.sub == "admin"
        expected = (1, 1, 1, 1) if is_staff and is_open else (1, 1, 0, 0) if is_owner else (0, 0, 0, 0)
        assert await seen(visit, actor, PHASES[phase]) == expected, (actor.name, phase)


@pytest.mark.parametrize("phase", PHASES)
async def test_staff_writes_nothing_there_by_itself(visit, phase):
    admin = ACTORS["admin"]
    for table in TABLES:
        relation = RELATIONS[f"public.{table}"]
        for deed in (
            f"update {relation.name} set {relation.touch} = {relation.touch} where {relation.where('person')}",
            f"delete from {relation.name} where {relation.where('person')}",
            relation.insert(relation.row("person", "new")),
        ):
            got = await attempt(visit, admin, deed, before=PHASES[phase])
            assert got in {"deny", "no", 0}, (table, deed, got)


async def test_who_was_of_staff_reads_nothing_any_more(visit):
    before = f"{handed('person')}; update public.profiles set role = 'customer' where id = {world.someone('admin')}"
    assert await seen(visit, ACTORS["admin"], before) == (0, 0, 0, 0)


async def test_one_conversation_that_is_handed_off_opens_no_other(visit):
    where = RELATIONS["public.amara_messages"].where("other")
    seek = f"select from public.amara_messages where {where}"
    assert await attempt(visit, ACTORS["admin"], seek, before=handed("person")) == 0


async def test_what_was_done_is_recorded_and_never_read_or_changed_by_who_did_it(visit):
    for actor in ACTORS.values():
        if actor.name != "amara":
            assert await attempt(visit, actor, "select from amara_private.handoff_deeds") == "deny"
    for deed in ("update amara_private.handoff_deeds set deed = 'read'", "delete from amara_private.handoff_deeds"):
        assert await attempt(visit, ACTORS["amara"], deed) == "deny"
