"""What the model may cost: a row of each table of it."""

from __future__ import annotations

from tests.walls import world


def token_budget(whose: str, which: str) -> world.Row:
    return {"day": "'2031-01-01'", "scope": f"'{whose} {which}'"}


def open_call(whose: str, which: str) -> world.Row:
    return {
        "id": world.key("open call", whose, which),
        "run_id": world.key("run", whose, "kept"),
        "conversation_id": world.conversation(whose, "kept")["id"],
        "user_id": world.someone(whose),
        "is_visitor": "false",
        "model": "'any'",
        "round": "1",
        "purpose": "'answer'",
        "day": "'2031-01-01'",
        "scopes": "'{}'",
        "held": "1",
        "asked_tokens": "1",
    }
