"""The pages' doors: who enters, what they see, and how they leave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie

from analytics import errors, funnel, sheets, store
from analytics.pages import page
from analytics.pages.admission import COOKIE, Admission
from analytics.pages.frame import entrance, frame
from analytics.pages.markup import tag
from analytics.pages.words import Language, language
from analytics.settings import Caller, Handed, Settings

BODY_MAX = 16 * 1024  # bytes; a token has two thousand
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'; report-uri /v1/csp-reports",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all a browser would not say where a form comes from
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Asking = Request[Any, Any, Any]


def router(handed: Handed, settings: Settings, admission: Admission) -> Router:
    """`/admin/…`, with what the front door hands over."""
    style = (Path(__file__).parent / "page.css").read_bytes()
    door = _Door(handed, settings, admission)

    @get("/style.css", summary="How the pages look")
    async def style_sheet() -> Response[bytes]:
        return Response(style, headers=HEADERS | {"Cache-Control": "no-cache"}, media_type="text/css")

    @get("/", summary="Where somebody enters")
    async def entrance_page(request: Asking) -> Response[bytes]:
        return _html(entrance(_spoken(request), code=request.query_params.get("code")))

    @post("/session", summary="A token, or the code of a link, becomes a session", status_code=200)
    async def enter(request: Asking) -> Response[bytes]:
        return await door.enter(request)

    @post("/leave", summary="Ends the session", status_code=200)
    async def leave(request: Asking) -> Response[bytes]:
        door.check_origin(request)
        await admission.leave(request.cookies.get(COOKIE))
        said = _html(entrance(_spoken(request, _fields(await request.body())), notice="left"))
        return door.forgotten(said)

    @get("/funnel", summary="The page of the funnel")
    async def funnel_page(request: Asking) -> Response[bytes]:
        return await door.funnel(request)

    @get(["/funnel.csv", "/funnel.json"], summary="The funnel, to take along")
    async def funnel_file(request: Asking) -> Response[bytes]:
        return await door.file(request, "funnel")

    @get(["/event-counts.csv", "/event-counts.json"], summary="The counts, to take along")
    async def counts_file(request: Asking) -> Response[bytes]:
        return await door.file(request, "counts")

    doors = [style_sheet, entrance_page, enter, leave, funnel_page, funnel_file, counts_file]
    return Router("/admin", route_handlers=doors, request_max_body_size=BODY_MAX)


def shared(admission: Admission) -> dict[str, Any]:
    """What another page behind the same session is made with, so that it looks and speaks like these."""
    return {
        "tag": tag,
        "page": frame,
        "entrance": entrance,
        "language": language,
        "cookie": COOKIE,
        "admitted": admission.caller,
    }


class _Door:
    def __init__(self, handed: Handed, settings: Settings, admission: Admission) -> None:
        self._handed = handed
        self._settings = settings
        self._admission = admission

    def check_origin(self, request: Asking) -> None:
        """A form of another site's is not answered; what is no browser says nothing of sites.

        Raises:
            NotAllowed: it comes from elsewhere. Source: Fetch Metadata; RFC 6454.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            is_ours = site in {"same-origin", "none"}
        else:
            ours = {request.headers.get("host"), urlsplit(self._settings.public_url).netloc}
            is_ours = origin is None or urlsplit(origin).netloc in ours - {"", None}
        if not is_ours:
            raise errors.NotAllowed("This comes from another site.")

    async def enter(self, request: Asking) -> Response[bytes]:
        """By JSON with an empty answer, by a form with a page."""
        self.check_origin(request)
        fields = _fields(await request.body())
        is_form = not request.headers.get("content-type", "").startswith("application/json")
        spoken = _spoken(request, fields)
        try:
            value, seconds = await self._admit(fields)
        except errors.AnalyticsError as error:
            if not is_form:
                raise
            notice = str(error) if isinstance(error, _Refused) else "not_allowed"
            return _html(entrance(spoken, notice=notice, to=fields.get("to")), status=error.status)
        headers = HEADERS | ({"Location": f"{_goal(fields)}?lang={spoken}"} if is_form else {})
        is_https = request.url.scheme == "https" or self._settings.public_url.startswith("https:")
        cookie = Cookie(
            COOKIE, path="/admin", value=value, max_age=seconds, secure=is_https, httponly=True, samesite="strict"
        )
        return Response(b"", status_code=303 if is_form else 204, headers=headers, cookies=[cookie])

    async def _admit(self, fields: Mapping[str, str]) -> tuple[str, int]:
        token, code = fields.get("token", "").strip(), fields.get("code")
        issued_at: float | None
        expires_at: float | None
        if code:
            user_id = await self._admission.spend(code)
            now = self._handed.now().timestamp()
            caller = None if user_id is None else await self._admission.again(user_id, now, None)
            if user_id is None or caller is None:
                raise _Refused("code_refused")
            issued_at, expires_at = now, None
        elif token:
            caller = await self._caller(token)
            user_id, issued_at, expires_at = caller.user_id, caller.issued_at, caller.expires_at
        else:
            raise _Refused("token_missing")
        async with funnel.administering(caller, self._handed):
            pass
        assert user_id is not None  # nobody is no administrator
        return await self._admission.cookie(user_id, issued_at=issued_at, expires_at=expires_at)

    async def _caller(self, token: str) -> Caller:
        try:
            return await self._handed.caller(f"Bearer {token}")
        except Exception as error:  # its situations are of another room: known by their status alone
            if getattr(error, "status", 500) != 401:
                raise
            raise _Refused("token_refused") from error

    async def funnel(self, request: Asking) -> Response[bytes]:
        """The page; without a session, or without the right any more, the entrance."""
        spoken, handed, settings = _spoken(request), self._handed, self._settings
        cookie = request.cookies.get(COOKIE)
        caller = await self._admission.caller(cookie)
        if caller is None:
            return self.forgotten(_html(entrance(spoken, notice="ended" if cookie else None), status=401))
        try:
            async with funnel.administering(caller, handed) as connection:
                wish = funnel.wish_of(request.query_params, handed, settings)
                days, today = wish.days, funnel.today(handed)
                shown = replace(days, first=max(days.first, days.last - timedelta(days=page.DAYS_SHOWN - 1)))
                found = await funnel.stages(connection, wish, today, settings)
                daily = await funnel.stages(connection, replace(wish, days=shown, is_daily=True), today, settings)
                counted = await funnel.counts(connection, wish)
                cities = await store.funnel_cities(connection, days.first, days.last)
        except errors.NotAllowed:
            return self.forgotten(_html(entrance(spoken, notice="not_allowed"), status=403))
        except (errors.BadRange, errors.BadQuestion) as error:
            return _html(page.refusal(spoken), status=error.status)
        health = await handed.health(days.begins, days.ends) if handed.health else {}
        of_days = daily.days if isinstance(daily.days, list) else []
        zone, kept, links = handed.time_zone, settings.retention_days, handed.links
        seen = page.Found(found, of_days, counted, cities, health, today, zone, kept, links)
        return _html(page.page(spoken, wish, seen))

    async def file(self, request: Asking, what: str) -> Response[bytes]:
        """The numbers of the page. Raises: TokenMissing, NotAllowed, BadRange, BadQuestion."""
        caller = await self._admission.caller(request.cookies.get(COOKIE))
        if caller is None:
            raise errors.TokenMissing
        wish = funnel.wish_of(request.query_params, self._handed, self._settings)
        async with funnel.administering(caller, self._handed) as connection:
            found = await funnel.answer(what, connection, wish, self._handed, self._settings)
        told = sheets.told(found, "csv" if request.url.path.endswith(".csv") else "json")
        return Response(**told | {"headers": HEADERS | told["headers"]})

    def forgotten(self, response: Response[bytes]) -> Response[bytes]:
        """The same, and the browser's cookie goes."""
        response.delete_cookie(COOKIE, path="/admin")
        return response


class _Refused(errors.TokenMissing):
    """A token or a code that lets nobody in; its sentence is the word of the page's notice."""

    code = "token_invalid"

    @property
    def detail(self) -> str:
        """To who asked in JSON."""
        return "The token or the code is missing, wrong, or no longer good."


def _fields(body: bytes) -> Mapping[str, str]:
    """Of a form, or of JSON; what can be read as neither has none."""
    try:
        if body.lstrip().startswith(b"{"):
            told = msgspec.json.decode(body, type=dict[str, Any])
            return {name: value for name, value in told.items() if isinstance(value, str)}
        return {name: values[-1] for name, values in parse_qs(body.decode(), max_num_fields=10).items()}
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}


def _goal(fields: Mapping[str, str]) -> str:
    """The page of ours that somebody wanted to see, else the first one."""
    wanted = fields.get("to", "")
    return wanted if re.fullmatch(r"/admin/[a-z]+(?:/[0-9a-f-]{36})?", wanted) else page.PATH


def _spoken(request: Asking, fields: Mapping[str, str] | None = None) -> Language:
    asked = (fields or {}).get("lang") or request.query_params.get("lang")
    return language(asked, request.headers.get("accept-language", ""))


def _html(content: bytes, *, status: int = 200) -> Response[bytes]:
    return Response(content, status_code=status, headers=HEADERS, media_type="text/html")
