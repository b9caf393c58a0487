"""THE STORY of a guest who lost the token: *ask*, with a booking and its address; a code by mail; *consume* it.

Asking has one answer and does one piece of work, whoever asks for what: a row is written, with a session behind it or
without; no letter is waited for, and the answer comes at a time of its own, so that nothing shows in it. What the asker
is given is the key under which the code is hashed, and it is kept only as a hash itself: neither the table nor the
mailbox alone opens anything.

Consuming spends the code in the very statement that compares it, so of two at once one wins, and the fifth wrong one is
the last. The new token takes the place of the old one.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg
import msgspec

from guest import errors, limits, tokens
from guest.mail.shapes import Code
from guest.recovery import store
from guest.settings import Handed, Settings
from guest.shapes import OpenedSession

LASTS = timedelta(minutes=10)
LIMITED = timedelta(hours=1)
CODES_A_BOOKING = 3  # in that time; what is asked for beyond it is answered like the others
CODES_AN_EMAIL = 5
ANSWERED_AFTER_S = 0.25  # longer than the work takes, whatever it finds
ASKED_FROM_AN_ADDRESS = 20  # of the network; beyond it the answer says so


class Asked(msgspec.Struct, frozen=True):
    """What a guest still knows."""

    booking_id: UUID
    email: str


class Tried(msgspec.Struct, frozen=True):
    """What came of it: the answer's id, and the code from the letter."""

    recovery_id: str
    code: str


class Recovery(msgspec.Struct, frozen=True):
    """The one answer: if booking and address belong together, a code is on its way."""

    recovery_id: str
    expires_in: int
    """Seconds."""


async def ask(
    asked: Asked,
    handed: Handed,
    settings: Settings,
    *,
    address: str,
    send_code: Callable[[Code], None],
    mint: Callable[[], str] = tokens.mint,
    mint_code: Callable[[], str] = lambda: f"{secrets.randbelow(10**6):06}",
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Recovery:
    """Sends a code to the e-mail of this booking's guest, if that is the one that was said.

    Args:
        asked: as it was sent.
        handed: from the front door.
        settings: the limits.
        address: where it comes from, or the household it stands for.
        send_code: returns at once.
        mint: the answer's id.
        mint_code: six digits.
        sleep: for seconds.

    Raises:
        EmailInvalid: too long for an e-mail, whoever's.
        TooMany: from this address, whatever was asked for.
    """
    if len(asked.email) > settings.email_characters or "\x00" in asked.email:
        raise errors.EmailInvalid
    recovery_id, code = mint(), mint_code()
    guest, _ = await asyncio.gather(
        _noted(asked, handed, settings, recovery_id, code, address=address), sleep(ANSWERED_AFTER_S)
    )
    if guest is not None:
        minutes = LASTS // timedelta(minutes=1)
        send_code(Code(email=guest["email"], language=guest["language"], code=code, minutes=minutes))
    return Recovery(recovery_id, int(LASTS.total_seconds()))


async def _noted(
    asked: Asked, handed: Handed, settings: Settings, recovery_id: str, code: str, *, address: str
) -> asyncpg.Record | None:
    """Whom to send it to, if anybody."""
    now = handed.now()
    by_address = limits.key(settings.pepper, "code from address", address)
    async with handed.service() as connection:
        await limits.count(connection, by_address, limit=ASKED_FROM_AN_ADDRESS, now=now)
        await store.forget(connection, before=now - LIMITED)
        await store.take_turns(connection, asked.email)
        return await store.note(
            connection,
            _at_rest(recovery_id),
            asked.booking_id,
            asked.email,
            _keyed(recovery_id, code),
            now=now,
            expires_at=now + LASTS,
            since=now - LIMITED,
            per_booking=CODES_A_BOOKING,
            per_email=CODES_AN_EMAIL,
        )


async def consume(
    tried: Tried, handed: Handed, settings: Settings, *, mint: Callable[[], str] = tokens.mint
) -> OpenedSession:
    """The guest's session under a new token, for as long as a new session lasts.

    Raises:
        CodeRefused: wrong, spent, too old, tried too often or never sent, without a difference.
    """
    token, now, session = mint(), handed.now(), None
    async with handed.service() as connection:
        session_id = await store.spend(
            connection, _at_rest(tried.recovery_id), _keyed(tried.recovery_id, tried.code), now=now
        )
        if session_id is not None:
            session = await store.renew(connection, session_id, token, expires_at=now + settings.lifetime)
    # Outside: a wrong try must count.
    if session is None:
        raise errors.CodeRefused
    return OpenedSession(**session, session_token=token)


def _at_rest(recovery_id: str) -> bytes:
    return hashlib.sha256(recovery_id.encode()).digest()


def _keyed(recovery_id: str, code: str) -> bytes:
    return hmac.new(recovery_id.encode(), code.encode(), hashlib.sha256).digest()
