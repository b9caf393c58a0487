"""`amara chat`: the options, the keyboard, and where a visitor's token is kept for the next time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import click
import msgspec
from rich.console import Console

from amara import terminal
from amara.terminal.cards import Locale
from amara.terminal.screen import Frames, Screen

KEPT = "chat.json"


@click.command()
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the service is.")
@click.option("--locale", type=click.Choice(["es", "en"]), help="Language [LANG, else es].")
@click.option("--token", envvar="AMARA_TOKEN", help="Whose conversation; without one, a visitor's.  [AMARA_TOKEN]")
@click.option("--resume", "thread_id", help="Go on with this conversation.")
@click.option("--json", "as_json", is_flag=True, help="Print every frame as a line of JSON; read messages from stdin.")
def chat(url: str, locale: str | None, token: str | None, thread_id: str | None, *, as_json: bool) -> None:
    """Talk to Amara in the terminal, over the same public socket as every other client.

    Ctrl-C ends the answer that is being written; where none is, it leaves.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise click.UsageError("--url begins with http:// or https://")
    spoken: Locale = "en" if (locale or os.environ.get("LANG", "")).startswith("en") else "es"
    console = Console(soft_wrap=True)
    screen = Frames(console) if as_json else Screen(console, spoken)
    kept = _kept_at()
    try:
        token = token or (_recall(kept, url) if thread_id else None) or terminal.visitor(url)
        talk = terminal.Talk(url, spoken, screen, Keyboard(prompts=not as_json), thread_id or str(uuid4()), token)
        talk.introduces = not as_json
        _keep(kept, url, token)
        asyncio.run(_converse(talk, goes_on=thread_id is not None))
    except terminal.CannotTalk as error:
        raise click.ClickException(str(error)) from error
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass
    if not as_json:
        console.print()
        screen.note(terminal.way_back(talk))


async def _converse(talk: terminal.Talk, *, goes_on: bool) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    stopping: set[asyncio.Task[None]] = set()

    def interrupted() -> None:
        if talk.run_id is not None:
            stopping.add(asyncio.create_task(talk.stop()))
        elif task is not None:
            task.cancel()

    if sys.platform != "win32":  # there Ctrl-C just leaves
        loop.add_signal_handler(signal.SIGINT, interrupted)
    await terminal.converse(talk, goes_on=goes_on)


class Keyboard:
    """Lines as they are typed. A thread of its own reads them: one that waits for a key cannot be called back."""

    def __init__(self, *, prompts: bool) -> None:
        """Args: prompts are written where a person types."""
        self._prompts = prompts
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._thread: threading.Thread | None = None

    async def __call__(self, prompt: str) -> str | None:
        """The next line; none at the end."""
        if self._thread is None:
            tell: Callable[[str | None], None] = self._tell(asyncio.get_running_loop())
            self._thread = threading.Thread(target=self._read, args=(tell,), daemon=True, name="keyboard")
            self._thread.start()
        if self._prompts:
            click.echo(prompt, nl=False)
        return await self._lines.get()

    def _tell(self, loop: asyncio.AbstractEventLoop) -> Callable[[str | None], None]:
        def tell(line: str | None) -> None:
            with suppress(RuntimeError):  # the loop is gone: nobody reads any more
                loop.call_soon_threadsafe(self._lines.put_nowait, line)

        return tell

    def _read(self, tell: Callable[[str | None], None]) -> None:
        for line in sys.stdin:
            tell(line.rstrip("\n"))
        tell(None)


def _kept_at() -> Path:
    """A visitor is nobody without the token: it is kept for `--resume`, readable by its owner alone.

    Source: XDG Base Directory Specification, $XDG_STATE_HOME.
    """
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "amara" / KEPT


def _keep(file: Path, url: str, token: str) -> None:
    with suppress(OSError):  # it is a convenience
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_bytes(msgspec.json.encode({"url": url, "token": token}))


def _recall(file: Path, url: str) -> str | None:
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError):
        return None
    return kept.get("token") if kept.get("url") == url else None
