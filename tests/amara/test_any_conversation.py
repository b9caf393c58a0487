"""Whatever was said, and however it was answered: what a client makes of the log is what the record says.

A client that comes back is given what the log has after its cursor, so from every cursor the sum is the same.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amara.frames import Cursor
from tests import upstream as scripted
from tests import wire
from tests.builders import a_person
from tests.rig import Chat, Service, chatting

Json = dict[str, Any]
EXAMPLES = 12
STOPPED = (
    "select stop_requested_at is not null or status not in ('queued', 'running') from amara_runs where run_key = $1"
)
LIVE = (
    "select exists (select from amara_runs where conversation_id::text = $1 and status in ('queued', 'running'))"
    " or exists (select from amara_private.asides where conversation_id::text = $1)"
)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12).filter(str.strip)
ANSWERS = st.one_of(
    st.tuples(st.just("says"), st.lists(WORDS, min_size=1, max_size=3)),
    st.tuples(st.just("looks"), WORDS),
    st.tuples(st.just("fails"), st.sampled_from([400, 529])),
    st.tuples(st.just("is cut"), WORDS),
)
STOPS = st.sampled_from([None, "racing", "before it goes on"])
STEPS = st.lists(st.tuples(WORDS, ANSWERS, st.integers(0, 2), STOPS), min_size=1, max_size=4)
"""(what is said, how it is answered, how many more messages are said meanwhile, how it is stopped if it is)"""


def scripts(answer: tuple[str, Any], held: asyncio.Event) -> list[scripted.Answer]:
    """Held until a test has said everything else; what fails does so at once."""
    kind, what = answer
    if kind == "fails":
        return [scripted.fails(what)] * 3
    if kind == "is cut":
        return [scripted.Answer([scripted.start(), *scripted.text(what)], cut=True)]
    said = scripted.says(*(what if kind == "says" else [what]))
    said.until = held
    looking = [scripted.calls("list_my_bookings", {}, call_id=f"toolu_{uuid4().hex}", before="Miro.")]
    return [*(looking if kind == "looks" else []), said]


class Shown:
    """What a client makes of events: an AG-UI fold of our own, with calls and results left aside."""

    def __init__(self) -> None:
        self.messages: list[list[str]] = []  # id, role, text

    def take(self, event: Json) -> None:
        match event["type"]:
            case "RUN_STARTED":
                known = {message[0] for message in self.messages}
                said = (event.get("input") or {}).get("messages", [])
                self.messages += [[one["id"], "user", one["content"]] for one in said if one["id"] not in known]
            case "MESSAGES_SNAPSHOT":
                self.messages = [
                    [one["id"], one["role"], one["content"]] for one in event["messages"] if one["role"] != "tool"
                ]
            case "TEXT_MESSAGE_START":
                self.messages.append([event["messageId"], "assistant", ""])
            case "TEXT_MESSAGE_CONTENT":
                next(one for one in self.messages if one[0] == event["messageId"])[2] += event["delta"]
            case "TOOL_CALL_START":
                if event["parentMessageId"] not in {one[0] for one in self.messages}:
                    self.messages.append([event["parentMessageId"], "assistant", ""])


MERGED = [("Hola", ("says", ["Un momento."]), 2, None)]
"""However late a machine is, here two messages wait for the end of an answer."""


def some(number: int) -> list[list[Any]]:
    """So many conversations, the same each time."""
    found: list[list[Any]] = [MERGED]

    @settings(max_examples=number, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def collect(steps: list[Any]) -> None:
        found.append(steps)

    collect()
    return found


async def said(chat: Chat, text: str) -> str:
    """Its runId, once it is on record."""
    message_id = str(uuid4())
    run_id = await chat.say(text, message_id=message_id)
    while (await chat.hear_until("ack"))[-1]["ref"] != message_id:
        pass  # of one before, which became part of another
    return run_id


async def play(service: Service, upstream: scripted.Upstream, owner: Any, steps: list[Any]) -> str:
    """The conversation's id, once nobody writes or waits any more."""
    upstream.answers.clear()
    async with chatting(service, service.token(await a_person(owner))) as chat:
        for text, answer, more, stop in steps:
            held = asyncio.Event()
            upstream.then(*scripts(answer, held))
            run_id = await said(chat, text)
            for number in range(more):
                await said(chat, f"Y {number}")
            if stop:
                await chat.send({"type": "abort", "runId": run_id})
            while stop == "before it goes on" and not await owner.fetchval(STOPPED, run_id):
                pass
            held.set()
            while await owner.fetchval(LIVE, chat.thread_id):
                pass
    return chat.thread_id


@pytest.mark.timeout(240)
async def test_the_sum_of_the_log_is_the_record_from_every_cursor(service, upstream, owner):
    for steps in some(EXAMPLES):
        thread_id = await play(service, upstream, owner, steps)
        kept = await wire.logged(owner, thread_id)
        record = [list(row[:2]) for row in await wire.record(owner, thread_id)]
        shown = Shown()
        chunks = [frame["chunk"] for frame in kept if "chunk" in frame]  # beside them: a person was called
        for chunk in chunks:
            shown.take(chunk)
        assert [message[1:] for message in shown.messages] == record, steps
        run: list[Json] = []
        for chunk in chunks:
            run.append(chunk)
            if chunk["type"] in wire.TERMINALS:
                wire.check_run(run)
                run = []
        assert run == []
        async with service.door.house.feeds.using(UUID(thread_id)) as feed:
            for at, frame in enumerate(kept):
                missed: list[list[str] | None] = []
                await feed.after(Cursor.parse(frame["id"]), missed.append)
                assert [json.loads(line) for line in missed[0]] == kept[at + 1 :], steps
    assert {status for (status,) in await owner.fetch("select distinct status from amara_runs")} >= {
        "finished",
        "cancelled",
        "failed",
        "merged",
    }
