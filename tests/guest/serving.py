"""A package's router behind a real server in the test's own loop, with the little of a front door that it needs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, Router

from amara import auth, errors, house, repeats
from amara.counter import Counter
from amara.db import Database, become
from amara.desk import Desk
from amara.feeds import Feeds
from amara.runs import Runs
from analytics import server_events

SECRET = "a secret of the tests, long enough for HS256"


class Clock:
    """A time that stands still until a test moves it; starts now, because the database judges by its own."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.time

    def move(self, by: timedelta) -> None:
        self.time += by


class Tokens:
    """Bearer headers for people, and the caller behind one."""

    def __init__(self) -> None:
        self._tokens = auth.Tokens(SECRET)

    def bearer(self, user_id: Any, *, is_anonymous: bool = False, ttl_s: int = 3600) -> dict[str, str]:
        token = self._tokens.sign(user_id, ttl_s=ttl_s, is_anonymous=is_anonymous)
        return {"Authorization": f"Bearer {token}"}

    async def caller(self, header: str | None) -> auth.Caller:
        token = auth.bearer(header)
        return auth.ANONYMOUS if token is None else self._tokens.check(token)


def handed_over(db: Database, clock: Clock, tokens: Tokens) -> dict[str, Any]:
    """What the front door gives, by the names both packages use."""
    return {
        "caller": tokens.caller,
        "transaction": db.transaction,
        "service": db.service,
        "now": clock,
        "time_zone": "America/Bogota",
    }


def handed_to_guests(db: Database, clock: Clock, tokens: Tokens, **instead: Any) -> dict[str, Any]:
    """What the checkout is given beside that: the real counter and the real events; nobody's socket is open here."""

    async def see_out() -> None:
        pass

    feeds = Feeds(db)
    runs = Runs(db, feeds, owner="a test")
    counting = house.build(db, feeds, runs, None, {}, "America/Bogota", Desk, now=clock)
    more = {
        "speak_as": lambda connection, who: become(connection, who or auth.SERVICE),
        "address": lambda peer, _forwarded: peer or "",
        "counter": Counter(counting),
        "asking": repeats.request,
        "emit": server_events.emit,
        "see_out": see_out,
    }
    return handed_over(db, clock, tokens) | more | instead


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@asynccontextmanager
async def serving(router: Router, *situations: type[Exception]) -> AsyncIterator[str]:
    """The address of a server with these routes; what goes wrong is told as problem details (RFC 9457)."""
    told = dict.fromkeys((errors.AmaraError, *situations), _problem)
    app = Litestar([router], exception_handlers=told, openapi_config=None, logging_config=None)
    config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False)
    server = _Server(config)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server._serve([door]))
        await server.is_up.wait()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


def _problem(request: Request[Any, Any, Any], error: Any) -> Response[dict[str, Any]]:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "instance": request.url.path,
    }
    return Response(body, status_code=error.status, media_type="application/problem+json")
