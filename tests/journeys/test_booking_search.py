"""Somebody is looked for by the day they are wanted on, and others like those shown, over the real socket."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from amara import demo
from tests import visits
from tests.rig import Chat, chatting, events, text_of

Json = dict[str, Any]

BOGOTA = ZoneInfo("America/Bogota")
WORDS = {
    "es": {
        "search": "Busco aseo en Bogotá para el {day} a las 9 de la mañana por 4 horas",
        "everywhere": "busco a alguien para aseo en {city}",
        "more": "más como estas",
        "all": "Esas son todas",
        "free": "libre el",
        "note": "que timbre dos veces",
        "pick": "la primera",
        "address": "La dirección es Calle 10 # 5-20",
    },
    "en": {
        "search": "I need a cleaner in Bogotá on {day} at 9 am for 4 hours",
        "everywhere": "I need a cleaner in {city}",
        "more": "show me others like these",
        "all": "Those are all",
        "free": "free on",
        "note": "tell her to ring twice",
        "pick": "book the first one",
        "address": "My address is Calle 10 # 5-20",
    },
}


def cards(heard: list[Json]) -> list[Json]:
    """What the tools of this run answered, in order."""
    return [json.loads(event["content"]) for event in events(heard) if event["type"] == "TOOL_CALL_RESULT"]


def shown(card: Json) -> list[str]:
    return [one["id"] for one in card["professionals"]]


async def a_day_with_nine_o_clock(owner) -> datetime:
    """The first morning from next week on at which somebody who cleans in Bogotá is free at nine."""
    return await owner.fetchval(
        "select min(f.starts_at) from amara_api.professionals p cross join lateral"
        " amara_api.free_starts(p.id, current_date + 7, current_date + 21, 240, now()) f"
        " where p.city = 'Bogotá' and p.services @> '[{\"slug\":\"cleaning\"}]'"
        " and (f.starts_at at time zone 'America/Bogota')::time = '09:00'"
    )


async def are_free(owner, ids: list[str], start: datetime) -> bool:
    for one in ids:
        rows = await owner.fetch(
            "select starts_at from amara_api.free_starts($1, $2, $2, 240, now())",
            UUID(one),
            start.astimezone(BOGOTA).date(),
        )
        if start not in {row["starts_at"] for row in rows}:
            return False
    return True


@pytest.mark.parametrize("locale", ["es", "en"])
async def test_a_visit_begins_with_the_day_and_ends_in_a_draft_for_it(server, owner, locale):
    words, start = WORDS[locale], await a_day_with_nine_o_clock(owner)
    async with chatting(server, server.token(demo.SECOND_CUSTOMER_ID), locale=locale) as chat:
        day = start.astimezone(BOGOTA)
        heard = await chat.ask(words["search"].format(day=f"{day:%Y-%m-%d}"))
        (card,) = cards(heard)
        assert card["professionals"]
        assert card["criteria"]["date"] == f"{day:%Y-%m-%d}"
        assert await are_free(owner, shown(card), start)
        assert all(datetime.fromisoformat(one["free_at"]) == start for one in card["professionals"])
        assert all(words["free"] in one["reason"] for one in card["professionals"])
        assert words["free"] in text_of(heard)

        await chat.ask(words["pick"])
        heard = await chat.ask(words["address"])
        (card,) = [card for card in cards(heard) if card["card"] == "booking_draft"]
        assert datetime.fromisoformat(card["draft"]["starts_at"]) == start
        (card,) = cards(await chat.ask(words["note"]))
        assert (card["draft"]["version"], bool(card["draft"]["instructions"])) == (2, True)


@pytest.mark.parametrize("locale", ["es", "en"])
async def test_others_like_these_come_three_by_three_and_nobody_twice(server, owner, locale):
    words = WORDS[locale]
    # Everybody moves to one city, so that there are pages to turn.
    await owner.execute(
        "update professional_profiles set city = 'Cali', services = services ||"
        ' \'[{"slug":"cleaning","name":"Aseo","hourly_rate_cop":20000}]\'::text::jsonb'
        " where profile_id in (select profile_id from professional_profiles order by profile_id limit 7)"
        " or city = 'Cali'"
    )
    count = (
        "select count(*) from amara_api.professionals where city = 'Cali' and services @> '[{\"slug\":\"cleaning\"}]'"
    )
    found = await owner.fetchval(count)
    async with chatting(server, server.token(demo.SECOND_CUSTOMER_ID), locale=locale) as chat:
        (card,) = cards(await chat.ask(words["everywhere"].format(city="Cali")))
        seen = shown(card)
        assert (card["found"], len(seen)) == (found, 3)
        while card["more"]:
            (card,) = cards(await chat.ask(words["more"]))
            assert card["found"] == found
            assert len(shown(card)) == min(3, found - len(seen))
            seen += shown(card)
        assert len(seen) == len(set(seen)) == found
        heard = await chat.ask(words["more"])
        assert (cards(heard), words["all"] in text_of(heard)) == ([], True)
    assert await viewed(owner) == set(seen)


async def viewed(owner) -> set[str]:
    """Whose card counts as seen."""
    rows = await owner.fetch(
        "select properties ->> 'pro_id' as id from platform_events"
        " where event_type = 'ProfessionalViewed' and channel = 'assistant' and source = 'server'"
    )
    return {row["id"] for row in rows}


@pytest.mark.parametrize(("locale", "yes"), [("es", "sí, por favor"), ("en", "yes please")])
async def test_a_day_on_which_nobody_is_free_is_answered_with_the_next_and_that_is_searched(server, locale, yes):
    async with chatting(server, server.token(demo.SECOND_CUSTOMER_ID), locale=locale) as chat:
        today = datetime.now(BOGOTA).date()
        heard = await chat.ask(WORDS[locale]["search"].format(day=f"{today:%Y-%m-%d}"))
        (card,) = cards(heard)
        assert (card["found"], "date" in card["relax"]) == (0, True)
        chosen = await until_found(chat, yes)
        assert chosen["professionals"]
        assert datetime.fromisoformat(chosen["professionals"][0]["free_at"]).date() > today + timedelta(0)


async def until_found(chat: Chat, yes: str) -> Json:
    """Agrees to what is offered; at the most to any hour first, and then to another day."""
    for _ in range(2):
        (card,) = cards(await chat.ask(yes))
        if card["found"]:
            return card
    raise AssertionError(card)


async def test_the_visit_of_the_page_stands_on_the_booking_that_came_of_it(service, upstream, owner):
    free = await visits.somebody_free(owner)
    async with chatting(service, service.token(demo.SECOND_CUSTOMER_ID)) as chat:
        question = await visits.offered(chat, upstream, visits.drafts(free.id, free.starts[0]))
        answer = {"interruptId": question["id"], "status": "resolved", "payload": {"approved": True}}
        props = {"amara": {"analyticsSessionId": "page-1"}}
        frame = {"threadId": chat.thread_id, "runId": "r-1", "messages": [], "resume": [answer]}
        await chat.send(frame | {"forwardedProps": props})
        await chat.hear_until("RUN_FINISHED", "RUN_ERROR")
    (booking,) = await visits.bookings_of(owner, free.id, free.starts[0])
    assert booking["source_details"]["analytics_session_id"] == "page-1"
    told = "select session_id from platform_events where event_type = 'BookingConfirmed'"
    assert await owner.fetchval(f"{told} and properties ->> 'booking_id' = $1", str(booking["id"])) == "page-1"
