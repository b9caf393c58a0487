"""A ticket to the socket, for browsers, which cannot send a header there: asked for by HTTP, spent at the door.

It opens one conversation of one person, once, within a minute, on the page that asked for it. What was spent is in the
database, so it is spent for every process. A connection that comes back for the rest of a run may offer the same ticket
again, because stock clients know no other, until the token behind it expires; such a one listens and stops, and says
nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import asyncpg

from amara import auth, errors
from amara.auth import SKEW_S, Caller
from amara.db import Database
from amara.doorkeeper import Doorkeeper
from amara.store import tickets
from amara.thread import find

LASTS = timedelta(seconds=60)
SKEW = timedelta(seconds=SKEW_S)
MANY = 30  # of one person within that time; a page needs one for each connection
PREFIX = "ticket."


async def issue(
    database: Database,
    caller: Caller,
    thread_id: str,
    origin: str | None,
    now: datetime,
    *,
    may_visit: bool = False,
) -> str:
    """A new ticket to this conversation, which may be one that nobody has spoken in yet.

    Args:
        database: where it is remembered.
        caller: whose it is.
        thread_id: the conversation, by the name the socket will be opened with.
        origin: of the page that asks, where it is one.
        now: the wall clock.
        may_visit: it may be somebody else's that is handed off, where the caller is of staff.

    Raises:
        NotFound: that conversation is somebody else's.
        TooMany: this person asked for too many just now.
    """
    thread = await find(database, caller, thread_id, may_visit=may_visit)
    assert caller.expires_at is not None  # every token has an end
    ticket = secrets.token_urlsafe(32)
    async with database.service() as db:
        if await tickets.made_since(db, caller.owner, now - LASTS) >= MANY:
            raise errors.TooMany(retry_after_s=LASTS.total_seconds())
        await tickets.add(
            db,
            _hash(ticket),
            user_id=caller.owner,
            is_anonymous=caller.is_anonymous,
            conversation_id=thread.conversation_id,
            origin=origin,
            token_issued_at=None if caller.issued_at is None else datetime.fromtimestamp(caller.issued_at, UTC),
            token_expires_at=datetime.fromtimestamp(caller.expires_at, UTC),
            now=now,
        )
    return ticket


def offered(subprotocols: Sequence[str]) -> str | None:
    """The ticket among the subprotocols of a handshake, or none.

    Raises:
        TokenInvalid: there is more than one.
    """
    shown = [one.removeprefix(PREFIX) for one in subprotocols if one.startswith(PREFIX)]
    if len(shown) > 1:
        raise errors.TokenInvalid("One ticket is enough.")
    return shown[0] if shown else None


async def admit(
    database: Database,
    doorkeeper: Doorkeeper,
    ticket: str,
    thread_id: str,
    *,
    origin: str | None,
    is_return: bool,
    now: datetime,
) -> tuple[Caller, bool]:
    """Who comes with this ticket, and whether it was spent before. It is spent from here on, whatever else is wrong.

    Args:
        database: where it is remembered.
        doorkeeper: knows whether the person may still come in.
        ticket: as it was offered.
        thread_id: the conversation that is to be opened.
        origin: of the page that opens it, where it is one.
        is_return: it is opened for the rest of a run.
        now: the wall clock.

    Raises:
        TokenInvalid: unknown, spent, too old, another page's or another conversation's: one answer for all.
        TokenExpired: the token behind it has.
    """
    refused = errors.TokenInvalid("This ticket opens nothing: it is wrong, spent or too old. Ask for another one.")
    async with database.service() as db:
        row = await tickets.spend(db, _hash(ticket), origin=origin, now=now, lasts=LASTS)
        is_again = row is None
        if is_again and is_return:
            row = await tickets.spent(db, _hash(ticket), origin=origin)
    if row is None:
        raise refused
    caller = _caller(row)
    if row["token_expires_at"] + SKEW <= now:
        raise errors.TokenExpired
    await doorkeeper.vouch(caller)
    try:
        thread = await find(database, caller, thread_id, may_visit=True)  # as whoever made the ticket was asked
    except errors.NotFound:
        raise refused from None
    if thread.conversation_id != row["conversation_id"]:
        raise refused
    return caller, is_again


def _caller(row: asyncpg.Record) -> Caller:
    issued_at = row["token_issued_at"]
    return auth.person(
        row["user_id"],
        is_anonymous=row["is_anonymous"],
        expires_at=int(row["token_expires_at"].timestamp()),
        issued_at=None if issued_at is None else issued_at.timestamp(),
    )


def _hash(ticket: str) -> bytes:
    return sha256(ticket.encode(errors="replace")).digest()
