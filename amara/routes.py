"""HTTP beside the socket: visitors and health."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from amara import asking, auth, errors, frames
from amara.asking import UNCACHED, Json
from amara.auth import VISITOR_TTL_S, Caller, Tokens
from amara.doorkeeper import Doorkeeper
from amara.house import House
from amara.store import conversations


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes are handed."""

    house: House
    doorkeeper: Doorkeeper
    is_concierge: bool
    demo_customer: Caller | None
    """Somebody anybody may be, under `--demo` alone."""
    problems: Callable[[], Awaitable[list[str]]]
    """What stands against being ready, in words; empty when all is well."""


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Every route of this house."""
    return [
        *_people(desk),
        *_health(desk),
    ]


def _people(desk: Desk) -> list[HTTPRouteHandler]:
    @post("/v1/auth/anonymous", status_code=201, summary="A visitor's own principal, for 24 hours")
    async def visit(request: Request[Any, Any, Any]) -> Response[Json]:
        if not desk.doorkeeper.tokens.are_ours:
            raise errors.NotFound
        caller = await asking.caller_of(desk.doorkeeper, request.headers.get("authorization"), now=True)
        if caller.user_id is None:
            user_id = uuid4()
            try:
                async with desk.house.database.service() as db:
                    await conversations.add_visitor(db, user_id)
            except asyncpg.InsufficientPrivilegeError as error:  # a Supabase project's are its own to make
                raise errors.NotFound("Visitors are let in where the accounts are.") from error
            caller = auth.person(user_id, is_anonymous=True)
        return _token(desk.doorkeeper.tokens, caller)

    @post("/v1/demo/customer", status_code=201, summary="The demo's customer, under --demo alone")
    async def play_customer() -> Response[Json]:
        if desk.demo_customer is None:
            raise errors.NotFound
        async with desk.house.database.transaction(desk.demo_customer) as db:
            person = await conversations.person(db, desk.demo_customer.owner)
        return _token(desk.doorkeeper.tokens, desk.demo_customer, full_name=person["full_name"] if person else "")

    return [visit, play_customer]


def _token(tokens: Tokens, caller: Caller, **more: str) -> Response[Json]:
    token = tokens.sign(caller.owner, ttl_s=VISITOR_TTL_S, is_anonymous=caller.is_anonymous, email=caller.email)
    body = {"access_token": token, "token_type": "bearer", "expires_in": VISITOR_TTL_S, "user_id": str(caller.owner)}
    return Response(body | more, headers=UNCACHED)


def _health(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/health/live", summary="The process lives")
    async def live() -> Response[Json]:
        return Response({"status": "live"}, headers=UNCACHED)

    @get("/health/ready", summary="The service can serve")
    async def ready() -> Response[Json]:
        reasons = await desk.problems()
        model = desk.house.model
        # Without its model the service still serves everything else: degraded is ready.
        well = "ready" if model.is_well else "degraded"
        body = {
            "status": "unready" if reasons else well,
            "reasons": reasons,
            "model": {"name": model.name, "concierge": desk.is_concierge, "well": model.is_well},
        }
        return Response(body, status_code=503 if reasons else 200, headers=UNCACHED)

    @get("/v1/amara/about", summary="Who answers here")
    async def about() -> Json:
        return {
            "concierge": desk.is_concierge,
            "model": desk.house.model.name,
            "demo": desk.demo_customer is not None,
            "limits": {"text": frames.TEXT_MAX},
        }

    return [live, ready, about]
