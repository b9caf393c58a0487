"""What the demo's pages show without a chat, under `--demo` alone: who does what in which city, and when it can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from amara import errors, terms
from amara.auth import ANONYMOUS
from amara.db import Connection
from amara.house import House
from amara.store import drafts
from amara.tools import cards, store, words
from amara.tools.tool import Context, Locale, Refusal

DAYS = 21
SHOWN_MAX = 24  # of a catalogue: the whole demo marketplace
USUAL_MINUTES = 240
UNCACHED = {"cache-control": "no-store"}

Json = dict[str, Any]
Word = Annotated[str | None, QueryParameter(min_length=1, max_length=80)]
Language = Annotated[Locale, QueryParameter()]
Minutes = Annotated[int, QueryParameter(ge=terms.SHORTEST_MINUTES, le=terms.LONGEST_MINUTES)]


def routes(house: House) -> list[HTTPRouteHandler]:
    """The window: nothing in it can be bought without the guest's or the person's own door."""

    @get("/v1/demo/professionals", summary="The professionals card of a search, under --demo alone")
    async def search(city: Word = None, service: Word = None, locale: Language = "es") -> Response[Json]:
        tool, now = house.tools["search_professionals"], house.now()
        wish = {"city": city, "service": service}
        async with house.database.transaction(ANONYMOUS) as db:
            context = Context(db, now, house.time_zone, locale, house.desk(db, ANONYMOUS, None, now))
            try:
                card = await tool.run(context, tool.decode(msgspec.json.encode(wish)))
            except Refusal as refusal:
                raise errors.BadRequest(refusal.detail) from refusal
        return Response(card, headers=UNCACHED)

    @get("/v1/demo/catalogue", summary="Everybody of a city and a service, best first, under --demo alone")
    async def catalogue(city: Word = None, service: Word = None, locale: Language = "es") -> Response[Json]:
        cities = words.city_spellings(city)[1] if city else None
        async with house.database.transaction(ANONYMOUS) as db:
            rows = await store.professionals(db, store.Wish(cities, service), limit=SHOWN_MAX)
            offers = await _offers(db, [row["id"] for row in rows], locale)
            places = await store.cities_served(db)
            here = await store.cities_served(db, service) if service else places
            trades = await store.services_offered(db)
        free = await _next_free(house, [row["id"] for row in rows])
        body = {
            "found": rows[0]["found"] if rows else 0,
            "professionals": [
                _person(row, offers) | {"hourly_rate_cop": row["rate"], "next_free": free.get(row["id"])}
                for row in rows
            ],
            "cities": [words.plain(place, 80) for place in places],
            "cities_of_service": [words.plain(place, 80) for place in here],
            "services": [
                {"slug": words.plain(slug, 80), "name": words.service_name(slug, locale, words.plain(name, 80))}
                for slug, name in trades.items()
            ],
        }
        return Response(body, headers=UNCACHED)

    @get("/v1/demo/professionals/{professional_id:uuid}", summary="One of them, under --demo alone")
    async def sheet(professional_id: FromPath[UUID], locale: Language = "es") -> Response[Json]:
        async with house.database.transaction(ANONYMOUS) as db:
            row = await store.professional(db, professional_id)
            if row is None:
                raise errors.NotFound
            offers = await _offers(db, [professional_id], locale)
        about = {"about": words.plain(row["bio"] or "", 1000), "on_time_rate": row["on_time_rate"]}
        return Response(_person(row, offers) | about, headers=UNCACHED)

    @get("/v1/demo/professionals/{professional_id:uuid}/hours", summary="The availability card of one of them")
    async def hours(professional_id: FromPath[UUID], minutes: Minutes = USUAL_MINUTES) -> Response[Json]:
        now = house.now()
        today = now.astimezone(cards.zone(house.time_zone)).date()
        async with house.database.service() as db:
            starts = await drafts.free_starts(
                db, professional_id, today, today + timedelta(DAYS), minutes, now=now, owner=None
            )
        card = {"card": "availability", "professional": {"id": str(professional_id)}, "duration_minutes": minutes}
        return Response(card | {"days": cards.days(starts, house.time_zone), "found": len(starts)}, headers=UNCACHED)

    return [search, catalogue, sheet, hours]


async def _offers(db: Connection, professional_ids: list[UUID], locale: Locale) -> Mapping[UUID, Sequence[Json]]:
    """What each of them does, and for how much, the cheapest first."""
    found: dict[UUID, list[Json]] = {}
    for row in await store.rates_of(db, professional_ids):
        slug = words.plain(row["slug"], 80)
        name = words.service_name(row["slug"], locale, words.plain(row["service_name"] or row["slug"], 80))
        found.setdefault(row["id"], []).append({"slug": slug, "name": name, "hourly_rate_cop": row["rate"]})
    return found


async def _next_free(house: House, professional_ids: list[UUID]) -> Mapping[UUID, str | None]:
    """When each of them could begin a visit of the usual length, in the marketplace's own zone."""
    now: datetime = house.now()
    async with house.database.service() as db:
        starts = await drafts.free_starts_of(
            db, professional_ids, now, now + timedelta(DAYS), USUAL_MINUTES, now=now, owner=None
        )
    return {one: cards.local(moments[0], house.time_zone) for one, moments in starts.items()}


def _person(row: asyncpg.Record, offers: Mapping[UUID, Sequence[Json]]) -> Json:
    return {
        "id": str(row["id"]),
        "name": words.plain(row["full_name"] or "", 80),
        "city": words.plain(row["city"] or "", 80),
        "services": offers.get(row["id"], []),
        "currency": "COP",
        "rating": None if row["rating"] is None else float(row["rating"]),
        "review_count": row["review_count"] or 0,
        "experience_years": row["experience_years"],
        "languages": [words.plain(language, 20) for language in row["languages"] or () if language],
        "verification_level": row["verification_level"],
        "instant_booking": bool(row["instant_booking"]),
    }
