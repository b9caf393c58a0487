"""Three answers in a row that failed are enough: the conversation goes to a person, in the commit that ends the third.

What the person asked for stays on the record for whoever takes over; that nobody is stuck with a machine that does not
answer is worth more than a fourth try.
"""

from __future__ import annotations

from amara import asides, errors, handoff, waiting
from amara.house import House
from amara.run import Run
from amara.store import handoffs
from amara.writing import Writing

IN_A_ROW = 3
CODES = (
    errors.AmaraError.code,
    errors.ModelFailed.code,
    errors.ModelOverloaded.code,
    errors.ModelBusy.code,
    errors.ModelRefusedUs.code,
    errors.ModelFull.code,
    errors.ModelSilent.code,
    errors.ModelCut.code,
)
"""Of failures that are ours, whoever asks. What is spent, and who is signed out, is no reason to call anybody."""


async def call_a_person(house: House, writing: Writing, run: Run, error: errors.AmaraError) -> None:
    """*Service, holding the conversation's row, when this run has just failed.* Calls one, if it was once too often.

    Amara's words for it are left to be said next, as after the button.
    """
    db = writing.connection
    if error.code not in CODES or not await handoffs.has_failed(
        db, run.conversation_id, codes=CODES, in_a_row=IN_A_ROW
    ):
        return
    row, is_new = await handoff.mark(
        db,
        run.conversation_id,
        run.caller.owner,
        handoff_id=house.new_id(),
        reason="failures",
        asked_by="amara",
        summary=None,
    )
    if is_new:
        word = Run(
            id=house.new_id(),
            key=f"handoff.{row['id']}",
            thread_id=run.thread_id,
            conversation_id=run.conversation_id,
            caller=run.caller,
            locale=run.locale,
            time_zone=run.time_zone,
            feed=run.feed,
            card=handoff.card(row, house.opens_at()),
        )
        await waiting.leave_word(db, word)
        await asides.within(writing, run.conversation_id)
