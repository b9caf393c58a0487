"""How a turn ends: the answer, its cost and the terminal event in one commit, and whoever waits is next."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from msgspec import UnsetType

from amara import (
    apologies,
    errors,
    failures,
    frames,
    interrupts,
    memory,
    metering,
    naming,
    paying,
    suggestions,
    waiting,
)
from amara.db import Connection
from amara.house import SETTLE_TRIES, SETTLE_WAIT_S, House
from amara.metering import Call, Used
from amara.reply import Reply
from amara.run import Run
from amara.store import conversations, ledger, notices

Json = dict[str, Any]


@dataclass(slots=True)
class Turn:
    """The rounds of one run."""

    run: Run
    system: list[Json] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    """The conversation as the model reads it, with the rounds that are done."""
    moment: Json | None = None
    """Among them: when and where this is, which is not part of what is said again in the next turn."""
    has_grown: bool = False
    """There is more of it than shall be read every time."""
    is_full: bool = False
    """The model could not read all of it."""
    rounds: int = 0
    """Done already, by this process or the one before."""
    calls: int = 0
    until: float = math.inf
    """When its time is over. Units: seconds of the house's clock."""
    reads: int = 0
    """Of the upstream."""
    has_spoken: bool = False
    used: list[Used] = field(default_factory=list)
    """What the process before has spent on it."""
    made: list[Call] = field(default_factory=list)
    """The calls of this one."""
    replies: list[Reply] = field(default_factory=list)


async def settle(house: House, turn: Turn) -> None:
    """The answer is whole."""
    ended = turn.replies[-1].ended if turn.replies else None
    was_refused = ended is not None and ended.stop_reason == "refusal"
    await _end(house, turn, "finished", "refused" if was_refused else "complete", None)


async def give_up(house: House, turn: Turn, error: errors.AmaraError | None) -> None:
    """The answer is not whole: what was said is kept, marked as what it is. No error: the person stopped it."""
    if error is None:
        await _end(house, turn, "cancelled", "cancelled", None)
    else:
        await _end(house, turn, "failed", "interrupted", error)


async def _end(house: House, turn: Turn, status: str, kept_as: str, error: errors.AmaraError | None) -> None:
    """One commit ends the run. While the database is away it is tried again; after that the sweeper closes it."""
    for _ in range(SETTLE_TRIES):
        try:
            await _say_again(house, turn)
            return await _end_once(house, turn, status, kept_as, error)
        except errors.Unavailable:
            await house.sleep(SETTLE_WAIT_S)
    return await _end_once(house, turn, status, kept_as, error)


async def _say_again(house: House, turn: Turn) -> None:
    """Nothing came of going on: what the process before was saying is what there is."""
    run = turn.run
    if run.partial and not any(reply.text or reply.is_recorded for reply in turn.replies):
        turn.replies[-1:] = [Reply(house.new_id(), turn.rounds + 1, run, house.tools)]
        await turn.replies[-1].say([run.partial])
    run.partial = ""


def failed(
    error: errors.AmaraError, locale: apologies.Locale, usage: list[Json], about: Json, *, code: str | None = None
) -> frames.RunError:
    """The end of a run that has no whole answer, in the person's language, and whether asking again may help."""
    told = about | ({"offer": "retry"} if error.retryable else {})
    if error.retry_after_s is not None:
        told["retryAfterMs"] = round(error.retry_after_s * 1000)
    return frames.RunError(
        message=apologies.failure(error, locale),
        code=code or error.code,
        usage=usage,
        metadata={"amara": told} if told else frames.UNSET,
    )


def _told(turn: Turn, status: str, about: Json) -> Json | UnsetType:
    """What goes with an answer: one that was only cut by its length can be gone on with."""
    is_cut = status == "finished" and any(reply.is_cut for reply in turn.replies[-1:])
    told = about | ({"offer": "continue"} if is_cut else {})
    return {"amara": told} if told else frames.UNSET


async def _end_once(house: House, turn: Turn, status: str, kept_as: str, error: errors.AmaraError | None) -> None:
    run = turn.run
    outcome: Json = {"type": "cancelled" if status == "cancelled" else "success"}
    used = turn.used + [call.used for call in turn.made if call.is_sent]
    usage, about = metering.told(used), {"usageEstimated": True} if any(one.is_estimated for one in used) else {}
    async with run.feed.writing() as writing:
        db = writing.connection
        held = await ledger.hold_run(db, run.conversation_id)
        if not held["is_there"]:
            raise errors.Fenced  # deleted meanwhile: there is nobody left to tell
        if held["id"] != run.id or held["owner"] != house.runs.owner:
            raise errors.Fenced  # ended by another process, which took us for dead
        if not run.is_announced:
            writing.run_id = run.id
            writing.say(memory.started(run, []))
        for reply in turn.replies[-1:]:
            ends = [] if reply.is_recorded else reply.closers()
            unanswered = reply.write_off()
            writing.say(*ends, *unanswered)
            if not reply.is_recorded:
                await reply.record(db, kept_as)
            elif unanswered:
                await conversations.record_result(db, reply.id, reply.calls)
        if status == "finished":  # an open draft is offered again with every answer, until it is decided
            zone, now = run.time_zone, house.now()
            asked = (
                await interrupts.pending(db, run.conversation_id, run.id, now=now, locale=run.locale, time_zone=zone)
                if held["has_draft"]
                else []
            )
            outcome = interrupts.outcome(asked)
            about |= await _to_go_on(db, turn, title=held["title"], is_waiting=bool(asked))
        code = None if error is None else error.code
        ended = await ledger.end_run(
            db, run.id, owner=house.runs.owner, status=status, outcome=outcome, error_code=code
        )
        if ended is None:
            raise errors.Fenced
        await _leave_for_push(db, turn, status)
        if error is None:
            writing.say(
                frames.RunFinished(
                    thread_id=run.thread_id,
                    run_id=run.key,
                    outcome=outcome,
                    usage=usage,
                    metadata=_told(turn, status, about),
                )
            )
        else:
            writing.say(failed(error, run.locale, usage, about))
            await failures.call_a_person(house, writing, run, error)
        writing.after_commit.append(lambda: house.metrics.runs.labels(status).inc())
        # A failure may have left word for a person of the team, which waits as well.
        may_wait = held["is_waited_for"] or error is not None
        await waiting.hand_on(house, writing, run, elsewhere=ended["elsewhere"], may_wait=may_wait)
        paying.close_with(house, writing, run, turn.made)


async def _to_go_on(db: Connection, turn: Turn, *, title: str | None, is_waiting: bool) -> Json:
    """A name for the conversation, once it is clear what it is about; what may be said next. After silence nothing."""
    if not turn.replies:
        return {}
    calls, said = [call for reply in turn.replies for call in reply.calls], turn.replies[-1].text
    await naming.name(db, turn.run.conversation_id, calls, title=title, said=said, locale=turn.run.locale)
    offered = suggestions.after(said, calls, locale=turn.run.locale, is_waiting=is_waiting)
    return {"suggestions": offered} if offered else {}


async def _leave_for_push(db: Connection, turn: Turn, status: str) -> None:
    """An answer that nobody hears here, unless it is silence: then a person of the team answers."""
    is_heard = any(listener.is_its_person for listener in turn.run.feed.listeners)
    if status == "finished" and turn.replies and not is_heard:
        await notices.unheard(db, turn.run.conversation_id, turn.replies[-1].id)
