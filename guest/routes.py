"""The guest's door."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.params import HeaderParameter

from guest import checkout, errors, shapes
from guest.settings import Handed, Settings
from guest.shapes import OpenedSession, Session

# Neither a token nor a person's contact belongs in any cache between us and them.
_UNCACHED = {"Cache-Control": "no-store"}


def router(handed: Handed, settings: Settings | None = None) -> Router:
    """`/v1/guest/…`, with what the front door hands over."""
    limits = settings or Settings()

    @post("/sessions", summary="Open a guest session", status_code=201)
    async def open_session(request: Request[Any, Any, Any]) -> Response[OpenedSession]:
        try:
            body = await request.body()
        except RequestEntityTooLarge as error:
            raise errors.TooLarge from error
        caller = await handed.caller(request.headers.get("authorization"))
        opened = await checkout.open_session(
            shapes.form(body), handed, limits, principal=caller.user_id if caller.is_anonymous else None
        )
        return Response(opened, headers=_UNCACHED)

    @get("/session", summary="The guest session of this token")
    async def read_session(
        token: Annotated[str | None, HeaderParameter(name="X-Guest-Session")] = None,
    ) -> Response[Session]:
        return Response(await checkout.return_to_session(token, handed), headers=_UNCACHED)

    return Router("/v1/guest", route_handlers=[open_session, read_session], request_max_body_size=limits.body_bytes)
