"""What a turn is handed: the database, the feeds, the runs, the model, the tools, and the clocks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from amara import hours, prompt
from amara.auth import Caller
from amara.budget import Budget
from amara.db import Connection, Database
from amara.feeds import Feeds
from amara.metrics import Metrics
from amara.model import Model
from amara.prices import Prices
from amara.runs import Runs
from amara.standby import Standby
from amara.tools.tool import BookingDesk, Happened, Tool

TURN_S = 120.0  # a person waits no longer
SETTLE_TRIES = 30  # to end a run while the database is away; after that whoever sweeps does it
SETTLE_WAIT_S = 1.0  # between them


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


Desks = Callable[[Connection, Caller, UUID | None, datetime], BookingDesk]
"""The booking desk of one transaction, for this person, in this conversation, now."""


class Emit(Protocol):
    """Writes down what happened, as the service and in its commit; the same key again writes nothing."""

    async def __call__(
        self,
        connection: Connection,
        happened: Sequence[Happened],
        *,
        user_id: UUID | None,
        session_id: str | None,
        channel: Literal["assistant", "guest", "web"],
    ) -> None:
        """Args: user_id and session_id say whose deed it was, in which visit."""
        ...


@dataclass(frozen=True, slots=True)
class House:
    """Made once at the front door; a test makes its own with other clocks and another model."""

    database: Database
    feeds: Feeds
    runs: Runs
    model: Model
    tools: Mapping[str, Tool]
    declared: Sequence[dict[str, Any]]
    """The tools as the model's side takes them; made once, so that their bytes never change."""
    time_zone: str
    desk: Desks
    now: Callable[[], datetime] = utc_now
    clock: Callable[[], float] = time.monotonic
    new_id: Callable[[], UUID] = uuid4
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    emit: Emit | None = None
    """Where events go; none where nobody counts."""
    budget: Budget | None = None
    """What the model may cost a day; none where it costs nothing."""
    prices: Prices = field(default_factory=lambda: Prices({}))
    metrics: Metrics = field(default_factory=Metrics)
    turn_s: float = TURN_S
    booking_link: str = ""
    """Where people book without her."""
    consent_version: str = "1"
    """Of the text that a guest must agree to before booking."""
    staffed: hours.Hours = hours.ALWAYS
    """When people of staff are there."""
    standby: Standby | None = None

    @property
    def numbers(self) -> Standby | Database:
        """Where what may be a little old is asked: what people count, and nothing that decides anything."""
        return self.standby or self.database

    def opens_at(self) -> datetime | None:
        """When somebody of staff is there next; none: somebody is there now."""
        return self.staffed.opens_at(self.now(), ZoneInfo(self.time_zone))


def build(
    database: Database,
    feeds: Feeds,
    runs: Runs,
    model: Model,
    tools: Mapping[str, Tool],
    time_zone: str,
    desk: Desks,
    **clocks: Any,
) -> House:
    """A house with its tools declared."""
    return House(database, feeds, runs, model, tools, prompt.declarations(tools.values()), time_zone, desk, **clocks)
