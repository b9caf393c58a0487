"""The doors of the staff's page: one list, one conversation, and a form for every deed; usable without a script."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from amara import handoff
from amara.auth import Caller
from amara.house import House
from amara.inbox.door import Door
from amara.inbox.entrance import HEADERS
from amara.inbox.listing import PATH
from amara.inbox.press import Press
from amara.inbox.words import WORDS

LINK: tuple[str, Mapping[str, str]] = PATH, {language: words["title"] for language, words in WORDS.items()}
"""How other pages lead here, in each language."""
BODY_MAX = 64 * 1024  # bytes of a form; a message has 8,000 characters

Asking = Request[Any, Any, Any]


def routes(house: House, press: Mapping[str, Any]) -> list[HTTPRouteHandler]:
    """`/admin/inbox…`.

    Args:
        house: ours.
        press: the fields of `Press`, from where the numbers' pages are known.
    """
    door = Door(house, Press(**press))
    return [*_pages(door), *_deeds(door), *_files()]


def _pages(door: Door) -> list[HTTPRouteHandler]:
    @get("/admin/inbox", summary="What is in people's hands, as a page")
    async def inbox(request: Asking) -> Response[bytes]:
        return await door.inbox(request)

    @get("/admin/inbox/{conversation_id:uuid}", summary="One conversation, for staff")
    async def conversation(request: Asking, conversation_id: FromPath[UUID]) -> Response[bytes]:
        return await door.conversation(request, conversation_id)

    @get("/admin/inbox/{conversation_id:uuid}/live", summary="The part of that page that changes by itself")
    async def live(request: Asking, conversation_id: FromPath[UUID]) -> Response[bytes]:
        return await door.live(request, conversation_id)

    @get("/admin/inbox/{conversation_id:uuid}/runs/{run_id:uuid}", summary="An answer of Amara's, by its log")
    async def run(request: Asking, conversation_id: FromPath[UUID], run_id: FromPath[UUID]) -> Response[bytes]:
        return await door.replay(request, conversation_id, run_id)

    return [inbox, conversation, live, run]


def _deeds(door: Door) -> list[HTTPRouteHandler]:
    house, path = door.house, "/admin/inbox/{conversation_id:uuid}"

    async def speak(caller: Caller, conversation_id: UUID, fields: Mapping[str, str]) -> None:
        await handoff.say(house, caller, conversation_id, fields.get("id", "")[:128], fields.get("content", ""))

    async def keep(caller: Caller, conversation_id: UUID, fields: Mapping[str, str]) -> None:
        text = fields.get("content", "")  # the same words from the same page are the same note
        await handoff.note(house, caller, conversation_id, uuid5(conversation_id, f"{fields.get('id')}\n{text}"), text)

    @post(f"{path}/take", status_code=303, summary="Whoever is first has it", request_max_body_size=BODY_MAX)
    async def take(request: Asking, conversation_id: FromPath[UUID]) -> Response[bytes]:
        return await door.do(request, conversation_id, lambda who, where, _: handoff.take(house, who, where))

    @post(f"{path}/return", status_code=303, summary="Gives it back", request_max_body_size=BODY_MAX)
    async def give_back(request: Asking, conversation_id: FromPath[UUID]) -> Response[bytes]:
        return await door.do(request, conversation_id, lambda who, where, _: handoff.give_back(house, who, where))

    @post(f"{path}/say", status_code=303, summary="Answers the person", request_max_body_size=BODY_MAX)
    async def say(request: Asking, conversation_id: FromPath[UUID]) -> Response[bytes]:
        return await door.do(request, conversation_id, speak)

    @post(f"{path}/note", status_code=303, summary="Keeps a note for colleagues", request_max_body_size=BODY_MAX)
    async def note(request: Asking, conversation_id: FromPath[UUID]) -> Response[bytes]:
        return await door.do(request, conversation_id, keep)

    @post(f"{path}/suggest", status_code=200, summary="Has Amara propose", request_max_body_size=BODY_MAX)
    async def suggest(request: Asking, conversation_id: FromPath[UUID]) -> Response[bytes]:
        return await door.suggest(request, conversation_id)

    @post(f"{path}/pass", status_code=201, summary="For the page's own socket", request_max_body_size=BODY_MAX)
    async def pass_on(request: Asking, conversation_id: FromPath[UUID]) -> Response[dict[str, str]]:
        return await door.pass_on(request, conversation_id)

    return [take, give_back, say, note, suggest, pass_on]


def _files() -> list[HTTPRouteHandler]:
    folder = Path(__file__).parent
    style, script = (folder / "style.css").read_bytes(), (folder / "live.js").read_bytes()
    headers = HEADERS | {"Cache-Control": "no-cache"}

    @get("/admin/inbox/style.css", summary="How these pages look, beside the others")
    async def style_sheet() -> Response[bytes]:
        return Response(style, headers=headers, media_type="text/css")

    @get("/admin/inbox/live.js", summary="What keeps these pages fresh")
    async def module() -> Response[bytes]:
        return Response(script, headers=headers, media_type="text/javascript")

    return [style_sheet, module]
