"""What a call to the model costs is held before, on record whatever its end, and paid: once.

Whoever dies in between leaves the call open, and somebody else closes it by what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import asyncpg

from amara import budget, errors
from amara.budget import BYTES_PER_TOKEN, Errand, Payer
from amara.db import Connection
from amara.house import House
from amara.metering import Call, Used
from amara.model import Ask, Usage
from amara.run import Run
from amara.store import budgets
from amara.store import usage as usages
from amara.writing import Writing

LEFT_S = 900.0  # no call takes so long: whoever made it is gone
LEFT_MAX = 100  # of one round


async def used_by(db: Connection, run_id: UUID) -> list[Used]:
    """*Service.* The calls of a run that are on record."""
    rows = await usages.usage_of(db, run_id)
    return [Used(model, Usage(*tokens), is_estimated=is_estimated) for model, *tokens, is_estimated in rows]


async def begin(house: House, run: Run, request: Ask, errand: Errand) -> Call:
    """Holds what the call may cost.

    Raises:
        Spent: there is not that much left today.
        Unavailable: the database is away.
    """
    asked = budget.weight(request)
    if house.budget is not None:
        payer = Payer(run.caller.owner, is_visitor=run.caller.is_anonymous, purse=run.purse)
        await house.budget.hold(payer, errand, asked=asked, held=asked + request.max_tokens)
    return Call(errand, asked)


async def close(house: House, run: Run, call: Call) -> None:
    """The call goes on record and is paid, in one commit; once. Where the database is away somebody does it later."""
    if call.is_closed:
        return
    try:
        async with house.database.service() as db:
            count = await _close_in(house, db, run, call)
    except errors.Unavailable:
        return
    call.is_closed = True
    count()


async def close_all(house: House, run: Run, calls: Sequence[Call]) -> None:
    """Those of them that are open still."""
    for call in calls:
        await close(house, run, call)


def close_with(house: House, writing: Writing, run: Run, calls: Sequence[Call]) -> None:
    """The same in the commit of what was answered, at its very end: what cost more than was held takes its purses."""
    left = [call for call in calls if not call.is_closed]
    counts: list[Callable[[], None]] = []

    async def close_them() -> None:
        counts[:] = [await _close_in(house, writing.connection, run, call) for call in left]

    def closed() -> None:
        for call, count in zip(left, counts, strict=True):
            call.is_closed = True
            count()

    writing.before_commit.append(close_them)
    writing.after_commit.append(closed)


async def _close_in(house: House, db: Connection, run: Run, call: Call) -> Callable[[], None]:
    """Answers what counts the call, once this is committed."""
    if call.is_sent:
        return await _write_down(
            house,
            db,
            call.errand,
            user_id=run.caller.owner,
            is_visitor=run.caller.is_anonymous,
            model=call.model,
            usage=call.usage(),
            is_estimated=call.is_estimated,
            outcome=call.outcome,
            latency_ms=call.latency_ms,
            is_paid=house.budget is not None,
        )
    if house.budget is not None:
        await budget.pay(db, call.errand.id, Usage())
    return _nothing


def _nothing() -> None:
    """A call that was never made is counted nowhere."""


async def write_off(house: House, db: Connection, run_id: UUID, *, heard: int) -> None:
    """*Service.* The calls that a process left open when it died: on record by what is known of them, and paid.

    Args:
        house: ours.
        db: of the transaction that takes the run over.
        run_id: its id.
        heard: how much of the last one was told. Units: characters.
    """
    for row in await budgets.calls_of(db, run_id):
        await _settle(house, db, row, said=heard // BYTES_PER_TOKEN)


async def sweep(house: House) -> int:
    """Settles calls whose run is over, or gone with its conversation, and that nobody has paid.

    Raises:
        Unavailable: the database is away.
    """
    async with house.database.service() as db:
        rows = await budgets.calls_left(db, older_than_s=LEFT_S, limit=LEFT_MAX)
        for row in rows:
            await _settle(house, db, row, said=0)
    return len(rows)


async def _settle(house: House, db: Connection, row: asyncpg.Record, *, said: int) -> None:
    errand = Errand(
        row["id"], row["run_id"], row["conversation_id"], row["model"], row["round"], purpose=row["purpose"]
    )
    usage = await usages.usage_of_call(db, errand.id)  # its process may have come to write it down, and not to pay
    if usage is not None:
        await budget.pay(db, errand.id, Usage(*usage))
    else:
        count = await _write_down(
            house,
            db,
            errand,
            user_id=row["user_id"],
            is_visitor=row["is_visitor"],
            model=errand.model,
            usage=Usage(input=row["asked_tokens"], output=said),
            is_estimated=True,
            outcome="lost",
            latency_ms=None,
            is_paid=True,
        )
        count()


async def _write_down(
    house: House,
    db: Connection,
    errand: Errand,
    *,
    user_id: UUID,
    is_visitor: bool,
    model: str,
    usage: Usage,
    is_estimated: bool,
    outcome: str,
    latency_ms: int | None,
    is_paid: bool,
) -> Callable[[], None]:
    cost = house.prices.cost(
        model,
        fresh=usage.input,
        output=usage.output,
        cache_read=usage.cache_read,
        cache_write=usage.cache_write,
    )
    await usages.add_usage(
        db,
        errand.id,
        run_id=errand.run_id,
        conversation_id=errand.conversation_id,
        user_id=user_id,
        is_visitor=is_visitor,
        model=model,
        number=errand.number,
        purpose=errand.purpose,
        tokens=(usage.input, usage.output, usage.cache_read, usage.cache_write),
        is_estimated=is_estimated,
        cost_usd=cost,
        outcome=outcome,
        latency_ms=latency_ms,
        pays=budget.cost(usage) if is_paid else None,
    )
    return partial(
        house.metrics.called,
        outcome=outcome,
        seconds=(latency_ms or 0) / 1000,
        fresh=usage.input,
        output=usage.output,
        read=usage.cache_read,
        written=usage.cache_write,
        cost=cost,
    )
