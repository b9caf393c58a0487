"""Everything the socket says, held against the AG-UI package that others wrote, and against our own table of frames."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pydantic
import websockets
from ag_ui.core import Event

from amara import demo, errors, frames
from amara.frames import Cursor
from tests import nodejs
from tests import upstream as scripted
from tests.service import Chat, chatting, events, text_of

Json = dict[str, Any]

EVENT = pydantic.TypeAdapter(Event)
CONTROL = {  # type → what it must have, what it may have
    "welcome": ({"threadId", "head", "heartbeatMs", "limits", "capabilities"}, set()),
    "ack": ({"ref", "runId", "status"}, {"position"}),
    "event": ({"id", "name", "value"}, set()),
    "ping": (set(), set()),
    "reconnect": ({"afterMs"}, set()),
    "error": ({"code", "message", "retryable"}, {"retryAfterMs"}),
}
SEARCH = {"city": "Bogotá", "service": "cleaning"}
GREETING, CLEANING, BOOKINGS = "Hola", "Necesito limpieza en Bogotá", "mis reservas"


def codes(situation: type[errors.AmaraError] = errors.AmaraError) -> set[str]:
    """The closed list."""
    return {situation.code}.union(*(codes(below) for below in situation.__subclasses__()))


def strangers(value: Any, path: str = "") -> list[str]:
    """Fields that AG-UI does not know; what stands in `metadata` is free."""
    if isinstance(value, list):
        return [name for at, item in enumerate(value) for name in strangers(item, f"{path}[{at}]")]
    if not isinstance(value, pydantic.BaseModel):
        return []
    found = [f"{path}.{name}" for name in value.model_extra or {}]
    return found + [name for field, item in value for name in strangers(item, f"{path}.{field}")]


def checked(event: Json) -> Json:
    """The event, if AG-UI reads it and would write it alike: every name, nothing more, nothing null."""
    model = EVENT.validate_json(json.dumps(event))
    assert strangers(model) == []
    assert EVENT.dump_python(model, mode="json", by_alias=True) == event
    assert event.get("metadata", {}).keys() <= {"amara"}
    return event


class Order:
    """A conversation's events one after the other; whatever AG-UI forbids fails."""

    def __init__(self) -> None:
        self.run: tuple[str, str] | None = None
        self.ids: set[str] = set()
        self.texts: set[str] = set()
        self.calls: set[str] = set()
        self.unanswered: set[str] = set()

    def take(self, event: Json) -> None:
        kind = event["type"]
        assert (self.run is None) == (kind == "RUN_STARTED"), f"{kind} has no place here"
        match kind:
            case "RUN_STARTED":
                self.run = (event["threadId"], event["runId"])
            case "TEXT_MESSAGE_START":
                self._new(event["messageId"])
                self.texts.add(event["messageId"])
            case "TEXT_MESSAGE_CONTENT":
                assert event["messageId"] in self.texts
                assert event["delta"]
            case "TEXT_MESSAGE_END":
                self.texts.remove(event["messageId"])
            case "TOOL_CALL_START":
                self._new(event["toolCallId"])
                self.calls.add(event["toolCallId"])
                self.unanswered.add(event["toolCallId"])
            case "TOOL_CALL_ARGS":
                assert event["toolCallId"] in self.calls
            case "TOOL_CALL_END":
                self.calls.remove(event["toolCallId"])
            case "TOOL_CALL_RESULT":
                self._new(event["messageId"])
                assert event["toolCallId"] not in self.calls
                self.unanswered.remove(event["toolCallId"])
                assert isinstance(json.loads(event["content"]), dict)
            case "MESSAGES_SNAPSHOT":
                assert not self.texts | self.calls | self.unanswered
            case "RUN_FINISHED" | "RUN_ERROR":
                assert not self.texts | self.calls | self.unanswered
                assert kind == "RUN_ERROR" or self.run == (event["threadId"], event["runId"])
                self.run = None
            case _:
                raise AssertionError(f"{kind} is none of ours")

    def _new(self, one: str) -> None:
        assert one not in self.ids
        self.ids.add(one)


def told(heard: list[Json]) -> list[Json]:
    """The events of these frames, every frame and the order of all of them checked."""
    order, last, found = Order(), Cursor(0, 0), []
    for frame in heard:
        if "chunk" in frame:
            assert frame.keys() == {"id", "chunk"}
            cursor = Cursor.parse(frame["id"])
            assert cursor is not None
            assert cursor > last
            last = cursor
            found.append(checked(frame["chunk"]))
        elif frame["type"].isupper():  # told to this socket alone: it stands in no log and has no place there
            found.append(checked(frame))
        else:
            must, may = CONTROL[frame["type"]]
            assert must <= frame.keys() - {"type"} <= must | may
            assert frame["type"] != "error" or frame["code"] in codes()
            continue
        order.take(found[-1])
    assert order.run is None
    return found


async def replayed(chat: Chat, said: dict[str, Json]) -> Json:
    """What the stock client makes of the logged events, given what the person said by run."""
    runs: list[Json] = []
    for event in events(chat.frames):
        if event["type"] == "RUN_STARTED":
            runs.append({"runId": event["runId"], "said": said[event["runId"]], "events": []})
        runs[-1]["events"].append(event)
    return await nodejs.answer("agui.mjs", {"threadId": chat.thread_id, "runs": runs})


async def test_a_visit_speaks_agui_and_a_stock_client_folds_it_to_the_snapshot(server):
    said: dict[str, Json] = {}
    async with chatting(server, server.token(demo.CUSTOMER_ID)) as chat:
        for text in (GREETING, CLEANING, BOOKINGS):
            message = {"id": f"message-{uuid4()}", "role": "user", "content": text}
            run_id = await chat.say(text, message_id=message["id"])
            said[run_id] = message
            await chat.hear_until("RUN_FINISHED", "RUN_ERROR")
        await chat.say("x" * (frames.TEXT_MAX + 1))
        refused = await chat.hear_until("error")
        again = told(await chat.ask(GREETING, message_id=next(iter(said.values()))["id"]))
        [snapshot] = [event for event in again if event["type"] == "MESSAGES_SNAPSHOT"]
        seen = told(chat.frames)
        stock = await replayed(chat, said)
    assert [frame["type"] for frame in refused] == ["ack", "error"]
    assert (refused[0]["status"], refused[1]["code"]) == ("rejected", "text_too_long")
    kinds = [event["type"] for event in seen]
    assert kinds.count("RUN_FINISHED") == len(said) + 1
    cards = [json.loads(event["content"])["card"] for event in seen if event["type"] == "TOOL_CALL_RESULT"]
    assert cards == ["professionals", "bookings"]
    assert stock == {"messages": snapshot["messages"], "failures": []}


async def test_stop_and_every_failure_close_what_they_leave_open(service, upstream, owner):
    """A stop in the words; a cut in the words, in a call's arguments and after a call; two calls at once; a bad call."""
    held = scripted.says("Uno, ", "dos, ", "tres")
    held.until = asyncio.Event()
    search = [scripted.start(), *scripted.text("Un momento."), *scripted.call("search_professionals", SEARCH, index=1)]
    upstream.then(
        held,
        scripted.Answer([scripted.start(), *scripted.text("Le cuento")], cut=True),
        scripted.Answer(search[:-2], cut=True),
        scripted.Answer(search, cut=True),
        scripted.Answer(
            [
                *(scripted.start(), *scripted.call("list_my_bookings", {}, call_id="toolu_a", index=0)),
                *scripted.call("search_professionals", SEARCH, call_id="toolu_b", index=1),
                *scripted.end("tool_use"),
            ]
        ),
        scripted.calls("no_such_tool", {}, call_id="toolu_c"),
        scripted.says("Aquí están."),
    )
    ends: list[Json] = []
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        run_id = await chat.say("Cuente")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await chat.send({"type": "abort", "runId": run_id})
        ends += (await chat.hear_until("RUN_FINISHED", "RUN_ERROR"))[-1:]
        for call_id in ("toolu_1", "toolu_1x", "toolu_b"):
            ends += (await chat.ask(f"Busque {call_id}"))[-1:]
        seen = told(chat.frames)
