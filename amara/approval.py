"""THE STORY of an approval: read · act · tell.

1. *Read* which version of which draft an interrupt's answer is about; only the server's own ids mean anything.
2. *Act* at once, even beside a run that is being written: the one compare-and-set of `booking`.
3. *Tell* what is true as a short run of its own, in success, whatever came of it: a stock client that got an error
   would keep the interrupt and refuse every text. The words are committed with the deed, so that whatever happens
   somebody says them; and only they wait for a run that is still being written.

A visitor who confirms without having said who they are is asked by a form, and the same version is offered again: the
form goes to the guest's door, so that nothing of it enters a conversation.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec

from amara import booking, errors, interrupts, memory, terms, waiting
from amara.auth import SERVICE, Caller
from amara.db import Connection, become
from amara.frames import Said, Say
from amara.house import House
from amara.memory import Known
from amara.run import Run
from amara.store import conversations, drafts, ledger
from amara.thread import Thread
from amara.tools import cards
from amara.tools.tool import Locale
from amara.turn import Acknowledge

Json = dict[str, Any]

CONTACT_FIELDS, CONTACT_MISSING = ("full_name", "email", "phone"), ("full_name", "email")


class _Edits(msgspec.Struct, forbid_unknown_fields=True):
    starts_at: datetime | None = None
    duration_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | None = None
    address: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    instructions: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


class _Payload(msgspec.Struct):
    approved: bool = False
    edits: _Edits | None = None


async def answer(
    house: House, caller: Caller, thread: Thread, say: Say, locale: Locale, acknowledge: Acknowledge
) -> Known | None:
    """Does what the person decided and sees to it that it is told; or answers which run tells it already.

    Raises:
        NotFound: there is no such conversation of the caller.
        Unavailable: the database is away; nothing was done.
    """
    async with house.feeds.using(thread.conversation_id) as feed:
        run = memory.a_run(house, caller, thread, say, locale, feed)
    known = await _act(house, run, say)
    if known is not None:
        return known
    acknowledge(run, Said(say.resume[0].interrupt_id, ""), "accepted")
    house.runs.nudge(run.conversation_id)
    return None


async def _act(house: House, run: Run, say: Say) -> Known | None:
    """The deed and the words for it, in one commit; as a card, because a repeated edit would not be the same edit."""
    now = house.now()
    try:
        async with house.database.transaction(run.caller) as db:
            if await conversations.conversation_by_id(db, run.conversation_id) is None:
                raise errors.NotFound
            before = await ledger.run_by_key(db, run.caller.owner, run.key)
            if before is None:
                came_of_it = await _decide(db, run, say, now=now)
                shown = {"outcome": "impossible", "reason": "not_found", "draft": None, "booking": None}
                if came_of_it is not None:
                    shown = cards.answer(came_of_it, run.time_zone, now)
                await _leave_word(db, run, {"card": "approval", **shown})
    except errors.ContactNeeded:
        async with house.database.transaction(run.caller) as db:
            before = await ledger.run_by_key(db, run.caller.owner, run.key)
            if before is None:
                await _leave_word(db, run, _form(say.resume[0].interrupt_id, house.consent_version))
    except asyncpg.UniqueViolationError:  # the same frame twice at once: nothing of this one stands
        async with house.database.transaction(run.caller) as db:
            before = await ledger.run_by_key(db, run.caller.owner, run.key)
    return None if before is None else Known(before["id"], before["run_key"], before["status"])


async def _leave_word(db: Connection, run: Run, card: Json) -> None:
    run.card = card
    await become(db, SERVICE)
    await waiting.leave_word(db, run)


def _form(interrupt_id: str, consent_version: str) -> Json:
    """What must be said before this version can be confirmed."""
    meant = interrupts.read(interrupt_id)
    assert meant is not None  # only a draft that was found asks for a contact
    return {
        "card": "contact_form",
        "draft_id": str(meant[0]),
        "version": meant[1],
        "fields": list(CONTACT_FIELDS),
        "missing": list(CONTACT_MISSING),
        "consent_version": consent_version,
    }


async def _decide(db: Connection, run: Run, say: Say, *, now: datetime) -> terms.Answer | None:
    resume, visit, caller = say.resume[0], run.analytics_session_id, run.caller
    meant = interrupts.read(resume.interrupt_id)
    row = None if meant is None else await drafts.draft(db, meant[0])
    if meant is None or row is None or row["conversation_id"] != run.conversation_id:
        return None
    draft_id, version = meant
    try:
        payload = msgspec.convert(resume.payload if isinstance(resume.payload, dict) else {}, _Payload)
    except msgspec.ValidationError as error:
        raise errors.BadFrame(f"The answer to the interrupt cannot be read: {errors.unread(error)}") from error
    if resume.status == "cancelled":
        return await booking.withdraw(db, caller, draft_id, now=now)
    if payload.edits is not None:
        changed = payload.edits
        starts_at = changed.starts_at
        if starts_at is not None and starts_at.tzinfo is None:
            raise errors.BadFrame("starts_at is a moment with an offset.")
        edit = terms.Edit(starts_at, changed.duration_minutes, changed.address, changed.instructions)
        return await booking.edit(db, caller, draft_id, edit, version=version, now=now)
    if payload.approved:
        return await booking.confirm(db, caller, draft_id, version, now=now, analytics_session_id=visit)
    return await booking.withdraw(db, caller, draft_id, now=now)


async def leave_word(house: House, db: Connection, caller: Caller, came_of_it: terms.Answer, card: Json) -> UUID | None:
    """*In the transaction of the deed, as the caller.* What was decided elsewhere, by HTTP, waits to be told to the
    draft's conversation; once, however often it was asked there.

    Returns:
        The conversation, to be nudged after the commit; none where nobody is to be told.
    """
    draft = getattr(came_of_it, "draft", None)
    if not isinstance(draft, terms.Draft) or draft.conversation_id is None:
        return None
    key = f"{draft.id}.{draft.version}.{card['outcome']}"
    conversation = await conversations.conversation_by_id(db, draft.conversation_id)
    if conversation is None or await ledger.run_by_key(db, caller.owner, key) is not None:
        return None
    async with house.feeds.using(conversation["id"]) as feed:
        run = Run(
            id=house.new_id(),
            key=key,
            thread_id=conversation["thread_key"] or str(conversation["id"]),
            conversation_id=conversation["id"],
            caller=caller,
            locale="en" if conversation["locale"] == "en" else "es",
            time_zone=house.time_zone,
            feed=feed,
        )
    with suppress(asyncpg.UniqueViolationError):  # asked twice at the same moment
        async with db.transaction():
            await _leave_word(db, run, {"card": "approval", **card})
    await become(db, caller)
    return run.conversation_id
