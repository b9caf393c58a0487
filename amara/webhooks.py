"""THE STORY of a notice to the platform's own service: written with the deed by the database, and told from here.

1. *Claim* what is due, for as long as telling may take, in a transaction of its own; of each booking the first alone.
2. *Tell*, with no transaction open: one POST, signed, led nowhere else, and of the answer nothing but its status.
3. *Settle*: delivered; due another time, ever later; or given up, for `amara webhooks retry`.

What is not delivered holds back what came later of the same booking, and nothing of any other. Several processes share
the work. One that dies in between leaves a claim that runs out, so a notice may come twice, under one id, and never not
at all.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from amara import VERSION, errors
from amara.db import Database
from amara.notices import Notice
from amara.store import notices

if TYPE_CHECKING:
    import aiohttp

EVERY_S = 1.0
TELL_S = 10.0  # from the connection to the status of the answer
CLAIM_S = 30.0  # longer than telling takes
AT_ONCE = 8
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 2 * 3600.0
ATTEMPTS = 50  # the last of them some three and a half days after the first
LEAVE_S = 5.0

_logger = structlog.get_logger(__name__)


class NotTold(Exception):
    """Nobody took it; the cause is a status or a class's name, never words of the other side."""

    def __init__(self, cause: str, *, is_final: bool = False, wait_s: float = 0.0) -> None:
        """Args: final where another try would fare no better; wait_s is what the receiver asks for."""
        super().__init__(cause)
        self.is_final = is_final
        self.wait_s = wait_s


def pause_s(attempts: int) -> float:
    """How long after so many attempts in vain the next one is made; not all at the same moment."""
    return min(FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE_S) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


@dataclass(slots=True)
class Webhooks:
    """Tells the platform's own service, as long as there is one."""

    database: Database
    url: str = ""
    """None: nobody is told, and nothing is written down for anybody."""
    secrets: Sequence[str] = field(default=(), repr=False)
    """The first signs first; a second one signs beside it."""
    heard: Callable[[], Sequence[UUID]] = list
    """The conversations their own people listen to here, who need not be called to an answer."""
    pause_s: Callable[[int], float] = pause_s
    clock: Callable[[], float] = time.monotonic
    at: Callable[[], float] = time.time
    tell_s: float = TELL_S
    claim_s: float = CLAIM_S
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)
    _task: asyncio.Task[None] | None = field(default=None, repr=False)
    _telling: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _free: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _is_leaving: bool = False

    def within(self, lease_s: float) -> None:
        """How long a claim survives its process follows from how long an answer does."""
        self.claim_s, self.tell_s = 2 * lease_s, min(TELL_S, lease_s / 1.5)

    async def open(self) -> None:
        """Says whether notices are to be written, and begins to tell them."""
        async with self.database.service() as db:
            await notices.use_receiver(db, is_there=bool(self.url))
        if self.url:
            await self.connect()
            self._task = asyncio.create_task(self._for_ever(), name="webhooks")

    async def connect(self) -> None:
        """Makes what it speaks through."""
        import aiohttp  # noqa: PLC0415 - a third of a second that a service nobody listens to does not need

        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self.tell_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"user-agent": f"Amara/{VERSION}"},
        )

    async def close(self) -> None:
        """Ends after what is being told, if the receiver takes it in time; else its claim runs out."""
        self._is_leaving = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._telling:
            await asyncio.wait(self._telling, timeout=LEAVE_S)
        for task in tuple(self._telling):
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def begin(self) -> int:
        """Claims what is due, as far as there are hands, and begins to tell it; how many.

        Raises:
            Unavailable: the database is away.
        """
        hands, heard = AT_ONCE - len(self._telling), self.heard()
        until = self.clock() + self.claim_s - self.tell_s
        async with self.database.service() as db:
            if heard:
                await notices.withdraw(db, heard)
            claimed = await notices.claim(db, limit=hands, hold_s=self.claim_s) if hands > 0 else []
        for notice in claimed:
            task = asyncio.create_task(self._tell(notice, until), name=f"webhook {notice.id}")
            self._telling.add(task)
            task.add_done_callback(self._told)
        return len(claimed)

    async def once(self) -> int:
        """Tells everything that is due, each booking's in its order; how many times something was told, or tried."""
        tried = 0
        while (begun := await self.begin()) or self._telling:
            tried += begun
            if self._telling:
                await asyncio.wait(self._telling, return_when=asyncio.FIRST_COMPLETED)
        return tried

    def _told(self, task: asyncio.Task[None]) -> None:
        self._telling.discard(task)
        self._free.set()

    async def _tell(self, notice: Notice, until: float) -> None:
        told = {"type": notice.type, "notice": str(notice.id), "attempt": notice.attempts}
        if self.clock() > until:
            return  # we were held up for so long that another may have begun
        try:
            await self._post(notice)
        except Exception as error:  # noqa: BLE001 - what we did not foresee in one notice must not hold up the others
            is_over = (isinstance(error, NotTold) and error.is_final) or notice.attempts >= ATTEMPTS
            cause = str(error) if isinstance(error, NotTold) else type(error).__name__
            _logger.warning("webhook_given_up" if is_over else "webhook_deferred", cause=cause, **told)
            await self._write(notice, cause, is_over=is_over, wait_s=getattr(error, "wait_s", 0.0))
        else:
            _logger.info("webhook_delivered", **told)
            await self._write(notice, None)

    async def _write(self, notice: Notice, cause: str | None, *, is_over: bool = False, wait_s: float = 0.0) -> None:
        try:
            async with self.database.service() as db:
                if cause is None:
                    await notices.settle(db, notice, "delivered")
                elif is_over:
                    await notices.settle(db, notice, "dead", cause=cause)
                else:
                    pause = max(self.pause_s(notice.attempts), wait_s)
                    await notices.defer(db, notice, cause=cause, pause_s=pause)
        except errors.AmaraError as error:  # the claim runs out, and it is told once more
            _logger.warning("webhook_not_settled", code=error.code)

    async def _post(self, notice: Notice) -> None:
        """One attempt. What the answer says beside its status is not read: it may be as long and as slow as it likes.

        Raises:
            NotTold: the receiver did not take it. Whatever else: it is not there.
        """
        assert self._session is not None  # nothing is told before `connect`
        headers = notice.headers(self.secrets, int(self.at()))
        async with self._session.post(self.url, data=notice.body(), headers=headers, allow_redirects=False) as answer:
            status, wait = answer.status, answer.headers.get("retry-after", "")
        if not 200 <= status < 300:
            wait_s = min(float(wait), LONGEST_PAUSE_S) if wait.isascii() and wait.isdigit() else 0.0
            raise NotTold(str(status), is_final=status == 410, wait_s=wait_s)

    async def _for_ever(self) -> None:
        is_away = False
        while not self._is_leaving:
            self._free.clear()
            try:
                await self.begin()
                is_away = False
            except errors.Unavailable:
                if not is_away:
                    _logger.warning("webhooks_not_read")
                is_away = True
            except Exception:  # one bad round must not end all later ones
                _logger.exception("webhooks_broken")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._free.wait(), EVERY_S)
