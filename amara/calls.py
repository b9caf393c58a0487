"""A tool call: carried out as the caller, recorded by the service, answered to both the model and the person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec
import structlog

from amara import asides, errors, frames
from amara.auth import SERVICE
from amara.db import attempt
from amara.house import House
from amara.reply import Reply
from amara.run import Run
from amara.store import conversations, ledger
from amara.tools.tool import Context, Happened, Refusal, Tool
from amara.writing import Writing

Json = dict[str, Any]

TOOL_S = 8.0  # a tool that needs longer is broken; a person waits for it
RESULT_BYTES_MAX = 64 * 1024

_logger = structlog.get_logger(__name__)


async def perform(house: House, reply: Reply, call: Json, *, against: Refusal | None = None) -> None:
    """Carries out one call of a recorded round. A failure the model can use becomes the call's result.

    Args:
        house: ours.
        reply: the round.
        call: its call.
        against: why it is not carried out.

    Raises:
        TokenExpired, TokenInvalid: the caller's time is over; nothing more is done in their name.
        Fenced, Unavailable: nothing was recorded.
    """
    run, began = reply.run, house.clock()
    if run.caller.expires_at is not None and house.now().timestamp() > run.caller.expires_at:
        raise errors.TokenExpired
    try:
        tool = _tool(house, call["name"], against)
        given = tool.decode(msgspec.json.encode(call["input"]))
        # Effect, record and result are one commit: after a crash each call was either done or not.
        async with run.feed.writing(run.caller) as writing:
            await _hold_owner(writing, run)
            now = house.now()
            desk = house.desk(writing.connection, run.caller, run.conversation_id, now)
            context = Context(writing.connection, now, run.time_zone, run.locale, desk)
            try:
                async with asyncio.timeout(TOOL_S):
                    output = await tool.run(context, given)
            except TimeoutError as error:
                raise Refusal("timeout", "This took too long and was stopped; nothing was changed.") from error
            if len(msgspec.json.encode(output)) > RESULT_BYTES_MAX:
                raise Refusal("too_large", "The answer is too large; ask for less.")
            await writing.become(SERVICE)
            call.update(result=output, is_error=False)
            await _emit(house, writing, run, tool.happened(run.id, given, output))
            await _answer(writing, reply, call, latency_ms=round((house.clock() - began) * 1000))
    except Refusal as refusal:
        failure = {"code": refusal.code, "detail": refusal.detail, **refusal.more}
    except asyncpg.PostgresError as error:
        _logger.warning("tool_failed", run_id=str(run.id), tool=call["name"], sqlstate=error.sqlstate)
        failure = {"code": "failed", "detail": "This could not be done; nothing was changed."}
    except errors.AmaraError:
        call.update(result=None)
        raise
    except Exception:  # a tool's mistake is that call's failure, not the turn's
        _logger.exception("tool_broken", run_id=str(run.id), tool=call["name"])
        failure = {"code": "failed", "detail": "This could not be done; nothing was changed."}
    else:
        _timed(house, call, began, "done")
        return
    _timed(house, call, began, "refused" if failure["code"] != "failed" else "failed")
    call.update(result={"error": failure}, is_error=True)
    async with run.feed.writing() as writing:
        await _answer(writing, reply, call, latency_ms=round((house.clock() - began) * 1000))


def _timed(house: House, call: Json, began: float, end: str) -> None:
    name = call["name"] if call["name"] in house.tools else "unknown"
    house.metrics.tools.labels(name, end).observe(house.clock() - began)


def _tool(house: House, name: str, against: Refusal | None) -> Tool:
    tool = house.tools.get(name)
    if against is None and tool is not None:
        return tool
    raise against or Refusal("unknown_tool", f"There is no tool named {name[:64]}.")


async def _hold_owner(writing: Writing, run: Run) -> None:
    """*Caller.* Nothing is done in a visitor's name whose conversation has just become an account's, or while it does.

    Raises:
        TokenInvalid: it has.
        Fenced: the conversation was deleted.
    """
    if await conversations.hold_owner(writing.connection, run.conversation_id) == run.caller.owner:
        return
    owner = await conversations.hold_owner(await writing.become(SERVICE), run.conversation_id)
    raise errors.Fenced if owner is None else errors.TokenInvalid


async def _emit(house: House, writing: Writing, run: Run, happened: Sequence[Happened]) -> None:
    """What the call means for the funnel, in its own commit. Nobody waits for an answer because an event is refused."""
    if house.emit is None or not happened:
        return
    try:
        async with attempt(writing.connection):
            await house.emit(
                writing.connection,
                happened,
                user_id=run.caller.user_id,
                session_id=run.analytics_session_id,
                channel="assistant",
            )
    except asyncpg.PostgresError as error:
        _logger.warning("events_lost", run_id=str(run.id), sqlstate=error.sqlstate)


async def _answer(writing: Writing, reply: Reply, call: Json, *, latency_ms: int) -> None:
    output = call["result"]
    await ledger.end_tool(
        writing.connection,
        reply.run.id,
        call["id"],
        output=output,
        is_error=call["is_error"],
        latency_ms=latency_ms,
        message_id=reply.id,
        calls=reply.calls,
    )
    if output.get("card") == "handoff":  # told in the very commit that hands the conversation over
        await asides.within(writing, reply.run.conversation_id)
    writing.say(frames.result(call["id"], msgspec.json.encode(output).decode()))
