"""What both doors of capture share: the body, inflated and bounded, and what holds for all events of a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from analytics import bodies, errors
from analytics.buffer import Buffer
from analytics.capture import Moment
from analytics.crawlers import Crawlers
from analytics.registry import Registry
from analytics.settings import Handed, Settings
from analytics.shapes import Told


class Knock(Protocol):
    """A request, as far as it is looked at here."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By names in small letters."""

    @property
    def receive(self) -> Callable[[], Awaitable[Any]]:
        """The next message of the body, as the server has it. Source: ASGI 3.0, HTTP."""


class Doorway:
    """One a process; holds the buffer that every request goes through."""

    def __init__(self, handed: Handed, settings: Settings) -> None:
        """Args: what the front door hands over, and the limits."""
        self.settings = settings
        self.buffer = Buffer(handed.service, settings, handed.count)
        if handed.watch is not None:
            handed.watch("amara_events_waiting", "Events that wait for their commit", lambda: self.buffer.waiting)
        self.handed = handed
        self._registry = Registry(settings.declared)
        self._crawlers = Crawlers()

    async def body(self, request: Knock, readable: Collection[str]) -> tuple[str, bytes]:
        """The media type and the body.

        Raises:
            WrongMediaType, TooLarge, BadRequest: it is of another kind, too large as it is or inflated, or broken.
        """
        headers = request.headers
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in readable:
            raise errors.WrongMediaType
        most = self.settings.body_bytes
        body, is_more = b"", True
        while is_more:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise errors.BadRequest("The body ends too soon.")
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
            if len(body) > most:
                raise errors.TooLarge
        return media_type, bodies.inflated(body, headers.get("content-encoding"), most=most)

    async def moment(
        self,
        request: Knock,
        read: Callable[[bytes], Told],
        *,
        has_token: bool = True,
        sent_at: datetime | None = None,
    ) -> Moment:
        """Who, when and from where, once for all events of the request.

        Raises:
            Whatever the front door says of a token that does not hold.
        """
        headers = request.headers
        caller = await self.handed.caller(headers.get("authorization") if has_token else None)
        return Moment(
            now=self.handed.now(),
            settings=self.settings,
            registry=self._registry,
            read=read,
            user_id=caller.user_id,
            sent_at=sent_at,
            is_crawler=self._crawlers.sent(headers.get("user-agent", "")),
            is_private=headers.get("sec-gpc", "").strip() == "1",
        )
