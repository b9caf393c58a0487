"""Every way in which the model's side fails, many times, and what became of the conversations.

    python -m tests.faults.upstream_run --times 50

In each conversation one turn meets the failure and the next one does not. An answer that counts as complete must be
what the model said to its end, no tool may have run on half an input, and the next turn must work before an upstream
that refuses whatever the Messages API would. Says how far it is, ends with the table, and with 1 if anything is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from rich.progress import Progress
from websockets import ConnectionClosed

from amara import apologies, app, postgres, server
from amara.model.breaker import Breaker, Tolerance
from amara.model.claude import Patience
from amara.settings import Settings
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person
from tests.faults.broken import WAYS, WHOLE, Way
from tests.rig import SECRET, Service, chatting, text_of

Json = dict[str, Any]

AT_ONCE = 12
TURN_S = 120.0
NEXT = "¿Sigue ahí?"
HASTE = Patience(first_s=4.0, begin_s=6.0, idle_s=4.0, total_s=8.0, backoff_s=0)
WHATEVER = Tolerance(calls_min=10**9, retries_saved_max=10**9, retries_per_call=3)
"""The breaker's own promises are shown elsewhere; here every call shall meet its failure."""


@dataclass
class Tally:
    """What came of one way to fail."""

    times: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    not_whole: int = 0
    half_inputs: int = 0
    poisoned: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.not_whole or self.half_inputs or self.poisoned or self.wrong)


class Script:
    """Answers each conversation from its own list; a request that the vendor would refuse, it refuses."""

    def __init__(self) -> None:
        self.left: dict[str, list[scripted.Answer]] = {}

    def __call__(self, request: Json) -> scripted.Answer:
        said = [block["text"] for block in scripted.spoken(request)[0]["content"] if block["type"] == "text"]
        answers = self.left.get(said[0], [])
        is_next = any(NEXT in str(message["content"]) for message in request["messages"])
        return answers.pop(0) if answers and not is_next else scripted.says("Claro.")


async def one(service: Service, owner: Any, script: Script, way: Way, tally: Tally, lock: asyncio.Lock) -> None:
    """A conversation that meets this failure, and goes on."""
    name = f"Busco aseo {uuid4()}"
    script.left[name] = way.answers()
    async with lock:
        person = await a_person(owner)
    async with chatting(service, service.token(person)) as chat, asyncio.timeout(TURN_S):
        heard = await chat.ask(name)
        end = heard[-1]["chunk"]
        tally.ends[end.get("code") or end["outcome"]["type"]] += 1
        if end["type"] not in way.ends:
            tally.wrong.append(f"ended as {end}")
        try:
            wire.check_run(wire.last_run(chat))
        except AssertionError as error:
            tally.wrong.append(f"not a legal run: {error}")
        offered = (end.get("metadata") or {}).get("amara", {}).get("offer")
        async with lock:
            kept = await wire.record(owner, chat.thread_id)
            tools = await owner.fetchval(
                "select count(*) from amara_tool_runs where conversation_id::text = $1", chat.thread_id
            )
        said = [text for role, text, status in kept if role == "assistant" and status == "complete"]
        shown_whole = end["type"] == "RUN_FINISHED" and offered is None and way.tools == 0
        is_said_whole = text_of(heard) in {WHOLE, f"Bueno, \n\n{apologies.REFUSED['es']}"}
        tally.not_whole += bool(shown_whole and not is_said_whole)
        tally.not_whole += end["type"] == "RUN_ERROR" and any(text not in {"", "Miro. "} for text in said)
        tally.half_inputs += max(0, tools - way.tools)
        after = await chat.ask(NEXT)
        tally.poisoned += text_of(after) != "Claro."
        tally.times += 1


async def run(service: Service, owner: Any, upstream: scripted.Upstream, times: int, told: Any) -> dict[str, Tally]:
    """Every way, so many times. Args: told is called after each conversation."""
    script = Script()
    upstream.otherwise, upstream.may_pause = script, True
    model = service.door.house.model
    model.patience, model.breaker = HASTE, Breaker(WHATEVER)
    tallies = {name: Tally() for name in WAYS}
    gate, lock = asyncio.Semaphore(AT_ONCE), asyncio.Lock()

    async def guarded(name: str) -> None:
        async with gate:
            try:
                await one(service, owner, script, WAYS[name], tallies[name], lock)
            except (AssertionError, TimeoutError, ConnectionClosed) as error:
                tallies[name].wrong.append(f"{type(error).__name__}: {error}")
            told()

    await asyncio.gather(*(guarded(name) for _ in range(times) for name in WAYS))
    for rule in upstream.refused:
        tallies["400"].wrong.append(f"an illegal request: {rule}")
    await wire.at_rest(service)
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """As it stands in the document."""
    lines = [
        "| the model's side | times | how the turn ended | half, but shown whole | tools on half | next turn failed |",
        "|---|---|---|---|---|---|",
    ]
    for name, tally in tallies.items():
        ends = ", ".join(f"{end} {count}" for end, count in tally.ends.most_common())
        lines.append(
            f"| {name} | {tally.times} | {ends} | {tally.not_whole} | {tally.half_inputs} | {tally.poisoned} |"
        )
    return "\n".join(lines)


@contextlib.asynccontextmanager
async def _a_service(upstream: scripted.Upstream) -> AsyncIterator[tuple[Service, Any]]:
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="upstream-run-")))
        plenty = dict.fromkeys(("daily_tokens_user", "daily_tokens_ip", "daily_tokens_total"), 10**12)
        settings = Settings(
            data_dir=folder, jwt_secret=SECRET, model="scripted", anthropic_base_url=upstream.url, **plenty
        )
        listener = stack.enter_context(contextlib.closing(server.listen("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        door = await stack.enter_async_context(app.open_door(settings, port=port))
        await stack.enter_async_context(server.running(door.way_in, listener, lambda: door.drain(0)))
        owner = await asyncpg.connect(postgres.Cluster.at(folder).owner_url)
        stack.push_async_callback(owner.close)
        yield Service(f"http://127.0.0.1:{port}", door), owner


async def _main(times: int) -> int:
    began = time.monotonic()
    async with scripted.upstream() as upstream, _a_service(upstream) as (service, owner):
        with Progress() as progress:
            task = progress.add_task("Conversations", total=times * len(WAYS))
            tallies = await run(service, owner, upstream, times, lambda: progress.advance(task))
    sys.stdout.write(f"{table(tallies)}\n\n{times * len(WAYS)} conversations, {time.monotonic() - began:.0f} s\n")
    for name, tally in tallies.items():
        for wrong in tally.wrong[:3]:
            sys.stdout.write(f"{name}: {wrong}\n")
    return 0 if all(tally.is_clean for tally in tallies.values()) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50, help="conversations for each way to fail (50)")
    sys.exit(asyncio.run(_main(parser.parse_args().times)))
