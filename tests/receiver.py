"""The platform's own service, as a test wants it to be: it takes notices, fails, is slow, or is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from amara.notices import signature

SECRET = "whsec_" + "QW1hcmEgc2lnbnMgd2l0aCB0aGlzIGluIGhlciB0ZXN0cy4="
OLD_SECRET = "whsec_" + "QW1hcmEgc2lnbmVkIHdpdGggdGhpcyBpbiB0aGUgcGFzdC4="

Answer = Callable[["Told"], Awaitable[web.StreamResponse | int]]


@dataclass(frozen=True)
class Told:
    """One request, its signature found true."""

    id: str
    type: str
    sequence: int
    data: dict[str, Any]
    headers: dict[str, str]
    request: web.Request

    @property
    def subject(self) -> str:
        return self.data.get("booking_id") or self.data["conversation_id"]


@dataclass
class Receiver:
    """What was asked of it, and what it took."""

    url: str = ""
    asked: list[Told] = field(default_factory=list)
    taken: list[Told] = field(default_factory=list)
    """In the order in which it answered 2xx; also what came twice."""
    answer: Answer | None = None

    def of(self, subject: object) -> list[str]:
        """The types of what it took about this, each notice once."""
        return list({told.id: told.type for told in self.taken if told.subject == str(subject)}.values())

    async def take(self, request: web.Request) -> web.StreamResponse:
        body, headers = await request.read(), {name.lower(): value for name, value in request.headers.items()}
        assert signature(SECRET, headers["webhook-id"], int(headers["webhook-timestamp"]), body) in headers[
            "webhook-signature"
        ].split(" ")
        said = msgspec.json.decode(body)
        told = Told(headers["webhook-id"], said["type"], said["sequence"], said["data"], headers, request)
        self.asked.append(told)
        answer = 204 if self.answer is None else await self.answer(told)
        if not isinstance(answer, int):
            return answer
        if 200 <= answer < 300:
            self.taken.append(told)
        return web.Response(status=answer)


@asynccontextmanager
async def receiving(answer: Answer | None = None, *, port: int = 0) -> AsyncIterator[Receiver]:
    """Args: answer decides about each request; port is where one listens that has been there before."""
    receiver = Receiver(answer=answer)
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def until(is_so: Callable[[], bool]) -> None:
    """Gives the others time until it is so; the test's own time-out ends it."""
    while not is_so():  # noqa: ASYNC110 - nobody rings when somebody else's list has grown
        await asyncio.sleep(0.01)
