"""The whole service in the test's own loop, behind the real server class, on a real database; and a client of ours."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import websockets

from amara import app, house, server
from amara.settings import Settings

SECRET = "a secret of the tests, long enough for HS256"
WRITE_KEY = "write-key-of-the-tests"
Json = dict[str, Any]


@dataclass
class Service:
    """What a test may reach."""

    url: str
    door: app.FrontDoor

    def token(self, user_id: UUID, *, is_anonymous: bool = False, ttl_s: int = 3600) -> str:
        return self.door.tokens.sign(user_id, ttl_s=ttl_s, is_anonymous=is_anonymous)

    def socket_url(self, thread_id: str, **query: str) -> str:
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return f"{self.url.replace('http', 'ws', 1)}/v1/amara/chat?threadId={thread_id}{more}"


@asynccontextmanager
async def serving(
    urls: Any,
    *,
    has_demo: bool = False,
    lease_s: float = 15.0,
    owner: str | None = None,
    now: Callable[[], datetime] = house.utc_now,
    say: Callable[[str], None] = lambda _: None,
    **settings: Any,
) -> AsyncIterator[Service]:
    """Args: urls of the test's own database, none for its own; now is the wall clock; say hears what is told."""
    own = {"database_url": urls.login_url, "migration_database_url": urls.owner_url} if urls else {}
    configured = Settings(jwt_secret=SECRET, **own | {"write_keys": (WRITE_KEY,)} | settings)
    listener = server.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    with contextlib.closing(listener):
        async with (
            app.open_door(
                configured, port=port, has_demo=has_demo, lease_s=lease_s, owner=owner, now=now, say=say
            ) as door,
            server.running(door.way_in, listener, lambda: door.drain(0)),
        ):
            yield Service(f"http://127.0.0.1:{port}", door)


@dataclass
class Chat:
    """A client of ours: says hello, says things, and hears."""

    socket: websockets.ClientConnection
    thread_id: str
    frames: list[Json] = field(default_factory=list)

    async def send(self, frame: Json | str) -> None:
        await self.socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def hear(self) -> Json:
        frame = json.loads(await self.socket.recv())
        self.frames.append(frame)
        return frame

    async def hear_until(self, *types: str) -> list[Json]:
        """Everything up to the first frame or event of one of these types."""
        heard = []
        while True:
            frame = await self.hear()
            heard.append(frame)
            if (frame.get("type") or frame.get("chunk", {}).get("type")) in types:
                return heard

    async def say(self, text: str, *, message_id: str | None = None, run_id: str | None = None, **more: Any) -> str:
        run_id = run_id or f"run-{uuid4()}"
        message = {"id": message_id or f"message-{uuid4()}", "role": "user", "content": text}
        await self.send({"threadId": self.thread_id, "runId": run_id, "messages": [message], **more})
        return run_id

    async def ask(self, text: str, **more: Any) -> list[Json]:
        """Says it and hears the whole run."""
        await self.say(text, **more)
        return await self.hear_until("RUN_FINISHED", "RUN_ERROR")


def events(heard: list[Json]) -> list[Json]:
    return [frame["chunk"] for frame in heard if "chunk" in frame]


def text_of(heard: list[Json]) -> str:
    return "".join(event["delta"] for event in events(heard) if event["type"] == "TEXT_MESSAGE_CONTENT")


@asynccontextmanager
async def chatting(
    service: Service, token: str, *, thread_id: str | None = None, locale: str = "es", hello: bool = True
) -> AsyncIterator[Chat]:
    thread_id = thread_id or str(uuid4())
    async with websockets.connect(service.socket_url(thread_id), max_size=None) as socket:
        chat = Chat(socket, thread_id)
        if hello:
            await chat.send({"type": "hello", "token": token, "since": None, "locale": locale})
            await chat.hear_until("welcome")
        yield chat


async def end_of(socket: websockets.ClientConnection) -> int | None:
    """The code the service closed with, after whatever it still said."""
    with suppress(websockets.ConnectionClosed):
        while True:
            await socket.recv()
    return socket.close_code
