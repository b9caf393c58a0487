"""The guest's door."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from litestar import Request, Response, Router, get, post
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, HeaderParameter, QueryParameter

from guest import checkout, errors, shapes
from guest.settings import Handed, Json, Settings
from guest.shapes import Cancellation, Claim, OpenedSession, Session

# Neither a token nor a person's contact belongs in any cache between us and them.
_UNCACHED = {"Cache-Control": "no-store"}
PAGE, PAGE_MAX = 50, 200

_Asked: TypeAlias = Request[Any, Any, Any]
_Token: TypeAlias = Annotated[str | None, HeaderParameter(name="X-Guest-Session")]
_Limit: TypeAlias = Annotated[int, QueryParameter(name="limit", ge=1, le=PAGE_MAX)]
_Before: TypeAlias = Annotated[str | None, QueryParameter(name="before")]


def router(handed: Handed, settings: Settings | None = None) -> Router:
    """`/v1/guest/…`, with what the front door hands over."""
    limits = settings or Settings()
    return Router(
        "/v1/guest",
        route_handlers=[*_sessions(handed, limits), *_bookings(handed)],
        request_max_body_size=limits.body_bytes,
    )


def _sessions(handed: Handed, limits: Settings) -> list[HTTPRouteHandler]:
    @post("/sessions", summary="Open a guest session", status_code=201)
    async def open_session(request: _Asked) -> Response[OpenedSession]:
        body = await _body(request)
        caller = await handed.caller(request.headers.get("authorization"))
        peer = request.client.host if request.client is not None else None
        opened = await checkout.open_session(
            shapes.form(body),
            handed,
            limits,
            address=handed.address(peer, request.headers.getall("x-forwarded-for", [])),
            principal=caller.user_id if caller.is_anonymous else None,
        )
        return Response(opened, headers=_UNCACHED)

    @get("/session", summary="The guest session of this token")
    async def read_session(token: _Token = None) -> Response[Session]:
        return Response(await checkout.return_to_session(token, handed), headers=_UNCACHED)

    @post("/convert", summary="What a guest has becomes an account's", status_code=200)
    async def convert(request: _Asked, token: _Token = None) -> Response[Claim]:
        caller = await handed.caller(request.headers.get("authorization"))
        return Response(await checkout.claim(token, caller, handed), headers=_UNCACHED)

    return [open_session, read_session, convert]


def _bookings(handed: Handed) -> list[HTTPRouteHandler]:
    @post("/bookings", summary="Book a draft of the chat's, or a visit in full", status_code=200)
    async def book(request: _Asked, token: _Token = None) -> Response[Json]:
        body = await _body(request)
        order = shapes.order(body, handed.time_zone)
        caller = await handed.caller(request.headers.get("authorization"))
        done = await checkout.book(token, order, handed, _asking(handed, request, body), caller=caller)
        return Response(done, headers=_UNCACHED)

    @get("/bookings", summary="The guest's bookings, newest first")
    async def list_bookings(token: _Token = None, limit: _Limit = PAGE, before: _Before = None) -> Response[Json]:
        rows = await checkout.bookings(token, handed, limit=limit + 1, before=shapes.place(before))
        following = None
        if len(rows) > limit:
            created_at, last_id = rows[limit - 1][1]
            following = f"{created_at.isoformat()}~{last_id}"
        return Response({"items": [row for row, _ in rows[:limit]], "next": following}, headers=_UNCACHED)

    @get("/bookings/{booking_id:uuid}", summary="One booking of the guest's")
    async def read_booking(booking_id: FromPath[UUID], token: _Token = None) -> Response[Json]:
        return Response(await checkout.booking(token, booking_id, handed), headers=_UNCACHED)

    @post("/bookings/{booking_id:uuid}/cancel", summary="The refund first; with `confirm`, the deed", status_code=200)
    async def cancel_booking(request: _Asked, booking_id: FromPath[UUID], token: _Token = None) -> Response[Json]:
        body = await _body(request)
        said = shapes.read(body or b"{}", Cancellation)
        done = await checkout.cancel(token, booking_id, said, handed, _asking(handed, request, body))
        return Response(done, headers=_UNCACHED)

    return [book, list_bookings, read_booking, cancel_booking]


async def _body(request: _Asked) -> bytes:
    try:
        return await request.body()
    except RequestEntityTooLarge as error:
        raise errors.TooLarge from error


def _asking(handed: Handed, request: _Asked, body: bytes) -> Any:
    return handed.asking(request.method, request.url.path, body, request.headers.get("idempotency-key"))
