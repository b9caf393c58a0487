"""The model behind a Protocol: whatever the vendor streams, the story sees a handful of events of ours."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Json = dict[str, Any]


class Meter(Protocol):
    """Who counts what a call costs while it is on its way; only what ends whole says so by itself."""

    def begun(self, model: str, usage: Usage) -> None:
        """The upstream has read what it was asked, and counts it; again where a call that broke off is tried again."""
        ...

    def thought(self, characters: int) -> None:
        """It thinks so much that nobody reads; this is paid like words."""
        ...


class Ear(Protocol):
    """Who hears plain words at the moment they are read, while nothing else is under way; a short cut, never the rule.

    What is not heard here comes with the answer.
    """

    def is_open(self) -> bool:
        """It hears now: after the message's first words, and while nothing has to be asked before the next are told."""
        ...

    def hear(self, words: str, *, is_plain: bool = False) -> None:
        """Takes the words of one read, and returns at once.

        Args: is_plain where they stand between the quotes of JSON as they are.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to the model."""

    system: Sequence[Json]
    messages: Sequence[Json]
    tools: Sequence[Json] = ()
    may_call: bool = True
    """False on the last round: the tools stay declared, so that the cached prefix holds, but none may be called."""
    max_tokens: int = 2048
    meter: Meter | None = None
    ear: Ear | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of visible text."""

    text: str


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The model begins to call a tool."""

    call_id: str
    name: str


@dataclass(frozen=True, slots=True)
class CallWords:
    """A piece of that call's arguments."""

    call_id: str
    json: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The message is whole: `message_stop` was seen."""

    stop_reason: str
    model: str
    blocks: list[Json]
    """The raw content blocks, in order, as they must be replayed."""
    usage: Usage


@dataclass(frozen=True, slots=True)
class Usage:
    """Units: tokens."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


ModelEvent = Words | CallStarted | CallWords | Ended


class Model(Protocol):
    """Whoever answers."""

    @property
    def name(self) -> str:
        """What is asked for by name, and written into the record."""
        ...

    @property
    def is_well(self) -> bool:
        """The last call was answered, or there was none yet."""
        ...

    @property
    def sums_up(self) -> bool:
        """It can be asked for something else than an answer to a person."""
        ...

    def stream(self, ask: Ask) -> AsyncGenerator[Sequence[ModelEvent], None]:
        """The answer as it comes: one batch per upstream read, without what the ask's ear has heard; at last Ended.

        Raises:
            ModelFailed: one of its situations; what was yielded before stands.
        """
        ...
