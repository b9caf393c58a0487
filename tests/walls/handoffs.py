"""Rows of what happens beside an answer: a conversation in a person's hands, and what is still to be told of it."""

from __future__ import annotations

from tests.walls.world import PAST, Row, key, someone


def aside(whose: str, which: str) -> Row:
    return {"conversation_id": key("conversation", whose, "kept"), "name": f"'{which}'", "value": "'{}'::jsonb"}


def handoff(whose: str, which: str) -> Row:
    """Over: what staff may see of an open one is asked by name."""
    return {
        "id": key("hand-off", whose, which),
        "conversation_id": key("conversation", whose, "kept"),
        "state": "'returned'",
        "reason": "'asked'",
        "asked_by": "'person'",
        "summary": "null",
        "person_name": "'Laura Gómez'",
        "taken_by": "null",
        "taken_at": "null",
        "returned_at": PAST,
    }


def note(whose: str, which: str) -> Row:
    return {
        "id": key("note", whose, which),
        "conversation_id": key("conversation", whose, "kept"),
        "author_id": someone("admin"),
        "content": "'Llamar mañana'",
    }


def deed(whose: str, which: str) -> Row:
    return {
        "handoff_id": key("hand-off", whose, which),
        "conversation_id": key("conversation", whose, "kept"),
        "who": someone(whose),
        "deed": "'read'",
    }


def handed(whose: str, **columns: str) -> str:
    """What hands a conversation over, as nobody but a superuser does. Args: columns are set beside."""
    changes = {"state": "'waiting'", "returned_at": "null"} | columns
    said = ", ".join(f"{name} = {value}" for name, value in changes.items())
    return f"update public.amara_handoffs set {said} where id = {key('hand-off', whose, 'kept')}"


NOBODY = key("nobody at all")

# As in `refusals`.
REFUSALS: dict[str, dict[str, str | Row]] = {
    "public.amara_handoffs": {
        "amara_handoffs_pkey": "= id",
        "amara_handoffs_conversation_id_fkey": {"conversation_id": NOBODY},
        "amara_handoffs_state_check": {"state": "'lost'", "returned_at": "null"},
        "amara_handoffs_reason_check": {"reason": "'bored'"},
        "amara_handoffs_asked_by_check": {"asked_by": "'nobody'"},
        "amara_handoffs_summary_check": {"summary": "repeat('a', 501)"},
        "amara_handoffs_taken_by_somebody": {"state": "'taken'", "returned_at": "null"},
        "amara_handoffs_returned_once": {"returned_at": "null"},
        "amara_handoffs_open": {"state": "'waiting'", "returned_at": "null"},
    },
    "public.amara_handoff_notes": {
        "amara_handoff_notes_pkey": "= id",
        "amara_handoff_notes_conversation_id_fkey": {"conversation_id": NOBODY},
        "amara_handoff_notes_content_check": {"content": "''"},
    },
    "amara_private.handoff_deeds": {
        "handoff_deeds_pkey": {"id": "(select max(id) from amara_private.handoff_deeds)"},
        "handoff_deeds_deed_check": {"deed": "'nothing'"},
    },
    "amara_private.asides": {
        "asides_pkey": {"id": "(select max(id) from amara_private.asides)"},
        "asides_conversation_id_fkey": {"conversation_id": NOBODY},
        "asides_name_check": {"name": "''"},
    },
}
NEVER_NULL = {
    "amara_private.asides": "conversation_id name value created_at",
    "public.amara_handoffs": "conversation_id state reason asked_by asked_at",
    "public.amara_handoff_notes": "conversation_id author_id content created_at",
    "amara_private.handoff_deeds": "handoff_id conversation_id deed done_at",
}
