"""How a turn ends: the answer, its cost and the terminal event in one commit, and whoever waits is next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from amara import errors, frames, interrupts, memory, waiting
from amara.house import SETTLE_TRIES, SETTLE_WAIT_S, House
from amara.reply import Reply
from amara.run import Run
from amara.store import conversations, ledger

Json = dict[str, Any]


@dataclass(slots=True)
class Turn:
    """The rounds of one run."""

    run: Run
    rounds: int = 0
    """Done already, by this process or the one before."""
    calls: int = 0
    usage: list[Json] = field(default_factory=list)
    """What the process before has spent on it."""
    replies: list[Reply] = field(default_factory=list)


async def settle(house: House, turn: Turn) -> None:
    """The answer is whole."""
    ended = turn.replies[-1].ended
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


async def _end_once(house: House, turn: Turn, status: str, kept_as: str, error: errors.AmaraError | None) -> None:
    run = turn.run
    outcome: Json = {"type": "cancelled" if status == "cancelled" else "success"}
    usage = turn.usage + [used for reply in turn.replies if (used := reply.usage()) is not None]
    async with run.feed.writing() as writing:
        db = writing.connection
        if not await conversations.lock_conversation(db, run.conversation_id):
            raise errors.Fenced  # deleted meanwhile: there is nobody left to tell
        live = await ledger.live_run(db, run.conversation_id)
        if live is None or live["id"] != run.id or live["owner"] != house.runs.owner:
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
        await waiting.hand_on(house, writing, run)
