"""One answer in the making: whose, asked how, and how it is told to end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from amara import errors
from amara.auth import Caller
from amara.feed import Feed

Stop = Literal["cancelled", "handed", "lost"]
"""By the person; by us, for another process to go on; by whoever holds it now, or because it is not there any more."""


class Stopped(Exception):
    """The run shall end now; what was said is kept."""


class Handed(Exception):
    """The run shall be left as it is: another process goes on with it."""


@dataclass(slots=True, eq=False)
class Run:
    """One answer in the making."""

    id: UUID
    key: str
    """The client's runId."""
    thread_id: str
    """The client's threadId."""
    conversation_id: UUID
    caller: Caller
    locale: Literal["es", "en"]
    time_zone: str
    feed: Feed
    parent_key: str | None = None
    analytics_session_id: str | None = None
    """The page's own session in the events, for what is counted of this run."""
    message_ids: list[UUID] = field(default_factory=list)
    """What it answers, in order."""
    merged_keys: list[str] = field(default_factory=list)
    """The runs that waited beside it, and whose answer it is too."""
    card: dict[str, Any] | None = None
    """What came of an approval; then the run is the words for it, and nothing is asked."""
    is_announced: bool = True
    """Its RUN_STARTED stands in the log."""
    partial: str = ""
    """What a process that died was saying, to be kept if nothing better comes of it."""
    sure_until: float = 0.0
    """Until then nobody else can have it. Units: seconds of the monotonic clock."""
    stop_reason: Stop | None = None
    task: asyncio.Task[None] | None = None
    _scope: asyncio.Timeout | None = field(default=None, repr=False)

    @property
    def asked(self) -> dict[str, Any]:
        """What another process needs to go on in our place; kept with the run."""
        known = {
            "thread_id": self.thread_id,
            "locale": self.locale,
            "time_zone": self.time_zone,
            "is_anonymous": self.caller.is_anonymous,
            "analytics_session_id": self.analytics_session_id,
            "messages": [str(message_id) for message_id in self.message_ids],
            "merged": self.merged_keys,
        }
        return known if self.card is None else known | {"card": self.card}

    @property
    def authority_until(self) -> datetime | None:
        """When the person's word for it is over."""
        expires_at = self.caller.expires_at
        return None if expires_at is None else datetime.fromtimestamp(expires_at, UTC)

    def stop(self, reason: Stop) -> None:
        """Ends the wait for the model now, anything else at its next step: a commit is never cut in half."""
        self.stop_reason = self.stop_reason or reason
        if self._scope is not None:
            self._scope.reschedule(asyncio.get_running_loop().time())

    def check(self) -> None:
        """Whether to go on.

        Raises:
            Stopped, Handed, Fenced: no, and what to do instead.
        """
        if self.stop_reason == "cancelled":
            raise Stopped
        if self.stop_reason == "handed":
            raise Handed
        if self.stop_reason == "lost":
            raise errors.Fenced

    @asynccontextmanager
    async def interruptible(self) -> AsyncIterator[None]:
        """A wait that `stop` may end.

        Raises:
            Stopped, Handed, Fenced: it did, or had already.
        """
        self.check()
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._scope = scope
                yield
        except TimeoutError:
            if scope.expired():
                self.check()
            raise
        finally:
            self._scope = None
