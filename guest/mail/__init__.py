"""THE STORY of a guest's mail: the database notes what happened to a booking, and here it becomes a letter.

1. *Claim* a notice that is due, for as long as sending may take, in a transaction of its own.
2. *Write* the letter from what the tables say now: a notice holds no address and no text.
3. *Send*, with no transaction open.
4. *Settle*: sent; due another time, ever later; or given up.

A process that dies in between leaves a claim that runs out, so a letter may come twice, under one Message-ID, and never
not at all. Codes wait in memory alone: who gets none within a minute asks for another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog

from guest.mail import letter, store
from guest.mail.relay import NotSent, Relay
from guest.mail.shapes import Claimed, Code
from guest.settings import Connection

EVERY_S = 2.0
CLAIM = timedelta(minutes=2)  # longer than a relay is waited for
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
ATTEMPTS = 24  # the last of them some seventeen hours after the first
LETTERS_A_DAY = 30  # to one address; nobody has so many bookings, but somebody may want to fill another's mailbox
CODES_WAITING = 100
CODE_PAUSES_S = (0.0, 3.0, 15.0)
LEAVE_S = 5.0

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Mailroom:
    """Sends what guests are to be told."""

    service: Callable[[], AbstractAsyncContextManager[Connection]]
    """A transaction as the service."""
    relay: Relay
    sender: str
    """`Name <address>`."""
    link: str
    """Where a letter leads back to."""
    now: Callable[[], datetime]
    time_zone: str
    """IANA, where a professional has none."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _codes: asyncio.Queue[Code] = field(default_factory=lambda: asyncio.Queue(CODES_WAITING), repr=False)
    _leaving: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list, repr=False)

    def start(self) -> None:
        """Begins."""
        self._tasks = [
            asyncio.create_task(self._letters_for_ever(), name="guest mail"),
            asyncio.create_task(self._codes_for_ever(), name="guest codes"),
        ]

    async def stop(self) -> None:
        """Ends after the letter in hand, if the relay takes it in time."""
        self._leaving.set()
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=LEAVE_S)
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def once(self) -> int:
        """Sends everything that is due; how many letters went out."""
        sent = 0
        while not self._leaving.is_set():
            async with self.service() as connection:
                claimed = await store.claim(connection, now=self.now(), until=self.now() + CLAIM)
            if claimed is None:
                break
            sent += await self._tell(claimed)
        return sent

    def send_code(self, said: Code) -> None:
        """Sends a code soon, without anybody waiting for it."""
        try:
            self._codes.put_nowait(said)
        except asyncio.QueueFull:
            _logger.warning("code_not_sent", cause="too many wait")

    async def _tell(self, claimed: Claimed) -> bool:
        told = {"kind": claimed.kind, "booking_id": str(claimed.booking_id), "attempt": claimed.attempts}
        try:
            await self._send(claimed.id)
        except Exception as error:  # noqa: BLE001 - what we did not foresee in one letter must not hold up the others
            is_over = _is_final(error) or claimed.attempts >= ATTEMPTS
            _logger.warning("mail_given_up" if is_over else "mail_deferred", cause=_cause(error), **told)
            async with self.service() as connection:
                if is_over:
                    await store.settle(connection, claimed.id, "dead", now=self.now())
                else:
                    due_at = self.now() + pause(claimed.attempts)
                    await store.defer(connection, claimed, due_at=due_at)
            return False
        async with self.service() as connection:
            await store.settle(connection, claimed.id, "sent", now=self.now())
        _logger.info("mail_sent" if self.relay.is_there else "mail_without_relay", **told)
        return True

    async def _send(self, mail_id: UUID) -> None:
        async with self.service() as connection:
            notice = await store.notice(connection, mail_id, now=self.now())
        if notice is None:
            raise NotSent("the person is out of the booking", is_final=True)
        if notice.sent_lately >= LETTERS_A_DAY:
            raise NotSent("too many to one address", is_final=True)
        await self.relay.send(
            letter.about_booking(notice, sender=self.sender, link=self.link, time_zone=self.time_zone)
        )

    async def _letters_for_ever(self) -> None:
        while not self._leaving.is_set():
            try:
                await self.once()
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one round, the next one is due
                _logger.warning("mail_not_read", cause=type(error).__name__)  # a driver's words may hold an address
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), EVERY_S)

    async def _codes_for_ever(self) -> None:
        while True:
            await self._tell_code(await self._codes.get())

    async def _tell_code(self, said: Code) -> None:
        for wait_s in CODE_PAUSES_S:
            await self.sleep(wait_s)
            try:
                await self.relay.send(letter.with_code(said, sender=self.sender, name=str(uuid4()), at=self.now()))
            except Exception as error:  # noqa: BLE001 - the next person's code is not lost with this one
                _logger.warning("code_not_sent", cause=_cause(error))
                if _is_final(error):
                    return
            else:
                _logger.info("code_sent" if self.relay.is_there else "code_without_relay")
                return


def pause(attempts: int) -> timedelta:
    """How long after so many attempts in vain the next one is made."""
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 10)), LONGEST_PAUSE)


def _is_final(error: Exception) -> bool:
    return isinstance(error, letter.Undeliverable) or (isinstance(error, NotSent) and error.is_final)


def _cause(error: Exception) -> str:
    """Of our own words the text, of all others the class: they may hold an address."""
    return str(error) if isinstance(error, NotSent) else type(error).__name__
