"""What one frame means for the record: which conversation, what is new in it, whose answer it already has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from amara import errors, frames
from amara.auth import SERVICE, Caller
from amara.feed import Writing
from amara.frames import Say
from amara.house import House
from amara.runs import Run
from amara.store import conversations, ledger
from amara.thread import Thread
from amara.tools.tool import Locale

TITLE_MAX = 60  # characters


@dataclass(frozen=True, slots=True)
class Known:
    """Everything in this frame was said before: this is the run that answers, or answered, it."""

    run_id: UUID
    run_key: str
    is_live: bool


async def open_conversation(writing: Writing, caller: Caller, thread: Thread, locale: Locale) -> bool:
    """Locks the conversation's row, made first if it is new; whoever says something next waits here.

    Returns:
        Whether it is new.

    Raises:
        NotFound: the id is somebody else's.
    """
    db = writing.connection
    if await conversations.lock_conversation(db, thread.conversation_id):
        return False
    await conversations.add_conversation(db, caller.owner, conversation_id=thread.conversation_id, locale=locale)
    if not await conversations.lock_conversation(db, thread.conversation_id):
        raise errors.NotFound
    return True


async def known(writing: Writing, thread: Thread, caller: Caller, say: Say) -> Known | UUID | None:
    """The run this frame already has; or the id of its message, said before and not answered; or nothing of it."""
    db, last = writing.connection, say.said[-1]
    run = await ledger.run_by_key(db, caller.owner, say.run_id)
    if run is not None:
        if run["conversation_id"] != thread.conversation_id:
            raise errors.BadFrame("This runId belongs to another conversation.")
        return Known(run["id"], run["run_key"], run["status"] == "running")
    message = await conversations.message_by_client_id(db, thread.conversation_id, last.id)
    if message is None:
        return None
    if message["content"] != last.text:
        raise errors.MessageChanged
    run = await ledger.last_run_for(db, message["id"])
    if run is not None and run["status"] not in {"failed", "interrupted"}:
        return Known(run["id"], run["run_key"], run["status"] == "running")
    message_id: UUID = message["id"]
    return message_id


async def begin(
    house: House, writing: Writing, run: Run, say: Say, *, message_id: UUID | None, thread: Thread | None
) -> None:
    """Writes the new messages as the person, the run as the service.

    The message id is that of a message said before; the thread is given where the conversation is new and unnamed.
    """
    db, now = writing.connection, house.now()
    for said in say.said:
        stored = await conversations.message_by_client_id(db, run.conversation_id, said.id)
        if stored is not None and stored["content"] != said.text:
            raise errors.MessageChanged
        if stored is None:
            metadata = {"client_message_id": said.id, "locale": run.locale, "timestamp": now.isoformat()}
            message_id = await conversations.add_user_message(db, run.conversation_id, said.text, metadata)
    assert message_id is not None  # the last one was either unknown and is stored now, or known and handed in
    await conversations.touch_conversation(db, run.conversation_id)
    live = await ledger.live_run(db, run.conversation_id)
    if live is not None:
        raise errors.Busy
    await writing.become(SERVICE)
    if thread is not None:
        title = " ".join(say.said[0].text.split())[:TITLE_MAX]
        await conversations.name_conversation(db, thread.conversation_id, thread_key=thread.key, title=title)
    await open_run(house, writing, run, message_id)


async def open_run(house: House, writing: Writing, run: Run, message_id: UUID | None) -> None:
    """*Service.* The run goes on record, leased to this process, and says that it has started.

    An approval answers no message; everything else answers the one of this id.
    """
    expires_at = run.caller.expires_at
    await ledger.add_run(
        writing.connection,
        run.id,
        conversation_id=run.conversation_id,
        user_id=run.caller.owner,
        run_key=run.key,
        parent_run_key=run.parent_key,
        user_message_id=message_id,
        owner=house.runs.owner,
        lease_s=house.runs.lease_s,
        authority_until=None if expires_at is None else datetime.fromtimestamp(expires_at, UTC),
    )
    writing.run_id = run.id
    parent = frames.UNSET if run.parent_key is None else run.parent_key
    writing.say(frames.RunStarted(thread_id=run.thread_id, run_id=run.key, parent_run_id=parent))
