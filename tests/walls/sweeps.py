"""The same promise for many relations: what holds even when something beside it has been given away."""

from __future__ import annotations

from tests.walls.actors import ACTORS, Refused
from tests.walls.probes import DEEDS, Probe
from tests.walls.relations import RELATIONS
from tests.walls.world import someone

_PERSON, _SECRET, _ANON = (ACTORS[name] for name in ("person", "secret", "anon"))

# Nobody but our own roles enters the schemas these are in.
WITHOUT_ROW_SECURITY = {
    "amara_private.guest_claims",
    "amara_private.migration_hashes",
    "amara_private.replies",
    "supabase_migrations.schema_migrations",
}
_PROFESSIONALS = ("professional_profiles", "professional_working_hours", "professional_blocked_dates")
_VIEWS = {
    "amara_api.professionals": "professional_profiles",
    "amara_api.bookings": "bookings",
    "amara_api.working_hours": "professional_working_hours",
    "amara_api.blocked_dates": "professional_blocked_dates",
}
_OF_A_SECRET_KEY = ("guest_sessions", "platform_events", "platform_event_types", "platform_identities")


def _hidden(table: str, column: str) -> Probe:
    seek = f"select from {table} where {column} = {someone('professional')}"
    return Probe(table, "who is not active is nowhere to be seen", _PERSON, seek, 0)


def _asks_its_reader(view: str, behind: str) -> Probe:
    first = f"revoke select on public.{behind} from authenticated"
    return Probe(view, "a view shows what its reader may read", _PERSON, f"select from {view}", Refused("deny"), first)


def _lets_a_secret_key_through(table: str) -> Probe:
    relation = RELATIONS[table]
    touch = (
        f"update {table} set {relation.touch} = {relation.touch} where {relation.where(_SECRET.targets(relation)[0])}"
    )
    promise = "a policy lets a secret key through that may bypass none"
    return Probe(table, promise, _SECRET, touch, 1, "alter role service_role nobypassrls")


def _closed(table: str) -> Probe:
    first = f"grant usage on schema {table.partition('.')[0]} to anon; grant select on {table} to anon"
    return Probe(table, "a grant too many opens no row", _ANON, f"select from {table}", 0, first)


PROBES = [
    *DEEDS,
    *(_hidden(f"public.{table}", RELATIONS[f"public.{table}"].owner) for table in _PROFESSIONALS),
    *(_hidden(view, RELATIONS[view].keys[0]) for view in _VIEWS if view != "amara_api.bookings"),
    *(_asks_its_reader(view, behind) for view, behind in _VIEWS.items()),
    *(_lets_a_secret_key_through(f"public.{table}") for table in _OF_A_SECRET_KEY),
    *(
        _closed(table)
        for table in RELATIONS
        if table not in WITHOUT_ROW_SECURITY | _VIEWS.keys() | {f"public.{name}" for name in _PROFESSIONALS}
    ),
]
