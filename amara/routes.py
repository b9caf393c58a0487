"""HTTP beside the socket: visitors, conversations, runs, health, and the page."""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from amara import VERSION, asyncapi, auth, errors, frames
from amara.auth import ANONYMOUS, VISITOR_TTL_S, Caller, Tokens
from amara.doorkeeper import Doorkeeper
from amara.house import House
from amara.store import conversations, log

PAGE = 50
PAGE_MAX = 200
UNCACHED = {"cache-control": "no-store"}
CSP = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)

Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=PAGE_MAX)]
Before = Annotated[str | None, QueryParameter(name="before")]
Json = dict[str, Any]


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


async def caller_of(doorkeeper: Doorkeeper, header: str | None, *, now: bool = False) -> Caller:
    """Who is calling; without a token nobody in particular. Every route asks here.

    Raises:
        TokenInvalid, TokenExpired: the header does not hold.
    """
    token = auth.bearer(header)
    return ANONYMOUS if token is None else await doorkeeper.admit(token, now=now)


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Every route of this house."""
    return [
        *_people(desk),
        *_conversations(desk),
        *_deeds(desk),
        *_health(desk),
        *_page(Path(__file__).parent / "widget"),
    ]


def _people(desk: Desk) -> list[HTTPRouteHandler]:
    @post("/v1/auth/anonymous", status_code=201, summary="A visitor's own principal, for 24 hours")
    async def visit(request: Request[Any, Any, Any]) -> Response[Json]:
        if not desk.doorkeeper.tokens.are_ours:
            raise errors.NotFound
        caller = await caller_of(desk.doorkeeper, request.headers.get("authorization"), now=True)
        if caller.user_id is None:
            user_id = uuid4()
            async with desk.house.database.service() as db:
                await conversations.add_visitor(db, user_id)
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


def _conversations(desk: Desk) -> list[HTTPRouteHandler]:
    database, known = desk.house.database, _known(desk.doorkeeper)

    @get("/v1/amara/conversations", summary="The caller's conversations, newest first")
    async def list_conversations(
        request: Request[Any, Any, Any], limit: Limit = PAGE, before: Before = None
    ) -> Response[Json]:
        caller = await known(request)
        async with database.transaction(caller) as db:
            rows = await conversations.conversations(db, caller.owner, limit=limit + 1, before=_keyset(before))
        items = [_conversation(row) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
        following = f"{last['last_message_at'].isoformat()}~{last['id']}" if last else None
        return Response({"items": items, "next": following}, headers=UNCACHED)

    @get("/v1/amara/conversations/{conversation_id:uuid}", summary="One conversation")
    async def read_conversation(request: Request[Any, Any, Any], conversation_id: FromPath[UUID]) -> Response[Json]:
        caller = await known(request)
        async with database.transaction(caller) as db:
            row = await conversations.conversation_by_id(db, conversation_id)
        if row is None:
            raise errors.NotFound
        async with database.service() as db:
            head = await log.head(db, conversation_id)
        return Response(_conversation(row) | {"head": str(frames.Cursor(*head)) if head else None}, headers=UNCACHED)

    @get("/v1/amara/conversations/{conversation_id:uuid}/messages", summary="Its messages, newest first")
    async def list_messages(
        request: Request[Any, Any, Any], conversation_id: FromPath[UUID], limit: Limit = PAGE, before: Before = None
    ) -> Response[Json]:
        caller = await known(request)
        async with database.transaction(caller) as db:
            if await conversations.conversation_by_id(db, conversation_id) is None:
                raise errors.NotFound
            rows = await conversations.messages(db, conversation_id, limit=limit + 1, before=_sequence(before))
        following = str(rows[limit - 1]["sequence"]) if len(rows) > limit else None
        return Response({"items": [dict(row) for row in rows[:limit]], "next": following}, headers=UNCACHED)

    return [list_conversations, read_conversation, list_messages]


def _deeds(desk: Desk) -> list[HTTPRouteHandler]:
    known = _known(desk.doorkeeper)

    @delete("/v1/amara/conversations/{conversation_id:uuid}", summary="Deletes a conversation for good")
    async def delete_conversation(request: Request[Any, Any, Any], conversation_id: FromPath[UUID]) -> None:
        async with desk.house.database.transaction(await known(request)) as db:
            if not await conversations.delete_conversation(db, conversation_id):
                raise errors.NotFound

    @post("/v1/amara/runs/{run_id:str}/cancel", status_code=202, summary="Stops a run, from any device of its owner")
    async def cancel_run(request: Request[Any, Any, Any], run_id: FromPath[str]) -> Json:
        if not await desk.house.runs.stop((await known(request)).owner, run_id):
            raise errors.NotFound
        return {"run_id": run_id, "status": "stopping"}

    return [delete_conversation, cancel_run]


def _known(doorkeeper: Doorkeeper) -> Callable[[Request[Any, Any, Any]], Awaitable[Caller]]:
    """Somebody in particular, by the request's token."""

    async def known(request: Request[Any, Any, Any]) -> Caller:
        caller = await caller_of(doorkeeper, request.headers.get("authorization"))
        if caller.user_id is None:
            raise errors.TokenMissing
        return caller

    return known


def _sequence(before: str | None) -> int | None:
    if before is None:
        return None
    if not (before.isascii() and before.isdigit() and len(before) < 19):
        raise errors.BadRequest("`before` is a message's sequence.")
    return int(before)


def _conversation(row: asyncpg.Record) -> Json:
    shown = ("id", "locale", "title", "is_active", "last_message_at", "created_at")
    return {name: row[name] for name in shown} | {"thread_id": row["thread_key"] or str(row["id"])}


def _keyset(before: str | None) -> tuple[datetime, UUID] | None:
    if before is None:
        return None
    moment, _, last_id = before.partition("~")
    try:
        return datetime.fromisoformat(moment.replace(" ", "+")), UUID(last_id)
    except ValueError as error:
        raise errors.BadRequest("`before` is the `next` of an earlier page.") from error


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

    @get("/asyncapi.json", summary="The socket, described", sync_to_thread=False)
    def described() -> Json:
        return asyncapi.document(version=VERSION)

    return [live, ready, about, described]


def _page(folder: Path) -> list[HTTPRouteHandler]:
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    @get("/", summary="The page", media_type="text/html")
    async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _file(request, "index.html", files)

    @get("/guest", summary="Booking without an account, by hand", media_type="text/html")
    async def guest_page(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _file(request, "guest.html", files)

    @get("/widget/v1/{name:path}", summary="The widget's files")
    async def widget(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        return _file(request, name.lstrip("/"), files)

    return [page, guest_page, widget]


@lru_cache(maxsize=64)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _file(request: Request[Any, Any, Any], name: str, files: Mapping[str, bytes]) -> Response[bytes]:
    """A file of the widget, out of memory: what is not in the table does not exist."""
    content = files.get(name)
    if content is None:
        raise errors.NotFound
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {
        "etag": etag,
        "cache-control": "no-cache",
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = _packed(content)
        headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0] or "text/plain"
    return Response(content, headers=headers, media_type=f"{kind}; charset=utf-8")
