"""A storm: real processes and a real database are killed, cut off and frozen while people talk; then all is checked.

    python -m tests.faults.storm --faults 1000 --seed 7

Two processes on one PostgreSQL, no broker. In each round a few people each say one thing (a chat, a question with a
tool, a booking that is drafted and then confirmed); one fault hits while an answer is being written; everybody goes on
until they are answered; then the clients' histories are held against the database. Ends with 1 if anything is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from amara import auth
from tests import upstream as scripted
from tests import visits
from tests.builders import a_person, a_professional
from tests.faults import verdict, weather
from tests.faults.crowd import Client, Exchange
from tests.faults.stage import Stage, stage
from tests.rig import SECRET

CLIENTS = 6
ANSWERED_S = 60.0  # by then everybody of a round has their answer, or the round is broken
WORDS, PAUSE_S = 40, 0.025
CANARY = "canario"

Json = dict[str, Any]
_SAID = re.compile(r"storm (\w+) (\w+)")


def whole(name: str) -> str:
    """The answer to what was said under this name."""
    return "".join(f"{name}-{number} " for number in range(WORDS))


class Model:
    """Answers by what was said last: words, or first a tool and then words."""

    def __init__(self) -> None:
        self.visits: dict[str, Json] = {}
        """What to draft, by name."""

    def __call__(self, request: Json) -> scripted.Answer:
        name, kind, answered = "none", "talk", ""
        for message in request["messages"]:
            blocks = message["content"] if message["role"] == "user" else []
            for block in blocks:
                if found := _SAID.search(block.get("text", "") if block["type"] == "text" else ""):
                    name, kind, answered = found[1], found[2], ""
                if block["type"] == "tool_result":
                    answered = str(block["content"])
        if kind != "talk" and (not answered or "not_started" in answered):
            call_id = f"toolu_{uuid4().hex[:12]}"
            if kind == "book":
                return scripted.calls("draft_booking", self.visits[name], call_id=call_id)
            return scripted.calls("list_my_bookings", {"when": "all"}, call_id=call_id)
        answer = scripted.says(*(f"{name}-{number} " for number in range(WORDS)))
        answer.pause_s = PAUSE_S
        return answer


@dataclass
class Tally:
    """What one kind of fault did."""

    faults: int = 0
    acked: int = 0
    answered: int = 0
    asked_again: int = 0
    reconnects: int = 0
    resyncs: int = 0
    recovery_s: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        spent = sorted(self.recovery_s)
        middle, worst = (spent[len(spent) // 2], spent[-1]) if spent else (0.0, 0.0)
        return (
            f"| {name} | {self.faults} | {self.acked} | {self.answered} | {self.asked_again} | {self.reconnects}"
            f" | {self.resyncs} | {middle:.1f} / {worst:.1f} | {len(self.broken)} |"
        )


class Storm:
    """Rounds on a stage."""

    def __init__(self, on: Stage, model: Model, chance: random.Random, faults: weather.Faults = weather.FAULTS) -> None:
        self.stage = on
        self.faults = faults
        self.model = model
        self.chance = chance
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.secrets: list[str] = []
        self._known: set[str] = set()  # what stays in the database is counted once
        self._free: list[tuple[UUID, datetime]] = []
        self._tokens = auth.Tokens(SECRET)

    async def round(self, name: str) -> Tally:
        """One fault, and everything around it. It is played again until the fault hits an answer."""
        while True:
            await self.stage.ask("select 1")  # the connection of the last round may have been killed
            planned = [await self._somebody() for _ in range(CLIENTS)]
            clients = [client for client, _ in planned]
            talking = [asyncio.create_task(_talk(client, first)) for client, first in planned]
            hit_at = await self._strike(name, clients, talking)
            try:
                async with asyncio.timeout(ANSWERED_S):
                    await asyncio.gather(*talking)
                found = [line for line in await verdict.broken(self.stage, clients) if line not in self._known]
            except TimeoutError:
                found = [f"I3 {client.thread_id} is not answered" for client in clients if not _is_done(client)]
            self._known.update(found)
            tally = self.tallies[name] if hit_at is not None else Tally()
            tally.broken += found
            if hit_at is not None:
                self._count(tally, clients, hit_at)
                return tally
            if found:
                self.tallies["no fault"].broken += found

    async def _strike(self, name: str, clients: list[Client], talking: list[asyncio.Task[None]]) -> float | None:
        await asyncio.sleep(self.chance.uniform(0.2, 1.0))
        while not all(task.done() for task in talking):
            process = await weather.target_of(self.stage, name, clients, self.chance)
            if process is not None:
                hit_at = time.monotonic()
                await self.faults[name][0](self.stage, process)
                return hit_at
            await asyncio.sleep(0.02)
        return None

    def _count(self, tally: Tally, clients: list[Client], hit_at: float) -> None:
        exchanges = [exchange for client in clients for exchange in client.exchanges]
        tally.faults += 1
        tally.acked += sum(exchange.is_acked for exchange in exchanges)
        tally.answered += sum(exchange.outcome is not None for exchange in exchanges)
        tally.asked_again += sum(exchange.asked_again for exchange in exchanges)
        tally.reconnects += sum(client.connections - len(client.exchanges) for client in clients)
        tally.resyncs += sum(client.resyncs for client in clients)
        tally.recovery_s.append(max(0.0, *(exchange.ended_at - hit_at for exchange in exchanges)))

    async def _somebody(self) -> tuple[Client, Exchange]:
        """A new person, and what they will say."""
        email = f"{CANARY}-{uuid4().hex[:12]}@example.com"
        user_id = await a_person(self.stage.owner, email=email)
        token = self._tokens.sign(user_id, ttl_s=3600)
        name, kind = uuid4().hex[:10], self.chance.choice(("talk", "talk", "look", "book"))
        if kind == "book":
            professional_id, start = await self._hour()
            self.model.visits[name] = visits.visit(professional_id, start) | {"instructions": f"storm {name}"}
        secret = f"{CANARY} {uuid4().hex}"
        self.secrets += [email, token, secret]
        client = Client(user_id, token, [process.link for process in self.stage.processes], self.chance)
        return client, Exchange(f"storm {name} {kind} {secret}", whole(name))

    async def _hour(self) -> tuple[UUID, datetime]:
        """Somebody's hour that nobody asked for yet: one a day of each, so that none is in another's way."""
        if not self._free:
            ana, now = await a_professional(self.stage.owner), datetime.now(UTC)
            taken: set[Any] = set()
            for start in await visits.free_starts(self.stage.owner, ana, now=now):
                if start > now + timedelta(days=2) and start.date() not in taken:
                    taken.add(start.date())
                    self._free.append((ana, start))
        return self._free.pop()

    def table(self) -> str:
        """As it stands in docs/reliability.md."""
        head = (
            "| fault | times | messages acknowledged | answered | asked for again | reconnects | resyncs"
            " | until all are answered, middle / longest (s) | broken promises |\n|---|---|---|---|---|---|---|---|---|"
        )
        return "\n".join([head, *(tally.row(name) for name, tally in sorted(self.tallies.items()))])


async def _talk(client: Client, first: Exchange) -> None:
    said = await client.converse(first)
    assert said.outcome is not None
    for question in said.outcome.get("interrupts", []):
        answer = {"interruptId": question["id"], "status": "resolved", "payload": {"approved": True}}
        await client.converse(Exchange("", "", resume=[answer]))


def _is_done(client: Client) -> bool:
    return bool(client.exchanges) and client.exchanges[-1].outcome is not None


async def storm(
    place: Path,
    *,
    faults: int,
    seed: int,
    only: str | None = None,
    each: int = 0,
    binaries: Path | None = None,
    say: Callable[[str], object],
) -> list[str]:
    """Every promise that was broken.

    Args:
        place: an empty directory that PostgreSQL's own user may enter.
        faults: how many, in the mix of `weather.FAULTS`.
        seed: their order.
        only: one kind alone.
        each: so often each kind, instead of the mix.
        binaries: of PostgreSQL, instead of those that are found.
        say: told how it goes, and the table at the end.
    """
    chance, model, began = random.Random(seed), Model(), time.monotonic()
    async with stage(place, model, binaries=binaries) as on:
        playing = Storm(on, model, chance)
        names = [only] * faults if only else list(weather.FAULTS) * each or weather.forecast(faults, chance)
        for number, name in enumerate(names, 1):
            tally = await playing.round(name)
            say(f"{number}/{faults} {time.monotonic() - began:.0f} s {name}: {len(tally.broken)} broken")
            for line in tally.broken[-3:]:
                say(f"    {line}")
        found = [line for tally in playing.tallies.values() for line in tally.broken]
        accidents = verdict.told([process.log for process in on.processes], playing.secrets)
        for line in accidents:
            say(f"    {line}")
        found += accidents
        say(playing.table())
        [row] = await on.ask("select count(*) as finished from public.amara_runs where takeovers > 0")
        say(
            f"\n{faults} faults, seed {seed}, {time.monotonic() - began:.0f} s, {row['finished']} answers taken over,"
            f" {len(found)} broken promises."
        )
        return found


def main() -> None:
    """By hand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=200, help="how many have to hit a live answer [200]")
    parser.add_argument("--seed", type=int, default=1, help="the order of the faults [1]")
    parser.add_argument("--only", choices=list(weather.FAULTS), help="one kind alone")
    parser.add_argument("--keep", action="store_true", help="leave the data and the logs where they are")
    given = parser.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM):  # either way everything that was started is ended
        signal.signal(ending, signal.default_int_handler)
    place = Path(tempfile.mkdtemp(prefix="amara-storm-"))
    place.chmod(0o755)
    try:
        found = asyncio.run(storm(place, faults=given.faults, seed=given.seed, only=given.only, say=_say))
    finally:
        if given.keep:
            _say(str(place))
        else:
            shutil.rmtree(place, ignore_errors=True)
    sys.exit(1 if found else 0)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - progress is what the command is for


if __name__ == "__main__":
    main()
