"""The events' doors: capture for everybody, the numbers for administrators."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.params import QueryParameter

from analytics import capture, errors, funnel
from analytics.settings import Handed, Settings
from analytics.shapes import Counts, Funnel, Receipt

# `text/plain` is what a page can still send while it closes (navigator.sendBeacon), without a preflight.
_READABLE = frozenset({"application/json", "text/plain", ""})
_UNCACHED = {"Cache-Control": "no-store"}

First = Annotated[str | None, QueryParameter(name="from", description="First day, YYYY-MM-DD, included")]
Last = Annotated[str | None, QueryParameter(name="to", description="Last day, YYYY-MM-DD, included")]


def router(handed: Handed, settings: Settings | None = None) -> Router:
    """`/v1/events` and `/v1/analytics/…`, with what the front door hands over."""
    limits = settings or Settings()

    @post("/events", summary="Capture events", status_code=202)
    async def take_events(request: Request[Any, Any, Any]) -> Receipt:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _READABLE:
            raise errors.WrongMediaType
        caller = await handed.caller(request.headers.get("authorization"))
        try:
            body = await request.body()
        except RequestEntityTooLarge as error:
            raise errors.TooLarge from error
        return await capture.capture(body, caller, handed, limits)

    @get("/analytics/funnel", summary="How many people went how far")
    async def read_funnel(request: Request[Any, Any, Any], first: First = None, last: Last = None) -> Response[Funnel]:
        caller = await handed.caller(request.headers.get("authorization"))
        days = funnel.days_asked(first, last, handed, limits)
        return Response(await funnel.stages(caller, days, handed, limits), headers=_UNCACHED)

    @get("/analytics/event-counts", summary="How often everything happened")
    async def read_counts(request: Request[Any, Any, Any], first: First = None, last: Last = None) -> Response[Counts]:
        caller = await handed.caller(request.headers.get("authorization"))
        days = funnel.days_asked(first, last, handed, limits)
        return Response(await funnel.counts(caller, days, handed), headers=_UNCACHED)

    return Router(
        "/v1", route_handlers=[take_events, read_funnel, read_counts], request_max_body_size=limits.body_bytes
    )
