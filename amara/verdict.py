"""What came of an approval, told to its conversation: a short run of its own, once no other is being written."""

from __future__ import annotations

from amara import errors, frames, interrupts, memory, outcomes, waiting
from amara.auth import SERVICE
from amara.house import SETTLE_TRIES, SETTLE_WAIT_S, House
from amara.run import Run
from amara.store import conversations, ledger


async def tell(house: House, run: Run) -> None:
    """One commit: the run, its message, and what the conversation waits for now.

    Raises:
        Fenced: somebody else tells it.
        Unavailable: the database has been away for too long; the words stay on record, and are told another time.
    """
    for _ in range(SETTLE_TRIES):  # the deed is done: whoever asked for it hears so, once the database is back
        try:
            return await _tell_once(house, run)
        except errors.Unavailable:
            await house.sleep(SETTLE_WAIT_S)
    return await _tell_once(house, run)


async def _tell_once(house: House, run: Run) -> None:
    assert run.card is not None  # no other run comes here
    message_id, words = house.new_id(), outcomes.sentence(run.card, run.locale)
    async with run.feed.writing(SERVICE) as writing:
        db = writing.connection
        if not await conversations.lock_conversation(db, run.conversation_id):
            raise errors.Fenced  # deleted meanwhile: there is nobody left to tell
        writing.run_id = run.id
        writing.say(
            memory.started(run, []),
            frames.TextStart(message_id=str(message_id), role="assistant", metadata={"amara": {"card": run.card}}),
        )
        writing.events.append(frames.words(str(message_id), words))
        writing.say(frames.TextEnd(message_id=str(message_id)))
        await conversations.add_reply(
            db,
            message_id,
            run.conversation_id,
            sequence=await conversations.reserve_sequence(db),
            content=words,
            tool_calls=None,
            metadata={"run_id": str(run.id), "status": "complete", "locale": run.locale, "card": run.card},
        )
        asked = await interrupts.pending(
            db, run.conversation_id, run.id, now=house.now(), locale=run.locale, time_zone=run.time_zone
        )
        outcome = interrupts.outcome(asked)
        ended = await ledger.end_run(
            db, run.id, owner=house.runs.owner, status="finished", outcome=outcome, error_code=None
        )
        if ended is None:
            raise errors.Fenced
        writing.say(frames.RunFinished(thread_id=run.thread_id, run_id=run.key, outcome=outcome))
        await waiting.hand_on(house, writing, run, elsewhere=ended["elsewhere"])
