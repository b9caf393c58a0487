"""THE STORY of a turn: remember · recall · ask · act · settle.

1. *Remember* what was said: one commit holds the conversation, the message and the run; only then is it acknowledged.
2. *Recall* the conversation from the record; nothing a client claims is history.
3. *Ask* the model and forward its words as they come. No transaction is open meanwhile.
4. *Act*: each tool in its own transaction, as the caller; its effect, its record and its result commit together.
   A failure the model can use becomes a tool result. Then ask again, eight rounds at the most.
5. *Settle*: the answer, its cost and the terminal event in one commit. Whatever happens, a run has one end.
"""

from __future__ import annotations

from contextlib import aclosing, suppress
from typing import Any, Literal, Protocol

import asyncpg
import structlog

from amara import calls, errors, frames, memory, prompt, transcript, waiting
from amara.auth import SERVICE, Caller
from amara.budget import Payer, Spent
from amara.db import become
from amara.frames import Said, Say
from amara.house import House
from amara.memory import Known
from amara.model import Ask, Ended, Usage
from amara.reply import Reply, usage_of
from amara.run import Handed, Run, Stopped
from amara.settling import Turn, give_up, settle
from amara.store import conversations, ledger, queue
from amara.thread import Thread
from amara.tools.tool import Locale

Json = dict[str, Any]

ROUNDS_MAX = 8
CALLS_MAX = 16  # of one turn
HISTORY_ROWS_MAX = 400

_CLOSING = {
    "es": "He consultado todo lo que podía en este turno. ¿Le ayudo con algo más concreto?",
    "en": "I have looked up all I can in this turn. Shall I help with something more specific?",
}

_SPENT = {
    "es": "Por hoy no puedo conversar más. Sus reservas siguen en pie, y puede reservar sin el chat; mañana le ayudo.",
    "en": "I cannot talk any more today. Your bookings stand, and you can book without the chat; I will help tomorrow.",
}

_logger = structlog.get_logger(__name__)


Status = Literal["accepted", "duplicate", "queued"]


class Acknowledge(Protocol):
    """Called after the commit and before anything of the run is told."""

    def __call__(self, run: Run, said: Said, status: Status, place: int | None = None) -> None:
        """Args: place is the message's in the queue, from 1, where it waits."""
        ...


# Remember -------------------------------------------------------------------------------------------------------------


async def remember(
    house: House, caller: Caller, thread: Thread, say: Say, locale: Locale, acknowledge: Acknowledge
) -> Known | None:
    """Commits what was said and starts its run, or puts it in the queue; or answers what it already was.

    Raises:
        Busy: another answer is being written, and it was not to wait or too much does already; nothing was stored.
        MessageChanged: a known message id with another text.
        NotFound: the conversation is somebody else's.
        BadFrame: there is nothing new in this frame and nothing known either.
        Unavailable: the database is away; nothing was stored.
    """
    if not say.said:
        raise errors.BadFrame("There is no user message in this frame.")
    await house.runs.settled(thread.conversation_id)
    waits = False
    async with house.feeds.using(thread.conversation_id) as feed:
        run = memory.a_run(house, caller, thread, say, locale, feed)
        try:
            async with feed.writing(caller) as writing:
                is_new = await memory.open_conversation(writing, caller, thread, locale)
                if is_new:
                    feed.begin_anew()  # deleted while somebody had it open
                known = await memory.known(writing, thread, caller, say)
                if isinstance(known, Known):
                    return known
                await memory.keep(house, writing, run, say)
                await writing.become(SERVICE)
                if is_new:
                    await memory.name(writing, thread, say)
                waits = await waiting.must_wait(house, writing.connection, run, say.wishes.policy)
                place = await waiting.join(writing.connection, run) if waits else None
                if not waits:
                    await memory.open_run(house, writing, run, say)
                status: Status = "queued" if waits else "duplicate" if known else "accepted"
                writing.after_commit.append(lambda: _began(house, run, say, status, place, acknowledge))
        except asyncpg.UniqueViolationError as error:
            raise errors.Busy from error  # raced: another frame opened this run, or another run, a moment ago
        except asyncpg.UntranslatableCharacterError as error:
            raise errors.TextRefused from error
    if waits:
        house.runs.nudge(thread.conversation_id)
    return None


def _began(house: House, run: Run, say: Say, status: Status, place: int | None, acknowledge: Acknowledge) -> None:
    for number, said in enumerate(say.said):
        acknowledge(run, said, status, None if place is None else place + number)
    if place is None:
        house.runs.start(run)


# Recall, ask, act -----------------------------------------------------------------------------------------------------


async def play(house: House, run: Run) -> None:
    """Everything after the remembering; always ends the run, whatever happens, or leaves it for another process."""
    turn = Turn(run)
    try:
        if not run.is_announced:
            await announce(run)
        system, messages = await recall(house, turn)
        for number in range(turn.rounds + 1, ROUNDS_MAX + 1):
            may_call = number < ROUNDS_MAX and turn.calls < CALLS_MAX
            reply = await ask(house, turn, Ask(system, messages, house.declared, may_call))
            if not reply.calls:
                break
            await act(house, turn, reply)
            messages = [*messages, *reply.as_history()]
        await settle(house, turn)
    except Stopped:
        await give_up(house, turn, None)
    except Handed:
        with suppress(errors.Unavailable):  # then the lease runs out by itself
            await house.runs.hand_over(run)
        raise
    except errors.Fenced:
        raise
    except errors.AmaraError as error:
        _logger.warning("turn_failed", run_id=str(run.id), code=error.code, cause=type(error.__cause__).__name__)
        await give_up(house, turn, error)
    except Exception:
        _logger.exception("turn_broken", run_id=str(run.id))
        await give_up(house, turn, errors.AmaraError())


async def announce(run: Run) -> None:
    """A run that waited begins, with the whole conversation: what waited stands behind the answers before it now."""
    async with run.feed.writing(run.caller) as writing:
        rows = [dict(row) for row in await conversations.messages(writing.connection, run.conversation_id, limit=1_000)]
        mine = [row for row in rows[::-1] if row["id"] in run.message_ids]
        writing.run_id = run.id
        writing.say(
            memory.started(run, transcript.wire_messages(mine)),
            frames.Snapshot(messages=transcript.wire_messages(rows[::-1])),
        )
    run.is_announced = True


async def recall(house: House, turn: Turn) -> tuple[list[Json], list[Json]]:
    """The system blocks and the conversation, read as the caller; the rounds that are done already are part of it."""
    run = turn.run
    async with house.database.transaction(run.caller) as db:
        rows = await conversations.messages(db, run.conversation_id, limit=HISTORY_ROWS_MAX)
        person = await conversations.person(db, run.caller.owner)
        await become(db, SERVICE)
        ours = await conversations.speaking(db, run.conversation_id)
        later = await queue.messages_waiting(db, run.conversation_id)
        turn.usage = [usage_of(*row) for row in await ledger.usage_of(db, run.id)]
    city, name = (person["city"], person["full_name"]) if person else (None, None)
    system = prompt.system(run.locale, now=house.now(), time_zone=run.time_zone, city=city, name=name)
    # A person may write and edit assistant rows too; those are listed for them, and never read as what was answered.
    said = [dict(row) for row in rows[::-1] if row["role"] == "user" or row["id"] in ours]
    said = [row for row in said if row["id"] not in later]
    done = [row for row in said if row["id"] in ours and row["metadata"].get("run_id") == str(run.id)]
    turn.rounds, turn.calls = len(done), sum(len(transcript.calls_of(row)) for row in done)
    return system, transcript.model_messages(said, run_id=str(run.id))


async def ask(house: House, turn: Turn, request: Ask) -> Reply:
    """One round: words are told as they come, structure after its commit.

    Raises:
        Stopped: somebody ended the run; what was said stands.
        ModelFailed: by its situations; likewise.
    """
    reply = Reply(house.new_id(), turn.rounds + len(turn.replies) + 1, turn.run, house.tools)
    turn.replies.append(reply)
    began = house.clock()
    hold = None
    if house.budget is not None:
        try:
            hold = await house.budget.hold(_payer(turn.run), request)
        except Spent:
            return await _nothing_left(turn, reply)
    async with aclosing(house.model.stream(request)) as answer:
        while reply.ended is None:
            async with turn.run.interruptible():
                batch = await anext(answer, None)
            if batch is None:
                raise errors.ModelCut
            await house.runs.hold(turn.run)
            await reply.hear(batch)
    reply.latency_ms = round((house.clock() - began) * 1000)
    if hold is not None and house.budget is not None:
        await house.budget.pay(hold, reply.ended.usage)
    if not request.may_call and (reply.calls or not reply.text.strip()):
        reply.calls = []
        await reply.say([_CLOSING[turn.run.locale]])
    elif not reply.calls and not reply.text.strip() and reply.ended.stop_reason != "refusal":
        raise errors.ModelCut
    return reply


async def _nothing_left(turn: Turn, reply: Reply) -> Reply:
    """The day's tokens are spent: a kind sentence of ours, and nobody is asked."""
    words = _SPENT[turn.run.locale]
    await reply.say([words])
    reply.ended = Ended("budget", "none", [{"type": "text", "text": words}], Usage())
    return reply


def _payer(run: Run) -> Payer:
    return Payer(run.caller.owner, is_visitor=run.caller.is_anonymous, address=run.caller.address)


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
        run.check()
        turn.calls += 1
        await calls.perform(house, reply, call)
