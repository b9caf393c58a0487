"""A scripted Messages API: a real HTTP server whose every answer a test chooses, whole or broken on purpose."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests import messages_api

Json = dict[str, Any]


def sse(event: Json) -> bytes:
    """As the vendor writes it, compact: so that words are told apart by their bytes here as well."""
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event['type']}\ndata: {body}\n\n".encode()


def start(model: str = "scripted", **usage: int) -> Json:
    counted = {"input_tokens": 10, "output_tokens": 1} | usage
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": counted}
    return {"type": "message_start", "message": message | {"stop_reason": None}}


def text(*deltas: str, index: int = 0) -> list[Json]:
    return [
        {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": delta}}
            for delta in deltas
        ),
        {"type": "content_block_stop", "index": index},
    ]


def call(name: str, given: Any, *, call_id: str = "toolu_1", index: int = 0, pieces: int = 3) -> list[Json]:
    raw = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    size = max(1, -(-len(raw) // pieces))
    block = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
    return [
        {"type": "content_block_start", "index": index, "content_block": block},
        *(
            {
                "type": "content_block_delta",
                "index": index,
                "delta": {"type": "input_json_delta", "partial_json": raw[at : at + size]},
            }
            for at in range(0, len(raw), size)
        ),
        {"type": "content_block_stop", "index": index},
    ]


def end(stop_reason: str = "end_turn", output_tokens: int = 7) -> list[Json]:
    return [
        {"type": "message_delta", "delta": {"stop_reason": stop_reason}, "usage": {"output_tokens": output_tokens}},
        {"type": "message_stop"},
    ]


@dataclass
class Answer:
    """One scripted HTTP answer."""

    events: list[Json] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Instead of events."""
    until: asyncio.Event | None = None
    """Held open before the last two events (or, with no events, before the header) until a test sets it."""
    held_at: int | None = None
    """Before this event instead."""
    cut: bool = False
    """The connection is aborted after the events: no end of the chunked body."""
    cut_after_events: int | None = None
    piece: int | None = None
    """How many bytes are written at a time, each a chunk and a read of its own; none: an event at a time."""
    pause_s: float = 0.0
    """Between two events, for an answer that takes its time."""

    @property
    def is_held_at(self) -> int:
        return len(self.events) - 2 if self.held_at is None else self.held_at


def spoken(request: Json) -> list[Json]:
    """The messages of a request without what stands in them for the cache, and without when and where this is."""
    return [
        {
            "role": message["role"],
            "content": [
                {key: value for key, value in block.items() if key != "cache_control"}
                for block in message["content"]
                if not block.get("text", "").startswith("[MaidConnect]\nLanguage: ")
            ],
        }
        for message in request["messages"]
    ]


def says(*deltas: str) -> Answer:
    return Answer([start(), *text(*deltas), *end()])


def calls(name: str, given: Any, *, call_id: str = "toolu_1", before: str = "") -> Answer:
    words = text(before) if before else []
    return Answer([start(), *words, *call(name, given, call_id=call_id, index=1 if words else 0), *end("tool_use")])


def fails(status: int, kind: str = "api_error", *, message: str = "scripted", **headers: str) -> Answer:
    body = json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()
    return Answer(status=status, body=body, headers={"content-type": "application/json"} | headers)


def _pauses(event: Json) -> bool:
    return event.get("delta", {}).get("stop_reason") == "pause_turn"


Script = Callable[[Json], Answer]


class Upstream:
    """Answers in the order they were put in; a callable decides by the request."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Json] = []
        self.refused: list[str] = []
        """What was wrong with those that the API would refuse, and which were."""
        self.is_paused = False
        """The last answer asked to be asked on."""
        self.may_pause = False
        """Some of many at once do, so that nobody can tell which was the last."""
        self.answers: list[Answer | Script] = []
        self.otherwise: Answer | Script = says("Claro.")
        self.reached = asyncio.Event()
        """Set each time a request has been read."""
        self.gone = asyncio.Event()
        """Set when a client left in the middle of an answer."""

    def then(self, *answers: Answer | Script) -> None:
        self.answers += answers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
                length = int(lengths[0].split(b":")[1]) if lengths else 0
                request = json.loads(await reader.readexactly(length) or b"{}")
                self.requests.append(request)
                self.reached.set()
                answer = self._refusal(request) or (self.answers.pop(0) if self.answers else self.otherwise)
                answer = answer(request) if callable(answer) else answer
                self.is_paused = isinstance(answer.events, list) and any(_pauses(event) for event in answer.events)
                await self._answer(answer, reader, writer)
        writer.close()

    def _refusal(self, request: Json) -> Answer | None:
        if not request:
            return None  # it was asked for something else than a message
        try:
            messages_api.check(request, may_end_with_assistant=self.is_paused or self.may_pause)
        except messages_api.Refused as error:
            self.refused.append(str(error))
            return fails(400, "invalid_request_error", message=str(error))
        return None

    async def _answer(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not answer.events and answer.until is not None:
            await self._hold(answer.until, reader)
        headers = {"content-type": "text/event-stream"} | answer.headers
        lines = [f"HTTP/1.1 {answer.status} scripted", *(f"{name}: {value}" for name, value in headers.items())]
        if answer.body is not None:
            lines.append(f"content-length: {len(answer.body)}")
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + answer.body)
            await writer.drain()
            return
        lines.append("transfer-encoding: chunked")
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        for number, event in enumerate(answer.events):
            if answer.until is not None and number == answer.is_held_at:
                await self._hold(answer.until, reader)
            if answer.cut_after_events == number:
                break
            await asyncio.sleep(answer.pause_s)
            line = sse(event)
            for at in range(0, len(line), answer.piece or len(line)):
                part = line[at : at + (answer.piece or len(line))]
                writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                await writer.drain()
                if answer.piece is not None:
                    await asyncio.sleep(0)  # the reader's turn
        if answer.cut:
            writer.transport.abort()
            raise ConnectionResetError
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _hold(self, until: asyncio.Event, reader: asyncio.StreamReader) -> None:
        waiting = asyncio.create_task(until.wait())
        leaving = asyncio.create_task(reader.read(1))
        await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if leaving.done():
            self.gone.set()
            raise ConnectionResetError
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving


@asynccontextmanager
async def upstream(host: str = "127.0.0.1") -> AsyncIterator[Upstream]:
    scripted = Upstream()
    server = await asyncio.start_server(scripted.serve, host, 0)
    scripted.url = f"http://{host}:{server.sockets[0].getsockname()[1]}"
    try:
        yield scripted
    finally:
        server.close()
