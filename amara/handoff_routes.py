"""HTTP for hand-offs: the person's button, and what staff does with a conversation while it is theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from amara import auth, errors, handoff
from amara.auth import Caller
from amara.doorkeeper import Doorkeeper
from amara.house import House
from amara.limits import Limits
from amara.shapes import HandoffWanted, StaffMessage
from amara.store import handoffs
from amara.tools.tool import Reason

PAGE, PAGE_MAX = 50, 200
SEARCH_MAX = 100  # characters
UNCACHED = {"cache-control": "no-store"}

Json = dict[str, Any]
Asked = Request[Any, Any, Any]
Shape = TypeVar("Shape")
View = Literal["open", "waiting", "mine", "others"]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=PAGE_MAX)]
Before = Annotated[str | None, QueryParameter(name="before")]
State = Annotated[View, QueryParameter(name="state")]
Search = Annotated[str | None, QueryParameter(name="q", max_length=SEARCH_MAX)]


def routes(house: House, doorkeeper: Doorkeeper, limits: Limits) -> list[HTTPRouteHandler]:
    """Every route of hand-offs."""

    async def known(request: Asked) -> Caller:
        token = auth.bearer(request.headers.get("authorization"))
        if token is None:
            raise errors.TokenMissing
        return await doorkeeper.admit(token)

    return [*_of_the_person(house, known, limits), *_of_staff(house, known)]


def _of_the_person(house: House, known: Callable[[Asked], Awaitable[Caller]], limits: Limits) -> list[HTTPRouteHandler]:
    @post("/v1/amara/conversations/{conversation_id:uuid}/handoff", status_code=200, summary="Asks for a person")
    async def ask(request: Asked, conversation_id: FromPath[UUID]) -> Response[Json]:
        caller, said = await known(request), await _body(request, HandoffWanted)
        await limits.says(caller)
        reason, words = _reason(said.reason)
        row = await handoff.ask(house, caller, conversation_id, reason=reason, summary=words)
        opens_at = house.opens_at()
        return _answer({"handoff": handoff.shown(row), "staffed": opens_at is None, "staffed_from": opens_at})

    @post("/v1/amara/conversations/{conversation_id:uuid}/return", status_code=200, summary="Gives it back to Amara")
    async def give_back(request: Asked, conversation_id: FromPath[UUID]) -> Response[Json]:
        await handoff.give_back(house, await known(request), conversation_id)
        return _answer({"handoff": None})

    return [ask, give_back]


def _of_staff(house: House, known: Callable[[Asked], Awaitable[Caller]]) -> list[HTTPRouteHandler]:
    @get("/v1/admin/conversations", summary="What is in people's hands, whoever waited longest first")
    async def inbox(
        request: Asked, which: State = "open", q: Search = None, limit: Limit = PAGE, before: Before = None
    ) -> Response[Json]:
        caller = await known(request)
        async with house.database.transaction(caller) as db:
            if await handoffs.staff_name(db, caller.owner) is None:
                raise errors.NotAllowed
            rows = await handoffs.inbox(
                db,
                caller.owner,
                view=which,
                search=(q or "").replace("\x00", "").strip() or None,
                limit=limit + 1,
                before=_keyset(before),
            )
        last = rows[limit - 1] if len(rows) > limit else None
        following = f"{last['asked_at'].isoformat()}~{last['id']}" if last else None
        return _answer({"items": [_item(row, caller.owner) for row in rows[:limit]], "next": following})

    @post("/v1/amara/conversations/{conversation_id:uuid}/take", status_code=200, summary="Whoever is first has it")
    async def take(request: Asked, conversation_id: FromPath[UUID]) -> Response[Json]:
        row = await handoff.take(house, await known(request), conversation_id)
        return _answer({"handoff": handoff.shown(row)})

    @post(
        "/v1/amara/conversations/{conversation_id:uuid}/staff-messages",
        status_code=201,
        summary="A person of the team speaks",
    )
    async def say(request: Asked, conversation_id: FromPath[UUID]) -> Response[Json]:
        caller, said = await known(request), await _body(request, StaffMessage)
        message = await handoff.say(house, caller, conversation_id, said.id, said.content)
        return Response(message.shown(), status_code=201 if message.is_new else 200, headers=UNCACHED)

    return [inbox, take, say]


def _reason(said: str | None) -> tuple[Reason, str | None]:
    """One of our words, or the person's own beside `asked`."""
    try:
        return msgspec.convert(said or "asked", Reason), None
    except msgspec.ValidationError:
        return "asked", " ".join((said or "").replace("\x00", "").split()) or None


def _item(row: Any, me: UUID) -> Json:
    shown = ("id", "locale", "title", "last_message_at", "created_at", "unread", "person_name")
    about = {name: row[name] for name in ("reason", "asked_by", "summary", "asked_at")}
    whose = {"is_mine": row["taken_by"] == me}
    return {name: row[name] for name in shown} | {"handoff": (handoff.shown(row) or {}) | about | whose}


def _answer(body: Json) -> Response[Json]:
    return Response(body, status_code=200, headers=UNCACHED)


async def _body(request: Asked, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise errors.BadRequest(f"The body: {errors.unread(error)}") from error


def _keyset(before: str | None) -> tuple[datetime, UUID] | None:
    if before is None:
        return None
    moment, _, last_id = before.partition("~")
    try:
        return datetime.fromisoformat(moment.replace(" ", "+")), UUID(last_id)
    except ValueError as error:
        raise errors.BadRequest("`before` is the `next` of an earlier page.") from error
