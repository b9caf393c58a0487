"""THE STORY of a turn: remember · recall · ask · act · settle.

1. *Remember* what was said: one commit holds the conversation, the message and the run; only then is it acknowledged.
2. *Recall* the conversation from the record; nothing a client claims is history.
3. *Ask* the model and forward its words as they come. No transaction is open meanwhile.
4. *Act*: each tool in its own transaction, as the caller; its effect, its record and its result commit together.
   A failure the model can use becomes a tool result. Then ask again, eight rounds at the most.
5. *Settle*: the answer, its cost and the terminal event in one commit. Whatever happens, a run has one end.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal, Protocol

import asyncpg
import structlog

from amara import calls, errors, frames, memory, paying, summing, traces, transcript, waiting
from amara.auth import SERVICE, Caller
from amara.frames import Said, Say
from amara.house import SETTLE_TRIES, SETTLE_WAIT_S, House
from amara.memory import Known
from amara.recalling import recall
from amara.reply import Reply
from amara.rounds import CALLS_MAX, LAST_WORDS_S, ROUNDS_MAX, ask
from amara.run import Handed, Run, Stopped
from amara.settling import Turn, give_up, settle
from amara.store import conversations
from amara.thread import Thread
from amara.tools.tool import Locale, Refusal

Json = dict[str, Any]


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
            if await waiting.begin_once(
                house, thread, run, say, lambda: _began(house, run, say, "accepted", None, acknowledge)
            ):
                return None
            async with feed.writing(caller) as writing:
                is_new, found = await memory.open_conversation(writing, caller, thread, say, locale)
                if is_new:
                    feed.begin_anew()  # deleted while somebody had it open
                known = await memory.known(writing, thread, say, found)
                if isinstance(known, Known):
                    return known
                await memory.keep(house, writing, run, say, is_last_new=known is None)
                await writing.become(SERVICE)
                if is_new:
                    await memory.name(writing, thread, say)
                waits = not await waiting.begin(house, writing.connection, run, say.wishes.policy)
                place = await waiting.join(writing.connection, run) if waits else None
                if not waits:
                    memory.say_begun(writing, run, say)
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
    turn = Turn(run, until=house.clock() + house.turn_s)
    try:
        if not run.is_announced:
            await announce(run)
        if not await _recall(house, turn):
            return await settle(house, turn)
        reply = await ask(house, turn)
        while reply.goes_on and reply.number < ROUNDS_MAX:
            await act(house, turn, reply)
            turn.messages = transcript.merged([*turn.messages, *reply.as_history()])
            reply = await ask(house, turn)
        await settle(house, turn)
        if turn.has_grown or turn.is_full:
            house.runs.run_errand(summing.look_back(house, run, is_full=turn.is_full))
    except Stopped:
        await give_up(house, turn, None)
    except Handed:
        await paying.close_all(house, run, turn.made)
        with suppress(errors.Unavailable):  # then the lease runs out by itself
            await house.runs.hand_over(run)
        raise
    except errors.Fenced:
        await paying.close_all(house, run, turn.made)
        raise
    except errors.AmaraError as error:
        _logger.warning("turn_failed", run_id=str(run.id), code=error.code, cause=type(error.__cause__).__name__)
        await give_up(house, turn, error)
    except Exception:
        _logger.exception("turn_broken", run_id=str(run.id))
        await give_up(house, turn, errors.AmaraError())


async def _recall(house: House, turn: Turn) -> bool:
    """Tried again while the database is away: it was only to be read, and nobody has heard a word yet."""
    for _ in range(SETTLE_TRIES):
        with suppress(errors.Unavailable):
            return await recall(house, turn)
        await house.sleep(SETTLE_WAIT_S)
        turn.run.check()
    return await recall(house, turn)


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


async def act(house: House, turn: Turn, reply: Reply) -> None:
    """Writes the round down, then carries out its calls one after the other."""
    run = turn.run
    async with run.feed.writing() as writing:
        await reply.record(writing.connection, "complete", begins_calls=True)
        writing.say(*reply.closers())
        paying.close_with(house, writing, run, turn.made)
        writing.after_commit.append(reply.recorded)
    for call in reply.calls:
        run.check()
        turn.calls += 1
        with traces.span("tool", tool=call["name"] if call["name"] in house.tools else "unknown"):
            await calls.perform(house, reply, call, against=_objection(house, turn))


def _objection(house: House, turn: Turn) -> Refusal | None:
    """Why nothing more is carried out in this turn; the model hears it, and answers with what it has."""
    if turn.calls > CALLS_MAX:
        return Refusal("too_many_calls", f"A turn has at most {CALLS_MAX} calls; answer with what you know.")
    if house.clock() >= turn.until - LAST_WORDS_S:
        return Refusal("no_time_left", "This turn has no time left for it; answer with what you know.")
    return None
