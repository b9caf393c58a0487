"""The wire between the clients and one process: it can be cut, and it can swallow what the process answers."""

from __future__ import annotations

import asyncio
from contextlib import suppress

CHUNK = 64 * 1024


class Link:
    """A TCP proxy on a port of its own."""

    def __init__(self, target: int) -> None:
        """Args: target is the port of the process on this machine; nobody needs to be there yet."""
        self.target = target
        self.host, self.port = "127.0.0.1", 0
        self.swallows = False
        """What the process says is read and thrown away; it believes that it was told."""
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """Every connection ends with a reset, whatever was under way."""
        for end in tuple(self._ends):
            end.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._ends |= ends
        try:
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer, answers=True))
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if not (answers and self.swallows):
                    writer.write(data)
                    await writer.drain()
        writer.close()
