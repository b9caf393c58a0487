"""Promises about staff that a word in the matrix cannot say: what is open to them is open for a while."""

from __future__ import annotations

from tests.walls import handoffs, world
from tests.walls.actors import ACTORS
from tests.walls.probes import Probe
from tests.walls.relations import RELATIONS

_ADMIN, _AMARA = ACTORS["admin"], ACTORS["amara"]
_OPENED = ("amara_handoffs", "amara_conversations", "amara_messages", "amara_handoff_notes")
_STAFF_SAYS = RELATIONS["public.amara_messages"].insert(
    world.message("person", "new")
    | {
        "role": "'assistant'",
        "metadata": f"jsonb_build_object('handoff_id', {world.key('hand-off', 'person', 'kept')})",
    }
)
_SPEAKS = (
    f"select amara_private.speaks(m) from public.amara_messages m where id = {world.message('person', 'new')['id']}"
)


def _opened(table: str) -> Probe:
    relation = RELATIONS[f"public.{table}"]
    promise = "a hand-off opens it to staff"
    seek = f"select from {relation.name} where {relation.where('other')}"
    return Probe(relation.name, promise, _ADMIN, seek, 1, handoffs.handed("other"))


STAFF = [
    *(_opened(table) for table in _OPENED),
    Probe(
        "public.amara_messages",
        "whoever has it speaks",
        _AMARA,
        _STAFF_SAYS,
        _SPEAKS,
        handoffs.handed("person", state="'taken'", taken_by=world.someone("admin"), taken_at=world.PAST),
    ),
    Probe(
        "public.amara_messages",
        "nobody speaks in what was given back",
        _AMARA,
        _STAFF_SAYS,
        _SPEAKS.replace("select", "select not", 1),
    ),
]
