"""THE STORY of a turn: remember · recall · ask · act · settle.

1. *Remember* what was said: one commit holds the conversation, the message and the run; only then is it acknowledged.
2. *Recall* the conversation from the record; nothing a client claims is history.
3. *Ask* the model and forward its words as they come. No transaction is open meanwhile.
4. *Act*: each tool in its own transaction, as the caller; its effect, its record and its result commit together.
   A failure the model can use becomes a tool result. Then ask again, eight rounds at the most.
5. *Settle*: the answer, its cost and the terminal event in one commit. Whatever happens, a run has one end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal

import asyncpg
import structlog

from amara import calls, errors, frames, interrupts, memory, prompt, transcript
from amara.auth import SERVICE, Caller
from amara.db import become
from amara.frames import Said, Say
from amara.house import House
from amara.memory import Known
from amara.model import Ask
from amara.reply import Reply
from amara.runs import Run, Stopped
from amara.store import conversations, ledger
from amara.thread import Thread
from amara.tools.tool import Locale

Json = dict[str, Any]

ROUNDS_MAX = 8
CALLS_MAX = 16  # of one turn
HISTORY_ROWS_MAX = 400
SETTLE_TRIES = 30
SETTLE_WAIT_S = 1.0  # between tries while the database is away

_CLOSING = {
    "es": "He consultado todo lo que podía en este turno. ¿Le ayudo con algo más concreto?",
    "en": "I have looked up all I can in this turn. Shall I help with something more specific?",
}

_logger = structlog.get_logger(__name__)


Acknowledge = Callable[[Run, Said, Literal["accepted", "duplicate"]], None]
"""Called after the commit and before anything of the run is told."""


@dataclass(slots=True)
class Turn:
    """The rounds of one run."""

    run: Run
    replies: list[Reply] = field(default_factory=list)
    calls: int = 0


# Remember -------------------------------------------------------------------------------------------------------------


async def remember(
    house: House, caller: Caller, thread: Thread, say: Say, locale: Locale, acknowledge: Acknowledge
) -> Known | None:
    """Commits what was said and starts its run; or answers what it already was.

    Raises:
        Busy: another answer is being written here; nothing was stored.
        MessageChanged: a known message id with another text.
        NotFound: the conversation is somebody else's.
        BadFrame: there is nothing new in this frame and nothing known either.
        Unavailable: the database is away, or we are about to leave; nothing was stored.
    """
    if house.runs.is_draining:
        raise errors.Unavailable
    if not say.said:
        raise errors.BadFrame("There is no user message in this frame.")
    await house.runs.settled(thread.conversation_id)
    async with house.feeds.using(thread.conversation_id) as feed:
        run = Run(
            id=house.new_id(),
            key=say.run_id,
            parent_key=say.parent_run_id,
            thread_id=thread.id,
            conversation_id=thread.conversation_id,
            caller=caller,
            locale=locale,
            time_zone=say.wishes.time_zone or house.time_zone,
            feed=feed,
        )
        try:
            async with feed.writing(caller) as writing:
                is_new = await memory.open_conversation(writing, caller, thread, locale)
                if is_new:
                    feed.begin_anew()  # deleted while somebody had it open
                known = await memory.known(writing, thread, caller, say)
                if isinstance(known, Known):
                    return known
                unnamed = thread if is_new else None
                await memory.begin(house, writing, run, say, message_id=known, thread=unnamed)
                status: Literal["accepted", "duplicate"] = "duplicate" if known else "accepted"
                writing.after_commit.append(lambda: _started(house, run, say, status, acknowledge))
        except asyncpg.UniqueViolationError as error:
            raise errors.Busy from error  # raced: another frame opened this run, or another run, a moment ago
        except asyncpg.UntranslatableCharacterError as error:
            raise errors.TextRefused from error
    return None


def _started(house: House, run: Run, say: Say, status: Literal["accepted", "duplicate"], ack: Acknowledge) -> None:
    for said in say.said:
        ack(run, said, status)
    house.runs.start(run, lambda started: play(house, started))


# Recall, ask, act -----------------------------------------------------------------------------------------------------


async def play(house: House, run: Run) -> None:
    """Everything after the remembering; always ends the run, whatever happens."""
    turn = Turn(run)
    try:
        system, messages = await recall(house, run)
        for number in range(1, ROUNDS_MAX + 1):
            may_call = number < ROUNDS_MAX and turn.calls < CALLS_MAX
            reply = await ask(house, turn, Ask(system, messages, house.declared, may_call))
            if not reply.calls:
                break
            await act(house, turn, reply)
            messages = [*messages, *reply.as_history()]
        await settle(house, turn)
    except Stopped:
        await give_up(house, turn, None)
    except errors.Fenced:
        raise
    except errors.AmaraError as error:
        _logger.warning("turn_failed", run_id=str(run.id), code=error.code, cause=type(error.__cause__).__name__)
        await give_up(house, turn, error)
    except Exception:
        _logger.exception("turn_broken", run_id=str(run.id))
        await give_up(house, turn, errors.AmaraError())


async def recall(house: House, run: Run) -> tuple[list[Json], list[Json]]:
    """The system blocks and the conversation, read as the caller."""
    async with house.database.transaction(run.caller) as db:
        rows = await conversations.messages(db, run.conversation_id, limit=HISTORY_ROWS_MAX)
        person = await conversations.person(db, run.caller.owner)
        await become(db, SERVICE)
        ours = await conversations.speaking(db, run.conversation_id)
    city, name = (person["city"], person["full_name"]) if person else (None, None)
    system = prompt.system(run.locale, now=house.now(), time_zone=run.time_zone, city=city, name=name)
    # A person may write and edit assistant rows too; those are listed for them, and never read as what was answered.
    said = [dict(row) for row in rows[::-1] if row["role"] == "user" or row["id"] in ours]
    return system, transcript.model_messages(said)


async def ask(house: House, turn: Turn, request: Ask) -> Reply:
    """One round: words are told as they come, structure after its commit.

    Raises:
        Stopped: somebody ended the run; what was said stands.
        ModelFailed: by its situations; likewise.
    """
    reply = Reply(house.new_id(), len(turn.replies) + 1, turn.run, house.tools)
    turn.replies.append(reply)
    began = house.clock()
    async with aclosing(house.model.stream(request)) as answer:
        while reply.ended is None:
            async with turn.run.interruptible():
                batch = await anext(answer, None)
            if batch is None:
                raise errors.ModelCut
            await reply.hear(batch)
    reply.latency_ms = round((house.clock() - began) * 1000)
    if not request.may_call and (reply.calls or not reply.text.strip()):
        reply.calls = []
        await reply.say([_CLOSING[turn.run.locale]])
    elif not reply.calls and not reply.text.strip() and reply.ended.stop_reason != "refusal":
        raise errors.ModelCut
    return reply


async def act(house: House, turn: Turn, reply: Reply) -> None:
    """Writes the round down, then carries out its calls one after the other."""
    run = turn.run
    async with run.feed.writing() as writing:
        await reply.record(writing.connection, "complete")
        for call in reply.calls:
            await ledger.start_tool(
                writing.connection,
                run.id,
                conversation_id=run.conversation_id,
                message_id=reply.id,
                call_id=call["id"],
                tool=call["name"],
                given=call["input"],
            )
        writing.say(*reply.closers())
        writing.after_commit.append(reply.recorded)
    for call in reply.calls:
        if run.stop_reason is not None:
            raise Stopped
        turn.calls += 1
        await calls.perform(house, reply, call)


# Settle ---------------------------------------------------------------------------------------------------------------


async def settle(house: House, turn: Turn) -> None:
    """The answer is whole."""
    ended = turn.replies[-1].ended
    was_refused = ended is not None and ended.stop_reason == "refusal"
    await _end(house, turn, "finished", "refused" if was_refused else "complete", None)


async def give_up(house: House, turn: Turn, error: errors.AmaraError | None) -> None:
    """The answer is not whole: what was said is kept, marked as what it is. No error: somebody stopped it."""
    if error is None and turn.run.stop_reason == "cancelled":
        await _end(house, turn, "cancelled", "cancelled", None)
    elif error is None:
        await _end(house, turn, "interrupted", "interrupted", errors.Unavailable())
    else:
        await _end(house, turn, "failed", "interrupted", error)


async def _end(house: House, turn: Turn, status: str, kept_as: str, error: errors.AmaraError | None) -> None:
    """One commit ends the run. While the database is away it is tried again; after that the sweeper closes it."""
    for _ in range(SETTLE_TRIES):
        try:
            return await _end_once(house, turn, status, kept_as, error)
        except errors.Unavailable:
            await house.sleep(SETTLE_WAIT_S)
    return await _end_once(house, turn, status, kept_as, error)


async def _end_once(house: House, turn: Turn, status: str, kept_as: str, error: errors.AmaraError | None) -> None:
    run = turn.run
    outcome: Json = {"type": "cancelled" if status == "cancelled" else "success"}
    usage = [used for reply in turn.replies if (used := reply.usage()) is not None]
    async with run.feed.writing() as writing:
        db = writing.connection
        if not await conversations.lock_conversation(db, run.conversation_id):
            raise errors.Fenced  # deleted meanwhile: there is nobody left to tell
        for reply in turn.replies[-1:]:
            if reply.is_recorded:
                writing.say(*reply.unanswered())
            else:
                await reply.record(db, kept_as)
                writing.say(*reply.closers(), *reply.unanswered())
        if status == "finished":  # an open draft is offered again with every answer, until it is decided
            zone = run.time_zone
            asked = await interrupts.pending(
                db, run.conversation_id, run.id, now=house.now(), locale=run.locale, time_zone=zone
            )
            outcome = interrupts.outcome(asked)
        code = None if error is None else error.code
        if not await ledger.end_run(
            db, run.id, owner=house.runs.owner, status=status, outcome=outcome, error_code=code
        ):
            raise errors.Fenced
        await conversations.touch_conversation(db, run.conversation_id)
        if error is None:
            writing.say(frames.RunFinished(thread_id=run.thread_id, run_id=run.key, outcome=outcome, usage=usage))
        else:
            writing.say(frames.RunError(message=error.detail, code=error.code, usage=usage))
