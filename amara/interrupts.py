"""The question that ends a run: an open draft waits for an explicit act of its owner.

Source: AG-UI 1.0 interrupts. The id is the server's and says which version of which draft was shown; nothing the model
or a client's history says can answer it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from amara import outcomes, terms
from amara.db import Connection
from amara.store import drafts, ledger
from amara.tools import cards
from amara.tools.tool import Locale

Json = dict[str, Any]

ANSWER: Json = {
    "type": "object",
    "properties": {
        "approved": {"type": "boolean"},
        "edits": {
            "type": "object",
            "properties": {
                "starts_at": {"type": "string", "format": "date-time"},
                "duration_minutes": {"type": "integer", "minimum": 120, "maximum": 480, "multipleOf": 30},
                "address": {"type": "string", "maxLength": 300},
                "instructions": {"type": "string", "maxLength": 1000},
            },
            "additionalProperties": False,
        },
    },
    "required": ["approved"],
}

_QUESTIONS = {
    "book": (
        "¿Confirma {service} con {professional}, {when}?",
        "Do you confirm {service} with {professional}, {when}?",
    ),
    "cancel": ("¿Confirma cancelar la reserva, {when}?", "Do you confirm cancelling the booking, {when}?"),
    "reschedule": ("¿Confirma mover la reserva: {when}?", "Do you confirm moving the booking: {when}?"),
}


def name(draft_id: UUID, version: int, run_id: UUID) -> str:
    """The interrupt's id: new with every run that asks, always for one version of one draft."""
    return f"{draft_id}.{version}.{run_id}"


def read(interrupt_id: str) -> tuple[UUID, int] | None:
    """The draft and version an id stands for; none where it is not ours."""
    draft_id, _, rest = interrupt_id.partition(".")
    version = rest.partition(".")[0]
    try:
        return UUID(draft_id), int(version) if version.isascii() and version.isdigit() and len(version) < 9 else -1
    except ValueError:
        return None


async def pending(
    db: Connection, conversation_id: UUID, run_id: UUID, *, now: datetime, locale: Locale, time_zone: str
) -> list[Json]:
    """*Service.* What the conversation still waits for: the interrupt of its open draft, or nothing."""
    row = await drafts.open_draft(db, conversation_id)
    draft = None if row is None else terms.Draft.of(row)
    if draft is None or draft.missing or draft.state(now) != "open":
        return []
    card = cards.draft(draft, time_zone, now)
    call = await ledger.drafting_call(db, conversation_id)
    spanish, english = _QUESTIONS[draft.kind]
    asked: Json = {
        "id": name(draft.id, draft.version, run_id),
        "reason": "tool_call",
        "message": (spanish if locale == "es" else english).format(
            service=outcomes.service(card["service"], locale),
            professional=card["professional"]["name"],
            when=outcomes.when(card["starts_at"], locale),
        ),
        "responseSchema": ANSWER,
        "expiresAt": card["expires_at"],
        "metadata": {
            "kind": "approval",
            "toolName": call["tool"] if call else "draft_booking",
            "input": call["input"] if call else {},
            "amara": {"draftId": str(draft.id), "version": draft.version},
        },
    }
    return [asked | ({"toolCallId": call["call_id"]} if call else {})]


def outcome(interrupts: list[Json]) -> Json:
    """How a run ends that went well."""
    return {"type": "interrupt", "interrupts": interrupts} if interrupts else {"type": "success"}
