"""THE STORY of a hand-off: ask · take · speak · give back.

1. *Ask*: the person, or Amara in their name, marks the conversation; from now on Amara does not answer in it. An answer
   that is being written ends whole. Amara says that somebody will come, and when; then she steps back.
2. *Take*: one of staff has it, and no other; two who race are one winner and one exact answer.
3. *Speak*: what they say stands in the record as the assistant's, with their name; it is told like everything here:
   once, in order, after its commit.
4. *Give back*: by whoever has it or by its owner; Amara has the whole talk before her, and answers what nobody did.

Who may read is not decided here: a policy of the database opens a conversation to staff while it is handed off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg

from amara import asides, errors, waiting
from amara.auth import SERVICE, Caller, person
from amara.db import Connection, become
from amara.feed import Feed
from amara.house import House
from amara.prompt import plain  # a name stands in what the model reads
from amara.reading import checked_text
from amara.run import Run
from amara.store import asides as untold
from amara.store import conversations, handoffs, ledger, notices
from amara.tools.tool import Reason

Json = dict[str, Any]
Row = asyncpg.Record

TEAM: Final = "MaidConnect"
"""Who speaks where somebody of staff has no name."""
NOTE_MAX = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody of staff said, as it stands in the record."""

    id: UUID
    content: str
    author: str
    created_at: datetime
    is_new: bool
    """Or it was said before, under the same id."""

    def shown(self) -> Json:
        """As everybody hears it."""
        return {
            "id": str(self.id),
            "content": self.content,
            "author": {"name": self.author},
            "created_at": self.created_at.isoformat(),
        }


def shown(row: Row | None) -> Json | None:
    """The hand-off as its owner may see it; none where the conversation is Amara's."""
    if row is None:
        return None
    author = None if row["taken_name"] is None else {"name": row["taken_name"]}
    return {"state": row["state"], "since": row["taken_at"] or row["asked_at"], "author": author}


# Ask ------------------------------------------------------------------------------------------------------------------


async def mark(
    db: Connection,
    conversation_id: UUID,
    who: UUID,
    *,
    handoff_id: UUID,
    reason: Reason,
    asked_by: Literal["person", "amara"],
    summary: str | None,
) -> tuple[Row, bool]:
    """*Service.* The conversation is in a person's hands from this commit on; asked twice it is asked once.

    Returns:
        The hand-off, and whether it is new.
    """
    row = await handoffs.ask(db, handoff_id, conversation_id, reason=reason, asked_by=asked_by, summary=summary)
    if row is None:
        before = await handoffs.opened(db, conversation_id)
        if before is None:
            raise errors.NotFound  # the conversation was deleted this moment, or given back in it
        return before, False
    await handoffs.record(db, row, who, "asked")
    await handoffs.notify(db, row)
    await untold.leave(db, conversation_id, "handoff", {"state": "waiting", "author": None})
    return row, True


async def ask(house: House, caller: Caller, conversation_id: UUID, *, reason: Reason, summary: str | None) -> Row:
    """The person asks for a person, by a button: at once, even beside an answer; Amara's words for it come after that.

    Raises:
        NotFound: there is no such conversation of the caller.
    """
    async with house.feeds.using(conversation_id) as feed, house.database.transaction(caller) as db:
        conversation = await conversations.conversation_by_id(db, conversation_id)
        if conversation is None or conversation["user_id"] != caller.owner:
            raise errors.NotFound
        await become(db, SERVICE)
        row, is_new = await mark(
            db,
            conversation_id,
            caller.owner,
            handoff_id=house.new_id(),
            reason=reason,
            asked_by="person",
            summary=summary,
        )
        if is_new:
            run = Run(
                id=house.new_id(),
                key=f"handoff.{row['id']}",
                thread_id=conversation["thread_key"] or str(conversation_id),
                conversation_id=conversation_id,
                caller=caller,
                locale="en" if conversation["locale"] == "en" else "es",
                time_zone=house.time_zone,
                feed=feed,
                card=card(row, house.opens_at()),
            )
            await waiting.leave_word(db, run)
    await _tell(house, conversation_id)
    house.runs.nudge(conversation_id)
    return row


def card(row: Row, opens_at: datetime | None) -> Json:
    """What the person is shown of it, and what Amara's words are made of.

    Args:
        row: the hand-off.
        opens_at: when somebody of staff is there next; none: now.
    """
    return {
        "card": "handoff",
        "state": row["state"],
        "reason": row["reason"],
        "author": None if row["taken_name"] is None else {"name": row["taken_name"]},
        "staffed": opens_at is None,
        "staffed_from": None if opens_at is None else opens_at.isoformat(),
    }


# Take, speak, give back -----------------------------------------------------------------------------------------------


async def take(house: House, staff: Caller, conversation_id: UUID) -> Row:
    """This person of staff has it from now on.

    Raises:
        NotFound: it is not handed off, or the caller is not of staff: one answer for both.
        AlreadyTaken: a colleague was faster.
    """
    async with house.database.transaction(staff) as db:
        name, _ = await seen(db, staff, conversation_id)
        await become(db, SERVICE)
        row = await handoffs.take(db, conversation_id, staff.owner, name)
        if row is None:
            return _theirs(await handoffs.opened(db, conversation_id), staff)
        await handoffs.record(db, row, staff.owner, "taken")
        await untold.leave(db, conversation_id, "handoff", {"state": "taken", "author": {"name": row["taken_name"]}})
    await _tell(house, conversation_id)
    return row


async def say(house: House, staff: Caller, conversation_id: UUID, client_id: str, text: str) -> Said:
    """What whoever has it says to the person; once, however often it is sent under the same id.

    Raises:
        NotFound: it is not handed off, or the caller is not of staff.
        AlreadyTaken, NotAllowed: a colleague has it; nobody has taken it yet.
        TextTooLong, TextRefused, MessageChanged: as for everybody.
    """
    checked_text(text)
    async with house.database.transaction(staff) as db:
        await seen(db, staff, conversation_id)
        await become(db, SERVICE)
        row = _theirs(await handoffs.held(db, conversation_id), staff)
        name: str = row["taken_name"]
        before = await handoffs.said_before(db, conversation_id, client_id)
        if before is not None:
            author = (before["metadata"] or {}).get("author")
            if before["origin"] != "service" or before["content"] != text or author != {"name": name}:
                raise errors.MessageChanged
            return Said(before["id"], text, name, before["created_at"], is_new=False)
        message_id = house.new_id()
        said_at = await handoffs.say(
            db, message_id, row, text, client_id=client_id, author={"name": name}, now=house.now()
        )
        await conversations.touch_conversation(db, conversation_id)
        await handoffs.record(db, row, staff.owner, "said")
        said = Said(message_id, text, name, said_at, is_new=True)
        await untold.leave(db, conversation_id, "staff_message", said.shown())
        await notices.unheard(db, conversation_id, message_id)
    await _tell(house, conversation_id)
    return said


async def note(house: House, staff: Caller, conversation_id: UUID, note_id: UUID, text: str) -> None:
    """What colleagues shall know, and nobody else; once, however often it is sent under the same id.

    Raises:
        NotFound: it is not handed off, or the caller is not of staff.
        TextTooLong, TextRefused: as for everybody.
    """
    checked_text(text)
    if len(text) > NOTE_MAX:
        raise errors.TextTooLong(f"A note has at most {NOTE_MAX:,} characters.")
    async with house.database.transaction(staff) as db:
        name, row = await seen(db, staff, conversation_id)
        await become(db, SERVICE)
        if await handoffs.note(db, note_id, conversation_id, staff.owner, name, text):
            await handoffs.record(db, row, staff.owner, "noted")


async def give_back(house: House, caller: Caller, conversation_id: UUID) -> None:
    """It is Amara's again, by whoever has it, by its owner, or by anybody of staff while nobody has it.

    Raises:
        NotFound: there is no such conversation of the caller, or none that is handed off.
        AlreadyTaken: a colleague has it.
    """
    async with house.feeds.using(conversation_id) as feed, house.database.transaction(caller) as db:
        conversation = await conversations.conversation_by_id(db, conversation_id)
        if conversation is None:
            raise errors.NotFound
        await become(db, SERVICE)
        row = await handoffs.held(db, conversation_id)
        if row is None:
            return  # it was given back already
        if conversation["user_id"] != caller.owner and row["state"] == "taken":
            _theirs(row, caller)
        author = None if row["taken_name"] is None else {"name": row["taken_name"]}
        await handoffs.give_back(db, conversation_id, caller.owner)
        await handoffs.record(db, row, caller.owner, "returned")
        await untold.leave(db, conversation_id, "handoff", {"state": "returned", "author": author})
        await _pick_up(house, db, caller, conversation, row, feed)
    await _tell(house, conversation_id)
    house.runs.nudge(conversation_id)


async def _pick_up(house: House, db: Connection, who: Caller, conversation: Row, row: Row, feed: Feed) -> None:
    """*Service.* What nobody has answered is Amara's to answer now, for as long as its owner has given their word."""
    said = await handoffs.unanswered(db, conversation["id"])
    owner = who
    if who.user_id != conversation["user_id"]:
        latest = await ledger.latest_word(db, conversation["id"])
        until = None if latest is None else latest["authority_until"]
        if latest is None or until is None or until <= house.now():
            return
        is_anonymous = latest["asked"].get("is_anonymous", True)
        owner = person(conversation["user_id"], is_anonymous=is_anonymous, expires_at=int(until.timestamp()))
    if said:
        run = Run(
            id=house.new_id(),
            key=f"return.{row['id']}",
            thread_id=conversation["thread_key"] or str(conversation["id"]),
            conversation_id=conversation["id"],
            caller=owner,
            locale="en" if conversation["locale"] == "en" else "es",
            time_zone=house.time_zone,
            feed=feed,
            message_ids=said,
        )
        await waiting.leave_word(db, run)


async def seen(db: Connection, staff: Caller, conversation_id: UUID) -> tuple[str, Row]:
    """As the caller: their name, and the hand-off, as far as the policies show it."""
    name = await handoffs.staff_name(db, staff.owner)
    row = await handoffs.opened(db, conversation_id)
    if name is None or row is None:
        raise errors.NotFound
    return plain(name) or TEAM, row


def _theirs(row: Row | None, staff: Caller) -> Row:
    if row is None:
        raise errors.NotFound  # given back this moment
    if row["taken_by"] is None:
        raise errors.NotAllowed("Nobody has taken this conversation yet; take it first.")
    if row["taken_by"] != staff.owner:
        raise errors.AlreadyTaken(f"{row['taken_name']} has this conversation.")
    return row


async def _tell(house: House, conversation_id: UUID) -> None:
    await asides.tell(house.feeds, conversation_id, owner=house.runs.owner)
