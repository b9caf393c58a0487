"""What one frame means for the record: which conversation, what is new in it, whose answer it already has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from amara import errors, frames, naming, traces
from amara.auth import Caller
from amara.feed import Feed
from amara.frames import Said, Say
from amara.house import House
from amara.run import Run
from amara.store import conversations, ledger
from amara.thread import Thread
from amara.tools.tool import Locale
from amara.writing import Writing

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """Everything in this frame was said before: this is the run that answers, or answered, it."""

    run_id: UUID
    run_key: str
    status: str

    @property
    def is_live(self) -> bool:
        """Its end is still to come."""
        return self.status in {"queued", "running"}


def a_run(house: House, caller: Caller, thread: Thread, say: Say, locale: Locale, feed: Feed) -> Run:
    """What this frame asks for, in the making."""
    return Run(
        id=house.new_id(),
        key=say.run_id,
        parent_key=say.parent_run_id,
        thread_id=thread.id,
        conversation_id=thread.conversation_id,
        caller=caller,
        locale=locale,
        time_zone=say.wishes.time_zone or house.time_zone,
        feed=feed,
        analytics_session_id=say.wishes.analytics_session_id,
        trace=traces.here(),
        purse=None if house.budget is None or caller.address is None else house.budget.purse_of(caller.address),
        sure_until=house.runs.sure_until(),
    )


async def open_conversation(
    writing: Writing, caller: Caller, thread: Thread, say: Say, locale: Locale
) -> tuple[bool, asyncpg.Record]:
    """Locks the conversation's row, made first if it is new; whoever says something next waits here.

    Returns:
        Whether it is new, and what of the frame is on record.

    Raises:
        NotFound: the id is somebody else's.
    """
    db, ids = writing.connection, {"run_key": say.run_id, "client_id": say.said[-1].id}
    found = await conversations.open_word(db, thread.conversation_id, caller.owner, **ids)
    if found["is_there"]:
        return False, found
    await conversations.add_conversation(db, caller.owner, conversation_id=thread.conversation_id, locale=locale)
    found = await conversations.open_word(db, thread.conversation_id, caller.owner, **ids)
    if not found["is_there"]:
        raise errors.NotFound
    return True, found


async def known(writing: Writing, thread: Thread, say: Say, found: asyncpg.Record) -> Known | UUID | None:
    """The run this frame already has; or the id of its message, said before and not answered; or nothing of it.

    Args: found is what `open_conversation` did.

    Raises:
        MessageChanged: its message was another text before.
        BadFrame: its run answers something else: what is new here would be acknowledged and never kept.
    """
    message_id: UUID | None = found["message_id"]
    is_run = found["run_id"] is not None
    if is_run and found["run_conversation_id"] != thread.conversation_id:
        raise errors.BadFrame("This runId belongs to another conversation.")
    if message_id is not None and found["message_content"] != say.said[-1].text:
        raise errors.MessageChanged
    if is_run and message_id is None:
        raise errors.BadFrame("This runId was used for another message.")
    if is_run:
        return Known(found["run_id"], found["run_key"], found["run_status"])
    if message_id is None:
        return None
    run = await ledger.last_run_for(writing.connection, message_id)
    if run is not None and run["status"] not in {"failed", "interrupted"}:
        return Known(run["id"], run["run_key"], run["status"])
    return message_id


async def keep(house: House, writing: Writing, run: Run, say: Say, *, is_last_new: bool) -> None:
    """Writes the new messages as the person who said them; the run answers all of the frame's."""
    db, now = writing.connection, house.now()
    is_new = is_last_new and len(say.said) == 1  # known already, and not asked again
    for said in say.said:
        stored = None if is_new else await conversations.message_by_client_id(db, run.conversation_id, said.id)
        if stored is not None and stored["content"] != said.text:
            raise errors.MessageChanged
        if stored is None:
            metadata = about(run, said, now)
            message_id = await conversations.add_user_message(db, run.conversation_id, said.text, metadata)
        else:
            message_id = stored["id"]
        run.message_ids.append(message_id)
    if not is_new:  # said before, all or some of it, and said again now
        await conversations.touch_conversation(db, run.conversation_id)


async def name(writing: Writing, thread: Thread, say: Say) -> None:
    """*Service.* What a new conversation is called, by its client and in a list."""
    title = naming.first_words(say.said[0].text)
    await conversations.name_conversation(
        writing.connection, thread.conversation_id, thread_key=thread.key, title=title
    )


def say_begun(writing: Writing, run: Run, say: Say) -> None:
    """The run says that it has started, and with which words."""
    writing.run_id = run.id
    writing.say(begun(run, say))


def begun(run: Run, say: Say) -> frames.RunStarted:
    """The event that says so."""
    return started(run, [{"id": said.id, "role": "user", "content": said.text} for said in say.said])


def about(run: Run, said: Said, now: datetime) -> Json:
    """What stands beside a person's words."""
    return {"client_message_id": said.id, "locale": run.locale, "timestamp": now.isoformat()}


def started(run: Run, messages: list[Json]) -> frames.RunStarted:
    """The run's first event; the messages are those it answers, for every device that did not say them.

    Source: AG-UI 1.0, `RUN_STARTED.input`: a client takes over the messages it does not know.
    """
    return frames.RunStarted(
        thread_id=run.thread_id,
        run_id=run.key,
        parent_run_id=frames.UNSET if run.parent_key is None else run.parent_key,
        input={"threadId": run.thread_id, "runId": run.key, "messages": messages} if messages else frames.UNSET,
        metadata={"amara": {"merged": run.merged_keys}} if run.merged_keys else frames.UNSET,
    )
