"""Judges any endpoint that speaks the Messages API: `python -m tests.conduct --help`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import click
import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from amara import app, postgres, server
from amara.settings import Settings
from tests.conduct import script, stage
from tests.conduct.stage import Complaint
from tests.rig import SECRET, Service

_say = Console(stderr=True)


@click.command()
@click.option("--base-url", default="", help="An endpoint of the Messages API; without one, the vendor's.")
@click.option("--model", default="claude-haiku-5-5", show_default=True, help="What to ask for there.")
@click.option("--concierge", is_flag=True, help="Judge the offline concierge instead.")
@click.option("--only", default="", help="Conversations whose id has this in it.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the complaints there as well.")
def judge(*, base_url: str, model: str, concierge: bool, only: str, json_file: Path | None) -> None:
    """Plays every conversation against a model and reports what should not have been said.

    The key is taken from ANTHROPIC_API_KEY. A database of its own is started for it and thrown away. The exit code is 1
    when there is anything to complain about.
    """
    key = os.environ.get("ANTHROPIC_API_KEY", "")
    if not (concierge or key or base_url):
        raise click.UsageError("Set ANTHROPIC_API_KEY, or give --base-url, or --concierge.")
    conversations = [conversation for conversation in script.everything() if only in conversation.id]
    if not conversations:
        raise click.UsageError(f"No conversation has {only!r} in its id.")
    how: dict[str, Any] = {} if concierge else {"anthropic_api_key": key or "none", "anthropic_base_url": base_url}
    complaints = asyncio.run(_play_all(conversations, how | ({} if concierge else {"model": model})))
    _report(conversations, complaints)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(complaints)))
    sys.exit(bool(complaints))


async def _play_all(conversations: list[script.Conversation], how: dict[str, Any]) -> list[Complaint]:
    complaints: list[Complaint] = []
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conduct-")))
        enough = dict.fromkeys(
            ("daily_tokens_user", "daily_tokens_guest", "daily_tokens_ip", "daily_tokens_total"), 10**9
        )
        settings = Settings(data_dir=folder, jwt_secret=SECRET, **enough, **how)
        listener = stack.enter_context(contextlib.closing(server.listen("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        door = await stack.enter_async_context(
            app.open_door(settings, port=port, has_demo=True, say=lambda line: _say.print(line, style="dim"))
        )
        await stack.enter_async_context(server.running(door.way_in, listener, lambda: door.drain(0)))
        owner = await asyncpg.connect(postgres.Cluster.at(folder).owner_url)
        stack.push_async_callback(owner.close)
        with Progress(console=_say) as progress:
            task = progress.add_task("Conversations", total=len(conversations))
            for conversation in conversations:
                progress.update(task, description=conversation.id)
                complaints += await stage.play(Service(f"http://127.0.0.1:{port}", door), owner, conversation)
                progress.advance(task)
    return complaints


def _report(conversations: list[script.Conversation], complaints: list[Complaint]) -> None:
    wrong = {complaint.conversation for complaint in complaints}
    table = Table("check", "complaints", title=f"{len(conversations) - len(wrong)} of {len(conversations)} without one")
    for check, count in Counter(complaint.check for complaint in complaints).most_common():
        table.add_row(check, str(count))
    out = Console()
    out.print(table)
    for complaint in complaints:
        out.print(
            f"{complaint.conversation}, turn {complaint.turn}, {complaint.check}: {complaint.about}", markup=False
        )
        out.print(f"    they had said: {complaint.says}", markup=False, style="dim")


if __name__ == "__main__":
    judge()
