"""Rows of what stands at the doors: who was signed out, who may come in, and how often."""

from __future__ import annotations

from tests.walls.world import PAST, Row, key, someone


def revocation(whose: str, which: str) -> Row:
    return {"user_id": someone(whose) if which == "kept" else key("somebody new", whose), "issued_before": PAST}


def socket_ticket(whose: str, which: str) -> Row:
    return {
        "ticket_hash": f"sha256('{whose} {which}')",
        "user_id": someone(whose),
        "is_anonymous": "false",
        "conversation_id": key("conversation", whose, "kept"),
        "token_expires_at": PAST,
        "made_at": PAST,
    }


def page_pass(whose: str, which: str) -> Row:
    return {
        "pass_hash": f"sha256('{whose} {which}')",
        "kind": "'session'",
        "user_id": someone(whose),
        "good_until": PAST,
        "ends_at": PAST,
    }


def guest_attempt(_whose: str, which: str) -> Row:
    return {"key": f"sha256('{which}')", "times": f"array[{PAST}]", "expires_at": PAST}
