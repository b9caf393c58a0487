"""Several processes on one port: started one after the other, started again when one falls, ended together.

The parent holds the listening socket and nothing else; each worker inherits it, and the system hands connections to
whoever accepts. A worker hears of the parent's death by a pipe that closes, and leaves as if it had been told to.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

AGAIN_S, AGAIN_MAX_S = 1.0, 30.0  # before a worker that fell is started again; longer each time it falls at once
SETTLED_S = 60.0  # one that has lived so long did not fall at once
READY = b"\x01"


@dataclass(slots=True)
class Foreman:
    """The parent."""

    command: Sequence[str]
    """What a worker is: our own program, to which its numbers are added."""
    listener: socket.socket
    number: int
    say: Callable[[str], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    children: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)
    """Those that live, by their place."""
    folder: str = ""
    """Where they find each other; nobody else may look into it."""
    _has_left: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> int:
        """Until it is told to leave. Returns: an exit code; the first worker's where that one could not begin."""
        with tempfile.TemporaryDirectory(prefix="amara-workers-") as self.folder:
            return await self._run()

    async def _run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.leave)
        alive_in, alive_out = os.pipe()  # nobody writes: while it is open, the parent lives
        try:
            keepers: list[asyncio.Task[None]] = []
            for place in range(self.number):
                # One after the other: the first one migrates, and what stands against it is said once.
                child = await self._start(place, alive_in)
                if child is None:
                    code = await self._ended(place)
                    return await self._give_up(keepers, code)
                keepers.append(asyncio.create_task(self._keep(place, alive_in), name=f"worker {place}"))
            if not self._has_left.is_set():
                self.say(f"{self.number} processes answer on one port.")
            await asyncio.gather(*keepers)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
            os.close(alive_in)
            os.close(alive_out)
        return 0

    def leave(self) -> None:
        """Everybody is told to; told twice, at once."""
        self._has_left.set()
        for child in tuple(self.children.values()):
            with suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)

    async def _give_up(self, keepers: list[asyncio.Task[None]], code: int) -> int:
        is_told = self._has_left.is_set()
        self.leave()
        await asyncio.gather(*keepers)
        return 0 if is_told else code or 1

    async def _keep(self, place: int, alive: int) -> None:
        """One place, for as long as we stay: whoever falls is followed by another."""
        wait_s, began = AGAIN_S, self.clock()
        code = await self._ended(place)
        while not self._has_left.is_set():
            wait_s = AGAIN_S if self.clock() - began > SETTLED_S else min(wait_s * 2, AGAIN_MAX_S)
            self.say(f"Process {place + 1} ended with {code}; another begins in {wait_s:.0f} s.")
            resting = asyncio.ensure_future(self.sleep(wait_s))
            leaving = asyncio.create_task(self._has_left.wait())
            await asyncio.wait({resting, leaving}, return_when=asyncio.FIRST_COMPLETED)
            resting.cancel()
            if leaving.cancel():
                began = self.clock()
                await self._start(place, alive)
                code = await self._ended(place)

    async def _start(self, place: int, alive: int) -> asyncio.subprocess.Process | None:
        """A worker that answers; none where it ended before it did."""
        ready_in, ready_out = os.pipe()
        handed = {"--listener": self.listener.fileno(), "--ready": ready_out, "--parent": alive}
        arguments = [word for name, number in handed.items() for word in (name, str(number))]
        try:
            child = await asyncio.create_subprocess_exec(
                *self.command,
                *arguments,
                *("--folder", self.folder, "--place", str(place)),
                *(["--quiet"] if place else []),
                pass_fds=list(handed.values()),
                start_new_session=True,  # a Ctrl-C is the parent's to hand on: twice would mean at once
            )
        finally:
            os.close(ready_out)
        self.children[place] = child
        try:
            answer = await asyncio.to_thread(os.read, ready_in, 1)
        finally:
            os.close(ready_in)
        if self._has_left.is_set():
            with suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
        return child if answer == READY else None

    async def _ended(self, place: int) -> int:
        child = self.children[place]
        code = await child.wait()
        if self.children.get(place) is child:
            del self.children[place]
        return code


@dataclass(frozen=True, slots=True)
class Place:
    """A worker's: what it was handed by the parent. Units: file descriptors."""

    folder: Path
    """Where its siblings are found."""
    listener: int
    ready: int
    parent: int
    number: int
    """Which of them it is, from 0."""

    def socket(self) -> socket.socket:
        """The port that all share."""
        return socket.socket(fileno=self.listener)

    def is_ready(self) -> None:
        """Tells the parent that this worker answers."""
        os.write(self.ready, READY)
        os.close(self.ready)

    async def orphaned(self) -> None:
        """Returns when the parent is gone, however it went."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(self.parent, "rb", buffering=0)
        )
        await reader.read()


def command() -> list[str]:
    """How this program is started again."""
    return [sys.executable, "-P", "-m", "amara", "serve"]
