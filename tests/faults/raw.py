"""A peer that speaks RFC 6455 by hand, as badly as a test wants."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from urllib.parse import urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """One frame of a client. Source: RFC 6455, 5.2."""
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    mask_bit, size = 0x80 if masked else 0, len(payload)
    if size < 126:
        head += bytes([mask_bit | size])
    elif size < 1 << 16:
        head += bytes([mask_bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


class Peer:
    """One socket, its handshake done."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self._writer.write(part)
        await self._writer.drain()

    async def hear(self) -> tuple[int, bytes]:
        """The next frame: its opcode and its payload."""
        first, size = await self._reader.readexactly(2)
        if size == 126:
            [size] = struct.unpack("!H", await self._reader.readexactly(2))
        elif size == 127:
            [size] = struct.unpack("!Q", await self._reader.readexactly(8))
        return first & 0x0F, await self._reader.readexactly(size)

    async def close_code(self) -> int | None:
        """How the other side closed; none: without a word, or without a code."""
        try:
            while True:
                opcode, payload = await self.hear()
                if opcode == CLOSE:
                    return struct.unpack("!H", payload[:2])[0] if payload else None
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    def leave(self) -> None:
        self._writer.transport.abort()


async def connected(url: str, *, window: int | None = None) -> Peer:
    """Args: window is how much of what it is sent the peer's machine takes before it is read. Units: bytes."""
    parts = urlsplit(url)
    plain = socket.socket()
    if window is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (parts.hostname, parts.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
    writer.write(
        f"GET {parts.path or '/'}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in head.splitlines()[0], head
    return Peer(reader, writer)
