"""What is counted of this process, for who runs it: how much, how long, how it ended; never whose, and never what.

Every label is a word of ours out of a short list, so that no text of a person, a client or a model's side becomes a
series of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SAMPLED = 16  # every so manieth read of the upstream is timed: a clock costs as much as a small delta

_QUICK_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_SLOW_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)

# How a call to the model may end. Whatever else the other side says is "other".
_OUTCOMES = frozenset(
    [
        *("end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"),
        *("model_context_window_exceeded", "stopped", "handed", "lost", "unavailable"),
        *("model_overloaded", "model_busy", "model_refused", "model_silent", "model_cut", "model_failed"),
    ]
)

# They stand at nothing from the start: of a series that begins with its first one, nobody sees that it grew.
_WORDS: dict[str, Iterable[str]] = {
    "runs": ("finished", "failed", "cancelled", "interrupted"),
    "calls": sorted({*_OUTCOMES, "other"}),
    "tokens": ("input", "output", "cache_read", "cache_write"),
    "resumes": ("cursor", "run", "resync", "nothing"),
    "takeovers": ("finished", "closed"),
    "events": ("accepted", "duplicate", "rejected", "bot"),
    "complaints": (
        *("inline", "eval", "wasm-eval", "trusted-types-policy", "trusted-types-sink"),
        *("own", "site", "data", "blob", "extension", "other"),
    ),
}


class Metrics:
    """Of one process; made at the front door, or by a test."""

    def __init__(self) -> None:
        """Everything stands at nothing."""
        its = self._registry = CollectorRegistry()
        self.runs = Counter("amara_runs", "Answers that ended here, by how", ["end"], registry=its)
        self.first_words = Histogram(
            "amara_first_delta_seconds", "From a run's start to its first word", buckets=_SLOW_S, registry=its
        )
        self.delta = Histogram(
            "amara_delta_seconds", "From an upstream read to told, sampled", buckets=_QUICK_S, registry=its
        )
        self.calls = Counter("amara_model_calls", "Calls to the model, by how they ended", ["outcome"], registry=its)
        self.call_time = Histogram(
            "amara_model_call_seconds", "What a call to the model took", buckets=_SLOW_S, registry=its
        )
        self.tokens = Counter("amara_model_tokens", "Tokens, by kind", ["kind"], registry=its)
        self.cost = Counter("amara_model_cost_usd", "Of the calls that have a price", registry=its)
        self.unpriced = Counter("amara_model_calls_unpriced", "Calls that have none", registry=its)
        self.tools = Histogram(
            "amara_tool_seconds", "What a tool took", ["tool", "end"], buckets=(*_QUICK_S, 2.0, 4.0, 8.0), registry=its
        )
        self.resumes = Counter("amara_resumes", "Connections that came back for the rest", ["how"], registry=its)
        self.takeovers = Counter("amara_takeovers", "Runs taken on from another process", ["how"], registry=its)
        self.spent = Counter("amara_purses_empty", "Calls not made because the day's tokens were spent", registry=its)
        self.events = Counter("amara_events", "Events that came in, by what became of them", ["became"], registry=its)
        self.complaints = Counter(
            "amara_policy_complaints",
            "What browsers reported that a page's policy forbids",
            ["blocked"],
            registry=its,
        )
        for counter, words in _WORDS.items():
            for word in words:
                getattr(self, counter).labels(word)
        self.of_all: Callable[[], Awaitable[bytes]] | None = None
        """Those of every process on this port; none where this one is alone."""
        self._read = self._cached = 0
        self.watch("amara_cached_share", "Of what the model read since the start, from its cache", self._share)

    def watch(self, name: str, says: str, ask: Callable[[], float]) -> None:
        """A figure that is asked for when somebody reads."""
        Gauge(name, says, registry=self._registry).set_function(ask)

    def called(
        self, *, outcome: str, seconds: float, fresh: int, output: int, read: int, written: int, cost: Decimal | None
    ) -> None:
        """A call to the model ended. Units: tokens, USD."""
        self.calls.labels(outcome if outcome in _OUTCOMES else "other").inc()
        self.call_time.observe(seconds)
        for kind, number in (("input", fresh), ("output", output), ("cache_read", read), ("cache_write", written)):
            self.tokens.labels(kind).inc(number)
        if cost is None:
            self.unpriced.inc()
        else:
            self.cost.inc(float(cost))
        self._read += fresh + read + written
        self._cached += read

    def happened(self, became: str, number: int = 1) -> None:
        """Events came in."""
        self.events.labels(became).inc(number)

    def complained(self, blocked: str) -> None:
        """A browser reported what a page of ours may not."""
        self.complaints.labels(blocked).inc()

    def text(self) -> bytes:
        """All of it.

        Source: the Prometheus text format, version 0.0.4.
        """
        return generate_latest(self._registry)

    def _share(self) -> float:
        return self._cached / self._read if self._read else 0.0
