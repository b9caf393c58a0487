"""What a call to the model costs, counted while it is heard.

The vendor counts what it was asked when it begins to answer, and what it said when it ends. A call that does not come
to its end is counted by what we know, and says that it is an estimate: never nothing, and never as if it were exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from amara import errors
from amara.budget import BYTES_PER_TOKEN, Errand
from amara.model import CallWords, Ended, ModelEvent, Usage, Words
from amara.run import Handed, Stopped

Json = dict[str, Any]

# The upstream said no before it read anything: this costs nothing, and is known to.
_FREE_ENDS = {each.code for each in (errors.ModelOverloaded, errors.ModelBusy, errors.ModelRefusedUs, errors.ModelFull)}


@dataclass(frozen=True, slots=True)
class Used:
    """What one call cost."""

    model: str
    usage: Usage
    is_estimated: bool


@dataclass(slots=True)
class Call:
    """One call, from before it is made until it is on record."""

    errand: Errand
    asked: int
    """By our own count. Units: tokens."""
    is_sent: bool = False
    is_closed: bool = False
    """It is on record, and paid."""
    outcome: str = ""
    """Its stop reason, or how it failed."""
    latency_ms: int = 0
    heard: int = 0
    """Characters said, thought and put into arguments."""
    ended: Ended | None = None
    _named: str = ""
    _told: Usage | None = None
    """By the upstream, when it began to answer."""
    _before: Usage = field(default_factory=Usage)
    """Of tries that broke off before they said anything."""

    def hear(self, batch: Sequence[ModelEvent]) -> None:
        """Counts."""
        for event in batch:
            match event:
                case Words():
                    self.heard += len(event.text)
                case CallWords():
                    self.heard += len(event.json)
                case Ended():
                    self.ended, self.outcome = event, event.stop_reason
                case _:
                    pass

    def begun(self, model: str, usage: Usage) -> None:
        """See Meter."""
        if self._told is not None:
            self._before, self.heard = _both(self._before, self._so_far()), 0
        self._named, self._told = model, usage

    def thought(self, characters: int) -> None:
        """See Meter."""
        self.heard += characters

    @contextmanager
    def watched(self) -> Iterator[None]:
        """However this ends, the call knows how."""
        try:
            yield
        except errors.AmaraError as error:
            self.outcome = error.code
            raise
        except Stopped:
            self.outcome = "stopped"
            raise
        except Handed:
            self.outcome = "handed"
            raise

    @property
    def is_estimated(self) -> bool:
        """Not every token of it was counted by who sells them."""
        exact = self.ended is not None or (self._told is None and self.outcome in _FREE_ENDS)
        return not exact or self._before != Usage()

    @property
    def model(self) -> str:
        """Who answered, by its own word; else who was asked."""
        return (self.ended.model if self.ended else self._named) or self.errand.model

    @property
    def used(self) -> Used:
        """For the wire."""
        return Used(self.model, self.usage(), is_estimated=self.is_estimated)

    def usage(self) -> Usage:
        """Everything it cost, as far as it is known."""
        return _both(self._before, self.ended.usage if self.ended else self._so_far())

    def _so_far(self) -> Usage:
        said = self.heard // BYTES_PER_TOKEN
        if self._told is not None:
            told = self._told
            return Usage(told.input, max(told.output, said), told.cache_read, told.cache_write)
        return Usage() if self.outcome in _FREE_ENDS else Usage(input=self.asked, output=said)


def told(calls: Sequence[Used]) -> list[Json]:
    """What a run cost, as AG-UI counts it: one entry a model. Units: tokens.

    Source: AG-UI 1.0, `TokenUsage`: the cache is counted within, where the vendor counts it beside.
    """
    total: dict[str, Usage] = {}
    for call in calls:
        total[call.model] = _both(total.get(call.model, Usage()), call.usage)
    return [
        {
            "model": model,
            "inputTokens": (read := used.input + used.cache_read + used.cache_write),
            "outputTokens": used.output,
            "totalTokens": read + used.output,
            "cachedInputTokens": used.cache_read,
            "cacheWriteInputTokens": used.cache_write,
        }
        for model, used in total.items()
    ]


def _both(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.input + other.input,
        one.output + other.output,
        one.cache_read + other.cache_read,
        one.cache_write + other.cache_write,
    )
