"""THE STORY of an approval: read · act · tell.

1. *Read* which version of which draft an interrupt's answer is about; only the server's own ids mean anything.
2. *Act* at once, even beside a run that is being written: the one compare-and-set of `booking`.
3. *Tell* what is true as a short run of its own, in success, whatever came of it: a stock client that got an error
   would keep the interrupt and refuse every text. Only these words wait for a run that is still being written.

A visitor who confirms without having said who they are is asked by a form, and the same version is offered again: the
form goes to the guest's door, so that nothing of it enters a conversation.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

import msgspec

from amara import booking, errors, frames, interrupts, memory, outcomes, terms, turn
from amara.auth import SERVICE, Caller
from amara.db import Connection
from amara.frames import Said, Say
from amara.house import House
from amara.memory import Known
from amara.runs import Run
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
    """Does what the person decided and tells what came of it; or answers that this run has told it already.

    Raises:
        NotFound: there is no such conversation of the caller.
        Unavailable: the database is away, or we are about to leave; nothing was done.
    """
    if house.runs.is_draining:
        raise errors.Unavailable
    known, card = await _act(house, caller, thread, say)
    if known is not None:
        return known
    live = house.runs.by_key(caller.owner, say.run_id)
    if live is not None:
        return Known(live.id, live.key, is_live=True)  # the same frame, while its words still wait to be told
    resume = say.resume[0]
    run = Run(
        id=house.new_id(),
        key=say.run_id,
        parent_key=say.parent_run_id,
        thread_id=thread.id,
        conversation_id=thread.conversation_id,
        caller=caller,
        locale=locale,
        time_zone=say.wishes.time_zone or house.time_zone,
        feed=house.feeds.open(thread.conversation_id),
        analytics_session_id=say.wishes.analytics_session_id,
    )
    try:
        acknowledge(run, Said(resume.interrupt_id, ""), "accepted")
        house.runs.start(run, lambda started: tell(house, started, card))
    finally:
        house.feeds.close(thread.conversation_id)
    return None


async def _act(house: House, caller: Caller, thread: Thread, say: Say) -> tuple[Known | None, Json]:
    """The deed, committed; its result as a card, because a repeated edit would not be the same edit."""
    try:
        async with house.database.transaction(caller) as db:
            if await conversations.conversation_by_id(db, thread.conversation_id) is None:
                raise errors.NotFound
            before = await ledger.run_by_key(db, caller.owner, say.run_id)
            if before is not None:
                return Known(before["id"], before["run_key"], before["status"] == "running"), {}
            came_of_it = await _decide(db, caller, thread, say, now=house.now())
    except errors.ContactNeeded:
        return None, _form(say.resume[0].interrupt_id, house.consent_version)
    shown = {"outcome": "impossible", "reason": "not_found", "draft": None, "booking": None}
    if came_of_it is not None:
        shown = cards.answer(came_of_it, say.wishes.time_zone or house.time_zone, house.now())
    return None, {"card": "approval", **shown}


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


async def _decide(db: Connection, caller: Caller, thread: Thread, say: Say, *, now: datetime) -> terms.Answer | None:
    resume, visit = say.resume[0], say.wishes.analytics_session_id
    meant = interrupts.read(resume.interrupt_id)
    row = None if meant is None else await drafts.draft(db, meant[0])
    if meant is None or row is None or row["conversation_id"] != thread.conversation_id:
        return None
    draft_id, version = meant
    try:
        payload = msgspec.convert(resume.payload if isinstance(resume.payload, dict) else {}, _Payload)
    except msgspec.ValidationError as error:
        raise errors.BadFrame(f"The answer to the interrupt cannot be read: {error}") from error
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


async def announce(house: House, caller: Caller, came_of_it: terms.Answer, card: Json) -> None:
    """Tells the draft's conversation what was decided elsewhere, by HTTP; once, however often it was asked there."""
    draft = getattr(came_of_it, "draft", None)
    if not isinstance(draft, terms.Draft) or draft.conversation_id is None or house.runs.is_draining:
        return
    key = f"{draft.id}.{draft.version}.{card['outcome']}"
    async with house.database.transaction(caller) as db:
        conversation = await conversations.conversation_by_id(db, draft.conversation_id)
        is_told = await ledger.run_by_key(db, caller.owner, key) is not None
    if conversation is None or is_told or house.runs.by_key(caller.owner, key) is not None:
        return
    run = Run(
        id=house.new_id(),
        key=key,
        thread_id=conversation["thread_key"] or str(conversation["id"]),
        conversation_id=conversation["id"],
        caller=caller,
        locale="en" if conversation["locale"] == "en" else "es",
        time_zone=house.time_zone,
        feed=house.feeds.open(conversation["id"]),
    )
    try:
        house.runs.start(run, lambda started: tell(house, started, {"card": "approval", **card}))
    finally:
        house.feeds.close(conversation["id"])


async def tell(house: House, run: Run, card: Json) -> None:
    """One commit: a run with what came of it, its message, and what the conversation waits for now."""
    while (live := house.runs.before(run)) is not None and live.task is not None:
        await asyncio.wait({live.task})
    for _ in range(turn.SETTLE_TRIES):  # the deed is done: whoever asked for it hears so, once the database is back
        try:
            return await _tell_once(house, run, card)
        except errors.Unavailable:
            await house.sleep(turn.SETTLE_WAIT_S)
    return await _tell_once(house, run, card)


async def _tell_once(house: House, run: Run, card: Json) -> None:
    message_id, words = house.new_id(), outcomes.sentence(card, run.locale)
    async with run.feed.writing(SERVICE) as writing:
        db = writing.connection
        if not await conversations.lock_conversation(db, run.conversation_id):
            return
        await memory.open_run(house, writing, run, None)
        writing.say(
            frames.TextStart(message_id=str(message_id), role="assistant", metadata={"amara": {"card": card}}),
        )
        writing.events.append(frames.words(str(message_id), words))
        writing.say(frames.TextEnd(message_id=str(message_id)))
        await conversations.add_reply(
            db,
            message_id,
            run.conversation_id,
            sequence=await conversations.reserve_sequence(db),
            content=words,
            tool_calls=None,
            metadata={"run_id": str(run.id), "status": "complete", "locale": run.locale, "card": card},
        )
        asked = await interrupts.pending(
            db, run.conversation_id, run.id, now=house.now(), locale=run.locale, time_zone=run.time_zone
        )
        outcome = interrupts.outcome(asked)
        await ledger.end_run(db, run.id, owner=house.runs.owner, status="finished", outcome=outcome, error_code=None)
        await conversations.touch_conversation(db, run.conversation_id)
        writing.say(frames.RunFinished(thread_id=run.thread_id, run_id=run.key, outcome=outcome))
