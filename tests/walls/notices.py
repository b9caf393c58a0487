"""What the platform's own service is told, for the walls."""

from __future__ import annotations

from tests.walls.world import Row, key


def webhook_receiver(_whose: str, which: str) -> Row:
    return {"is_only": "true" if which == "kept" else "false", "is_there": "true"}


def webhook_notice(whose: str, which: str) -> Row:
    return {
        "id": key("notice", whose, which),
        "subject": key("booking", whose, "kept"),
        "type": "'booking.confirmed'",
        "data": "'{}'",
    }


def booking_news(whose: str, which: str) -> Row:
    return {
        "conversation_id": key("conversation", whose, "kept"),
        "booking_id": key("booking", whose, "kept"),
        "kind": "'confirmed'" if which == "kept" else "'declined'",
    }


_NOBODY = key("nobody at all")

# As in `refusals`.
REFUSALS: dict[str, dict[str, str | Row]] = {
    "amara_private.webhook_receiver": {
        "webhook_receiver_pkey": "= is_only",
        "webhook_receiver_only": {"is_only": "false"},
    },
    "amara_private.webhook_notices": {
        "webhook_notices_pkey": "= id",
        "webhook_notices_size": {"data": "to_jsonb(repeat('a', 4000))"},
        "webhook_notices_state_check": {"state": "'lost'"},
        "webhook_notices_type_check": {"type": "'booking.forgotten'"},
    },
    "amara_private.booking_news": {
        "booking_news_pkey": {"id": "(select max(id) from amara_private.booking_news)"},
        "booking_news_conversation_id_fkey": {"conversation_id": _NOBODY},
        "booking_news_booking_id_fkey": {"booking_id": _NOBODY},
        "booking_news_kind_check": {"kind": "'forgotten'"},
    },
}
