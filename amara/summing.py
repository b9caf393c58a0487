"""THE STORY of what was said long ago: a conversation that has grown is read from a later place, in one large step.

1. *Look* at what stands before it, once the answer that made it too long has ended; nobody waits for this.
2. *Sum up* by the model itself, from the summary before and the turns that go. What people and tools said is data
   there, and so is the summary ever after.
3. *Move* the place, unless somebody else has. Without a summary it stays, and is tried again after the next answer, up
   to twice the length; then it moves without one, for an answer is worth more than a memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import msgspec
import structlog

from amara import errors, paying, prompt, transcript
from amara.budget import Errand, Spent
from amara.house import House
from amara.model import Ask, Ended, Words
from amara.run import Run
from amara.store import conversations, recollections

Json = dict[str, Any]
Turns = Sequence[Sequence[Mapping[str, Any]]]

CHARACTERS_MAX, CHARACTERS_KEPT = 60_000, 24_000  # of JSON; four are about a token
TURNS_MAX, TURNS_KEPT = 40, 16
ROWS_MAX = 1_000
SAID_MAX = 1_500  # characters of one thing that is summed up
SUMMARY_MAX = 2_000  # characters
SUMMARY_TOKENS = 700

_logger = structlog.get_logger(__name__)


def has_grown(turns: int, characters: int, *, by: int = 1) -> bool:
    """There is more than is read every time. Args: of the conversation; by is how many times more."""
    return turns > by * TURNS_MAX or characters > by * CHARACTERS_MAX


async def look_back(house: House, run: Run, *, is_full: bool = False) -> None:
    """Puts away the older turns of the run's conversation; whatever fails leaves them where they are.

    Args:
        house: ours.
        run: whose conversation it is; it has ended.
        is_full: the model could not read as much as there is, however little that may be: half of it goes.
    """
    try:
        await _look_back(house, run, is_full=is_full)
    except errors.AmaraError as error:
        _logger.warning("not_summed_up", run_id=str(run.id), code=error.code)
    except Exception:
        _logger.exception("summing_broken", run_id=str(run.id))


async def _look_back(house: House, run: Run, *, is_full: bool) -> None:
    async with house.database.service() as db:
        kept = await recollections.recollection(db, run.conversation_id)
        since, summed_to = (kept["begins_at"], kept["summed_to"]) if kept is not None else (0, 0)
        ours = await conversations.speaking(db, run.conversation_id, since=summed_to, limit=ROWS_MAX)
        rows = await conversations.messages(db, run.conversation_id, limit=ROWS_MAX, since=summed_to)
    said = [dict(row) for row in rows[::-1] if row["role"] == "user" or row["id"] in ours]
    turns = transcript.turns(said, str(run.id))
    older = turns[: max(_cut(turns), len(turns) // 2 if is_full else 0)]
    if not older:
        return
    begins_at = turns[len(older)][0]["sequence"]
    summary = await _sum_up(house, run, "" if kept is None else kept["summary"], older)
    if summary is None and not is_full and not has_grown(len(turns), sum(map(transcript.size, turns)), by=2):
        return
    if summary is not None:
        summed_to = begins_at
    elif kept is not None:
        summary = kept["summary"]
    async with house.database.service() as db:
        await recollections.recollect(
            db, run.conversation_id, since=since, begins_at=begins_at, summed_to=summed_to, summary=summary or ""
        )


def _cut(turns: Turns) -> int:
    """How many turns go: all but the last ones that are short enough together, and never the very last."""
    size, stays = 0, 0
    for turn in reversed(turns):
        size += transcript.size(turn)
        if stays and (stays >= TURNS_KEPT or size > CHARACTERS_KEPT):
            break
        stays += 1
    return len(turns) - stays


async def _sum_up(house: House, run: Run, before: str, older: Turns) -> str | None:
    """A few sentences; none where nobody could be asked, and an empty one where there is nobody to ask."""
    if not house.model.sums_up:
        return ""
    said = _latest([one for turn in older for row in turn for one in _said(row)])
    material = msgspec.json.encode({"earlier": before, "said": said}).decode()
    messages = [{"role": "user", "content": [{"type": "text", "text": material}]}]
    try:
        ended, words = await _asked(house, run, Ask(prompt.SUMMING, messages, max_tokens=SUMMARY_TOKENS))
    except (errors.ModelFailed, Spent):
        return None
    is_whole = ended.stop_reason in {"end_turn", "stop_sequence", "max_tokens"}
    return words.replace("\x00", "").strip()[:SUMMARY_MAX] or None if is_whole else None


async def _asked(house: House, run: Run, request: Ask) -> tuple[Ended, str]:
    words, began = "", house.clock()
    errand = Errand(house.new_id(), run.id, run.conversation_id, house.model.name, 0)
    call = await paying.begin(house, run, request, errand)
    call.is_sent = True
    try:
        with call.watched():
            async with aclosing(house.model.stream(replace(request, meter=call))) as answer:
                async for batch in answer:
                    call.hear(batch)
                    words += "".join(event.text for event in batch if isinstance(event, Words))
    finally:
        call.latency_ms = round((house.clock() - began) * 1000)
        await paying.close(house, run, call)
    if call.ended is None:
        raise errors.ModelCut
    return call.ended, words


def _latest(said: list[Json]) -> list[Json]:
    """As much as one request takes; of a record from before there were summaries the oldest part is left out."""
    size, taken = 0, 0
    for one in reversed(said):
        size += len(msgspec.json.encode(one))
        if size > CHARACTERS_MAX:
            break
        taken += 1
    return said[len(said) - taken :]


def _said(row: Mapping[str, Any]) -> list[Json]:
    who = "person" if row["role"] == "user" else "amara"
    said: list[Json] = [{who: row["content"][:SAID_MAX]}] if row["content"].strip() else []
    for call in transcript.calls_of(row):
        result = msgspec.json.encode(call.get("result")).decode()[:SAID_MAX]
        said.append({"looked_up": call["name"], "with": call["input"], "found": result})
    return said
