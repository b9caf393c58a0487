"""What a turn is handed: the database, the feeds, the runs, the model, the tools, and the clocks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol
from uuid import UUID, uuid4

from amara import prompt
from amara.auth import Caller
from amara.budget import Budget
from amara.db import Connection, Database
from amara.feeds import Feeds
from amara.model import Model
from amara.runs import Runs
from amara.tools.tool import BookingDesk, Tool

SETTLE_TRIES = 30  # to end a run while the database is away; after that whoever sweeps does it
SETTLE_WAIT_S = 1.0  # between them


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


Desks = Callable[[Connection, Caller, UUID | None, datetime], BookingDesk]
"""The booking desk of one transaction, for this person, in this conversation, now."""


class Emit(Protocol):
    """Writes down that something happened, as the service and in its commit; the same key again writes nothing."""

    async def __call__(
        self,
        connection: Connection,
        event_type: str,
        properties: dict[str, object],
        *,
        user_id: UUID | None,
        session_id: str | None,
        channel: Literal["assistant", "guest", "web"],
        key: str,
    ) -> None:
        """Args: user_id and session_id say whose deed it was, in which visit; key makes it this deed and no other."""
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
    consent_version: str = "1"
    """Of the text that a guest must agree to before booking."""


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
