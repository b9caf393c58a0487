"""An estate of machines: three services, a broker, a primary and its standby, each with a cable; then all of it breaks.

    python -m tests.faults.estate --promotions 20 --seed 7

Each machine is a network namespace of its own on one switch, so that a pulled cable is silence and not a reset; it
needs root on Linux, and leaves nothing behind. In each round people come to any of the three services and say something
(a chat, a question with a tool, a booking that is drafted and then confirmed), others talk and post events beside them,
and one fault hits while an answer is being written. Every second fault is a promotion of the standby: of a primary that
was killed, and of one whose cable was pulled. Everybody goes on until they are answered; then their histories, and all
that was ever acknowledged, are held against the database. Ends with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from amara import migrate
from tests import upstream as scripted
from tests.broker import Broker
from tests.conftest import connect
from tests.faults import machines, outages, verdict
from tests.faults.failover import PEOPLE, WRITES_S, Load, missing
from tests.faults.machines import Machine
from tests.faults.stage import Process, Stage, environment_of
from tests.faults.standby import LOGIN, Pair
from tests.faults.storm import Model, Storm
from tests.rig import WRITE_KEY

SERVICES = ("one", "two", "three")
EVENTS_EACH_S = 0.1
KINDS = ("messages", "events")


class Estate(Stage):
    """A stage whose every part is on a machine of its own."""

    held_s = 10.0  # who is cut off in the middle has five seconds of silence, after what they did before

    def __init__(
        self, pair: Pair, broker: Broker, broker_machine: Machine, processes: list[Process], model: scripted.Upstream
    ) -> None:
        self.pair = pair
        self.broker = broker
        self.broker_machine = broker_machine
        self.processes = processes
        self.model = model
        self.owner = None
        self.chance = random.Random()
        self.load = Load([f"http://{process.host}:{process.port}" for process in processes])
        self.writes_s: list[float] = []
        """After each promotion: until anything was acknowledged."""
        self.says_s: list[float] = []
        """Until a message was."""

    @property
    def cluster(self) -> Pair:
        return self.pair

    def forget_primary(self) -> None:
        """Whoever asks behind everybody's back looks for the new one."""
        if self.owner is not None:
            self.owner.terminate()
        self.owner = None


@asynccontextmanager
async def estate(place: Path, model_answers: Model) -> AsyncIterator[Estate]:
    """Args: place is an empty directory that PostgreSQL's own user may enter."""
    where = {name: Machine(name, 11 + number) for number, name in enumerate((*SERVICES, "broker", "a", "b"))}
    pair = Pair(place, machines=(where["a"], where["b"]))
    broker = Broker(where["broker"])
    processes: list[Process] = []
    try:
        await pair.begin()
        await migrate.apply(pair.owner_url)
        owner = await connect(pair.owner_url)
        await migrate.ensure_login(owner, LOGIN)
        await pair.pair()
        broker.start()
        async with scripted.upstream(machines.HERE) as model:
            model.otherwise = model_answers
            model.requests = deque(maxlen=50)  # type: ignore[assignment]  # a long trial asks often
            for name in SERVICES:
                environment = environment_of(
                    model,
                    AMARA_DATABASE_URL=pair.url(LOGIN),
                    AMARA_REDIS_URL=broker.url,
                    AMARA_WRITE_KEYS=WRITE_KEY,
                    AMARA_DATA_DIR=str(place / f"disk-of-{name}"),
                )
                processes.append(Process(name, environment, place / f"{name}.log", where[name]))
            for process in processes:
                await process.start()
            for process in processes:
                await process.is_ready()
            yield (whole := Estate(pair, broker, where["broker"], processes, model))
            whole.forget_primary()
            owner.terminate()
    finally:
        for process in processes:
            await process.end()
        broker.close()
        await pair.end()


async def trial(place: Path, *, promotions: int, seed: int) -> list[str]:
    """Plays it. Returns: every promise that was broken."""
    chance, model, began = random.Random(seed), Model(), time.monotonic()
    async with estate(place, model) as on:
        on.chance = chance
        playing = Storm(on, model, chance, outages.FAULTS)
        load, found = on.load, list[str]()
        talking = [asyncio.create_task(load.person(number)) for number in range(PEOPLE)]
        talking += [asyncio.create_task(load.counter([url], EVENTS_EACH_S)) for url in load.urls]
        killed, unplugged = outages.PROMOTIONS
        kinds = [killed, unplugged, unplugged, killed]  # so that each befalls either server: one is first in the URL
        others = list(outages.OTHERS)
        faults = [names[number % len(names)] for number in range(promotions) for names in (others, kinds)]
        for number, name in enumerate(faults, 1):
            before = len(on.says_s)
            try:
                tally = await playing.round(name)
            except outages.NothingTaken:
                found.append(f"{name}: nothing is acknowledged any more")
                break
            lost = await missing(on.pair, load)
            told = f"{len(tally.broken)} broken, lost {lost[0]} messages, {lost[1]} events"
            if len(on.says_s) > before:
                told += f"; writes again after {on.writes_s[-1]:.1f} s, messages after {on.says_s[-1]:.1f} s"
            _say(f"{number}/{len(faults)} {time.monotonic() - began:.0f} s {name}: {told}")
            for line in tally.broken[-3:]:
                _say(f"    {line}")
        load.is_over = True
        await asyncio.gather(*talking, return_exceptions=True)
        lost = await missing(on.pair, load)
        found += [f"lost {number} acknowledged {what}" for number, what in zip(lost, KINDS, strict=True) if number]
        found += [f"writes again only after {wait_s:.1f} s" for wait_s in on.writes_s if wait_s > WRITES_S]
        found += [line for tally in playing.tallies.values() for line in tally.broken]
        found += verdict.told([process.log for process in on.processes], playing.secrets)
        _say("\n" + playing.table())
        [made] = await on.ask("select count(*) as bookings from public.bookings")
        [taken] = await on.ask("select count(*) as over from public.amara_runs where takeovers > 0")
        said = len(load.messages) + sum(tally.acked for tally in playing.tallies.values())
        _say(
            f"\n{len(on.says_s)} promotions among {len(faults)} faults, seed {seed}, {time.monotonic() - began:.0f} s:"
            f" {said} messages and approvals and {len(load.events)} events acknowledged, {sum(lost)} lost;"
            f" {made['bookings']} bookings, {taken['over']} answers taken over.\n"
            f"After a promotion: anything acknowledged after {_middle(on.writes_s)}, a message after"
            f" {_middle(on.says_s)}.\n{len(found)} broken promises."
        )
        for line in found:
            _say(f"    {line}")
        return found


def _middle(spent: list[float]) -> str:
    return f"{sorted(spent)[len(spent) // 2]:.1f} s, {max(spent):.1f} s at the most" if spent else "–"


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - progress is what the command is for


def main() -> None:
    """By hand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--promotions", type=int, default=20, help="how often the standby takes over [20]")
    parser.add_argument("--seed", type=int, default=1, help="who says what, and when it breaks [1]")
    parser.add_argument("--keep", action="store_true", help="leave the data and the logs where they are")
    asked = parser.parse_args()
    machines.alone()
    for ending in (signal.SIGINT, signal.SIGTERM):  # either way everything that was started is ended
        signal.signal(ending, signal.default_int_handler)
    place = Path(tempfile.mkdtemp(prefix="amara-estate-"))
    place.chmod(0o755)
    try:
        found = asyncio.run(trial(place, promotions=asked.promotions, seed=asked.seed))
    finally:
        if asked.keep:
            _say(str(place))
        else:
            shutil.rmtree(place, ignore_errors=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
