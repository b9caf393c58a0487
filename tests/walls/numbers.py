"""Rows of what is kept of the numbers; the database alone writes them."""

from __future__ import annotations

from tests.walls.world import PAST, Row, key, someone


def numbers(_whose: str, _which: str) -> Row:
    return {"is_only": "true", "zone": "'America/Bogota'", "raw_through": "'-infinity'", "kept_from": "'-infinity'"}


def event_mark(whose: str, which: str) -> Row:
    return {"id": key("event mark", whose, which), "names": "'{s:a}'", "since": PAST, "until": PAST}


def funnel_person(whose: str, which: str) -> Row:
    return {
        "who": f"'u:' || {someone(whose)}",
        "day": "'2026-01-05'" if which == "kept" else "'2026-01-06'",
        "channel": "'web'",
        "city": "'cali'",
        "furthest": "1",
    }


def funnel_day(_whose: str, which: str) -> Row:
    return {
        "channel": "'*'",
        "city": "'*'",
        "stage": "1",
        "day": "'2026-01-05'",
        "previous": "'-infinity'" if which == "kept" else "'2026-01-04'",
        "people": "1",
    }


def event_day(_whose: str, which: str) -> Row:
    return {"day": "'2026-01-05'", "event_type": f"'{which}'", "channel": "'web'", "events": "1"}


def booking_day(_whose: str, which: str) -> Row:
    return {"day": "'2026-01-05'", "booking": key("booking", which)}
