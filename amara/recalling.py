"""What the model is given to read: the conversation from where it is read whole, what was said before, and the moment.

A long conversation costs no more than a short one, in tokens or in rows: its older turns are put away in large steps,
so that what goes out stays the same bytes from turn to turn and is read from the vendor's cache.
"""

from __future__ import annotations

from typing import Any

from amara import paying, prompt, summing, transcript
from amara.house import House
from amara.settling import Turn
from amara.store import recollections

Json = dict[str, Any]

ROWS_MAX = 400
CHARACTERS_MAX = 2 * summing.CHARACTERS_MAX  # where it could not be summed up in time, older turns are left out


async def recall(house: House, turn: Turn) -> bool:
    """The system block and the conversation, read as the caller; the rounds that are done already are part of it.

    Returns:
        Whether it is Amara's to answer. A person of staff has the conversation, or will: then this run is silent.
    """
    run = turn.run
    if run.is_taken_over:
        async with house.database.service() as db:
            turn.used = await paying.used_by(db, run.id)
    known = await recollections.recalled(house.database, run.id, run.conversation_id, as_=run.caller, limit=ROWS_MAX)
    if known["is_silent"]:
        return False
    static, changing = prompt.system(
        run.locale, now=house.now(), time_zone=run.time_zone, city=known["city"], name=known["full_name"]
    )
    ours, later = set(map(str, known["ours"])), set(map(str, known["later"]))
    # A person may write and edit assistant rows too; those are listed for them, and never read as what was answered.
    said = [row for row in known["messages"] or () if row["role"] == "user" or row["id"] in ours]
    said = [row for row in said if row["id"] not in later]
    done = [row for row in said if row["id"] in ours and row["metadata"].get("run_id") == str(run.id)]
    turn.rounds, turn.calls = len(done), sum(len(transcript.calls_of(row)) for row in done)
    turn.system, turn.moment = [static], prompt.moment(changing)
    messages = transcript.model_messages(said, run_id=str(run.id), characters_max=CHARACTERS_MAX)
    turn.has_grown = summing.has_grown(len(transcript.turns(said, str(run.id))), transcript.written(messages))
    before = [prompt.earlier(known["summary"], run.locale)] if known["summary"] else []
    turn.messages = transcript.merged(
        [
            *({"role": "user", "content": [block]} for block in before),
            *messages,
            {"role": "user", "content": [turn.moment]},
        ]
    )
    return True
