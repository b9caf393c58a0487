"""The shortest way of a word: from the connection's bytes to whoever listens, with no task woken in between.

Nearly every read of an answer is a chunk of HTTP with one event in it, and the event is plain words. While the task
that reads the answer waits for nothing else, such a read is told where it arrives; a paced word costs half that way.
Anything else goes to the HTTP client as it came, which knows of no difference: what is taken out are whole chunks,
between two of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from amara.model import Ear, ModelEvent
from amara.model.assembly import Assembly
from amara.model.intake import NEVER, Watch, heard
from amara.model.sse import EventLines

SHORT = 4_096  # bytes of a read that may be a few words; where many come in one, a task woken for all costs little

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,4})\r\n")


def body_of(read: bytes) -> bytes | None:
    """What stands in a read that is nothing but whole chunks; none where it is anything else.

    Source: RFC 9112, 7.1; the last chunk, and one with an extension, are left to the HTTP client.
    """
    found: list[bytes] = []
    at, size = 0, len(read)
    while at < size:
        head = _CHUNK.match(read, at)
        if head is None:
            return None
        begin = head.end()
        end = begin + int(head[1], 16)
        at = end + 2
        if end == begin or read[end:at] != b"\r\n":
            return None
        found.append(read[begin:end])
    return b"".join(found) or None


class Tap(asyncio.Protocol):
    """Stands between a connection and the HTTP client for the length of one answer."""

    def __init__(self, client: Any, content: Any, assembly: Assembly, ear: Ear | None, watch: Watch) -> None:
        """A tap that hears nothing yet.

        Args:
            client: the protocol to which the bytes belong.
            content: the client's reader of this answer's body, which counts the bytes it was given.
            assembly: of the message; what is heard here grows there.
            ear: hears the words.
            watch: over how long the upstream may be silent.
        """
        self.is_waited = False
        """The reader of the answer waits for bytes, and has seen all there were."""
        self._client = client
        self._content = content
        self._assembly = assembly
        self._ear = ear
        self._watch = watch
        self._is_between = False
        """The client has read a chunk to its end, and nothing of the next."""

    def data_received(self, data: bytes) -> None:
        """A read: plain words are heard here, all else is the client's."""
        is_short, ear = len(data) <= SHORT, self._ear
        body: bytes | None = None
        if is_short and self._is_between and self.is_waited and ear is not None and ear.is_open():
            if words := self._assembly.skim_read(data):
                self._watch.hold_off()
                ear.hear(words, is_plain=True)
                return
            body = body_of(data)
            if body and (words := self._assembly.skim_whole(body)):
                self._watch.hold_off()
                ear.hear(words)
                return
        elif is_short:
            body = body_of(data)
        self.is_waited = False
        before = self._content.total_bytes
        self._client.data_received(data)
        # In the middle of a chunk it would have counted the next one's size as words of this one.
        self._is_between = body is not None and self._content.total_bytes - before == len(body)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._client.connection_lost(exc)

    def eof_received(self) -> bool | None:
        """See asyncio.Protocol."""
        is_kept: bool | None = self._client.eof_received()
        return is_kept

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._client.pause_writing()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._client.resume_writing()


@contextmanager
def tapped(response: Any, assembly: Assembly, ear: Ear | None, watch: Watch) -> Iterator[Tap]:
    """A tap for as long as this answer is read; it hears nothing where the bytes are packed or not to be had.

    Args: response is the SDK's, still streaming; the others as Tap has them.
    """
    told = response.http_response
    answer = getattr(getattr(getattr(told, "stream", None), "_stream", None), "_aiohttp_response", None)
    connection = getattr(answer, "connection", None)  # none where all of the answer is here already
    transport = getattr(connection, "transport", None)
    client = getattr(connection, "protocol", None)
    tap = Tap(client, getattr(answer, "content", None), assembly, ear, watch)
    is_plain = told.headers.get("transfer-encoding") == "chunked" and "content-encoding" not in told.headers
    if ear is None or transport is None or not is_plain:
        yield tap
        return
    transport.set_protocol(tap)
    try:
        yield tap
    finally:
        if transport.get_protocol() is tap:
            transport.set_protocol(client)


async def read(
    pieces: AsyncIterator[bytes], assembly: Assembly, watch: Watch, tap: Tap
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """The message as it comes, to its end or to that of the bytes; what the tap has heard is not told again.

    Raises:
        ModelFailed: the stream says so, or cannot be read.
    """
    lines = EventLines()
    while not assembly.is_whole:
        tap.is_waited = lines.is_between
        piece = await anext(pieces, None)  # which came past the tap, so that nothing is heard there meanwhile
        if piece is None:
            return
        events, failure = heard(assembly, lines, piece)
        if assembly.has_content:
            watch.hold_off()
            assembly.has_content = False
        if events:
            watch.due = (
                NEVER  # the reader may take its time (a commit stands between): only the upstream is on the clock
            )
            yield events
            watch.hold_off()
        if failure is not None:
            raise failure
