"""No wall stands for show: whichever falls, something above turns red."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.walls.actors import ACTORS, OWNER, VERBS, Actor, attempt, cell
from tests.walls.calls import CALLS
from tests.walls.calls import rows as call_rows
from tests.walls.matrix import rows
from tests.walls.mutants import KINDS, Mutant, mutants
from tests.walls.never_null import NEVER_NULL
from tests.walls.refusals import REFUSALS, row_without, without_triggers, wrong_row
from tests.walls.relations import RELATIONS
from tests.walls.sweeps import PROBES

WRITTEN = {(relation, verb): words for relation, verb, words in rows()}
CALLABLE = dict(call_rows())

# Walls whose fall nothing notices, and why they stand all the same: pattern → reason.
SURVIVORS = {
    r"grant select \(guest_session_id\) on public\.bookings to amara_service": (
        "the whole table was granted later, with the drafts"
    ),
}


def _by_relevance(mutant: Mutant) -> list[tuple[str, Actor]]:
    """Verbs and actors, those first that the wall is about."""
    verbs = sorted(VERBS, key=lambda verb: verb not in mutant.name.lower())
    actors = sorted(ACTORS.values(), key=lambda actor: actor.role not in mutant.roles)
    return [(verb, actor) for actor in actors for verb in verbs]


async def _is_noticed(connection: Any, mutant: Mutant) -> bool:
    """Whether anything that is asserted elsewhere has another answer now."""
    if mutant.part:
        return await _lets_a_wrong_row_in(connection, mutant)
    if mutant.place not in RELATIONS and await _has_another_answer_to_a_call(connection, mutant):
        return True
    for probe in PROBES:
        if probe.about == (mutant.place or probe.about) and not await probe.ask(connection):
            return True
    return await _has_another_cell(connection, mutant)


async def _lets_a_wrong_row_in(connection: Any, mutant: Mutant) -> bool:
    if mutant.part in REFUSALS.get(mutant.place, {}):
        before, statement = wrong_row(mutant.place, mutant.part)
        got = await attempt(connection, OWNER, statement, before=before)
        return not str(got).endswith(mutant.part)
    if mutant.part in NEVER_NULL.get(mutant.place, "").split():
        statement = row_without(mutant.place, mutant.part)
        return await attempt(connection, OWNER, statement, before=without_triggers(mutant.place)) != "23502"
    return False


async def _has_another_answer_to_a_call(connection: Any, mutant: Mutant) -> bool:
    # Those first that the wall is about: there are many, and some of them count.
    about = mutant.name.removeprefix("execute on ").partition("(")[0]
    for label, call in sorted(CALLS.items(), key=lambda each: about not in each[1]):
        for name, actor in sorted(ACTORS.items(), key=lambda each: each[1].role not in mutant.roles):
            if ("no" if await attempt(connection, actor, call) == "deny" else "yes") != CALLABLE[label][name]:
                return True
    return False


async def _has_another_cell(connection: Any, mutant: Mutant) -> bool:
    for relation in [RELATIONS[mutant.place]] if mutant.place in RELATIONS else RELATIONS.values():
        for verb, actor in _by_relevance(mutant):
            targets = actor.targets(relation)
            for whose, word in zip(targets, WRITTEN[relation.name, verb][actor.name][-len(targets) :], strict=True):
                if await cell(connection, relation, verb, actor, whose) != word:
                    return True
    return False


@pytest.mark.parametrize("place", ["", *sorted(RELATIONS)])
async def test_while_every_wall_stands_nothing_is_noticed(visit, place):
    assert not await _is_noticed(visit, Mutant("nothing", place, ""))


@pytest.mark.parametrize("kind", KINDS)
async def test_no_wall_falls_unnoticed(visit, kind):
    found = await mutants(visit, kind)
    assert found
    survived = []
    for mutant in found:
        await visit.execute(f"savepoint wall; {mutant.fall}")
        if not await _is_noticed(visit, mutant):
            survived.append(mutant.name)
        await visit.execute("rollback to savepoint wall")
    explained = [mutant.name for mutant in found if any(re.fullmatch(pattern, mutant.name) for pattern in SURVIVORS)]
    assert survived == explained


# Walls that hold nothing back.
HOLLOW = """
create policy hollow on public.bookings for delete to anon using (false);
create function public.nothing() returns trigger language plpgsql as 'begin return new; end';
create trigger hollow before insert on public.bookings for each row execute function public.nothing();
alter table public.bookings add constraint hollow check (true);
create unique index hollow on public.bookings (id);
grant references on public.bookings to anon;
grant update (review_count) on public.professional_profiles to anon;
"""


async def test_a_wall_that_stands_for_show_is_found_out(visit):
    before = {mutant.name for kind in KINDS for mutant in await mutants(visit, kind)}
    await visit.execute(HOLLOW)
    shown = [mutant for kind in KINDS for mutant in await mutants(visit, kind) if mutant.name not in before]
    assert len(shown) == 6
    for mutant in shown:
        await visit.execute(f"savepoint wall; {mutant.fall}")
        assert not await _is_noticed(visit, mutant), mutant.name
        await visit.execute("rollback to savepoint wall")
