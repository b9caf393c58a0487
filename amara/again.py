"""THE STORY of an answer that is asked for again: look · take back · answer anew.

1. *Look* whether it is the latest word here: nobody goes behind what a person has confirmed since, or what somebody
   else has said.
2. *Take back* what was answered: it stays in the record as superseded, and leaves both what is shown and what the model
   reads. A draft that came of it is withdrawn, for its hour would be held by words nobody can see.
3. *Answer* the same message by a run of its own, which begins by showing the conversation without the old answer.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from amara import booking, errors, frames, memory, transcript, waiting
from amara.auth import SERVICE, Caller
from amara.frames import Said, Say
from amara.house import House
from amara.memory import Known
from amara.run import Run
from amara.store import answers, conversations, handoffs, ledger, queue
from amara.thread import Thread
from amara.tools.tool import Locale
from amara.turn import Acknowledge
from amara.writing import Writing

Json = dict[str, Any]

SNAPSHOT_ROWS_MAX = 1_000


async def answer(
    house: House, caller: Caller, thread: Thread, say: Say, locale: Locale, acknowledge: Acknowledge
) -> Known | None:
    """Takes back the answer to the latest message and starts another; or says which run this frame already has.

    Raises:
        NotAllowed: this is not the latest answer, or something has come of it.
        Busy: it is being written, or something waits.
        BadFrame: the frame says something new as well.
        Unavailable: the database is away; nothing was changed.
    """
    asked_again = say.wishes.regenerate
    assert asked_again is not None  # nobody else comes here
    if say.said and say.said[-1].id != asked_again:
        raise errors.BadFrame("An answer is asked for again without saying anything new.")
    await house.runs.settled(thread.conversation_id)
    async with house.feeds.using(thread.conversation_id) as feed:
        run = memory.a_run(house, caller, thread, say, locale, feed)
        try:
            async with feed.writing(caller) as writing:
                known = await _look(writing, run, asked_again)
                if isinstance(known, Known):
                    return known
                await _take_back(house, writing, run, known)
                run.message_ids.append(known["id"])
                await waiting.begin_again(house, writing.connection, run)
                memory.say_begun(writing, run, say)
                rows = await conversations.messages(writing.connection, thread.conversation_id, limit=SNAPSHOT_ROWS_MAX)
                shown = transcript.wire_messages([dict(row) for row in rows[::-1]])
                writing.say(frames.Snapshot(messages=shown))
                writing.after_commit.append(lambda: _began(house, run, Said(asked_again, ""), acknowledge))
        except asyncpg.UniqueViolationError as error:
            raise errors.Busy from error  # raced: another frame opened this run, or another run, a moment ago
    return None


def _began(house: House, run: Run, said: Said, acknowledge: Acknowledge) -> None:
    acknowledge(run, said, "accepted")
    house.runs.start(run)


async def _look(writing: Writing, run: Run, message_key: str) -> Known | asyncpg.Record:
    """*Caller, from here on holding the conversation's row.* The message whose answer this is."""
    db = writing.connection
    if not await conversations.lock_conversation(db, run.conversation_id):
        raise errors.NotAllowed("There is nothing here to be answered again.")
    before = await ledger.run_by_key(db, run.caller.owner, run.key)
    if before is not None:
        if before["conversation_id"] != run.conversation_id:
            raise errors.BadFrame("This runId belongs to another conversation.")
        return Known(before["id"], before["run_key"], before["status"])
    message = await conversations.message_by_client_id(db, run.conversation_id, message_key)
    if message is None or await answers.is_followed(db, run.conversation_id, message["sequence"]):
        raise errors.NotAllowed("Only the latest answer can be asked for again.")
    return message


async def _take_back(house: House, writing: Writing, run: Run, message: asyncpg.Record) -> None:
    """Leaves the transaction as the service's."""
    db = await writing.become(SERVICE)
    if await handoffs.opened(db, run.conversation_id) is not None:
        raise errors.NotAllowed("A person of the team has this conversation.")
    if await ledger.live_run(db, run.conversation_id) or await queue.waiting(db, run.conversation_id):
        raise errors.Busy
    run_ids = await answers.runs_of(db, message["id"])
    drafted = await answers.draft_of(db, run_ids)
    if drafted is not None:
        await _withdraw(house, writing, run, drafted)
    if await answers.has_come_of_it(db, run.conversation_id, message["id"], run_ids):
        raise errors.NotAllowed("Something has come of this answer; please say what you would like instead.")
    await answers.supersede(db, run.conversation_id, run_ids, by=run.id)


async def _withdraw(house: House, writing: Writing, run: Run, draft_id: UUID) -> None:
    """*Service, before and after.* As the person whose draft it is; one confirmed meanwhile stays what it is."""
    await booking.withdraw(await writing.become(run.caller), run.caller, draft_id, now=house.now())
    await writing.become(SERVICE)
