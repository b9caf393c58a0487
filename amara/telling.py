"""What a process knows of one conversation's log, and tells: where it stands, what was told, who hears it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from amara import errors, frames
from amara.frames import Cursor
from amara.store import log

NOWHERE = Cursor(0, 0)
"""Before everything."""

Publish = Callable[[UUID, UUID | None, str], None]
"""Told the conversation, the run and the frame, for who listens at other processes; returns at once."""


class Listener(Protocol):
    """Somebody who hears a conversation."""

    is_its_person: bool = True  # others hear it too, while they help with it

    def hear(self, run_id: UUID | None, frame: str) -> None:
        """Takes a frame and returns at once; a slow listener drops itself."""

    def let_go(self) -> None:
        """What is told here is not the conversation's log any more: come back, and hear it from whoever writes it."""


class Telling:
    """The words of a conversation, told at once and logged right behind; what is committed first is its feed's."""

    def __init__(
        self,
        conversation_id: UUID,
        publish: Publish | None = None,
        *,
        telling: set[Telling] | None = None,
    ) -> None:
        """Args: publish hears what is told here first; one with words to log is put among the telling ones."""
        self.conversation_id = conversation_id
        self.listeners: set[Listener] = set()
        self.recent: list[str] = []
        """The frames of the latest run, all of them, for who attaches in the middle."""
        self.run_id: UUID | None = None
        self.turn = asyncio.Lock()
        """Held by whoever writes the log: a transaction, or the group commit."""
        self._publish = publish
        self._telling = set() if telling is None else telling
        self._epoch, self._seq, self._is_writer = 0, 0, False
        self._unlogged: list[str] = []
        self._held: list[str] | None = None
        self.is_fenced = False
        """Another process writes here now, and what was told here is not what it knows: this feed is of no more use."""
        self.is_followed = False
        """`head` and `recent` are what the log has, or what is about to be in it."""

    @property
    def head(self) -> Cursor | None:
        """The last cursor told here; none while nothing is known of the log, or it is empty."""
        return Cursor(self._epoch, self._seq) if self._epoch else None

    @property
    def is_unfinished(self) -> bool:
        """The latest run has not told its end here."""
        return bool(self.recent) and not frames.is_terminal(self.recent[-1])

    @property
    def is_told_here(self) -> bool:
        """The latest run is being written by this process, for all it knows."""
        return self._is_writer and self.is_unfinished

    def tell(self, event: str) -> None:
        """Words: an encoded CONTENT or ARGS event, told now and logged right behind.

        Raises:
            Fenced: another process writes this conversation now.
        """
        if self.is_fenced:
            raise errors.Fenced
        if self._held is not None:
            self._held.append(event)  # numbers are being committed; these words follow them
            return
        self._seq += 1
        frame = frames.ENVELOPE % (self._epoch, self._seq, event)
        if not self._unlogged:
            self._telling.add(self)
        self._unlogged.append(frame)
        self._deliver(frame)
        self._share(frame)

    def let_go(self) -> None:
        """Sends every listener away, to come back to the conversation's writer."""
        for listener in tuple(self.listeners):
            listener.let_go()

    def leave(self) -> None:
        """Nobody here writes the run any more: whether it told its end or not, the log knows how it goes on."""
        if self.is_unfinished:
            self._is_writer = False

    def begin_anew(self) -> None:
        """The conversation was not there any more and is made again: what we knew of its log is over."""
        self._epoch, self._seq, self._unlogged, self.is_fenced = 0, 0, [], False
        self._is_writer, self.run_id, self.recent = False, None, []

    def fence(self) -> None:
        """Another process writes here, and we know too much or too little: everybody hears it from there."""
        self.is_fenced = True
        self.let_go()

    # The group commit ------------------------------------------------------------------------------------------------

    @property
    def has_unlogged(self) -> bool:
        """Words were told and not logged yet."""
        return bool(self._unlogged)

    def unlogged(self) -> log.Row | None:
        """The words told and not logged yet, as one row."""
        if not self._unlogged:
            return None
        first = self._seq - len(self._unlogged) + 1
        return (self.conversation_id, self._epoch, first, self._seq, self.run_id, "\n".join(self._unlogged))

    def logged(self, row: log.Row, *, is_kept: bool) -> None:
        """The group commit is through with this row; not kept means that another process writes here now."""
        del self._unlogged[: row[3] - row[2] + 1]
        if not is_kept:
            self.fence()

    def _pass_on(self, frame: str) -> None:
        if frames.is_aside(frame):  # of no run, so that who attaches to one does not hear it again
            for listener in tuple(self.listeners):
                listener.hear(None, frame)
        else:
            self._deliver(frame)

    def _share(self, frame: str) -> None:
        if self._publish is not None:
            self._publish(self.conversation_id, self.run_id, frame)

    def _deliver(self, frame: str) -> None:
        self.recent.append(frame)
        for listener in tuple(self.listeners):
            listener.hear(self.run_id, frame)
