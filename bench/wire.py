"""One chat as the load generator drives it: a WebSocket by hand, so that the measuring costs little.

`ws` is the product's own socket and whatever speaks like it; `floor` gets the vendor's bytes in WebSocket frames;
`direct` asks the upstream itself, with nothing in between.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from uuid import uuid4

STAMP = re.compile(rb"~(\d{12})")
_HEAD = re.compile(rb'"head":"(\d+)-(\d+)"')
_MODULO = 10**12
_PONG, _PING, _CLOSE = 0x8A, 0x89, 0x88


def masked(payload: bytes, opcode: int = 0x81) -> bytes:
    """A client's frame; the mask is four zeros, which RFC 6455 allows and nobody has to undo twice."""
    size = len(payload)
    if size < 126:
        return bytes((opcode, 0x80 | size)) + bytes(4) + payload
    return bytes((opcode, 0x80 | 126)) + size.to_bytes(2, "big") + bytes(4) + payload


@dataclass
class Heard:
    """What the chats of a job heard, together."""

    deltas: int = 0
    bytes: int = 0
    delays_us: list[int] = field(default_factory=list)
    first_us: list[int] = field(default_factory=list)
    """From the question to the first words."""
    failures: list[str] = field(default_factory=list)


class Chat(asyncio.Protocol):
    """A peer that says something and hears the answer."""

    def __init__(self, kind: str, port: int, thread: str, token: str) -> None:
        self.kind = kind
        self.thread = thread
        self.token = token
        self.port = port
        self.heard = Heard()
        self.cursor = "0-0"
        """The last one heard."""
        self.since: str | None = None
        """What `hello` asks for."""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.caught_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Everything that the record had when it was welcomed has been heard."""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._buffer = b""
        self._is_open = kind == "direct"
        self._asked_at: int | None = None
        self._words = {"ws": b"TEXT_MESSAGE_CONTENT", "floor": b"text_delta", "direct": b"text_delta"}[kind]
        self._end = b"message_stop" if kind != "ws" else b'"RUN_FINISHED"'
        self._tail = b""
        self.farewell = b""
        self._head: tuple[int, ...] = (0, 0)

    async def open(self) -> None:
        """Connects, and says hello where there is somebody to greet."""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.port)
        await asyncio.wait_for(asyncio.shield(self.ready), 60)

    def close(self) -> None:
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        if self.kind == "direct":
            self.ready.set_result(None)
            return
        head = f"GET /v1/amara/chat?threadId={self.thread} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\n"
        head += "upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n"
        transport.write((head + "sec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n").encode())

    def connection_lost(self, exc: Exception | None) -> None:
        for waiting in (self.ready, self.caught_up, self.done):
            if not waiting.done():
                waiting.set_exception(ConnectionError(f"closed: {exc or self.farewell or self._buffer[:200]!r}"))
                waiting.exception()  # nobody may be waiting

    def say(self, text: str) -> None:
        """Asks; `done` is set when the answer is whole."""
        self.done = asyncio.get_running_loop().create_future()
        self._asked_at = time.monotonic_ns()
        if self.kind == "direct":
            body = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": text}]}).encode()
            head = f"POST /v1/messages HTTP/1.1\r\nhost: upstream\r\ncontent-length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)
            return
        message = {"id": f"m-{uuid4()}", "role": "user", "content": text}
        frame = {"threadId": self.thread, "runId": f"r-{uuid4()}", "messages": [message]}
        self.transport.write(masked(json.dumps(frame).encode()))

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        if self.kind == "direct":
            self._hear(data, now)
            return
        self._buffer += data
        if not self._is_open:
            head, blank, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not blank:
                self._buffer = head
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open = True
            hello = {"type": "hello", "token": self.token, "since": self.since, "locale": "es"}
            self.transport.write(masked(json.dumps(hello).encode()))
        at, buffer = 0, self._buffer
        while len(buffer) - at >= 2:
            size, begin = buffer[at + 1], at + 2
            if size == 126:
                size, begin = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, begin = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if len(buffer) < begin + size:
                break
            self._frame(buffer[at], buffer[begin : begin + size], now)
            at = begin + size
        self._buffer = buffer[at:]

    def _frame(self, opcode: int, payload: bytes, now: int) -> None:
        if opcode == _PING:
            self.transport.write(masked(payload, _PONG))
        elif opcode == _CLOSE:
            self.farewell = payload
            self.transport.close()
        elif not self.ready.done():
            if b'"welcome"' in payload:
                self.ready.set_result(None)
                self._head = tuple(map(int, head.groups())) if (head := _HEAD.search(payload)) else (0, 0)
                self._look(self.since or "0-0")
        else:
            if payload.startswith(b'{"id"'):
                self.cursor = payload[7 : payload.index(b'"', 7)].decode()
                if not self.caught_up.done():
                    self._look(self.cursor)
            elif payload == b'{"type":"ping"}':
                self.transport.write(masked(b'{"type":"pong"}'))
                return
            elif b'"error"' in payload[:20]:
                self._failed(payload)
            self._hear(payload, now)

    def _look(self, cursor: str) -> None:
        if tuple(map(int, cursor.split("-"))) >= self._head:
            self.caught_up.set_result(None)

    def _hear(self, payload: bytes, now: int) -> None:
        heard = self.heard
        heard.bytes += len(payload)
        if self._asked_at is not None and self._words in payload:
            heard.first_us.append((now - self._asked_at) // 1000)
            self._asked_at = None
        at = now // 1000 % _MODULO
        # A stamp or an end may be cut by the edge of a read; the last bytes are looked at again with the next one.
        text = self._tail + payload if self.kind != "ws" else payload
        last = 0
        for stamp in STAMP.finditer(text):
            heard.delays_us.append(at - int(stamp[1]))
            last = stamp.end()
        if self.kind != "ws":
            self._tail = text[max(last, len(text) - 13) :]
        if self._end in (text[:100] if self.kind == "ws" else text[-400:]) and not self.done.done():
            self._tail = b""
            self.done.set_result(None)
        elif b'"RUN_ERROR"' in payload:
            self._failed(payload)

    def _failed(self, payload: bytes) -> None:
        self.heard.failures.append(payload[:300].decode(errors="replace"))
        if not self.done.done():
            self.done.set_result(None)
