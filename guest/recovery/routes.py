"""The door for guests who lost their token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

from litestar import Request, Response, Router, post
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from guest import errors, recovery, shapes
from guest.mail.shapes import Code
from guest.recovery import Asked, Recovery, Tried
from guest.settings import Handed, Settings
from guest.shapes import OpenedSession

_Asked: TypeAlias = Request[Any, Any, Any]
_UNCACHED = {"Cache-Control": "no-store"}
_Body = TypeVar("_Body", Asked, Tried)


def router(
    handed: Handed,
    send_code: Callable[[Code], None],
    settings: Settings | None = None,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Router:
    """`/v1/guest/recovery…`.

    Args:
        handed: what the front door hands over.
        send_code: returns at once; whether anything is sent shows neither in the answer nor in its time.
        settings: the limits.
        sleep: for seconds.
    """
    limits = settings or Settings()

    @post("/", summary="Ask for a code, by a booking and its address", status_code=202)
    async def ask(request: _Asked) -> Response[Recovery]:
        asked = await _said(request, Asked)
        peer = request.client.host if request.client is not None else None
        address = handed.address(peer, request.headers.getall("x-forwarded-for", []))
        told = await recovery.ask(asked, handed, limits, address=address, send_code=send_code, sleep=sleep)
        return Response(told, headers=_UNCACHED)

    @post("/consume", summary="A new token for the code", status_code=200)
    async def consume(request: _Asked) -> Response[OpenedSession]:
        tried = await _said(request, Tried)
        return Response(await recovery.consume(tried, handed, limits), headers=_UNCACHED)

    return Router("/v1/guest/recovery", route_handlers=[ask, consume], request_max_body_size=limits.body_bytes)


async def _said(request: _Asked, form: type[_Body]) -> _Body:
    try:
        return shapes.read(await request.body(), form)
    except RequestEntityTooLarge as error:
        raise errors.TooLarge from error
