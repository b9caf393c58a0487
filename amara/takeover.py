"""THE STORY of a run whose process is gone: claim · close · show · go on.

1. *Claim* it from an owner that is dead, silent for longer than its lease, or that handed it over; one of all wins.
2. *Close* what its process left open, by what the record says of it, and not by what seems likely: a call's effect,
   its state and its result were one commit, so a call without a result was never carried out.
3. *Show* the whole conversation as far as it is certain. Clients forget the half sentence; what follows has new ids.
4. *Go on* from the next round, in the person's name and no longer than they allowed. A stopped run is only closed; so
   is one that has outlived three processes, for it may be what ends them.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from amara import asides, errors, frames, memory, metering, paying, transcript, turn, verdict, waiting
from amara.auth import SERVICE
from amara.db import Connection
from amara.fold import Fold
from amara.house import House
from amara.owners import is_gone
from amara.run import Run
from amara.settling import failed
from amara.store import conversations, ledger, log, queue
from amara.writing import Writing

TAKEOVERS_MAX = 3
SNAPSHOT_ROWS_MAX = 1_000

_logger = structlog.get_logger(__name__)


class Relief:
    """Plays the runs of this process, and takes on those of others."""

    def __init__(self, house: House) -> None:
        """Args: the house whose runs these are."""
        self._house = house

    async def play(self, run: Run) -> None:
        """A turn of conversation, or the words for an approval.

        Raises:
            Fenced, Handed: it is somebody else's now.
        """
        if run.card is None:
            await turn.play(self._house, run)
        else:
            await verdict.tell(self._house, run)

    async def advance(self, conversation_id: UUID) -> None:
        """Begins what waits in this conversation, if nothing is being written there.

        Raises:
            Unavailable: the database is away.
        """
        await waiting.advance(self._house, conversation_id)

    async def sweep(self) -> None:
        """Takes on what nobody writes, and begins what nobody began.

        Raises:
            Unavailable: the database is away.
        """
        its = self._house
        async with its.database.service() as db:
            live, left = await ledger.orphans(db), await queue.left_waiting(db)
        for row in live:
            is_ours = its.runs.by_id(row["id"]) is not None
            if not is_ours and (row["is_abandoned"] or is_gone(row["owner"], us=its.runs.owner)):
                await self._one(row["conversation_id"], row["id"], row["owner"])
        for conversation_id in left:
            await waiting.advance(its, conversation_id)
        await asides.tell_all(its.database, its.feeds, owner=its.runs.owner)

    async def _one(self, conversation_id: UUID, run_id: UUID, owner: str) -> None:
        """One that cannot be taken on must not keep us from the next."""
        try:
            await take_over(self._house, conversation_id, run_id, owner)
        except errors.Fenced:
            _logger.warning("takeover_fenced", run_id=str(run_id))
        except errors.Unavailable:
            raise
        except Exception:
            _logger.exception("takeover_broken", run_id=str(run_id))

    async def close(self, run: Run) -> None:
        """An honest end for one of ours that broke.

        Raises:
            Fenced, Unavailable: it could not be closed; the sweep finds it.
        """
        await take_over(self._house, run.conversation_id, run.id, self._house.runs.owner, goes_on=False)


async def take_over(house: House, conversation_id: UUID, run_id: UUID, owner: str, *, goes_on: bool = True) -> None:
    """One commit makes the run ours, and says what became of it.

    Args:
        house: ours.
        conversation_id: the run's.
        run_id: of the run.
        owner: whoever held it when we looked; if it is somebody else by now, nothing is done.
        goes_on: or it is only closed.

    Raises:
        Fenced, Unavailable: nothing was done.
    """
    async with house.feeds.using(conversation_id) as feed, feed.writing(SERVICE) as writing:
        db = writing.connection
        if not await conversations.lock_conversation(db, conversation_id):
            return
        row = await ledger.claim_run(db, run_id, of=owner, owner=house.runs.owner, lease_s=house.runs.lease_s)
        conversation = await conversations.conversation_by_id(db, conversation_id)
        if row is None or conversation is None:
            return
        run = waiting.as_run(house, [row], conversation, feed)
        writing.run_id, run.is_taken_over = run_id, True
        if run.card is None:
            fold = Fold(await log.of_run(db, conversation_id, run_id))
            goes_on = goes_on and not row["is_stopped"] and row["takeovers"] <= TAKEOVERS_MAX
            await _write_off(db, run)
            heard = sum(len(words) for message_id in fold.open_texts for words in fold.texts[message_id])
            await paying.write_off(house, db, run_id, heard=heard)
            status = None if goes_on else "cancelled" if row["is_stopped"] else "interrupted"
            await _put_aside(db, run, fold, status=status)
            await _show(writing, run, fold)
            if not goes_on:
                await _end(house, writing, run, is_stopped=row["is_stopped"])
        if goes_on or run.card is not None:
            writing.after_commit.append(lambda: house.runs.start(run))
    house.metrics.takeovers.labels("finished" if goes_on else "closed").inc()
    _logger.info("run_taken_over", run_id=str(run_id), owner=owner, goes_on=goes_on)


async def _write_off(db: Connection, run: Run) -> None:
    """The calls that were never carried out say so, in the ledger and beside the words they came with."""
    for call in await ledger.write_off_calls(db, run.id):
        calls = await conversations.calls_of_message(db, call["message_id"])
        for one in calls:
            if one["id"] == call["call_id"]:
                one.update(result=frames.NOT_STARTED, is_error=True)
        await conversations.record_result(db, call["message_id"], calls)


async def _put_aside(db: Connection, run: Run, fold: Fold, *, status: str | None) -> None:
    """The half sentence: kept as what it is where nothing follows; else in case that nothing comes of what follows."""
    for message_id in fold.open_texts:
        said = "".join(fold.texts[message_id])
        if status is None:
            run.partial += said
            continue
        await conversations.add_reply(
            db,
            UUID(message_id),
            run.conversation_id,
            sequence=await conversations.reserve_sequence(db),
            content=said,
            tool_calls=None,
            metadata={"run_id": str(run.id), "status": status, "locale": run.locale},
        )


async def _show(writing: Writing, run: Run, fold: Fold) -> None:
    """Ends of what is open, answers for what was never carried out, and the conversation as far as it is certain."""
    if not fold.has_begun:
        return  # nobody has heard of it yet, so it begins like any other that waited
    run.is_announced = True
    rows = await conversations.messages(writing.connection, run.conversation_id, limit=SNAPSHOT_ROWS_MAX)
    writing.say(
        *(frames.TextEnd(message_id=message_id) for message_id in fold.open_texts),
        *fold.closing_calls(),
        frames.Snapshot(messages=transcript.wire_messages([dict(row) for row in rows[::-1]])),
    )


async def _end(house: House, writing: Writing, run: Run, *, is_stopped: bool) -> None:
    db, outcome = writing.connection, {"type": "cancelled"}
    if not run.is_announced:
        writing.say(memory.started(run, []))
    used = await paying.used_by(db, run.id)
    usage, is_estimated = metering.told(used), any(one.is_estimated for one in used)
    about = {"usageEstimated": True} if is_estimated else {}
    if is_stopped:
        writing.say(
            frames.RunFinished(
                thread_id=run.thread_id,
                run_id=run.key,
                outcome=outcome,
                usage=usage,
                metadata={"amara": about} if about else frames.UNSET,
            )
        )
    else:
        writing.say(failed(errors.ModelCut(), run.locale, usage, about, code="interrupted"))
    ended = await ledger.end_run(
        db,
        run.id,
        owner=house.runs.owner,
        status="cancelled" if is_stopped else "interrupted",
        outcome=outcome if is_stopped else None,
        error_code=None if is_stopped else "interrupted",
    )
    end = "cancelled" if is_stopped else "interrupted"
    writing.after_commit.append(lambda: house.metrics.runs.labels(end).inc())
    await waiting.hand_on(house, writing, run, elsewhere=None if ended is None else ended["elsewhere"])
