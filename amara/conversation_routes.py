"""HTTP for conversations: the list, one of them, its messages, all of it as a file; what is thought of an answer; the
end of a run; and the ticket with which a browser comes to the socket.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
from litestar import Response, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import UNSET, UnsetType

from amara import asides, asking, errors, export, frames, handoff, tickets
from amara.asking import PAGE, UNCACHED, Asked, Before, Json, Limit
from amara.auth import Caller
from amara.doorkeeper import Doorkeeper
from amara.house import House
from amara.shapes import REASON_MAX, TITLE_MAX, ConversationChange, Feedback, TicketWanted
from amara.store import asides as untold
from amara.store import conversations, handoffs, log
from amara.tools.words import plain


def routes(house: House, doorkeeper: Doorkeeper) -> list[HTTPRouteHandler]:
    """Every route of conversations."""
    room = _Room(house, doorkeeper)
    return [*_reading(room), *_changing(room), *_beside(room)]


class _Room:
    """What the routes share."""

    def __init__(self, house: House, doorkeeper: Doorkeeper) -> None:
        self.house = house
        self.doorkeeper = doorkeeper

    async def known(self, request: Asked) -> Caller:
        return await asking.somebody(self.doorkeeper, request)

    async def shown(self, row: asyncpg.Record) -> Json:
        """A conversation with where its log stands, and who answers in it."""
        async with self.house.database.service() as db:
            head = await log.head(db, row["id"])
            whose = handoff.shown(await handoffs.opened(db, row["id"]))
        return _conversation(row) | {"head": str(frames.Cursor(*head)) if head else None, "handoff": whose}


def _reading(room: _Room) -> list[HTTPRouteHandler]:
    database = room.house.database

    @get("/v1/amara/conversations", summary="The caller's conversations, newest first")
    async def list_conversations(request: Asked, limit: Limit = PAGE, before: Before = None) -> Response[Json]:
        caller = await room.known(request)
        async with database.transaction(caller) as db:
            rows = await conversations.conversations(db, caller.owner, limit=limit + 1, before=asking.keyset(before))
        following = asking.following(rows[limit - 1], "last_message_at") if len(rows) > limit else None
        return Response({"items": [_conversation(row) for row in rows[:limit]], "next": following}, headers=UNCACHED)

    @get("/v1/amara/conversations/{conversation_id:uuid}", summary="One conversation")
    async def read_conversation(request: Asked, conversation_id: FromPath[UUID]) -> Response[Json]:
        async with database.transaction(await room.known(request)) as db:
            row = await conversations.conversation_by_id(db, conversation_id)
        if row is None:
            raise errors.NotFound
        return Response(await room.shown(row), headers=UNCACHED)

    @get("/v1/amara/conversations/{conversation_id:uuid}/messages", summary="Its messages, newest first")
    async def list_messages(
        request: Asked, conversation_id: FromPath[UUID], limit: Limit = PAGE, before: Before = None
    ) -> Response[Json]:
        async with database.transaction(await room.known(request)) as db:
            if await conversations.conversation_by_id(db, conversation_id) is None:
                raise errors.NotFound
            rows = await conversations.messages(db, conversation_id, limit=limit + 1, before=_sequence(before))
        following = str(rows[limit - 1]["sequence"]) if len(rows) > limit else None
        return Response({"items": [dict(row) for row in rows[:limit]], "next": following}, headers=UNCACHED)

    @get("/v1/amara/conversations/{conversation_id:uuid}/export", summary="All of a conversation, as one file")
    async def export_conversation(request: Asked, conversation_id: FromPath[UUID]) -> Stream:
        caller = await room.known(request)
        async with database.transaction(caller) as db:
            row = await conversations.conversation_by_id(db, conversation_id)
        if row is None:
            raise errors.NotFound
        parts: AsyncIterator[bytes] = export.parts(room.house, caller, await room.shown(row))
        named = {"content-disposition": f'attachment; filename="amara-{conversation_id}.json"'}
        return Stream(parts, media_type="application/json", headers=UNCACHED | named)

    return [list_conversations, read_conversation, list_messages, export_conversation]


def _changing(room: _Room) -> list[HTTPRouteHandler]:
    database = room.house.database

    @patch("/v1/amara/conversations/{conversation_id:uuid}", summary="Renames a conversation, or puts it away")
    async def change_conversation(request: Asked, conversation_id: FromPath[UUID]) -> Response[Json]:
        caller, said = await room.known(request), await asking.body(request, ConversationChange)
        title = (plain(said.title, TITLE_MAX) or None) if isinstance(said.title, str) else None
        async with database.service() as db:
            row = await conversations.change_conversation(
                db,
                conversation_id,
                caller.owner,
                names=said.title is not UNSET,
                title=title,
                is_active=None if isinstance(said.is_active, UnsetType) else said.is_active,
            )
            if row is None:
                raise errors.NotFound
            if row["is_renamed"]:
                await untold.leave(db, conversation_id, "title", {"title": title})
        await asides.tell(room.house.feeds, conversation_id, owner=room.house.runs.owner)
        return Response(await room.shown(row), headers=UNCACHED)

    @delete("/v1/amara/conversations/{conversation_id:uuid}", summary="Deletes a conversation for good")
    async def delete_conversation(request: Asked, conversation_id: FromPath[UUID]) -> None:
        async with database.transaction(await room.known(request)) as db:
            if not await conversations.delete_conversation(db, conversation_id):
                raise errors.NotFound

    return [change_conversation, delete_conversation]


def _beside(room: _Room) -> list[HTTPRouteHandler]:
    house = room.house

    @post("/v1/amara/messages/{message_id:uuid}/feedback", status_code=200, summary="What an answer was worth")
    async def give_feedback(request: Asked, message_id: FromPath[UUID]) -> Response[Json]:
        caller, said = await room.known(request), await asking.body(request, Feedback)
        reason = plain(said.reason or "", REASON_MAX) or None
        feedback: Json = {"score": said.score, "reason": reason, "at": house.now().isoformat()}
        async with house.database.service() as db:
            try:
                is_there = await conversations.record_feedback(db, message_id, caller.owner, feedback)
            except asyncpg.CheckViolationError as error:
                raise errors.TooLarge("This message cannot take anything more.") from error
        if not is_there:
            raise errors.NotFound
        return Response({"message_id": str(message_id), "feedback": feedback}, headers=UNCACHED)

    @post("/v1/amara/runs/{run_id:str}/cancel", status_code=202, summary="Stops a run, from any device of its owner")
    async def cancel_run(request: Asked, run_id: FromPath[str]) -> Json:
        if not await house.runs.stop((await room.known(request)).owner, run_id):
            raise errors.NotFound
        return {"run_id": run_id, "status": "stopping"}

    @post("/v1/amara/tickets", status_code=201, summary="A ticket to the socket, for a browser")
    async def issue_ticket(request: Asked) -> Response[Json]:
        caller, said = await room.known(request), await asking.body(request, TicketWanted)
        ticket = await tickets.issue(
            house.database, caller, said.conversation_id, request.headers.get("origin"), house.now()
        )
        body = {"ticket": ticket, "expires_in": int(tickets.LASTS.total_seconds())}
        return Response(body, headers=UNCACHED)

    return [give_feedback, cancel_run, issue_ticket]


def _sequence(before: str | None) -> int | None:
    if before is None:
        return None
    if not (before.isascii() and before.isdigit() and len(before) < 19):
        raise errors.BadRequest("`before` is a message's sequence.")
    return int(before)


def _conversation(row: asyncpg.Record) -> Json:
    shown = ("id", "locale", "title", "is_active", "last_message_at", "created_at")
    return {name: row[name] for name in shown} | {"thread_id": row["thread_key"] or str(row["id"])}
