"""One round of the model: asked, and once more where it said nothing or could not read it all.

Whatever the reason was that a message ended, it has one meaning here: go on with tools, go on with the same message,
say so in words of our own, or end.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from amara import apologies, errors, paying, prompt, traces, transcript
from amara.budget import Errand, Spent
from amara.house import House
from amara.metering import Call
from amara.metrics import SAMPLED
from amara.model import Ask, Ended, ModelEvent, Usage
from amara.reply import FULL, LENGTH, Reply
from amara.run import Run
from amara.settling import Turn

Json = dict[str, Any]

ROUNDS_MAX = 8
CALLS_MAX = 16  # of one turn
LAST_WORDS_S = 20.0  # of a turn's time are for words alone


async def ask(house: House, turn: Turn) -> Reply:
    """The next round: words are told as they come, structure after its commit.

    Raises:
        Stopped: somebody ended the run; what was said stands.
        ModelFailed: by its situations; likewise.
    """
    request = _request(house, turn)
    try:
        reply = await _hear(house, turn, request)
    except errors.ModelFull:
        turn.replies.pop()  # it never began
        return await _ask_with_less(house, turn)
    if reply.is_half and request.may_call:
        raise errors.ModelCut
    if reply.is_empty and not request.may_call:
        await reply.say([apologies.CLOSING[turn.run.locale]])
    elif reply.is_empty and reply.stop_reason == FULL:
        await close_round(reply, "empty")
        return await _ask_with_less(house, turn)
    elif reply.is_empty:
        await close_round(reply, "empty")
        reply = await _hear(house, turn, _again(request, reply, turn.run))
        if reply.is_empty:
            raise errors.ModelCut
    return await _conclude(turn, request, reply)


async def close_round(reply: Reply, status: str) -> None:
    """Writes a round down and ends what it left open, in one commit."""
    async with reply.run.feed.writing() as writing:
        await reply.record(writing.connection, status)
        writing.say(*reply.closers())
        writing.after_commit.append(reply.recorded)


def _request(house: House, turn: Turn) -> Ask:
    number, has_time = turn.rounds + len(turn.replies) + 1, house.clock() < turn.until - LAST_WORDS_S
    may_call = number < ROUNDS_MAX and turn.calls < CALLS_MAX and has_time
    return Ask(turn.system, transcript.cached(turn.messages, before=turn.moment), house.declared, may_call)


async def _ask_with_less(house: House, turn: Turn) -> Reply:
    """What was said longest ago is left out, once; the next turn begins with less from the start."""
    shorter = transcript.shorter(turn.messages)
    turn.is_full = True
    if shorter is None:
        raise errors.ModelFull
    turn.messages = shorter
    request = _request(house, turn)
    reply = await _hear(house, turn, request)
    if reply.is_empty:
        raise errors.ModelFull if reply.stop_reason == FULL else errors.ModelCut
    return await _conclude(turn, request, reply)


def _again(request: Ask, reply: Reply, run: Run) -> Ask:
    """The same to somebody who said nothing: with more room where that was the reason, else with a word about it."""
    if reply.stop_reason == LENGTH:
        return replace(request, max_tokens=request.max_tokens * 2)
    nudge = {"role": "user", "content": [{"type": "text", "text": prompt.NUDGE[run.locale]}]}
    return replace(request, messages=transcript.merged([*request.messages, nudge]))


async def _conclude(turn: Turn, request: Ask, reply: Reply) -> Reply:
    if not request.may_call and reply.calls:
        reply.calls = []
        await reply.say([apologies.CLOSING[turn.run.locale]])
    if reply.stop_reason == "refusal":
        await reply.say(["\n\n" if reply.text.strip() else "", apologies.REFUSED[turn.run.locale]])
    turn.is_full = turn.is_full or reply.stop_reason == FULL
    return reply


async def _hear(house: House, turn: Turn, request: Ask) -> Reply:
    run, number = turn.run, turn.rounds + len(turn.replies) + 1
    reply = Reply(house.new_id(), number, run, house.tools)
    turn.replies.append(reply)
    errand = Errand(house.new_id(), run.id, run.conversation_id, house.model.name, number)
    try:
        call = await paying.begin(house, run, request, errand)
    except Spent:
        house.metrics.spent.inc()
        return await _nothing_left(house, turn, reply)
    turn.made.append(call)
    began = house.clock()
    try:
        with traces.span("model call", model=house.model.name, round=number), call.watched():
            await _listen(house, turn, request, reply, call)
    except BaseException:
        call.latency_ms = round((house.clock() - began) * 1000)
        await paying.close(house, run, call)
        raise
    call.latency_ms = round((house.clock() - began) * 1000)  # on record with what was answered
    return reply


@dataclass(slots=True)
class _Ear:
    """Hears words where they are read: all but the first, which open a message, while the run is surely ours."""

    house: House
    turn: Turn
    reply: Reply
    call: Call

    def is_open(self) -> bool:
        """See Ear."""
        run = self.turn.run
        return self.reply.is_telling and run.stop_reason is None and self.house.runs.is_sure(run)

    def hear(self, words: str, *, is_plain: bool = False) -> None:
        """See Ear."""
        house, turn = self.house, self.turn
        turn.reads += 1
        came_at = house.clock() if turn.reads % SAMPLED == 1 else 0.0
        self.call.heard += len(words)
        self.reply.go_on(words, is_plain=is_plain)
        if came_at:
            house.metrics.delta.observe(house.clock() - came_at)


async def _listen(house: House, turn: Turn, request: Ask, reply: Reply, call: Call) -> None:
    ear = _Ear(house, turn, reply, call)
    async with aclosing(house.model.stream(replace(request, meter=call, ear=ear))) as answer:
        while reply.ended is None:
            try:
                async with turn.run.interruptible(within_s=turn.until - house.clock()):
                    call.is_sent = True
                    batch = await anext(answer, None)
            except TimeoutError as error:  # the turn's own time is over
                raise errors.ModelSilent from error
            if batch is None:
                raise errors.ModelCut
            await _tell(house, turn, reply, call, batch)


async def _tell(house: House, turn: Turn, reply: Reply, call: Call, batch: Sequence[ModelEvent]) -> None:
    """One upstream read goes out; now and then it is timed."""
    turn.reads += 1
    came_at = house.clock() if turn.reads % SAMPLED == 1 else 0.0
    await house.runs.hold(turn.run)
    call.hear(batch)
    await reply.hear(batch)
    if not turn.has_spoken and reply.text:
        turn.has_spoken = True
        house.metrics.first_words.observe(house.clock() - turn.run.began_at)
    elif came_at:
        house.metrics.delta.observe(house.clock() - came_at)


async def _nothing_left(house: House, turn: Turn, reply: Reply) -> Reply:
    """The day's tokens are spent: a kind sentence of ours, where else to book, and nobody is asked."""
    words = apologies.SPENT[turn.run.locale].format(link=house.booking_link)
    await reply.say([words])
    reply.ended = Ended("budget", "none", [{"type": "text", "text": words}], Usage())
    return reply
