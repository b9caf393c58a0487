"""What befalls an estate: cables are pulled, processes and brokers killed, and the standby has to take over.

Each counts only if it hit an answer that was being written, as with the storm's.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.faults import weather
from tests.faults.stage import Process

if TYPE_CHECKING:
    from tests.faults.estate import Estate

UNPLUGGED_S = (1.0, 12.0)  # a service, or the broker: shorter than TCP's patience, and longer than ours
BROKERLESS_S = (0.5, 5.0)
NOTICED_S = (0.5, 3.0)  # until whoever watches a primary believes that it is gone
PATIENCE_S = 60.0  # for something to be acknowledged again


class NothingTaken(Exception):
    """Nobody who speaks is heard any more."""


async def unplug_service(estate: Estate, process: Process) -> None:
    """Its cable is pulled, and put back later: it hears neither people nor the database, and they do not hear it."""
    assert process.machine is not None
    process.machine.unplug()
    await asyncio.sleep(estate.chance.uniform(*UNPLUGGED_S))
    process.machine.plug()


async def kill_broker(estate: Estate, process: Process) -> None:
    """SIGKILL; it comes back empty."""
    estate.broker.kill()
    await asyncio.sleep(estate.chance.uniform(*BROKERLESS_S))
    estate.broker.start()


async def unplug_broker(estate: Estate, process: Process) -> None:
    """Its cable is pulled, and put back later."""
    estate.broker_machine.unplug()
    await asyncio.sleep(estate.chance.uniform(*UNPLUGGED_S))
    estate.broker_machine.plug()


async def primary_killed(estate: Estate, process: Process) -> None:
    """SIGKILL for the primary and all its children; the standby is promoted, and gets one of its own again."""
    estate.pair.kill_primary()
    await _taken_over(estate)
    await estate.pair.pair()


async def primary_unplugged(estate: Estate, process: Process) -> None:
    """The primary's cable is pulled and it goes on, alone, until it is fenced; meanwhile the standby is promoted."""
    lost = estate.pair.primary
    assert lost.machine is not None
    lost.machine.unplug()
    await _taken_over(estate)
    estate.pair.kill(lost)
    lost.machine.plug()
    await estate.pair.pair()


async def _taken_over(estate: Estate) -> None:
    """Promotes, and measures until something is acknowledged again: anything, and a message of somebody."""
    estate.forget_primary()
    await asyncio.sleep(estate.chance.uniform(*NOTICED_S))
    await estate.pair.promote()
    promoted_at = time.monotonic()
    for spent, latest in ((estate.writes_s, lambda: estate.load.last_at), (estate.says_s, lambda: estate.load.said_at)):
        while latest() < promoted_at:
            if time.monotonic() - promoted_at > PATIENCE_S:
                raise NothingTaken
            await asyncio.sleep(0.01)
        spent.append(latest() - promoted_at)


PROMOTIONS: weather.Faults = {
    "primary killed, standby promoted": (primary_killed, 0),
    "primary's cable pulled, standby promoted": (primary_unplugged, 0),
}
OTHERS: weather.Faults = {
    "a service's cable pulled, and back": (unplug_service, 0),
    "SIGKILL of a service": (weather.kill_service, 0),
    "SIGKILL of the broker, and back": (kill_broker, 0),
    "the broker's cable pulled, and back": (unplug_broker, 0),
}
FAULTS = PROMOTIONS | OTHERS
