"""The whole life of a booking in the chat, in Spanish and in English, by a clock that a test sets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from amara import demo
from amara.upkeep import Upkeep
from tests import upstream as scripted
from tests import visits
from tests.builders import a_booking, a_professional
from tests.calendars import NOW
from tests.rig import Chat, Service, chatting, events, serving
from tests.visits import Clock, Free

Json = dict[str, Any]

YES = {"approved": True}
DONE = {"es": "Listo: ", "en": "Done: "}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def service(urls, upstream, clock) -> AsyncIterator[Service]:
    """The service by that clock, with a model whose every answer the test chooses."""
    async with serving(urls, has_demo=True, now=clock, anthropic_base_url=upstream.url, model="scripted") as running:
        yield running


@pytest.fixture(params=["es", "en"])
def locale(request) -> str:
    return request.param


@dataclass
class Marketplace:
    """Whoever talks, in which language, and with which model."""

    service: Service
    upstream: scripted.Upstream
    locale: str

    def chatting(self, who: UUID = demo.CUSTOMER_ID) -> AbstractAsyncContextManager[Chat]:
        token = self.service.token(who, ttl_s=90 * 24 * 3600)
        return chatting(self.service, token, locale=self.locale)

    async def card(self, chat: Chat, tool: str, given: Json) -> tuple[Json, Json]:
        """What a person is shown when the model calls this tool, and how the run ends."""
        self.upstream.then(scripted.calls(tool, given, call_id=f"toolu_{len(self.upstream.requests)}"))
        heard = events(await chat.ask("Por favor"))
        (result,) = [event for event in heard if event["type"] == "TOOL_CALL_RESULT"]
        return json.loads(result["content"]), heard[-1]["outcome"]

    async def question(self, chat: Chat, tool: str, given: Json) -> tuple[Json, str]:
        """The draft a person is shown, and the question about it."""
        card, outcome = await self.card(chat, tool, given)
        assert (card["card"], outcome["type"]) == ("booking_draft", "interrupt")
        return card["draft"], outcome["interrupts"][0]["id"]


@pytest.fixture
def market(service, upstream, locale) -> Marketplace:
    return Marketplace(service, upstream, locale)


@pytest.fixture
async def free(owner, service) -> Free:
    return await visits.somebody_free(owner, now=NOW)


def visit(free: Free, start: datetime) -> Json:
    return visits.visit(free.id, start)


async def held_by(owner: Any, free: Free, start: datetime) -> list[tuple[str, UUID]]:
    rows = await visits.bookings_of(owner, free.id, start)
    return [(row["status"], row["customer_id"]) for row in rows]


async def test_from_the_search_to_the_booking_with_another_hour_on_the_way(market, owner):
    async with market.chatting() as chat:
        found, outcome = await market.card(chat, "search_professionals", {"city": "Bogotá", "service": "cleaning"})
        assert outcome == {"type": "success"}
        chosen = next(each for each in found["professionals"] if each["instant_booking"])
        hours, _ = await market.card(
            chat,
            "check_availability",
            {"professional_id": chosen["id"], "date_from": "2030-03-05", "date_to": "2030-03-09", "hours": 4},
        )
        first, other = hours["days"][0]["starts"][0], hours["days"][1]["starts"][1]
        free = Free(UUID(chosen["id"]), chosen["name"], [])
        draft, question = await market.question(chat, "draft_booking", visit(free, datetime.fromisoformat(first)))
        assert (draft["starts_at"], draft["version"], draft["missing"]) == (first, 1, [])
        assert draft["total_price"] == 4 * chosen["hourly_rate_cop"]
        card, finished, _ = await visits.decide(chat, question, YES | {"edits": {"starts_at": other}})
        assert (card["outcome"], card["draft"]["starts_at"], card["draft"]["version"]) == ("offered", other, 2)
        question = finished["outcome"]["interrupts"][0]["id"]
        card, finished, words = await visits.decide(chat, question, YES)
        assert (card["outcome"], finished["outcome"]) == ("confirmed", {"type": "success"})
        assert words.startswith(DONE[market.locale])
        mine, _ = await market.card(chat, "list_my_bookings", {})
    assert other in {booking["starts_at"] for booking in mine["bookings"]}
    assert await held_by(owner, free, datetime.fromisoformat(first)) == []
    (booking,) = await visits.bookings_of(owner, free.id, datetime.fromisoformat(other))
    assert (booking["status"], booking["address"]) == ("confirmed", visits.ADDRESS)
    assert (booking["total_price"], booking["duration_minutes"]) == (draft["total_price"], 240)


async def test_who_thinks_longer_than_the_hold_is_told_so_and_may_begin_anew(market, owner, clock, free):
    async with market.chatting() as chat:
        draft, question = await market.question(chat, "draft_booking", visit(free, free.starts[0]))
        assert datetime.fromisoformat(draft["expires_at"]) == NOW + timedelta(minutes=15)
        clock.forward(minutes=15)
        card, finished, words = await visits.decide(chat, question, YES)
        assert (card["outcome"], finished["outcome"]) == ("expired", {"type": "success"})
        assert words.startswith(
            {"es": "El tiempo para confirmar se acabó", "en": "The time to confirm ran out"}[market.locale]
        )
        assert await held_by(owner, free, free.starts[0]) == []
        _, question = await market.question(chat, "draft_booking", visit(free, free.starts[0]))
        card, _, _ = await visits.decide(chat, question, YES)
    assert card["outcome"] == "confirmed"
    assert await held_by(owner, free, free.starts[0]) == [("confirmed", demo.CUSTOMER_ID)]


async def test_an_hour_that_somebody_else_took_after_the_hold_is_answered_with_others(market, owner, clock, free):
    start = free.starts[0]
    async with market.chatting() as chat, market.chatting(demo.SECOND_CUSTOMER_ID) as rival:
        _, question = await market.question(chat, "draft_booking", visit(free, start))
        refused, _ = await market.card(rival, "draft_booking", visit(free, start))
        assert (refused["card"], refused["outcome"]) == ("availability", "slot_lost")  # held for who came first
        clock.forward(minutes=16)
        _, theirs = await market.question(rival, "draft_booking", visit(free, start))
        assert (await visits.decide(rival, theirs, YES))[0]["outcome"] == "confirmed"
        card, _, _ = await visits.decide(chat, question, YES)
        assert card["outcome"] == "expired"
        others, outcome = await market.card(chat, "draft_booking", visit(free, start))
        assert (others["card"], others["outcome"], outcome) == ("availability", "slot_lost", {"type": "success"})
        other = datetime.fromisoformat(others["days"][0]["starts"][0])
        _, question = await market.question(chat, "draft_booking", visit(free, other))
        assert (await visits.decide(chat, question, YES))[0]["outcome"] == "confirmed"
    assert await held_by(owner, free, start) == [("confirmed", demo.SECOND_CUSTOMER_ID)]
    assert await held_by(owner, free, other) == [("confirmed", demo.CUSTOMER_ID)]


async def test_an_hour_lost_beside_the_hold_is_answered_with_others_and_nothing_is_booked(market, owner, free):
    start = free.starts[0]
    async with market.chatting() as chat:
        _, question = await market.question(chat, "draft_booking", visit(free, start))
        await a_booking(  # by phone, say: the platform's own door knows no holds
            owner,
            professional_id=free.id,
            customer_id=demo.SECOND_CUSTOMER_ID,
            scheduled_start=start,
            scheduled_end=start + timedelta(hours=4),
            booking_source="phone",
        )
        card, finished, words = await visits.decide(chat, question, YES)
        assert (card["outcome"], card["draft"]["status"]) == ("slot_lost", "open")
        assert len(card["alternatives"]) == 3
        assert {"es": "Todavía hay lugar", "en": "Still free"}[market.locale] in words
        other, question = card["alternatives"][0], finished["outcome"]["interrupts"][0]["id"]
        card, finished, _ = await visits.decide(chat, question, {"edits": {"starts_at": other}})
        assert (card["outcome"], card["draft"]["starts_at"]) == ("offered", other)
        card, _, _ = await visits.decide(chat, finished["outcome"]["interrupts"][0]["id"], YES)
        assert card["outcome"] == "confirmed"
    assert await held_by(owner, free, start) == [("confirmed", demo.SECOND_CUSTOMER_ID)]
    assert await held_by(owner, free, datetime.fromisoformat(other)) == [("confirmed", demo.CUSTOMER_ID)]


REFUNDS = [
    (25, 100, "$ 100.000", "COP 100,000"),
    (13, 50, "$ 50.000", "COP 50,000"),
    (5, 25, "$ 25.000", "COP 25,000"),
    (1, 0, "$ 0", "COP 0"),
]


async def test_a_cancellation_is_quoted_first_and_gives_back_what_was_quoted(market, owner):
    for hours, percent, spanish, english in REFUNDS:
        start = NOW + timedelta(hours=hours)
        booking_id = await a_booking(
            owner, customer_id=demo.CUSTOMER_ID, scheduled_start=start, scheduled_end=start + timedelta(hours=4)
        )
        async with market.chatting() as chat:
            draft, question = await market.question(chat, "cancel_booking", {"booking_id": str(booking_id)})
            assert draft["refund"] == {"amount": percent * 1_000, "percent": percent, "currency": "COP"}
            assert await owner.fetchval("select status from bookings where id = $1", booking_id) == "confirmed"
            card, _, words = await visits.decide(chat, question, YES)
        assert (card["outcome"], card["booking"]["status"]) == ("confirmed", "cancelled")
        assert card["draft"]["refund"] == draft["refund"]
        assert ({"es": spanish, "en": english}[market.locale]) in words.replace("\xa0", " ")
        row = await owner.fetchrow("select status, source_details from bookings where id = $1", booking_id)
        kept = row["source_details"]["cancellation"]
        assert (row["status"], kept["refund_percent"], kept["refund_cop"]) == ("cancelled", percent, percent * 1_000)
        assert kept["by"] == "customer"


async def test_a_refund_that_grew_less_while_thinking_is_asked_for_anew(market, owner, clock):
    start = NOW + timedelta(hours=24, minutes=10)
    booking_id = await a_booking(
        owner, customer_id=demo.CUSTOMER_ID, scheduled_start=start, scheduled_end=start + timedelta(hours=4)
    )
    async with market.chatting() as chat:
        _, question = await market.question(chat, "cancel_booking", {"booking_id": str(booking_id)})
        clock.forward(minutes=14)
        card, finished, _ = await visits.decide(chat, question, YES)
        assert (card["outcome"], card["draft"]["refund"]["percent"]) == ("price_changed", 50)
        assert await owner.fetchval("select status from bookings where id = $1", booking_id) == "confirmed"
        card, _, _ = await visits.decide(chat, finished["outcome"]["interrupts"][0]["id"], YES)
    assert (card["outcome"], card["draft"]["refund"]["amount"]) == ("confirmed", 50_000)


async def test_a_booking_is_moved_to_a_free_hour_and_its_professional_asked_again(market, owner, clock, free):
    async with market.chatting() as chat:
        _, question = await market.question(chat, "draft_booking", visit(free, free.starts[0]))
        booked = (await visits.decide(chat, question, YES))[0]["booking"]
        await owner.execute("update bookings set total_price = 1 where id = $1", UUID(booked["id"]))  # agreed, and kept
        day = free.starts[-1].date().isoformat()
        hours, _ = await market.card(chat, "check_availability", {"professional_id": str(free.id), "date_from": day})
        other = datetime.fromisoformat(hours["days"][0]["starts"][0])
        move = {"booking_id": booked["id"], "starts_at": other.isoformat()}
        _, question = await market.question(chat, "reschedule_booking", move)
        assert await held_by(owner, free, free.starts[0]) == [("confirmed", demo.CUSTOMER_ID)]
        card, _, words = await visits.decide(chat, question, YES)
        assert (card["outcome"], card["booking"]["id"]) == ("confirmed", booked["id"])
        assert words.startswith(DONE[market.locale])
        clock.at = other - timedelta(hours=23, minutes=59)
        late, outcome = await market.card(chat, "reschedule_booking", move | {"starts_at": free.starts[0].isoformat()})
    assert (late["error"]["code"], outcome) == ("too_late", {"type": "success"})
    assert await held_by(owner, free, free.starts[0]) == []
    (moved,) = await visits.bookings_of(owner, free.id, other)
    assert (str(moved["id"]), moved["status"], moved["total_price"]) == (booked["id"], "pending", 1)


async def test_a_booking_nobody_answers_for_a_day_is_declined_and_its_hour_free(market, owner, clock):
    her = await a_professional(owner, full_name="Ana Milena Rojas")
    free = Free(her, "Ana Milena Rojas", await visits.free_starts(owner, her, now=NOW + timedelta(days=3)))
    start, tidying = free.starts[0], Upkeep(market.service.door.house.database, clock)
    async with market.chatting() as chat, market.chatting(demo.SECOND_CUSTOMER_ID) as rival:
        _, question = await market.question(chat, "draft_booking", visit(free, start))
        card, _, words = await visits.decide(chat, question, YES)
        assert card["booking"]["status"] == "pending"
        assert {"es": "24 horas", "en": "24 hours"}[market.locale] in words
        clock.forward(hours=23, minutes=59)
        await tidying.once()
        refused, _ = await market.card(rival, "draft_booking", visit(free, start))
        assert refused["outcome"] == "slot_lost"
        clock.forward(minutes=1)
        assert (await tidying.once())["bookings_declined"] == 1
        mine, _ = await market.card(chat, "get_booking", {"booking_id": card["booking"]["id"]})
        assert mine["booking"]["status"] == "declined"
        _, question = await market.question(rival, "draft_booking", visit(free, start))
        assert (await visits.decide(rival, question, YES))[0]["outcome"] == "confirmed"
    assert sorted(await held_by(owner, free, start), key=lambda row: row[0]) == [
        ("declined", demo.CUSTOMER_ID),
        ("pending", demo.SECOND_CUSTOMER_ID),
    ]
