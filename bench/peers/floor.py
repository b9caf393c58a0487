"""The floor: what a relay in Python costs that reads nothing. asyncio protocols on both sides, uvloop.

Run: python -m bench.peers.floor --port 9001 --upstream 9000
A client's message becomes one request; the answer's bytes go out as they come, each read in one WebSocket frame.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import re
import sys

import uvloop

_KEY = re.compile(rb"sec-websocket-key: *(\S+)", re.IGNORECASE)
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_WELCOME = b'{"type":"welcome"}'


def framed(payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


class Upstream(asyncio.Protocol):
    def __init__(self, client: Client) -> None:
        self.client = client

    def data_received(self, data: bytes) -> None:
        self.client.transport.write(framed(data))

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.client.upstream = self


class Client(asyncio.Protocol):
    upstream: Upstream | None = None
    is_open = False
    port = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self.upstream is not None:
            self.upstream.transport.abort()

    def pause_writing(self) -> None:
        if self.upstream is not None:
            self.upstream.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.upstream is not None:
            self.upstream.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if not self.is_open:
            key = _KEY.search(data)
            assert key is not None
            accept = base64.b64encode(hashlib.sha1(key[1] + _GUID).digest())
            head = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            self.transport.write(head + b"sec-websocket-accept: " + accept + b"\r\n\r\n")
            self.is_open = True
        elif data[0] == 0x81:
            size, at = data[1] & 127, 2
            if size == 126:
                at = 4
            payload = data[at + 4 :]  # the load generator masks with zeros and sends a frame in one piece
            if b'"hello"' in payload:
                asyncio.get_running_loop().create_task(self._connect())
            else:
                self._ask(payload)

    async def _connect(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: Upstream(self), "127.0.0.1", Client.port)
        self.transport.write(framed(_WELCOME))

    def _ask(self, payload: bytes) -> None:
        assert self.upstream is not None
        head = b"POST /v1/messages HTTP/1.1\r\nhost: u\r\ncontent-length: %d\r\n\r\n" % len(payload)
        self.upstream.transport.write(head + payload)


async def _serve(port: int, upstream: int) -> None:
    Client.port = upstream
    loop = asyncio.get_running_loop()
    await loop.create_server(Client, "127.0.0.1", port, backlog=1024)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--upstream", type=int, required=True)
    given = arguments.parse_args()
    uvloop.run(_serve(given.port, given.upstream))
