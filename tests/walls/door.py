"""A door on the loopback with a password, to a server that listens on a socket of files alone.

For programs that know no such socket. What PostgreSQL trusts, because nobody else may enter the socket's directory, the
door does not trust: anybody on this machine may knock on a port.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

# The first words of a connection. Source: PostgreSQL, "Frontend/Backend Protocol", message formats.
_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102
_ASK_PASSWORD = b"R" + struct.pack("!II", 8, 3)
_CHUNK = 65_536


@asynccontextmanager
async def door(url: str) -> AsyncIterator[str]:
    """The same database by TCP. Args: url is one of a cluster's, with the socket's directory as its host."""
    parts = urlsplit(url)
    where = parse_qs(parts.query)
    socket = f"{where['host'][0]}/.s.PGSQL.{where['port'][0]}"
    password = secrets.token_urlsafe(24)
    visits: set[asyncio.Task[None]] = set()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # the server runs each visit in a task of its own
        visits.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await _let_in(reader, writer, socket, password)
        finally:
            writer.close()
            visits.discard(task)

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql://{parts.username}:{password}@127.0.0.1:{port}{parts.path}"
    finally:
        server.close()
        for task in visits:
            task.cancel()
        await asyncio.gather(*visits, return_exceptions=True)


async def _let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, socket: str, password: str) -> None:
    hello = await _hello(reader, writer)
    if struct.unpack("!I", hello[4:8])[0] == _CANCEL:
        return
    writer.write(_ASK_PASSWORD)
    _, length = struct.unpack("!cI", await reader.readexactly(5))
    said = await reader.readexactly(length - 4)
    if not hmac.compare_digest(said.rstrip(b"\0"), password.encode()):
        return
    inner_reader, inner_writer = await asyncio.open_unix_connection(socket)
    inner_writer.write(hello)
    try:
        await asyncio.gather(_carry(reader, inner_writer), _carry(inner_reader, writer))
    finally:
        inner_writer.close()


async def _hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The first message that asks for no encryption; there is none here."""
    while True:
        head = await reader.readexactly(8)
        length, code = struct.unpack("!II", head)
        if code not in {_SSL, _GSS}:
            return head + await reader.readexactly(length - 8)
        writer.write(b"N")


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    writer.close()
