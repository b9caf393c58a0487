"""A conversation's queue: what is said while an answer is being written waits, and becomes one next turn.

So does what one person says in a third conversation while two others of theirs are being answered.

Nothing that was acknowledged is lost: who waits stands in the record, and the next run begins in the very transaction
that ends the one before. Where that cannot be (nobody writes any more, or we are about to leave) somebody else finds
it there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal
from uuid import UUID

import asyncpg

from amara import auth, errors, memory, naming
from amara.db import Connection
from amara.feed import Feed
from amara.frames import Say
from amara.house import House
from amara.run import Run
from amara.store import conversations, ledger, log, queue
from amara.thread import Thread
from amara.writing import Writing

WAITING_MAX = 10  # messages
AT_ONCE_MAX = 2  # answers being written for one person
EVER_SO_MANY = 1_000_000
AGAIN_S = 5.0  # for who will not wait: by then an answer is likely to have ended

Policy = Literal["enqueue", "interrupt", "reject"]


async def begin_once(house: House, thread: Thread, run: Run, say: Say, then: Callable[[], None]) -> bool:
    """The plain case, which nearly all are, in one way to the database: one new message where nothing is being written.

    Args:
        house: ours.
        thread: the conversation, which may be new still.
        run: what this frame asks for.
        say: the frame.
        then: called once committed, before anything is told.

    Returns:
        Whether it was; else nothing was stored, and the long way says what it is.
    """
    if len(say.said) != 1 or house.runs.is_draining:
        return False
    (said,) = say.said
    run.message_ids, is_new = [house.new_id()], thread.is_new and run.feed.head is None
    opens = queue.Opening(run.locale, thread.key, naming.first_words(said.text)) if is_new else None

    async def keep_it(row: log.Row) -> bool:
        return await queue.begin_once(
            house.database,
            row,
            caller=run.caller,
            client_id=said.id,
            message_id=run.message_ids[0],
            text=said.text,
            metadata=memory.about(run, said, house.now()),
            run_key=run.key,
            parent_run_key=run.parent_key,
            owner=house.runs.owner,
            lease_s=house.runs.lease_s,
            authority_until=run.authority_until,
            asked=run.asked,
            at_once=AT_ONCE_MAX,
            opens=opens,
        )

    epoch = round(house.now().timestamp() * 1_000) if is_new else None
    if await run.feed.commit(keep_it, [memory.begun(run, say)], run_id=run.id, then=then, epoch=epoch):
        return True
    run.message_ids = []
    return False


async def begin(house: House, db: Connection, run: Run, policy: Policy | None) -> bool:
    """*Service, holding the conversation's row.* The run goes on record as begun, leased to this process; unless
    another one goes before it. The wish to interrupt that is put on record.

    Returns:
        Whether it has begun.

    Raises:
        Busy: another one goes before it, and it would not wait.
        asyncpg.UniqueViolationError: a run of this name is on record.
    """
    # While we drain nothing begins here: whoever owns the conversation next finds it waiting.
    is_draining = house.runs.is_draining
    found = await _begin(house, db, run, at_once=0 if is_draining else AT_ONCE_MAX)
    if found["live_id"] is not None:
        if policy == "reject":
            raise errors.Busy(retry_after_s=AGAIN_S)
        if policy == "interrupt":
            await ledger.request_stop_of(db, found["live_id"])
    elif not (found["is_begun"] or found["is_waited_for"] or is_draining) and policy == "reject":
        raise errors.Busy("Amara is answering in two other conversations of yours.", retry_after_s=AGAIN_S)
    has_begun: bool = found["is_begun"]
    return has_begun


async def begin_again(house: House, db: Connection, run: Run) -> None:
    """*Service, holding the conversation's row.* The same for an answer in place of another: however much is being
    written elsewhere, and only if nothing is, or waits, here.

    Raises:
        Busy: something is, or does.
        asyncpg.UniqueViolationError: a run of this name is on record.
    """
    found = await _begin(house, db, run, at_once=EVER_SO_MANY)
    if not found["is_begun"]:
        raise errors.Busy


async def _begin(house: House, db: Connection, run: Run, *, at_once: int) -> asyncpg.Record:
    return await queue.begin(
        db,
        run.id,
        conversation_id=run.conversation_id,
        user_id=run.caller.owner,
        run_key=run.key,
        parent_run_key=run.parent_key,
        user_message_id=run.message_ids[-1],
        owner=house.runs.owner,
        lease_s=house.runs.lease_s,
        authority_until=run.authority_until,
        asked=run.asked,
        at_once=at_once,
    )


async def join(db: Connection, run: Run) -> int:
    """*Service, holding the conversation's row.* The run waits for its turn.

    Returns:
        The place of its first message: 1 is next.

    Raises:
        Busy: too many wait already.
    """
    rows = await queue.waiting(db, run.conversation_id)
    ahead = sum(len(row["asked"]["messages"]) for row in rows if not row["is_stopped"])
    if ahead + len(run.message_ids) > WAITING_MAX:
        raise errors.Busy("Too many messages wait for an answer here.")
    await _stand(db, run)
    return ahead + 1


async def leave_word(db: Connection, run: Run) -> None:
    """*Service.* What came of an approval waits to be told; it goes before the messages that wait."""
    await _stand(db, run)


async def _stand(db: Connection, run: Run) -> None:
    await queue.join(
        db,
        run.id,
        conversation_id=run.conversation_id,
        user_id=run.caller.owner,
        run_key=run.key,
        parent_run_key=run.parent_key,
        user_message_id=run.message_ids[-1] if run.message_ids else None,
        authority_until=run.authority_until,
        asked=run.asked,
    )


async def hand_on(house: House, writing: Writing, run: Run, *, elsewhere: UUID | None, may_wait: bool = True) -> None:
    """*Service, at the end of a run, holding the conversation's row.* Whoever waits is next.

    Args:
        house: ours.
        writing: which ends the run.
        run: that ends.
        elsewhere: where its person waits in another conversation.
        may_wait: false where it is known that nobody waits in this one.
    """
    following = await _next(house, writing.connection, run.conversation_id, run.feed) if may_wait else None
    if following is not None:
        writing.after_commit.append(lambda: house.runs.start(following))
        return
    if elsewhere is not None:
        writing.after_commit.append(lambda: house.runs.nudge(elsewhere))


async def advance(house: House, conversation_id: UUID) -> None:
    """Begins what waits here, if nothing is being written."""
    async with house.feeds.using(conversation_id) as feed:
        async with house.database.service() as db:
            if not await conversations.lock_conversation(db, conversation_id):
                return
            live = await ledger.live_run(db, conversation_id)
            following = None if live is not None else await _next(house, db, conversation_id, feed)
        if live is not None and live["is_stopped"]:
            house.runs.halt(live["id"])  # its end will be our beginning
        if following is not None:
            house.runs.start(following)


async def _next(house: House, db: Connection, conversation_id: UUID, feed: Feed) -> Run | None:
    """The next run, leased to this process: all messages together.

    What came of an approval goes first, and alone. So does what was stopped while it waited: it ends as it begins.
    """
    rows = [] if house.runs.is_draining else await queue.waiting(db, conversation_id)
    alone = next((row for row in rows if "card" in row["asked"] or row["is_stopped"]), None)
    rows = rows if alone is None else [alone]
    conversation = await conversations.conversation_by_id(db, conversation_id) if rows else None
    if conversation is None:
        return None
    if alone is None and await queue.running_elsewhere(db, conversation["user_id"], conversation_id) >= AT_ONCE_MAX:
        return None  # its turn comes when one of those ends
    run = as_run(house, rows, conversation, feed)
    await queue.merge(db, [row["id"] for row in rows[1:]], leader_id=run.id)
    await queue.lead(
        db,
        run.id,
        owner=house.runs.owner,
        lease_s=house.runs.lease_s,
        authority_until=run.authority_until,
        asked=run.asked,
    )
    await queue.take_places(db, run.message_ids)
    return run


def as_run(house: House, rows: Sequence[asyncpg.Record], conversation: asyncpg.Record, feed: Feed) -> Run:
    """A run as the record has it, for this process to go on with; several that waited are one, and the first one leads.

    Args:
        house: ours.
        rows: of runs, with what they were asked.
        conversation: theirs; in its owner's name the run acts, whatever a run of theirs says.
        feed: the conversation's.
    """
    askings = [_by_default(house, conversation) | row["asked"] for row in rows]
    latest, untils = askings[-1], [row["authority_until"] for row in rows]
    expires_at = None if None in untils else int(max(untils).timestamp())
    return Run(
        id=rows[0]["id"],
        key=rows[0]["run_key"],
        parent_key=rows[0]["parent_run_key"],
        thread_id=latest["thread_id"],
        conversation_id=feed.conversation_id,
        caller=auth.person(conversation["user_id"], is_anonymous=latest["is_anonymous"], expires_at=expires_at),
        locale=latest["locale"],
        time_zone=latest["time_zone"],
        feed=feed,
        analytics_session_id=latest["analytics_session_id"],
        message_ids=[UUID(message_id) for asked in askings for message_id in asked["messages"]],
        merged_keys=[*askings[0]["merged"], *(row["run_key"] for row in rows[1:])],
        card=latest.get("card"),
        purse=latest.get("purse"),
        trace=latest.get("trace") or {},
        is_announced=False,
        stop_reason="cancelled" if rows[0]["is_stopped"] else None,
        sure_until=house.runs.sure_until(),
    )


def _by_default(house: House, conversation: asyncpg.Record) -> dict[str, Any]:
    """For a run from before such things were kept; with the fewest rights."""
    return {
        "thread_id": conversation["thread_key"] or str(conversation["id"]),
        "locale": "en" if conversation["locale"] == "en" else "es",
        "time_zone": house.time_zone,
        "is_anonymous": True,
        "analytics_session_id": None,
        "messages": [],
        "merged": [],
    }
