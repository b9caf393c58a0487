"""Where a long conversation is read from."""

from __future__ import annotations

from tests.walls.world import Row, key


def recollection(whose: str, which: str) -> Row:
    return {
        "conversation_id": key("conversation", whose, "kept"),
        "begins_at": "1" if which == "kept" else "2",
        "summed_to": "0",
        "summary": "'x'",
    }
