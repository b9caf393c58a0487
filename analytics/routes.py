"""The events' doors: capture for everybody, the numbers for administrators."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import HttpMethod, Request, Response, Router, get, post, route
from litestar.openapi.datastructures import ResponseSpec
from litestar.response.base import ASGIResponse

from analytics import funnel, segment, sheets, short_way
from analytics.anysite import PERMISSION, open_to_any_site
from analytics.doorway import Doorway
from analytics.settings import Handed, Settings
from analytics.shapes import Receipt


def router(handed: Handed, settings: Settings | None = None, *, doorway: Doorway | None = None) -> Router:
    """`/v1/events`, the Segment door and `/v1/analytics/…`, with what the front door hands over.

    Args:
        handed: from outside.
        settings: limits.
        doorway: one with the same, where somebody else has it too.
    """
    limits = settings or Settings()
    doorway = doorway or Doorway(handed, limits)
    # The doorway counts the bytes itself, so that too many are told as a situation of this room.
    capturing: Any = {"middleware": [open_to_any_site], "request_max_body_size": None}

    @post(
        "/events",
        summary="Capture events",
        status_code=202,
        responses={202: ResponseSpec(Receipt, description="What became of each")},
        **capturing,
    )
    async def take_events(request: Request[Any, Any, Any]) -> ASGIResponse:
        told = await short_way.receipt(request, doorway)
        # Encoded here: the framework's way of telling a typed answer costs as much as all of the above.
        return ASGIResponse(body=msgspec.json.encode(told), status_code=202, media_type="application/json")

    # Of every path that captures: the segment door's take the same requests from the same pages.
    @route(
        ["/events", *segment.BATCHES, *segment.ONE_CALL],
        http_method=[HttpMethod.OPTIONS],
        status_code=204,
        summary="What a page may send",
        middleware=[open_to_any_site],
    )
    async def permit() -> Response[None]:
        return Response(None, status_code=204, headers=PERMISSION)

    async def read(request: Request[Any, Any, Any], what: str) -> Response[bytes]:
        query = request.query_params
        form = sheets.form_wanted(query.get("format"), request.headers.get("accept", ""))
        caller = await handed.caller(request.headers.get("authorization"))
        wish = funnel.wish_of(query, handed, limits)
        async with funnel.administering(caller, handed) as connection:
            found = await funnel.answer(what, connection, wish, handed, limits)
        return Response(**sheets.told(found, form))

    @get("/analytics/funnel", summary="How many people went how far")
    async def read_funnel(request: Request[Any, Any, Any]) -> Response[bytes]:
        return await read(request, "funnel")

    @get("/analytics/event-counts", summary="How often everything happened")
    async def read_counts(request: Request[Any, Any, Any]) -> Response[bytes]:
        return await read(request, "counts")

    # Permission stands first: of a path's handlers the first decides who answers OPTIONS.
    doors = [permit, take_events, *segment.routes(doorway, capturing)]
    return Router("/v1", route_handlers=[*doors, read_funnel, read_counts])
