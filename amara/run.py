"""One answer in the making: whose, asked how, and how it is told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
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
    trace: Mapping[str, str] = field(default_factory=dict)
    """Where it was asked for, as traces name it."""
    is_taken_over: bool = False
    """Another process began it."""
    purse: str | None = None
    """Of the address it was asked from; none where there was no connection, or nothing has to be paid."""
    partial: str = ""
    """What a process that died was saying, to be kept if nothing better comes of it."""
    began_at: float = 0.0
    """In this process. Units: seconds of the monotonic clock."""
    sure_until: float = 0.0
    """Until then nobody else can have it. Units: seconds of the monotonic clock."""
    stop_reason: Stop | None = None
    task: asyncio.Task[None] | None = None
    wait: _Wait | None = field(default=None, repr=False)
    """The one that `stop` may end."""
    _alarm: asyncio.TimerHandle | None = field(default=None, repr=False)

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
            "purse": self.purse,
            "trace": dict(self.trace),
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
        if self.wait is not None:
            self.wait.cut()

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

    def interruptible(self, *, within_s: float | None = None) -> _Wait:
        """A wait that `stop` may end: `async with run.interruptible(): await …`.

        Raises:
            Stopped, Handed, Fenced: it did, or had already.
            TimeoutError: it took longer than it may.
        """
        return _Wait(self, within_s)

    def wake_by(self, due: float) -> None:
        """Looks by then whether a wait has taken too long: one timer for all of a turn's waits."""
        if self._alarm is None or due < self._alarm.when():
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = asyncio.get_running_loop().call_at(due, self._look)

    def rest(self) -> None:
        """Nothing of it is waited for any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _look(self) -> None:
        self._alarm = None
        if self.wait is not None and self.wait.due is not None:
            if self.wait.due <= asyncio.get_running_loop().time():
                self.wait.cut()
            else:
                self.wake_by(self.wait.due)


class _Wait:
    """One await that may be cut; there is one for every read of an answer, so it makes no timer and no generator."""

    __slots__ = ("_is_cut", "_run", "_task", "due")

    def __init__(self, run: Run, within_s: float | None) -> None:
        self.due = None if within_s is None else asyncio.get_running_loop().time() + within_s
        self._run = run
        self._is_cut = False
        self._task: asyncio.Task[Any] | None = None

    async def __aenter__(self) -> None:
        self._run.check()
        self._task = asyncio.current_task()
        self._run.wait = self
        if self.due is not None:
            self._run.wake_by(self.due)

    def cut(self) -> None:
        """Ends the await; it comes out as what the run was told, or as a time-out."""
        if self._task is not None and not self._is_cut:
            self._is_cut = True
            self._task.cancel()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._run.wait = None
        # Where somebody else cancelled the task as well, it is theirs.
        if self._is_cut and self._task is not None and self._task.uncancel() == 0 and kind is asyncio.CancelledError:
            self._run.check()
            raise TimeoutError from error
