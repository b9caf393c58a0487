"""How an answer's bytes are read: straight from the socket's buffer, and against a clock that costs a float.

The SDK hands a read through six iterators, and a time-out moved with every read is a timer cancelled and one made;
together they cost as much as everything else that happens to a word. What is missing here is only what is not needed
for a stream that is not packed; where anything looks different, the SDK's own way is taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

from amara import errors
from amara.model import ModelEvent, Words
from amara.model.assembly import Assembly
from amara.model.sse import EventLines

NEVER = inf


def reads(response: Any) -> AsyncIterator[bytes]:
    """The body as it comes, a piece for each read.

    Args:
        response: the SDK's, still streaming.
    """
    told = response.http_response
    stream = getattr(getattr(told, "stream", None), "_stream", None)
    content = getattr(getattr(stream, "_aiohttp_response", None), "content", None)
    if content is None or not hasattr(content, "iter_any") or "content-encoding" in told.headers:
        body: AsyncIterator[bytes] = response.iter_bytes()
        return body
    pieces: AsyncIterator[bytes] = content.iter_any()
    return pieces


def heard(assembly: Assembly, lines: EventLines, chunk: bytes) -> tuple[list[ModelEvent], errors.ModelFailed | None]:
    """What one read says, and the failure that ended it: words that came before a failure are still told."""
    events: list[ModelEvent] = []
    try:
        if not lines.is_between:  # the read before ended within an event; what completes it comes first
            end = chunk.find(b"\n\n") + 2
            head, chunk = (chunk[:end], chunk[end:]) if end > 1 else (chunk, b"")
            for data in lines.feed(head):
                events += assembly.take(data)
        if chunk and lines.is_between:
            words, chunk = assembly.skim(chunk)
            if words:
                events.append(Words(words))
        for data in lines.feed(chunk) if chunk else ():
            events += assembly.take(data)
    except errors.ModelFailed as error:
        return events, error
    return events, None


class Watch:
    """A moment that is moved by writing it down; a timer looks whether it has come."""

    def __init__(self, scope: asyncio.Timeout, due: float, step_s: float, until: float = NEVER) -> None:
        """Args: scope is ended when the moment has come; the others: see `watching`."""
        self.due = due
        self.until = until
        self._scope = scope
        self._step_s = step_s
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_at(min(due, self._loop.time() + step_s), self._look)

    def hold_off(self) -> None:
        """The upstream has just said something."""
        self.due = min(self.until, self._loop.time() + self._step_s)

    def _look(self) -> None:
        now = self._loop.time()
        if self.due <= now:
            self._scope.reschedule(now)
        else:
            self._timer = self._loop.call_at(min(self.due, now + self._step_s), self._look)

    def stop(self) -> None:
        """Looks no more."""
        self._timer.cancel()


@contextmanager
def watching(scope: asyncio.Timeout, due: float, step_s: float, until: float = NEVER) -> Iterator[Watch]:
    """Ends the scope at `due`, which may be moved meanwhile.

    Args:
        scope: entered already.
        due: by the loop's clock; NEVER holds the clock.
        step_s: it is never set nearer than this to the time of its setting: so no moment is missed.
        until: however often something is said, this is the end.
    """
    watch = Watch(scope, due, step_s, until)
    try:
        yield watch
    finally:
        watch.stop()
