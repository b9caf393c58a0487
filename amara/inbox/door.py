"""Behind the doors of the staff's page: who asks, what they are shown, and what becomes of a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID
from xml.etree.ElementTree import tostring

from litestar import Request, Response

from amara import errors, suggesting, tickets
from amara.auth import Caller
from amara.house import House
from amara.inbox import listing, replay, talk
from amara.inbox.entrance import HEADERS, Entrance, fields_of, goal, html
from amara.inbox.press import Language, Press
from amara.inbox.words import word
from amara.store import conversations, handoffs, ledger, log
from amara.thread import is_shown

ROWS, MESSAGES, NOTES, RUNS = 30, 400, 50, 20  # shown at once
PASS_S = 600  # of a page's socket; then the page asks for another ticket, and its session lasts on
_NOTICES = {
    "message_changed": "message_changed",
    "not_allowed": "not_yet",
    "text_refused": "refused",
    "text_too_long": "refused",
}

Asking = Request[Any, Any, Any]
Deed = Callable[[Caller, UUID, Mapping[str, str]], Awaitable[Any]]


class Door:
    """What the routes call."""

    def __init__(self, house: House, press: Press) -> None:
        """Args: the press makes the pages, and knows the session."""
        self.house = house
        self._press = press

    # Who asks --------------------------------------------------------------------------------------------------------

    async def _staff(self, request: Asking) -> Caller:
        """Whose session it is, and of staff still.

        Raises:
            Entrance: nobody's, or not of staff.
        """
        cookie, spoken = request.cookies.get(self._press.cookie), self._spoken(request)
        caller = await self._press.admitted(cookie)
        if caller is None:
            raise Entrance(self._press.entrance(spoken, notice="ended" if cookie else None, to=goal(request)), 401)
        async with self.house.database.transaction(caller) as db:
            if await handoffs.staff_name(db, caller.owner) is None:
                raise Entrance(self._press.entrance(spoken, notice="not_allowed", to=goal(request)), 403)
        return caller

    def _is_ours(self, request: Asking) -> bool:
        """The form stands on a page of ours. Source: Fetch Metadata; RFC 6454."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            return site in {"same-origin", "none"}
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")

    def _spoken(self, request: Asking, fields: Mapping[str, str] | None = None) -> Language:
        asked = (fields or {}).get("lang") or request.query_params.get("lang")
        return self._press.language(asked, request.headers.get("accept-language", ""))

    # Pages -----------------------------------------------------------------------------------------------------------

    async def inbox(self, request: Asking, notice: str | None = None, status: int = 200) -> Response[bytes]:
        """The list; a notice stands above it."""
        try:
            caller = await self._staff(request)
        except Entrance as entrance:
            return entrance.shown()
        asked = request.query_params
        view = asked.get("view", "waiting") if asked.get("view") in listing.VIEWS else "waiting"
        search = asked.get("q", "").replace("\x00", "").strip()[:100]
        async with self.house.database.transaction(caller) as db:
            rows = await handoffs.inbox(
                db,
                caller.owner,
                view=view,
                search=search or None,
                limit=ROWS + 1,
                before=_keyset(asked.get("before")),
            )
        last = rows[ROWS - 1] if len(rows) > ROWS else None
        following = f"{last['asked_at'].isoformat()}~{last['id']}" if last else None
        shown = listing.page(
            self._press,
            self._spoken(request),
            [dict(row) for row in rows[:ROWS]],
            me=caller.owner,
            view=view,
            search=search,
            following=following,
            now=self.house.now(),
            notice=notice,
        )
        return html(shown, status=status)

    async def conversation(self, request: Asking, conversation_id: UUID) -> Response[bytes]:
        """One conversation."""
        return await self._shown(request, conversation_id)

    async def _shown(
        self,
        request: Asking,
        conversation_id: UUID,
        *,
        status: int = 200,
        fields: Mapping[str, str] | None = None,
        is_taken: bool = False,
        **more: Any,
    ) -> Response[bytes]:
        spoken = self._spoken(request, fields)
        try:
            caller = await self._staff(request)
            found = await self._found(caller, conversation_id, is_opened=fields is None)
        except Entrance as entrance:
            return entrance.shown()
        except errors.NotFound:
            return await self.inbox(request, notice=word(spoken, "gone"), status=404)
        if is_taken:
            more["notice"] = word(spoken, "already_taken", name=found.handoff["taken_name"])
        return html(talk.page(self._press, spoken, found, **more), status=status)

    async def live(self, request: Asking, conversation_id: UUID) -> Response[bytes]:
        """The part that changes by itself."""
        try:
            found = await self._found(await self._staff(request), conversation_id, is_opened=False)
        except Entrance as entrance:
            return entrance.shown()
        part = talk.live(self._press, self._spoken(request), found)
        return html(tostring(part, encoding="unicode", method="html").encode())

    async def replay(self, request: Asking, conversation_id: UUID, run_id: UUID) -> Response[bytes]:
        """One answer of hers, by its log."""
        spoken = self._spoken(request)
        try:
            caller = await self._staff(request)
            async with self.house.database.transaction(caller) as db:
                if await conversations.conversation_by_id(db, conversation_id) is None:
                    raise errors.NotFound
        except Entrance as entrance:
            return entrance.shown()
        except errors.NotFound:
            return await self.inbox(request, notice=word(spoken, "gone"), status=404)
        async with self.house.database.service() as db:
            told = await log.of_run(db, conversation_id, run_id)
        return html(replay.page(self._press, spoken, conversation_id, run_id, told))

    async def _found(self, caller: Caller, conversation_id: UUID, *, is_opened: bool) -> talk.Found:
        """What the policies show this person; that they opened it is on record.

        Raises:
            NotFound: it is not handed off.
        """
        async with self.house.database.transaction(caller) as db:
            conversation = await conversations.conversation_by_id(db, conversation_id)
            row = await handoffs.opened(db, conversation_id)
            if conversation is None or row is None:
                raise errors.NotFound
            messages = await conversations.messages(db, conversation_id, limit=MESSAGES)
            notes = await handoffs.notes(db, conversation_id, limit=NOTES)
        async with self.house.database.service() as db:
            speaking = await conversations.speaking(db, conversation_id, since=0, limit=MESSAGES)
            runs = await ledger.runs_of(db, conversation_id, limit=RUNS)
            if is_opened:
                await handoffs.record(db, row, caller.owner, "read")
        return talk.Found(
            dict(row),
            dict(conversation),
            [dict(message) for message in messages[::-1]],
            frozenset(speaking),
            [dict(note) for note in notes],
            [dict(run) for run in runs],
            caller.owner,
            self.house.now(),
            self.house.time_zone,
            str(self.house.new_id()),
        )

    # Deeds -----------------------------------------------------------------------------------------------------------

    async def do(self, request: Asking, conversation_id: UUID, deed: Deed) -> Response[bytes]:
        """Does it and shows the page anew; what stands against it is said on the page, and nothing written is lost."""
        fields, is_over = fields_of(await request.body()), request.url.path.endswith("/return")
        spoken = self._spoken(request, fields)
        if not self._is_ours(request):
            return await self.inbox(request, notice=word(spoken, "elsewhere"), status=403)
        try:
            await deed(await self._staff(request), conversation_id, fields)
        except Entrance as entrance:
            return entrance.shown()
        except errors.NotFound:
            if not is_over:  # to give back what was given back, as by a second click, is done
                return await self.inbox(request, notice=word(spoken, "gone"), status=404)
        except errors.AlreadyTaken as error:
            return await self._shown(request, conversation_id, status=error.status, fields=fields, is_taken=True)
        except errors.AmaraError as error:
            if error.code not in _NOTICES:
                raise
            field = "noted" if request.url.path.endswith("/note") else "written"
            more: dict[str, Any] = {"notice": word(spoken, _NOTICES[error.code]), field: fields.get("content", "")}
            return await self._shown(request, conversation_id, status=error.status, fields=fields, **more)
        place = listing.PATH if is_over else f"{listing.PATH}/{conversation_id}"
        return Response(b"", status_code=303, headers=HEADERS | {"Location": f"{place}?lang={quote(spoken)}"})

    async def suggest(self, request: Asking, conversation_id: UUID) -> Response[bytes]:
        """The page with a proposal in the field; nothing is sent."""
        fields = fields_of(await request.body())
        spoken = self._spoken(request, fields)
        if not self._is_ours(request):
            return await self.inbox(request, notice=word(spoken, "elsewhere"), status=403)
        try:
            proposal = await suggesting.suggest(self.house, await self._staff(request), conversation_id)
        except Entrance as entrance:
            return entrance.shown()
        except errors.NotFound:
            return await self.inbox(request, notice=word(spoken, "gone"), status=404)
        if proposal is None:
            notice, written = word(spoken, "no_suggestion"), fields.get("content", "")
            return await self._shown(request, conversation_id, fields=fields, notice=notice, written=written)
        # What the colleague had written stays where it is.
        written = "\n\n".join(part for part in (fields.get("content", "").strip(), proposal) if part)
        return await self._shown(request, conversation_id, fields=fields, written=written, is_suggested=True)

    async def pass_on(self, request: Asking, conversation_id: UUID) -> Response[dict[str, str]]:
        """A ticket to this conversation's socket, spent when it opens; what it opens lasts no longer than the session.

        Raises:
            TokenMissing, NotAllowed, NotFound: it is not for them, or not to be had here.
        """
        if not self._is_ours(request):
            raise errors.NotAllowed("This comes from another site.")
        try:
            caller = await self._staff(request)
        except Entrance as entrance:
            raise (errors.NotAllowed if entrance.status == HTTPStatus.FORBIDDEN else errors.TokenMissing) from entrance
        if not await is_shown(self.house.database, caller, conversation_id):
            raise errors.NotFound
        assert caller.expires_at is not None  # every session has an end
        now = self.house.now()
        over_at = min(int(now.timestamp()) + PASS_S, caller.expires_at)
        ticket = await tickets.issue(
            self.house.database,
            replace(caller, expires_at=over_at),
            str(conversation_id),
            request.headers.get("origin"),
            now,
            may_visit=True,
        )
        return Response({"ticket": ticket}, status_code=201, headers=HEADERS)


def _keyset(before: str | None) -> tuple[datetime, UUID] | None:
    """Of a link of ours; another one begins at the beginning."""
    moment, _, last_id = (before or "").partition("~")
    try:
        found = datetime.fromisoformat(moment.replace(" ", "+")), UUID(last_id)
    except ValueError:
        return None
    return found if found[0].tzinfo else None
