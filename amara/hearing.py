"""What one peer hears of a conversation, and under which name: frames in, frames out, and nothing that waits.

Ours hears everything. A stock client hears the runs it asked for alone, each under the name it gave it, and what waited
has begun for it as soon as it is on record: it knows no ack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from amara import frames


@dataclass(slots=True)
class _Followed:
    alias: str | None
    """The peer's name for it, where it is another than the run's."""
    others: list[str] = field(default_factory=list)
    """More runs of this peer that it answers: they begin and end behind it."""


@dataclass(slots=True)
class _Waiting:
    alias: str | None
    refs: Sequence[str]
    is_begun: bool


class Hearing:
    """One peer's ears."""

    def __init__(self, thread_id: str) -> None:
        """Args: the client's own name for the conversation."""
        self.hears_all = False
        self._thread_id = thread_id
        self._followed: dict[UUID, _Followed] = {}
        self._waiting: dict[str, _Waiting] = {}

    @property
    def is_busy(self) -> bool:
        """A run has begun for this peer and not ended: no other may begin."""
        return bool(self._followed) or any(one.is_begun for one in self._waiting.values())

    @property
    def hears_as_told(self) -> bool:
        """Every frame goes to this peer as it is, as nearly every word of every answer does."""
        return self.hears_all and not self._waiting

    def follows(self, run_id: UUID | None) -> bool:
        """Whether this run is heard."""
        return run_id in self._followed

    def follow(self, run_id: UUID, alias: str | None = None) -> None:
        """Hears this run to its end, under another name than its own if need be."""
        self._followed.setdefault(run_id, _Followed(alias))

    def wait(self, key: str, refs: Sequence[str] = (), *, alias: str | None = None, is_begun: bool = False) -> None:
        """Hears the run of this name, or the one that it will be part of, once it has begun.

        Args:
            key: the run's name on record.
            refs: its messages, by the ids the peer gave them.
            alias: the peer's name for it, where that is another.
            is_begun: its start was told this peer already.
        """
        self._waiting[key] = _Waiting(alias, refs, is_begun)

    def forget(self, run_id: UUID, key: str) -> Sequence[str]:
        """Nothing more of this run, as if it had ended; answers the messages that waited with it."""
        self._followed.pop(run_id, None)
        waited = self._waiting.pop(key, None)
        return () if waited is None else waited.refs

    def hear(self, run_id: UUID | None, frame: str) -> list[str]:
        """What this peer is told for this frame of the log."""
        if self._waiting and (begun := frames.begun(frame)) is not None:
            return self._begin(run_id, frame, *begun)
        if self.hears_all:
            return [frame]
        followed = None if run_id is None else self._followed.get(run_id)
        if followed is None:  # an aside is of no run
            return []
        told = [frame] if followed.alias is None else self._under(frame, followed.alias)
        if frames.is_terminal(frame) and run_id is not None:
            del self._followed[run_id]
            for key in followed.others:
                told += self.empty_run(key)
        return told

    def begins(self, key: str, head: frames.Cursor) -> str:
        """The start of a run that waits, told before its time: the place is where the log stands."""
        return frames.envelope(head, frames.encoded(frames.RunStarted(thread_id=self._thread_id, run_id=key)))

    def empty_run(self, key: str) -> list[str]:
        """A run of this name that has nothing to say: another one said it."""
        return [
            frames.encoded(frames.RunStarted(thread_id=self._thread_id, run_id=key)),
            frames.encoded(frames.RunFinished(thread_id=self._thread_id, run_id=key, outcome={"type": "success"})),
        ]

    def _begin(self, run_id: UUID | None, frame: str, leader: str, keys: list[str]) -> list[str]:
        mine = {key: self._waiting.pop(key) for key in keys if key in self._waiting}
        if self.hears_all:
            acks = [
                frames.Ack(ref=ref, run_id=leader, status="merged").frame()
                for key, waited in mine.items()
                if key != leader
                for ref in waited.refs
            ]
            return [*acks, frame]
        if not mine or run_id is None:
            return [frame] if self.follows(run_id) else []
        names = [waited.alias or key for key, waited in mine.items()]
        # The one that has begun for the peer is the one that hears it.
        first = next((name for name, waited in zip(names, mine.values(), strict=True) if waited.is_begun), names[0])
        is_begun = any(waited.is_begun for waited in mine.values())
        names.remove(first)
        self._followed[run_id] = _Followed(first if first != leader else None, names)
        return [] if is_begun else self._under(frame, first)

    @staticmethod
    def _under(frame: str, name: str) -> list[str]:
        # Only the ends of a run carry its name; what is told in between goes out as it came.
        return [frames.under(frame, name)] if frames.begun(frame) or frames.is_terminal(frame) else [frame]


def stands(since: frames.Cursor, lines: Sequence[str], *, may_lag: bool) -> bool:
    """Whether a client of this run may stand there: at one of its frames, before it, or ahead of a lagging log."""
    places = [frames.cursor_of(line) for line in lines]
    if not places or since < places[0] or since in places:
        return True
    may_lag = may_lag and not frames.is_terminal(lines[-1])
    return (may_lag or since < places[-1]) and any(place.epoch == since.epoch for place in places)
