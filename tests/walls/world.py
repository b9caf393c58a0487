"""A small town for the walls: who is there, and one row of every relation for each who may have one.

Values are SQL, so that a row reads the same in a statement and here. Ids follow from names: the same in every database.
"""

from __future__ import annotations

import hashlib
from uuid import NAMESPACE_URL, uuid5

Row = dict[str, str]

CUSTOMERS = ("person", "anonymous", "professional", "admin", "other")
PROFESSIONALS = ("professional", "colleague")  # the first is still a draft, so that only she may see herself
GUESTS = (
    "guest",
    "neighbour",
    "expired",
    "returning",
)  # people who book without an account; the last one has one by now
SPARE = "spare"  # an account whose profile is gone, for whoever may write one

PAST = "'2026-01-05T12:00Z'::timestamptz"


def key(*names: str) -> str:
    """The id of something, from its name."""
    return f"'{uuid5(NAMESPACE_URL, '/'.join(names))}'::uuid"


def someone(name: str) -> str:
    """The id of a person's account."""
    return key("account", name)


def token(name: str) -> str:
    """The secret of a guest's session, as the browser keeps it: 43 characters."""
    return hashlib.sha256(name.encode()).hexdigest()[:43]


def conversation(whose: str, which: str) -> Row:
    return {
        "id": key("conversation", whose, which),
        "user_id": someone(whose),
        "locale": "'es'",
        "is_active": "true",
        "last_message_at": PAST,
    }


def _of_a_conversation(whose: str) -> str:
    return key("conversation", whose, "kept")


def message(whose: str, which: str) -> Row:
    return {
        "id": key("message", whose, which),
        "conversation_id": _of_a_conversation(whose),
        "role": "'user'",
        "content": "'Hola'",
        "tool_calls": "null",
        "metadata": "'{}'::jsonb",
    }


def run(whose: str, which: str) -> Row:
    return {
        "id": key("run", whose, which),
        "conversation_id": _of_a_conversation(whose),
        "user_id": someone(whose),
        "run_key": f"'{which}'",
        "status": "'finished'",
        "owner": "'house'",
        "lease_expires_at": PAST,
    }


def run_event(whose: str, which: str) -> Row:
    return {
        "conversation_id": _of_a_conversation(whose),
        "epoch": "0",
        "seq_from": "1" if which == "kept" else "2",
        "seq_to": "2",
        "run_id": key("run", whose, "kept"),
        "frames": "'{}'",
    }


def tool_run(whose: str, which: str) -> Row:
    return {
        "id": key("tool run", whose, which),
        "run_id": key("run", whose, "kept"),
        "conversation_id": _of_a_conversation(whose),
        "call_id": f"'{which}'",
        "tool": "'get_booking'",
    }


def usage(whose: str, which: str) -> Row:
    return {
        "id": key("usage", whose, which),
        "run_id": key("run", whose, "kept"),
        "conversation_id": _of_a_conversation(whose),
        "user_id": someone(whose),
        "model": "'any'",
        "round": "1",
    }


def guest_session(whose: str, which: str) -> Row:
    return {
        "id": key("guest session", whose, which),
        "session_token": f"'{token(f'{whose} {which}' if which == 'new' else whose)}'",
        "email": f"'{whose}@example.com'" if whose != "returning" else "'person.kept@example.com'",
        "full_name": "'María González'",
        "phone": "null",
        "metadata": "'{}'::jsonb",
        "expires_at": f"now() {'-' if whose == 'expired' else '+'} interval '1 hour'",
    }


def event(whose: str, which: str) -> Row:
    return {
        "id": key("event", whose, which),
        "event_type": "'SearchStarted'",
        "user_id": "null" if whose == "nobody" else someone(whose),
        "session_id": "'11111111-2222-4333-8444-555555555555'",
        "properties": "'{}'::jsonb",
    }


def profile(whose: str, which: str) -> Row:
    return {
        "id": someone(SPARE if which == "new" else whose),
        "role": {"admin": "'admin'", "professional": "'professional'", "colleague": "'professional'"}.get(
            whose, "'customer'"
        ),
        "locale": "'es-CO'",
        "full_name": "'Laura Gómez'",
        "phone": "null",
        "city": "'Bogotá'",
        "time_zone": "'America/Bogota'",
    }


def professional_profile(whose: str, which: str) -> Row:
    return {
        "profile_id": someone("other" if which == "new" else whose),
        "status": "'draft'" if whose == "professional" else "'active'",
        "full_name": "'Ana Milena Rojas'",
        "city": "'Bogotá'",
        "services": """'[{"name": "Limpieza", "slug": "cleaning", "hourly_rate_cop": 25000}]'::jsonb""",
        "instant_booking": "false",
    }


def working_hours(whose: str, which: str) -> Row:
    return {
        "id": key("hours", whose, which),
        "professional_id": someone(whose),
        "weekday": "1" if which == "kept" else "2",
        "start_time": "'08:00'",
        "end_time": "'18:00'",
    }


def blocked_date(whose: str, which: str) -> Row:
    return {"professional_id": someone(whose), "date": "'2031-01-01'" if which == "kept" else "'2031-01-02'"}


def booking(whose: str, which: str) -> Row:
    """Of the professional it is her work, of everybody else their order; each at an hour of its own."""
    owners = (*CUSTOMERS, *GUESTS)
    day = 1 + owners.index(whose) + (0 if which == "kept" else len(owners))
    customer = "null" if whose in GUESTS else someone("other" if whose == "professional" else whose)
    return {
        "id": key("booking", whose, which),
        "customer_id": customer,
        "guest_session_id": key("guest session", whose, "kept") if whose in GUESTS else "null",
        "professional_id": someone("professional" if whose == "professional" else "colleague"),
        "status": "'pending'",
        "service_name": "'Limpieza'",
        "service_date": f"'2031-03-{day:02}'",
        "scheduled_start": f"'2031-03-{day:02}T14:00Z'",
        "scheduled_end": f"'2031-03-{day:02}T18:00Z'",
        "duration_minutes": "240",
        "total_price": "100000",
        "currency": "'COP'",
        "address": "'Calle 72 # 10-34, Bogotá'",
        "special_instructions": "null",
        "booking_source": "'direct'",
        "source_details": "'{}'::jsonb",
    }


def draft(whose: str, which: str) -> Row:
    return {
        "id": key("draft", whose, which),
        "user_id": "null" if whose in GUESTS else someone(whose),
        "guest_session_id": key("guest session", whose, "kept") if whose in GUESTS else "null",
        "professional_id": someone("colleague"),
        "starts_at": "'2031-04-01T14:00Z'",
        "duration_minutes": "240",
        "price_cop": "100000",
        "offered_at": PAST,
        "expires_at": f"{PAST} + interval '15 minutes'",
    }


def confirmation(whose: str, which: str) -> Row:
    return {
        "draft_id": key("draft", whose, which),
        "version": "1",
        "kind": "'book'",
        "user_id": someone(whose),
        "booking_id": key("booking", whose, "kept"),
        "price_cop": "100000",
        "confirmed_at": PAST,
    }


def idempotency_key(whose: str, which: str) -> Row:
    return {"scope": f"'{whose}'", "key": f"'{which}'", "body_hash": "''::bytea"}


def account(whose: str, which: str) -> Row:
    return {
        "id": someone(whose if which == "kept" else f"{whose} anew"),
        "email": "null" if whose == "anonymous" else f"'{whose}.{which}@example.com'",
        "email_confirmed_at": "null" if whose == "anonymous" else PAST,
        "is_anonymous": str(whose == "anonymous").lower(),
    }


def event_type(whose: str, which: str) -> Row:
    return {"event_type": f"'{which} by {whose}'", "is_counted": "true"}


def identity(whose: str, which: str) -> Row:
    return {"alias": f"'s:{which} of {whose}'", "user_id": someone(whose), "since": PAST}


def reply(whose: str, which: str) -> Row:
    return {
        "message_id": key("message", whose, "kept"),
        "run_id": key("run", whose, "kept"),
        "content_hash": f"'{which}'::bytea",
    }


def claim(whose: str, which: str) -> Row:
    return {
        "guest_session_id": key("guest session", "guest" if which == "kept" else "neighbour", "kept"),
        "user_id": someone(whose),
        "claimed_at": PAST,
    }


def guest_mail(whose: str, which: str) -> Row:
    """Beside what the booking itself has noted."""
    return {
        "id": key("letter", whose, which),
        "booking_id": key("booking", whose, "kept"),
        "kind": "'moved'",
        "sequence": "100" if which == "kept" else "101",
    }


def guest_recovery(whose: str, which: str) -> Row:
    return {
        "id": f"'{which} of {whose}'::bytea",
        "booking_id": key("booking", whose, "kept"),
        "guest_session_id": key("guest session", whose, "kept"),
        "code_hash": "''::bytea",
        "created_at": PAST,
        "expires_at": PAST,
    }


def migration_hash(whose: str, which: str) -> Row:
    return {"version": f"'{which} by {whose}'", "sha256": "''"}


def migration_record(whose: str, which: str) -> Row:
    return {"version": f"'{which} by {whose}'", "name": "''"}
