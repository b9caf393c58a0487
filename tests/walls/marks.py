"""Promises about what is kept of the numbers: whatever changes an event or a name leaves a mark."""

from __future__ import annotations

from tests.walls.actors import ACTORS, OWNER, Actor
from tests.walls.probes import Probe
from tests.walls.relations import RELATIONS
from tests.walls.world import key, someone

_AMARA, _SECRET, _ANON = (ACTORS[name] for name in ("amara", "secret", "anon"))
_EVENTS, _NAMES = "public.platform_events", "public.platform_identities"
_UNMARKED = "delete from public.platform_event_marks"
_HERS = RELATIONS[_EVENTS].where("person")
_ALIAS = f"'u:' || {someone('anonymous')}"
_LEARNED = f"insert into {_NAMES} (alias, user_id) values ({_ALIAS}, {someone('person')})"


def _marks(about: str, promise: str, actor: Actor, do: str, name: str | None, before: str = "") -> Probe:
    said = "names is null" if name is None else f"{name} = any (names)"
    question = f"select count(*) > 0 from public.platform_event_marks where {said}"
    return Probe(about, promise, actor, do, question, f"{before}; {_UNMARKED}".removeprefix("; "))


_BOOKED = '\'{"booking_id": "of a guest"}\''

MARKS = [
    _marks(
        _EVENTS,
        "an event that arrives is marked",
        _ANON,
        f"insert into {_EVENTS} (event_type, session_id) values ('SearchStarted', 'of a visitor')",
        "'s:of a visitor'",
    ),
    _marks(
        _EVENTS,
        "an event that goes is marked",
        _AMARA,
        f"delete from {_EVENTS} where {_HERS}",
        f"'u:' || {someone('person')}",
    ),
    _marks(
        _EVENTS,
        "an event that changes is marked",
        _AMARA,
        f"update {_EVENTS} set created_at = created_at where {_HERS}",
        f"'u:' || {someone('person')}",
    ),
    _marks(_EVENTS, "events that are emptied away are marked", _SECRET, f"truncate {_EVENTS}", None),
    Probe(
        _EVENTS,
        "a browser's booking lends its visit to the real one",
        _ANON,
        f"insert into {_EVENTS} (event_type, session_id, properties)"
        f" values ('BookingConfirmed', 'of a visitor', {_BOOKED})",
        f"select count(*) = 1 from {_EVENTS} where source = 'server' and session_id = 'of a visitor'",
        f"insert into {_EVENTS} (event_type, properties) values ('BookingConfirmed', {_BOOKED})",
    ),
    Probe(
        _EVENTS,
        "an account that goes leaves nobody's name with its events",
        OWNER,
        f"delete from auth.users where id = {someone('person')}",
        f"select session_id like 'gone:%' from {_EVENTS} where id = {key('event', 'person', 'kept')}",
    ),
    _marks(_NAMES, "a name that is learned is marked", _SECRET, _LEARNED, _ALIAS),
    _marks(
        _NAMES,
        "a name that moves is marked",
        _SECRET,
        f"update {_NAMES} set user_id = {someone('other')} where alias = {_ALIAS}",
        f"'u:' || {someone('other')}",
        _LEARNED,
    ),
    _marks(
        _NAMES,
        "a name that is forgotten is marked",
        _SECRET,
        f"delete from {_NAMES} where alias = {_ALIAS}",
        _ALIAS,
        _LEARNED,
    ),
]
