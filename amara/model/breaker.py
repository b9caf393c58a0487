"""When the upstream fails for everybody: few retries, then no calls, then one to see whether it is back.

Source: the circuit breaker of M. Nygard, "Release It!"; the retry budget as Twitter's Finagle has it. A back-off alone
does not help: fifty people who each wait politely and try three times are a hundred and fifty calls to a server that
cannot take fifty.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from amara import errors


@dataclass(frozen=True, slots=True)
class Tolerance:
    """When to stop knocking. Units: seconds, and shares of one."""

    window_s: float = 20.0
    """Older outcomes say nothing about now."""
    calls_min: int = 10
    """Fewer are no statistics."""
    failed_share: float = 0.5
    rest_s: float = 4.0
    """Before the first probe; each that fails doubles the next rest."""
    rest_max_s: float = 30.0
    retries_saved_max: float = 4.0
    retries_per_call: float = 0.08
    retries_per_s: float = 0.1
    """So that one person on a quiet evening has all the tries there are."""


@dataclass(slots=True)
class Breaker:
    """Closed: calls pass. Open: none does. Half open: one is on its way, and its outcome decides for all."""

    tolerance: Tolerance = field(default_factory=Tolerance)
    clock: Callable[[], float] = monotonic
    jitter: Callable[[], float] = random.random
    """From 0 to 1: not every process probes at once."""
    _outcomes: deque[tuple[float, bool]] = field(default_factory=deque)
    _open_until: float | None = None
    _rest_s: float = 0.0
    _is_probing: bool = False
    _retries: float = -1.0
    _counted_at: float = 0.0

    @property
    def is_open(self) -> bool:
        """Calls are refused now, or all but the probe."""
        return self._open_until is not None

    def admit(self) -> bool:
        """A new call may be made; true where it is the probe, which its outcome is told with.

        Raises:
            ModelOverloaded: not now, and after how long it is worth another try.
        """
        self._save(self.tolerance.retries_per_call)
        if self._open_until is None:
            return False
        left = self._open_until - self.clock()
        if left > 0 or self._is_probing:
            raise errors.ModelOverloaded(retry_after_s=max(left, 1.0))
        self._is_probing = True
        return True

    def may_retry(self) -> bool:
        """One more try of a call that failed; it is taken from what all calls together have saved."""
        self._save(0)
        if self.is_open or self._retries < 1:
            return False
        self._retries -= 1
        return True

    def answered(self, *, is_probe: bool) -> None:
        """The upstream began to answer."""
        if is_probe:
            self._open_until, self._is_probing, self._rest_s = None, False, 0.0
            self._outcomes.clear()
        self._note(has_failed=False)

    def failed(self, *, is_probe: bool) -> None:
        """The upstream was away, overloaded, or silent."""
        now = self.clock()
        if is_probe:
            self._is_probing = False
            self._open(now)
            return
        self._note(has_failed=True)
        failures = sum(has_failed for _, has_failed in self._outcomes)
        is_enough = len(self._outcomes) >= self.tolerance.calls_min
        if self._open_until is None and is_enough and failures >= self.tolerance.failed_share * len(self._outcomes):
            self._open(now)

    def let_go(self, *, is_probe: bool) -> None:
        """The call ended without saying anything about the upstream: the next one may be the probe."""
        self._is_probing = self._is_probing and not is_probe

    def _open(self, now: float) -> None:
        rest = self._rest_s * 2 or self.tolerance.rest_s
        self._rest_s = min(rest, self.tolerance.rest_max_s)
        self._open_until = now + self._rest_s * (1 + self.jitter() / 4)

    def _note(self, *, has_failed: bool) -> None:
        now = self.clock()
        self._outcomes.append((now, has_failed))
        while self._outcomes and self._outcomes[0][0] < now - self.tolerance.window_s:
            self._outcomes.popleft()

    def _save(self, amount: float) -> None:
        now = self.clock()
        if self._retries < 0:
            self._retries = self.tolerance.retries_saved_max
        else:
            amount += (now - self._counted_at) * self.tolerance.retries_per_s
        self._counted_at = now
        self._retries = min(self.tolerance.retries_saved_max, self._retries + amount)
