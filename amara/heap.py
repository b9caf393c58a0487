"""When Python looks for rubbish: everything stops meanwhile, so it looks where there may be some.

By itself it goes through all it has whenever that has grown by a quarter. Ten thousand people who open a socket have it
do so sixteen times, at last for 1.8 seconds, and nothing is found: what comes stays. Here only what is young is looked
through by itself, and the old when many have gone, or when it may: one that took a tenth of a second is not due again
for three minutes, and one that took two seconds for an hour. If possible nothing is being written meanwhile.

Nor are the young few in a crowd. Python looks through them once seven hundred more have come than gone, and whoever is
asked whether they are still there drops what they waited with and gets the like anew: as many come as go, and after a
round of all ten thousand a hundred thousand are young at once. There they are looked through ten times a second.
Source: Python's `gc` module, of the thresholds; the third counts rounds of the middle-aged.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

LOOK_S = 10.0
NEVER = 2**31 - 1
SHARE = 2_000  # of the time one part is for looking
SHORTEST_S, LONGEST_S = 60.0, 3_600.0  # between two looks
PATIENCE_S = 60.0  # for a moment in which nothing is being written
CROWD, YOUNG_S = 1_000, 0.1  # sockets; between two looks through what has come since
GONE_MIN, GONE_SHARE = 1_000, 4  # sockets closed: so many, and a quarter of those that are open


@dataclass(slots=True)
class Heap:
    """The collector of this process, for as long as it serves."""

    gone: Callable[[], int]
    """How many sockets have closed."""
    there: Callable[[], int]
    """How many are open."""
    is_busy: Callable[[], bool]
    """An answer is being written."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    _gone_then: int = 0
    _looked_at: float = 0.0
    _looks_at: float = 0.0
    _rests_s: float = SHORTEST_S
    _due_since: float | None = None
    _before: tuple[int, int, int] = (0, 0, 0)
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    def start(self) -> None:
        """What is here by now stays, and nobody is stopped for it again."""
        gc.freeze()
        self._before = gc.get_threshold()
        self._looked_at, self._gone_then = self.clock(), self.gone()
        self._spare(is_crowd=False)
        self._task = asyncio.create_task(self._for_ever(), name="heap")

    async def stop(self) -> None:
        """Python looks by itself again."""
        gc.set_threshold(*self._before)
        gc.unfreeze()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def look(self) -> bool:
        """Looks through everything if it is time to. Returns whether it did."""
        now = self.clock()
        gone = self.gone() - self._gone_then
        if now - self._looked_at < self._rests_s and gone < max(GONE_MIN, self.there() // GONE_SHARE):
            return False
        self._due_since = now if self._due_since is None else self._due_since
        if self.is_busy() and now - self._due_since < PATIENCE_S:
            return False
        gc.collect()
        self._rests_s = min(max((self.clock() - now) * SHARE, SHORTEST_S), LONGEST_S)
        self._looked_at, self._gone_then, self._due_since = now, self.gone(), None
        return True

    def tend(self) -> float:
        """Whatever is due by now. Returns when to come again. Units: seconds."""
        is_crowd = self.there() >= CROWD
        self._spare(is_crowd=is_crowd)
        if self.clock() >= self._looks_at:
            self._looks_at = self.clock() + LOOK_S
            self.look()
        if not is_crowd:
            return LOOK_S
        gc.collect(0)  # what stays is not young any more, and is looked through with the old
        return YOUNG_S

    def _spare(self, *, is_crowd: bool) -> None:
        young, middle, _ = self._before
        gc.set_threshold(young, NEVER if is_crowd else middle, NEVER)

    async def _for_ever(self) -> None:
        pause = LOOK_S
        while True:
            await self.sleep(pause)
            pause = self.tend()
