"""THE STORY of a guest's purchase: session → booking → claim.

1. *Session*: consent and contact → a *token* that only the guest gets → the session, remembered by the token's hash.
   Returning, the token finds the session while it lasts; whatever else comes finds nothing, and always the same.
2. *Booking*: from a draft that was offered in the chat, or from a form alone; at the counter where everybody's bookings
   are made. What is repeated under one key is done once. The session is held meanwhile, so that nobody claims it.
3. *Claim*: token, account and the account's confirmed address together move everything to the account, in one
   transaction and once; the database looks at all three. From then on the token opens nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from guest import contact, errors, limits, store, tokens
from guest.settings import Caller, Connection, Deed, Handed, Happened, Json, Place, Settings
from guest.shapes import Cancellation, Claim, Form, Held, OpenedSession, Order, Session, Visit

NOBODY = UUID(int=0)

# Session --------------------------------------------------------------------------------------------------------------


async def open_session(
    form: Form,
    handed: Handed,
    settings: Settings,
    *,
    address: str,
    principal: UUID | None = None,
    mint: Callable[[], str] = tokens.mint,
    new_id: Callable[[], UUID] = uuid4,
) -> OpenedSession:
    """A new session for this guest.

    Args:
        form: as it was sent.
        handed: from the front door.
        settings: the limits.
        address: where it comes from, or the household it stands for.
        principal: the visitor's, where one has been talking already.
        mint: the token.
        new_id: for the session.

    Raises:
        ConsentMissing, ConsentOutdated: before anything else is looked at.
        EmailInvalid, NameInvalid, PhoneInvalid, TextRefused: that field cannot be used.
        TooMany: from this address, or for this e-mail.
    """
    said = contact.read(form, settings)
    token, now = mint(), handed.now()
    by_address = limits.key(settings.pepper, "address", address)
    by_email = limits.key(settings.pepper, "email", said.email.lower())
    async with handed.service() as connection:
        # In this order always, so that no two wait for each other.
        await limits.count(connection, by_address, limit=settings.per_address, now=now)
        await limits.count(connection, by_email, limit=settings.per_email, now=now)
        session = await store.remember(
            connection,
            new_id(),
            token,
            said,
            created_at=now,
            expires_at=now + settings.lifetime,
            principal=principal,
        )
    meant = contact.hint(session.email)
    return OpenedSession(
        id=session.id,
        session_token=token,
        email=session.email,
        full_name=session.full_name,
        phone=session.phone,
        expires_at=session.expires_at,
        created_at=session.created_at,
        hints={} if meant is None else {"email": meant},
    )


async def return_to_session(token: str | None, handed: Handed) -> Session:
    """The session this token opens.

    Raises:
        SessionUnknown: missing, wrong, unknown, expired or an account's by now, without a difference.
    """
    async with handed.service() as connection:
        session = await store.recall(connection, _at_rest(token), now=handed.now())
    if session is None:
        raise errors.SessionUnknown
    return session


# Booking --------------------------------------------------------------------------------------------------------------


async def book(token: str | None, order: Order, handed: Handed, asking: Any, *, caller: Caller) -> Json:
    """What came of an order: the booking, or what stands against it with other hours beside.

    Args:
        token: of the guest.
        order: a draft of the visitor's, or a visit in full.
        handed: from the front door.
        asking: how the request is recognised when it comes again.
        caller: the visitor, whose the session must be where a draft is meant.

    Raises:
        SessionUnknown: of token and visitor together as well.
    """

    async def deed(connection: Connection, session: Held, who: Any) -> Deed:
        if not isinstance(order, Visit):
            return await handed.counter.confirm(connection, who, order.draft_id, order.version)
        done = await handed.counter.book(
            connection,
            who,
            professional_id=order.professional_id,
            service=order.service,
            starts_at=order.starts_at,
            duration_minutes=order.duration_minutes,
            address=order.address,
            instructions=order.instructions,
        )
        if done.started is not None:
            said = {name: word for name, word in done.started.items() if name != "draft_id"}
            await handed.emit(
                connection,
                [Happened("CheckoutStarted", said, f"CheckoutStarted {done.started['draft_id']}")],
                user_id=session.principal,
                session_id=session.analytics_session_id,
                channel="guest",
            )
        return done

    return await _once(token, handed, asking, deed, visitor=None if isinstance(order, Visit) else caller)


async def cancel(token: str | None, booking_id: UUID, said: Cancellation, handed: Handed, asking: Any) -> Json:
    """What would come back; where it is meant, the deed.

    Raises:
        SessionUnknown: the token opens nothing. What is not the guest's is not there either.
    """

    async def deed(connection: Connection, _session: Held, who: Any) -> Deed:
        return await handed.counter.cancel(
            connection, who, booking_id, is_meant=said.confirm, refund_cop=said.refund_cop
        )

    return await _once(token, handed, asking, deed)


async def bookings(
    token: str | None, handed: Handed, *, limit: int, before: Place | None
) -> Sequence[tuple[Json, Place]]:
    """The guest's own, newest first, each with its place.

    Raises:
        SessionUnknown: the token opens nothing.
    """
    async with _held(token, handed) as (connection, session):
        return await handed.counter.bookings(connection, handed.counter.guest(session.id), limit=limit, before=before)


async def booking(token: str | None, booking_id: UUID, handed: Handed) -> Json:
    """One of them.

    Raises:
        SessionUnknown: the token opens nothing. What is not the guest's is not there either.
    """
    async with _held(token, handed) as (connection, session):
        return await handed.counter.booking(connection, handed.counter.guest(session.id), booking_id)


async def _once(
    token: str | None,
    handed: Handed,
    asking: Any,
    deed: Callable[[Connection, Held, Any], Any],
    *,
    visitor: Caller | None = None,
) -> Json:
    """The deed, its answer and what the chat hears of it in one transaction; under one key one answer."""
    async with _held(token, handed) as (connection, session):
        if visitor is not None and (visitor.user_id is None or visitor.user_id != session.principal):
            raise errors.SessionUnknown
        counter = handed.counter
        who = counter.guest(session.id) if visitor is None else counter.visitor(visitor, session.id)
        before = await counter.answered(connection, who, asking)
        if before is not None:
            return before
        done: Deed = await deed(connection, session, who)
        await counter.keep(connection, who, asking, done)
        conversation_id = await counter.leave_word(connection, done)
    if conversation_id is not None:
        counter.nudge(conversation_id)
    return done.answer


@asynccontextmanager
async def _held(token: str | None, handed: Handed) -> AsyncIterator[tuple[Connection, Held]]:
    """The service's transaction and, until it ends, the guest's session, which no account takes meanwhile.

    Raises:
        SessionUnknown: the token opens nothing.
    """
    async with handed.service() as connection:
        session = await store.hold(connection, _at_rest(token), now=handed.now())
        if session is None:
            raise errors.SessionUnknown
        yield connection, session


# Claim ----------------------------------------------------------------------------------------------------------------


async def claim(token: str | None, caller: Caller, handed: Handed) -> Claim:
    """Everything of the guest's becomes the account's; or will, once the account has confirmed the guest's address.

    Raises:
        ClaimRefused: whatever is wrong, without a difference.
    """
    async with handed.service() as connection:
        # What is not found is asked for all the same: a refusal takes the same way whatever its reason.
        session_id = await store.session_of(connection, _at_rest(token)) or NOBODY
        await handed.speak_as(connection, caller)
        try:
            await store.convert(connection, _spoken(token), session_id, caller.user_id or NOBODY)
        except asyncpg.InsufficientPrivilegeError:
            raise errors.ClaimRefused from None
        await handed.speak_as(connection, None)
        moved = await store.moved(connection, session_id)
    if moved is None:
        return Claim(status="awaiting_confirmation")
    await handed.see_out()
    return Claim(status="claimed", bookings=moved[0], conversations=moved[1], drafts=moved[2])


def _spoken(token: str | None) -> str:
    """The token, or one that nobody was ever given."""
    return token if token and len(token) <= tokens.TOKEN_MAX_CHARACTERS and "\x00" not in token else "nobody's"


def _at_rest(token: str | None) -> str:
    return tokens.at_rest(_spoken(token))
