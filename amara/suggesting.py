"""Amara proposes what a colleague could answer: one call to the model, paid by who asks, and sent by nobody."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import UUID

from amara import errors, handoff, paying, prompt, transcript
from amara.auth import SERVICE, Caller
from amara.budget import Errand, Spent
from amara.db import become
from amara.feed import Feed
from amara.frames import TEXT_MAX
from amara.house import House
from amara.metering import Call
from amara.model import Ask, Words
from amara.run import Run
from amara.store import conversations, handoffs, ledger
from amara.tools.tool import Locale

Json = dict[str, Any]

ROWS_MAX = 200
_TASK = """\
Task: suggest
You are not talking to the person now. A colleague of the team has this conversation and asks you, in the last \
message, for words they could send next. Write that message alone, in the person's language, as the colleague would: \
warm, and no more than three sentences. Promise no refund, outcome or deadline, and claim no deed that is not in the \
conversation.\
"""
_ASKED = "(A colleague of the team: please write the next message that I could send to this person.)"


async def suggest(house: House, staff: Caller, conversation_id: UUID) -> str | None:
    """The proposal; none where the model has nothing to say, or the day's tokens of who asks are spent.

    Raises:
        NotFound: the conversation is not handed off, or the caller is not of staff.
    """
    async with house.feeds.using(conversation_id) as feed:
        run, request = await _asked(house, staff, feed)
        errand = Errand(house.new_id(), run.id, conversation_id, house.model.name, 1, purpose="suggestion")
        try:
            call = await paying.begin(house, run, request, errand)
        except Spent:
            return None
        began = house.clock()
        try:
            with call.watched():
                words = await _heard(house, request, call)
        except errors.ModelFailed:
            return None
        finally:
            call.latency_ms = round((house.clock() - began) * 1000)
            await paying.close(house, run, call)
    return words.replace("\x00", "").strip()[:TEXT_MAX] or None


async def _heard(house: House, request: Ask, call: Call) -> str:
    words = ""
    async with aclosing(house.model.stream(replace(request, meter=call))) as answer:
        call.is_sent = True
        async for batch in answer:
            call.hear(batch)
            words += "".join(event.text for event in batch if isinstance(event, Words))
    return words


async def _asked(house: House, staff: Caller, feed: Feed) -> tuple[Run, Ask]:
    """The conversation as the model reads it, and who pays for that: the colleague, under its latest run."""
    async with house.database.transaction(staff) as db:
        _, row = await handoff.seen(db, staff, feed.conversation_id)
        conversation = await conversations.conversation_by_id(db, feed.conversation_id)
        rows = await conversations.messages(db, feed.conversation_id, limit=ROWS_MAX)
        await become(db, SERVICE)
        ours = await conversations.speaking(db, feed.conversation_id, since=0, limit=ROWS_MAX)
        runs = await ledger.runs_of(db, feed.conversation_id, limit=1)
        await handoffs.record(db, row, staff.owner, "suggested")
    locale: Locale = "en" if conversation is not None and conversation["locale"] == "en" else "es"
    said = [dict(one) for one in rows[::-1] if one["role"] == "user" or one["id"] in ours]
    said.append({"id": None, "role": "user", "content": _ASKED, "tool_calls": None, "metadata": None})
    zone = house.time_zone
    system = prompt.system(locale, now=house.now(), time_zone=zone, city=None, name=row["person_name"])
    request = Ask([*system, {"type": "text", "text": _TASK}], transcript.model_messages(said), house.declared, False)
    run_id = runs[0]["id"] if runs else house.new_id()
    return Run(run_id, "", "", feed.conversation_id, staff, locale, zone, feed), request
