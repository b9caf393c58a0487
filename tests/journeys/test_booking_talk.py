"""The life of a booking in a chat, over the real socket: the offline concierge and the demo marketplace."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from amara import demo
from tests.rig import Chat, chatting, events, text_of

Json = dict[str, Any]

BOGOTA = ZoneInfo("America/Bogota")
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip

SPANISH = {
    "search": "Busco aseo en Bogotá",
    "hours": "¿Qué horas tiene la primera la próxima semana?",
    "length": "4 horas",
    "address": "La dirección es Calle 10 # 5-20, apto 301",
    "change": "mejor a las {clock}",
    "yes": "sí, confirmo",
    "button": "botón",
    "cancel": "Cancele mi reserva con Luz Marina",
}
ENGLISH = {
    "search": "I need a cleaner in Bogotá",
    "hours": "What times does the first one have next week?",
    "length": "4 hours please",
    "address": "My address is Calle 10 # 5-20, apto 301",
    "change": "make it {clock}",
    "yes": "yes, I confirm",
    "button": "button",
    "cancel": "Please cancel my booking with Luz Marina",
}
WORDS = {"es": SPANISH, "en": ENGLISH}


def cards(heard: list[Json]) -> list[Json]:
    """What the tools of this run answered, in order."""
    return [json.loads(event["content"]) for event in events(heard) if event["type"] == "TOOL_CALL_RESULT"]


def spoken(start: datetime, locale: str) -> str:
    if locale == "es":
        return f"el {start.day} de {MONTHS[start.month - 1]} a las {clock(start, locale)}"
    return f"on {start:%B} {start.day} at {clock(start, locale)}"


def clock(start: datetime, locale: str) -> str:
    half = "am" if start.hour < 12 else "pm"
    return f"{start.hour % 12 or 12}:{start.minute:02d} {f'{half[0]}. m.' if locale == 'es' else half}"


async def free_starts(chat: Chat, words: dict[str, str]) -> list[datetime]:
    """Two free starts of one day, as the card has them."""
    await chat.ask(words["search"])
    (card,) = cards(await chat.ask(words["hours"]))
    assert card["card"] == "availability"
    day = next(day for day in card["days"] if len(day["starts"]) > 1)
    return [datetime.fromisoformat(start) for start in day["starts"][:2]]


@pytest.mark.parametrize("locale", ["es", "en"])
async def test_a_visit_is_found_arranged_drafted_and_changed_and_nothing_is_booked(server, owner, locale):
    words = WORDS[locale]
    count = "select count(*) from bookings"
    before = await owner.fetchval(count)
    async with chatting(server, server.token(demo.SECOND_CUSTOMER_ID), locale=locale) as chat:
        first, second = await free_starts(chat, words)
        assert cards(await chat.ask(spoken(first, locale))) == []
        assert cards(await chat.ask(words["length"])) == []
        heard = await chat.ask(words["address"])
        (card,) = cards(heard)
        assert card["card"] == "booking_draft"
        draft = card["draft"]
        assert (draft["kind"], draft["version"], draft["status"], draft["missing"]) == ("book", 1, "open", [])
        assert datetime.fromisoformat(draft["starts_at"]) == first
        assert (draft["duration_minutes"], draft["address"]) == (240, "Calle 10 # 5-20, apto 301")
        assert "15 minut" in text_of(heard)
        assert words["button"] in text_of(heard)

        (card,) = cards(await chat.ask(words["change"].format(clock=clock(second, locale))))
        changed = card["draft"]
        assert (changed["id"], changed["version"], changed["address"]) == (draft["id"], 2, draft["address"])
        assert datetime.fromisoformat(changed["starts_at"]) == second

        heard = await chat.ask(words["yes"])
        assert cards(heard) == []
        assert words["button"] in text_of(heard)
    assert await owner.fetchval(count) == before


@pytest.mark.parametrize("locale", ["es", "en"])
async def test_a_cancellation_is_quoted_and_nothing_is_cancelled(server, owner, locale):
    words = WORDS[locale]
    async with chatting(server, server.token(demo.CUSTOMER_ID), locale=locale) as chat:
        heard = await chat.ask(words["cancel"])
        listed, quoted = cards(heard)
        assert listed["card"] == "bookings"
        draft = quoted["draft"]
        booking = demo.identity("booking", "customer/Luz Marina Quintero/cleaning")
        assert (draft["kind"], draft["booking_id"], draft["refund"]["percent"]) == ("cancel", str(booking), 100)
        assert "100 %" in text_of(heard) or "100%" in text_of(heard)
        assert words["button"] in text_of(heard)
        assert cards(await chat.ask(words["yes"])) == []
    assert await owner.fetchval("select status from bookings where id = $1", booking) == "confirmed"


async def test_a_booking_is_offered_another_hour_and_stays_where_it_is(server, owner):
    booking = demo.identity("booking", "customer/Gloria Inés Beltrán/elder_care")
    began = await owner.fetchval("select scheduled_start from bookings where id = $1", booking)
    async with chatting(server, server.token(demo.CUSTOMER_ID)) as chat:
        heard = await chat.ask("Mueva mi reserva con Gloria para dentro de dos semanas")
        listed, card = cards(heard)
        assert (listed["card"], card["card"]) == ("bookings", "availability")
        starts = [start for day in card["days"] for start in day["starts"]] or card["later"]
        start = datetime.fromisoformat(starts[0])
        (card,) = cards(await chat.ask(spoken(start, "es")))
        assert (card["draft"]["kind"], card["draft"]["booking_id"]) == ("reschedule", str(booking))
        assert datetime.fromisoformat(card["draft"]["starts_at"]) == start
    assert await owner.fetchval("select scheduled_start from bookings where id = $1", booking) == began


async def test_a_taken_hour_is_answered_with_the_nearest_free_ones(server):
    async with chatting(server, server.token(demo.SECOND_CUSTOMER_ID)) as chat:
        first, _ = await free_starts(chat, SPANISH)
        at_night = spoken(first.astimezone(BOGOTA).replace(hour=22, minute=0), "es")
        heard = await chat.ask(f"resérveme la primera {at_night} por 3 horas en la Calle 10 # 5-20")
        (card,) = cards(heard)
        assert (card["card"], card["outcome"]) == ("availability", "slot_lost")
        assert "no está libre" in text_of(heard)
        (card,) = cards(await chat.ask("la primera"))
        assert card["card"] == "booking_draft"
        assert card["draft"]["duration_minutes"] == 180
