"""Promises that a word in the matrix cannot say: what is written beside what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.walls import world
from tests.walls.actors import ACTORS, OWNER, RETURNING, Actor, Refused, attempt
from tests.walls.relations import RELATIONS
from tests.walls.world import key, someone

_PERSON, _SECRET, _AMARA, _ANON = (ACTORS[name] for name in ("person", "secret", "amara", "anon"))
_LATER = f"updated_at > {world.PAST}"


ALLOWED = "select true"
"""No privilege is wanting, whatever else stands in the way."""


@dataclass(frozen=True)
class Probe:
    """One deed, and what must be so after it."""

    about: str
    promise: str
    actor: Actor
    do: str
    then: str | int | Refused
    """A question behind the actor's back whose answer is yes; or a number of rows; or a refusal; or ALLOWED."""
    before: str = ""

    async def ask(self, connection: Any) -> bool:
        question = "" if isinstance(self.then, (int, Refused)) else self.then
        got = await attempt(connection, self.actor, self.do, question, self.before)
        if self.then is ALLOWED:
            return bool(got != "deny")
        return bool(got == self.then if not question else got is True)


def _kept(table: str, whose: str) -> str:
    relation = RELATIONS[table]
    return f"from {table} where {relation.where(whose)}"


def _new(table: str, whose: str, only: str = "", **changes: str) -> str:
    """An insert of the row somebody adds. Args: only are the columns to name."""
    relation = RELATIONS[table]
    row = relation.row(whose, "new")
    return relation.insert({name: row[name] for name in only.split() or row} | changes)


def _added(table: str, whose: str) -> str:
    return f"from {table} where {RELATIONS[table].where(whose, 'new')}"


def _touched(actor: Actor, table: str, whose: str, column: str) -> Probe:
    row = RELATIONS[table]
    do = f"update {table} set {column} = {column} where {row.where(whose)}"
    return Probe(table, "an update moves updated_at", actor, do, f"select {_LATER} {_kept(table, whose)}")


_NEWCOMER = key("newcomer")
_BOOKING = "public.bookings"
_SAYS = "id conversation_id role content"

DEEDS = [
    _touched(_PERSON, "public.profiles", "person", "city"),
    _touched(_SECRET, "public.professional_profiles", "colleague", "bio"),
    _touched(_PERSON, "public.amara_conversations", "person", "locale"),
    _touched(_SECRET, _BOOKING, "other", "address"),
    _touched(_AMARA, "public.amara_booking_drafts", "other", "address"),
    Probe(
        "auth.users",
        "who signs up is a customer whatever the form says",
        OWNER,
        f"""insert into auth.users (id, raw_user_meta_data) values ({_NEWCOMER}, '{{"role": "admin"}}')""",
        f"select role = 'customer' from public.profiles where id = {_NEWCOMER}",
    ),
    Probe(
        "auth.users",
        "a claim completes when its address is confirmed",
        OWNER,
        f"update auth.users set email_confirmed_at = now() where id = {_NEWCOMER}",
        f"select metadata ? 'converted_to_user_id' {_kept('public.guest_sessions', 'guest')}",
        f"insert into auth.users (id, email) values ({_NEWCOMER}, 'guest@example.com'); insert into"
        f" amara_private.guest_claims values ({key('guest session', 'guest', 'kept')}, {_NEWCOMER})",
    ),
    Probe(
        "public.profiles",
        "nobody makes oneself an administrator, even where the column was granted",
        _PERSON,
        f"update public.profiles set role = 'admin' where id = {someone('person')}",
        Refused("deny"),
        "grant update (role) on public.profiles to authenticated",
    ),
    Probe(
        "public.amara_messages",
        "what a person changes is taken out of the summary too",
        _PERSON,
        f"update public.amara_messages set content = 'y' where {RELATIONS['public.amara_messages'].where('person')}",
        f"select summary = '' {_kept('amara_private.recollections', 'person')}",
        "update amara_private.recollections set summed_to = 1000000",
    ),
    Probe(
        _BOOKING,
        "a booking costs what the professional takes, whatever was sent",
        _PERSON,
        _new(_BOOKING, "person", total_price="1", status="'confirmed'", currency="'USD'"),
        f"select (total_price, status, currency) = (100000, 'pending', 'COP') {_added(_BOOKING, 'person')}",
    ),
    Probe(
        _BOOKING,
        "owner, price and state stay where a platform lets people update",
        _PERSON,
        f"update public.bookings set total_price = 1, status = 'confirmed', customer_id = {someone('other')}",
        f"select (total_price, status, customer_id) = (100000, 'pending', {someone('person')})"
        f" {_kept(_BOOKING, 'person')}",
        "grant update on public.bookings to authenticated;"
        "create policy theirs on public.bookings for update to authenticated using (customer_id = auth.uid())",
    ),
    Probe(
        _BOOKING,
        "the calendar of a professional is locked before it is written",
        OWNER,
        _new(_BOOKING, "other"),
        "select count(*) = 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
        " and (classid::bigint << 32 | objid::bigint)"
        f" = hashtextextended('amara.booking:' || {world.booking('other', 'new')['professional_id']}::text, 0)",
    ),
    Probe(
        _BOOKING,
        "no new booking is exempt from the rule of no overlap",
        OWNER,
        _new(_BOOKING, "other", predates_overlap_rule="true"),
        f"select not predates_overlap_rule {_added(_BOOKING, 'other')}",
    ),
    Probe(
        _BOOKING,
        "an account that goes leaves its booking without the person",
        OWNER,
        f"delete from auth.users where id = {someone('person')}",
        f"select (customer_id, address) is null and anonymized_at is not null {_kept(_BOOKING, 'person')}",
    ),
    Probe(
        _BOOKING,
        "a booking that comes to life says so itself",
        OWNER,
        _new(_BOOKING, "other"),
        "select count(*) = 1 from public.platform_events where event_type = 'BookingConfirmed' and source = 'server'"
        f" and properties ->> 'booking_id' = {world.booking('other', 'new')['id']}::text",
    ),
    Probe(
        _BOOKING,
        "a guest who books is written to",
        ACTORS["guest"],
        _new(_BOOKING, "guest"),
        "select count(*) = 1 from amara_private.guest_mail where kind = 'requested'"
        f" and booking_id = {world.booking('guest', 'new')['id']}",
    ),
    Probe(
        _BOOKING,
        "a booking that comes to life is a notice for the platform",
        ACTORS["guest"],
        _new(_BOOKING, "guest"),
        "select count(*) = 1 from amara_private.webhook_notices where type = 'booking.created'"
        f" and subject = {world.booking('guest', 'new')['id']}",
    ),
    Probe(
        _BOOKING,
        "what becomes of a booking is noted for the chat of its customer",
        OWNER,
        f"update {_BOOKING} set status = 'completed' where id = {world.booking('person', 'kept')['id']}",
        "select count(*) = 1 from amara_private.booking_news where kind = 'completed'"
        f" and conversation_id = {key('conversation', 'person', 'kept')}",
    ),
    Probe(
        _BOOKING,
        "another guest's session cannot be attached by an account either",
        _PERSON,
        _new(_BOOKING, "person", guest_session_id=key("guest session", "guest", "kept")),
        Refused("no"),
    ),
    Probe(
        "public.amara_conversations",
        "a language with its country is read as the language",
        _PERSON,
        _new("public.amara_conversations", "person", locale="'es-CO'"),
        f"select locale = 'es' {_added('public.amara_conversations', 'person')}",
    ),
    Probe(
        "public.amara_messages",
        "tool calls in a string become the list they mean",
        _PERSON,
        _new("public.amara_messages", "person", tool_calls="to_jsonb('[]'::text)"),
        f"select jsonb_typeof(tool_calls) = 'array' {_added('public.amara_messages', 'person')}",
    ),
    Probe(
        "public.amara_messages",
        "a person's row is the client's, whoever it claims to speak as",
        _PERSON,
        _new("public.amara_messages", "person", _SAYS, role="'assistant'"),
        f"select origin = 'client' {_added('public.amara_messages', 'person')}",
    ),
    Probe(
        "public.amara_messages",
        "a row of the service is the service's, and has its record",
        _AMARA,
        _new(
            "public.amara_messages",
            "person",
            _SAYS,
            role="'assistant'",
            metadata=f"jsonb_build_object('run_id', {key('run', 'person', 'kept')})",
        ),
        f"select origin = 'service' and amara_private.speaks(m) from public.amara_messages m where"
        f" id = {world.message('person', 'new')['id']}",
    ),
    Probe(
        "public.guest_sessions",
        "a token is kept as its hash",
        _ANON,
        _new("public.guest_sessions", "guest", "session_token email full_name", email="'new@example.com'"),
        f"select session_token = encode(sha256('{world.token('guest new')}'), 'hex')"
        " from public.guest_sessions where email = 'new@example.com'",
    ),
    Probe(
        "public.guest_sessions",
        "who opened a session reads it back in the same statement",
        _ANON,
        _new("public.guest_sessions", "guest", "session_token email full_name") + " returning id",
        1,
    ),
    Probe(
        "public.platform_events",
        "an event of the service is the server's",
        _AMARA,
        _new("public.platform_events", "person"),
        f"select source = 'server' {_added('public.platform_events', 'person')}",
    ),
    Probe(
        "public.platform_events",
        "an event that the service files for a browser is the browser's, and nobody's word about its time or place",
        _AMARA,
        _new("public.platform_events", "person", channel="'assistant'", created_at="'2099-01-01'"),
        "select source = 'client' and channel = 'web' and created_at = now()"
        f" {_added('public.platform_events', 'person')}",
        "set local amara.event_source = 'client'",
    ),
    Probe(
        "public.platform_events",
        "a browser is on the web, even where the column was granted",
        _PERSON,
        _new("public.platform_events", "person", channel="'assistant'"),
        f"select channel = 'web' {_added('public.platform_events', 'person')}",
        "grant insert (channel) on public.platform_events to authenticated",
    ),
    Probe(
        _BOOKING,
        "a booking made in the chat says so",
        OWNER,
        _new(_BOOKING, "other", booking_source="'amara'"),
        "select channel = 'assistant' from public.platform_events where event_type = 'BookingConfirmed'"
        f" and properties ->> 'booking_id' = {world.booking('other', 'new')['id']}::text",
    ),
    Probe(
        "public.platform_events",
        "a session is known by the first who signs in",
        _PERSON,
        _new("public.platform_events", "person", session_id="'of this very day'"),
        "select count(*) = 1 from public.platform_identities where alias = 's:of this very day'",
    ),
    Probe(
        "public.convert_guest_to_user",
        "who brings token, account and address takes the guest's bookings along",
        RETURNING,
        f"select public.convert_guest_to_user({key('guest session', 'returning', 'kept')}, {someone('person')})",
        f"select customer_id = {someone('person')} {_kept(_BOOKING, 'returning')}",
    ),
    Probe(
        "public.convert_guest_to_user",
        "a guest without a session of an account claims for the account just made",
        ACTORS["guest"],
        f"select public.convert_guest_to_user({key('guest session', 'guest', 'kept')}, {_NEWCOMER})",
        f"select count(*) = 1 from amara_private.guest_claims where user_id = {_NEWCOMER}",
        f"insert into auth.users (id, email) values ({_NEWCOMER}, 'guest@example.com')",
    ),
    Probe(
        "public",
        "a function made tomorrow is nobody's to call",
        _ANON,
        "select public.made_tomorrow()",
        Refused("deny"),
        "create function public.made_tomorrow() returns int language sql return 1",
    ),
]
