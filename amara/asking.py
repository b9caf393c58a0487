"""What a request asks: who it is, which page of a list they want, and what its body says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import msgspec
from litestar import Request
from litestar.params import QueryParameter

from amara import auth, errors
from amara.auth import ANONYMOUS, Caller
from amara.doorkeeper import Doorkeeper

PAGE: Final = 50
PAGE_MAX: Final = 200
UNCACHED: Final = {"cache-control": "no-store"}

Json = dict[str, Any]
Asked = Request[Any, Any, Any]
Shape = TypeVar("Shape")
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=PAGE_MAX)]
Before = Annotated[str | None, QueryParameter(name="before")]


async def caller_of(doorkeeper: Doorkeeper, header: str | None, *, now: bool = False) -> Caller:
    """Who is calling; without a token nobody in particular.

    Raises:
        TokenInvalid, TokenExpired: the header does not hold.
    """
    token = auth.bearer(header)
    return ANONYMOUS if token is None else await doorkeeper.admit(token, now=now)


async def somebody(doorkeeper: Doorkeeper, request: Asked) -> Caller:
    """Who is calling, where it must be somebody in particular.

    Raises:
        TokenMissing, TokenInvalid, TokenExpired: it is nobody.
    """
    caller = await caller_of(doorkeeper, request.headers.get("authorization"))
    if caller.user_id is None:
        raise errors.TokenMissing
    return caller


async def body(request: Asked, shape: type[Shape]) -> Shape:
    """The JSON of the body; nothing at all is an empty object.

    Raises:
        BadRequest: it is not that; the detail names the field.
    """
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise errors.BadRequest(f"The body: {errors.unread(error)}") from error


def keyset(before: str | None) -> tuple[datetime, UUID] | None:
    """Where a page of a list begins: behind this moment and id.

    Raises:
        BadRequest: it is not the `next` of any page.
    """
    if before is None:
        return None
    moment, _, last_id = before.partition("~")
    try:
        return datetime.fromisoformat(moment.replace(" ", "+")), UUID(last_id)
    except ValueError as error:
        raise errors.BadRequest("`before` is the `next` of an earlier page.") from error


def following(last: Any, moment: str) -> str:
    """The `next` of a page. Args: last is its last row; moment names the column that orders the list."""
    return f"{last[moment].isoformat()}~{last['id']}"
