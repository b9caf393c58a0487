"""Server-sent events, split on bytes.

Source: WHATWG HTML, 9.2.6 "Interpreting an event stream"; only `data` matters here, the type stands inside it.
"""

from __future__ import annotations

EVENT_MAX = 8 * 1024 * 1024  # bytes of one event; an upstream that never ends a line must not fill the memory


class EventTooLarge(Exception):
    """One event is larger than any answer can be."""


class EventLines:
    """Feeds of bytes in, payloads of whole events out."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0

    @property
    def is_between(self) -> bool:
        """Nothing of an event waits for its rest."""
        return not self._rest and not self._data

    def feed(self, chunk: bytes) -> list[bytes]:
        """The `data` of each event this chunk completes."""
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > EVENT_MAX:
            raise EventTooLarge
        done: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:].strip())
                self._size += len(line)
                if self._size > EVENT_MAX:
                    raise EventTooLarge
            elif line in {b"", b"\r"} and self._data:
                done.append(b"\n".join(self._data))
                self._data, self._size = [], 0
        return done
