"""The short way of plain events, past the framework: the same body, the same steps, the same receipt.

What a framework does for a request costs several times what becomes of one event. A request that is plainly one to
capture is answered here; whatever is cut, refused or in any way different is handed to the framework as it came, which
says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from analytics import capture, errors
from analytics.anysite import ANSWERED
from analytics.doorway import Doorway, Knock
from analytics.shapes import Event, Receipt

PATH = "/v1/events"

# `text/plain` is what a page can still send while it closes (navigator.sendBeacon), without a preflight.
_READABLE = frozenset({"application/json", "text/plain", ""})

Application = Callable[[Any, Any, Any], Awaitable[None]]


async def receipt(request: Knock, doorway: Doorway, kept: capture.Kept | None = None) -> Receipt:
    """What became of the events of a request.

    Args:
        request: whose body has not been read.
        doorway: of this process.
        kept: where they are kept and counted, instead of the doorway's buffer.

    Raises:
        AnalyticsError, and what the front door says of a token: by their situations.
    """
    _, body = await doorway.body(request, _READABLE)
    raws, is_alone, sent_at = capture.arrive(capture.without_halves(body))
    if len(raws) > doorway.settings.events:
        raise errors.TooLarge(f"A request carries at most {doorway.settings.events} events.")
    moment = await doorway.moment(request, capture.native, sent_at=sent_at)
    return await capture.capture(raws, moment, kept or doorway.buffer, is_alone=is_alone)


def past(app: Application, doorway: Doorway, *, number: Callable[[str], str], is_watched: Callable[[], bool]) -> Any:
    """The same application, with a way of its own for plain events.

    Args:
        app: the framework's.
        doorway: the one that the framework's routes have.
        number: of a request, given what it calls itself.
        is_watched: everything a request does is wanted for a trace: then all go the framework's way.
    """

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST" or is_watched():
            await app(scope, receive, send)
            return
        came = await receive()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = None
        if not came.get("more_body") and len(headers) == len(scope["headers"]):
            body = await _answer(_Read(headers, came), doorway)
        if body is None:
            await app(scope, _after(came, receive), send)
            return
        told = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *ANSWERED,
            (b"x-request-id", number(headers.get("x-request-id", "")).encode()),
        ]
        await send({"type": "http.response.start", "status": 202, "headers": told})
        await send({"type": "http.response.body", "body": body})

    return serve


class _Read(NamedTuple):
    headers: Mapping[str, str]
    came: Any

    async def receive(self) -> Any:
        """See Knock."""
        return self.came


class _Uncounted:
    """Keeps, and counts once it is known that nobody else will."""

    def __init__(self, doorway: Doorway) -> None:
        self._buffer = doorway.buffer
        self._counted: list[tuple[str, int]] = []

    def count(self, became: str, number: int = 1) -> None:
        """See Buffer."""
        self._counted.append((became, number))

    async def keep(self, events: Sequence[Event]) -> int:
        """See Buffer."""
        return await self._buffer.keep(events)

    def settle(self) -> None:
        for became, number in self._counted:
            self._buffer.count(became, number)


async def _answer(request: _Read, doorway: Doorway) -> bytes | None:
    """The receipt; none where something was wrong, and nothing was kept or counted."""
    kept = _Uncounted(doorway)
    try:
        told = await receipt(request, doorway, kept)
    except Exception:  # noqa: BLE001 - whatever it is, the framework meets it as well, and has words for it
        return None
    kept.settle()
    return msgspec.json.encode(told)


def _after(came: Any, receive: Any) -> Callable[[], Awaitable[Any]]:
    """What was received already, and then the rest."""
    waiting = [came]

    async def again() -> Any:
        return waiting.pop() if waiting else await receive()

    return again
