"""A scripted Messages API in its own process: every word its own SSE event, as fast as TCP takes it or at a pace.

Run: python -m bench.upstream --port 9000
What an answer shall be stands in the person's last message: `plan: deltas=250 rate=50 tool=1`. With `tool=1` the first
answer is a call of `search_professionals`, and the words come when its result is there. At a pace each piece of text
carries the moment it was written (`~` and twelve digits: microseconds of the machine's monotonic clock); as fast as TCP
takes it, pieces of 4 to 20 characters go out in writes of 16 KiB.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time

import uvloop

PLAN = re.compile(rb"plan: deltas=(\d+) rate=(\d+) tool=(\d)")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nrequest-id: r\r\n\r\n"
_PIECES = (b"Hola", b" con mucho", b" gusto le ayudo", b" a buscar", b" quien", b" limpie su", b" apartamento hoy")
_WRITE = 16 * 1024  # bytes of one write when nothing holds it back
_CALL = b'{\\"service\\": \\"cleaning\\", \\"city\\": \\"Bogot\\u00e1\\"}'


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _bare(kind: bytes, body: bytes) -> bytes:
    return b"event: " + kind + b'\ndata: {"type":"' + kind + b'",' + body + b"}\n\n"


def _event(kind: bytes, body: bytes) -> bytes:
    return _chunk(_bare(kind, body))


def _word(text: bytes) -> bytes:
    return _bare(b"content_block_delta", b'"index":0,"delta":{"type":"text_delta","text":"%b"}' % text)


def _delta(text: bytes) -> bytes:
    return _chunk(_word(text))


def _opening(block: bytes) -> bytes:
    usage = b'"usage":{"input_tokens":900,"output_tokens":1}'
    message = b'"id":"msg_1","type":"message","role":"assistant","model":"scripted","content":[],"stop_reason":null,'
    begun = _event(b"message_start", b'"message":{' + message + b'"stop_sequence":null,' + usage + b"}")
    return begun + _event(b"content_block_start", b'"index":0,"content_block":' + block)


def _ending(reason: bytes) -> bytes:
    delta = b'"delta":{"stop_reason":"' + reason + b'","stop_sequence":null},"usage":{"output_tokens":200}'
    stop = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    closed = _event(b"content_block_stop", b'"index":0') + _event(b"message_delta", delta)
    return closed + b"%x\r\n%b\r\n0\r\n\r\n" % (len(stop), stop)


_TEXT = _HEAD + _opening(b'{"type":"text","text":""}')
_TEXT_END = _ending(b"end_turn")
_TOOL = (
    _HEAD
    + _opening(b'{"type":"tool_use","id":"toolu_000000000","name":"search_professionals","input":{}}')
    + _event(b"content_block_delta", b'"index":0,"delta":{"type":"input_json_delta","partial_json":"' + _CALL + b'"}')
    + _ending(b"tool_use")
)
_FLAT = [_word(piece) for piece in _PIECES]
_IN_A_WRITE = max(1, _WRITE // (sum(map(len, _FLAT)) // len(_FLAT)))
_WHOLE_WRITE = _chunk(b"".join(_FLAT[n % len(_FLAT)] for n in range(_IN_A_WRITE)))
_STAMPED_BEFORE, _STAMPED_AFTER = _delta(b" ~" + b"0" * 12).split(b"0" * 12)


class Scripted(asyncio.Protocol):
    """One kept connection; a request at a time."""

    calls = 0

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport
        self._seen = b""
        self._left = 0
        self._is_full = False
        self._timer: asyncio.TimerHandle | None = None
        self._due = self._period = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, blank, body = self._seen.partition(b"\r\n\r\n")
        if not blank:
            return
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return
        self._seen = b""
        self._answer(body)

    def _answer(self, body: bytes) -> None:
        plans = list(PLAN.finditer(body))
        if not plans:
            self._transport.write(_TEXT + _delta(b"Hola") + _TEXT_END)
            return
        plan = plans[-1]
        deltas, rate, wants_tool = (int(number) for number in plan.groups())
        if wants_tool and b'"tools":' in body and b"tool_result" not in body[plan.end() :]:
            Scripted.calls += 1
            self._transport.write(_TOOL.replace(b"toolu_000000000", b"toolu_%09d" % Scripted.calls))
            return
        self._left = deltas
        self._transport.write(_TEXT)
        if rate:
            self._period = 1 / rate
            self._due = self._loop.time() + self._period
            self._timer = self._loop.call_at(self._due, self._tick)
        else:
            self._pour()

    def _tick(self) -> None:
        now = time.monotonic_ns() // 1000
        self._transport.write(_STAMPED_BEFORE + b"%012d" % (now % 10**12) + _STAMPED_AFTER)
        self._left -= 1
        if not self._left:
            self._transport.write(_TEXT_END)
            return
        self._due += self._period
        self._timer = self._loop.call_at(self._due, self._tick)

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        if self._left and not self._period:
            self._pour()

    def _pour(self) -> None:
        while self._left and not self._is_full:
            if self._left >= _IN_A_WRITE:
                self._left -= _IN_A_WRITE
                self._transport.write(_WHOLE_WRITE)
            else:
                rest, self._left = self._left, 0
                self._transport.write(_chunk(b"".join(_FLAT[n % len(_FLAT)] for n in range(rest))))
            if not self._left:
                self._transport.write(_TEXT_END)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Scripted(loop), "127.0.0.1", port, backlog=1024)
    print("ready", flush=True)
    # Whoever started this holds the other end.
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    uvloop.run(_serve(arguments.parse_args().port))
