"""What one commit says: a transaction on a conversation, and the events that are told once it has committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from amara import db, frames
from amara.auth import Caller


class Writing:
    """One transaction on the conversation, and what will be told when it has committed."""

    def __init__(self, connection: db.Connection, who: Caller, run_id: UUID | None) -> None:
        """Args: who the transaction speaks for now; run_id is whose events these will be."""
        self.connection = connection
        self.run_id = run_id
        self.events: list[str] = []
        self.before_commit: list[Callable[[], Awaitable[None]]] = []
        """Called in order once everything is in the log: what holds up other conversations goes here, and is short."""
        self.after_commit: list[Callable[[], None]] = []
        """Called in order once committed, before anything is told: an ack goes first."""
        self.take_place: Callable[[int | None], None] | None = None
        """Told the next place in the order of messages, taken with what is said here."""
        self._who = who

    def say(self, *events: frames.Event) -> None:
        """These events, in this order, once committed."""
        self.events += [frames.encoded(event) for event in events]

    def aside(self, name: str, value: dict[str, Any]) -> None:
        """What happened outside a run, told in the same order; whoever is in the middle of a run stays there."""
        self.events.append(frames.aside(name, value))

    def let_go(self) -> None:
        """It is over. What was to be called holds the run, and this itself: a ring only the collector would find."""
        self.before_commit, self.after_commit, self.take_place = [], [], None

    async def become(self, who: Caller) -> db.Connection:
        """Goes on as somebody else in the same transaction."""
        if who is not self._who:
            await db.become(self.connection, who)
            self._who = who
        return self.connection
