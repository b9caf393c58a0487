"""What the demo's booking page shows: who does what in which city, and when they are free. Under `--demo` alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from amara import errors, terms
from amara.auth import ANONYMOUS
from amara.house import House
from amara.store import drafts
from amara.tools import cards
from amara.tools.tool import Context, Locale, Refusal

DAYS = 21
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

    @get("/v1/demo/professionals/{professional_id:uuid}/hours", summary="The availability card of one of them")
    async def hours(professional_id: FromPath[UUID], minutes: Minutes = 240) -> Response[Json]:
        now = house.now()
        today = now.astimezone(cards.zone(house.time_zone)).date()
        async with house.database.service() as db:
            starts = await drafts.free_starts(
                db, professional_id, today, today + timedelta(DAYS), minutes, now=now, owner=None
            )
        card = {"card": "availability", "professional": {"id": str(professional_id)}, "duration_minutes": minutes}
        return Response(card | {"days": cards.days(starts, house.time_zone), "found": len(starts)}, headers=UNCACHED)

    return [search, hours]
