"""The same promise for many relations: what holds even when something beside it has been given away."""

from __future__ import annotations

from tests.walls.actors import ACTORS, Refused
from tests.walls.marks import MARKS
from tests.walls.probes import ALLOWED, DEEDS, Probe
from tests.walls.relations import RELATIONS
from tests.walls.staff import STAFF
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
# What the database alone writes.
_NUMBERS = {
    f"public.platform_{name}"
    for name in ("numbers", "event_marks", "funnel_people", "funnel_days", "event_days", "booking_days")
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


def _shows_a_secret_key(table: str) -> Probe:
    promise, seek = "a policy shows a secret key what it may read", f"select from {table} limit 1"
    return Probe(table, promise, _SECRET, seek, 1, "alter role service_role nobypassrls")


def _closed(table: str) -> Probe:
    first = f"grant usage on schema {table.partition('.')[0]} to anon; grant select on {table} to anon"
    return Probe(table, "a grant too many opens no row", _ANON, f"select from {table}", 0, first)


def _all_that_was_granted(table: str) -> list[Probe]:
    """Beside reading and writing: what `grant all` gave the platform's secret key."""
    keys = ", ".join(RELATIONS[table].keys)
    deeds = {
        "empty": f"truncate {table}",
        "watch": f"create trigger watching before update on {table} for each row"
        " execute function suppress_redundant_updates_trigger()",
        "refer to": f"create table public.referring as select {keys} from {table} limit 0;"
        f" alter table public.referring add foreign key ({keys}) references {table} ({keys})",
    }
    first = "grant create on schema public to service_role"
    return [Probe(table, f"a secret key may {word} it", _SECRET, do, ALLOWED, first) for word, do in deeds.items()]


def _enters(role: str) -> Probe:
    actor = next(actor for actor in ACTORS.values() if actor.role == role)
    promise = f"{role} enters the schema where the platform lets not everybody in"
    return Probe(
        "public",
        promise,
        actor,
        "select from public.guest_sessions limit 0",
        0,
        "revoke usage on schema public from public",
    )


PROBES = [
    *DEEDS,
    *MARKS,
    *STAFF,
    *(_hidden(f"public.{table}", RELATIONS[f"public.{table}"].owner) for table in _PROFESSIONALS),
    *(_hidden(view, RELATIONS[view].keys[0]) for view in _VIEWS if view != "amara_api.bookings"),
    *(_asks_its_reader(view, behind) for view, behind in _VIEWS.items()),
    *(_lets_a_secret_key_through(f"public.{table}") for table in _OF_A_SECRET_KEY),
    *(_shows_a_secret_key(table) for table in sorted(_NUMBERS)),
    *(_enters(role) for role in ("anon", "authenticated", "service_role", "amara_service")),
    *(
        probe
        for table in RELATIONS
        if table.startswith("public.") and table not in _NUMBERS
        for probe in _all_that_was_granted(table)
    ),
    *(
        _closed(table)
        for table in RELATIONS
        if table not in WITHOUT_ROW_SECURITY | _VIEWS.keys() | {f"public.{name}" for name in _PROFESSIONALS}
    ),
]
