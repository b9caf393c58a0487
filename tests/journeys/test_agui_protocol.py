"""Everything the socket says, held against the AG-UI package that others wrote, and against our own table of frames."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pydantic
import websockets
from ag_ui.core import Event

from amara import demo, errors, frames
from amara.frames import Cursor
from tests import nodejs
from tests import upstream as scripted
from tests.rig import Chat, chatting, events, text_of

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
        if kind == "RUN_STARTED":
            self.run = (event["threadId"], event["runId"])
        elif kind.startswith("TEXT_MESSAGE_"):
            self._text(kind, event["messageId"], event)
        elif kind.startswith("TOOL_CALL_"):
            self._call(kind, event["toolCallId"], event)
        else:
            assert kind in {"MESSAGES_SNAPSHOT", "RUN_FINISHED", "RUN_ERROR"}
            assert not self.texts | self.calls | self.unanswered
            if kind == "RUN_FINISHED":
                assert self.run == (event["threadId"], event["runId"])
            if kind != "MESSAGES_SNAPSHOT":
                self.run = None

    def _text(self, kind: str, message_id: str, event: Json) -> None:
        match kind:
            case "TEXT_MESSAGE_START":
                self._new(message_id)
                self.texts.add(message_id)
            case "TEXT_MESSAGE_CONTENT":
                assert message_id in self.texts
                assert event["delta"]
            case "TEXT_MESSAGE_END":
                self.texts.remove(message_id)
            case _:
                raise AssertionError(f"{kind} is none of ours")

    def _call(self, kind: str, call_id: str, event: Json) -> None:
        match kind:
            case "TOOL_CALL_START":
                self._new(call_id)
                self.calls.add(call_id)
                self.unanswered.add(call_id)
            case "TOOL_CALL_ARGS":
                assert call_id in self.calls
            case "TOOL_CALL_END":
                self.calls.remove(call_id)
            case "TOOL_CALL_RESULT":
                self._new(event["messageId"])
                assert call_id not in self.calls
                self.unanswered.remove(call_id)
                assert isinstance(json.loads(event["content"]), dict)
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


def meant(message: Json) -> Json:
    """JSON within the message by its value, because the record keeps no order of keys; a label lives with its run."""
    calls = [
        {**call["function"], "id": call["id"], "arguments": json.loads(call["function"]["arguments"])}
        for call in message.get("toolCalls", [])
    ]
    content = json.loads(message["content"]) if message["role"] == "tool" else message["content"]
    return message | {"content": content, "toolCalls": calls}


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
    assert refused[-1]["code"] == "text_too_long"
    kinds = [event["type"] for event in seen]
    assert kinds.count("RUN_FINISHED") == len(said) + 1
    cards = [json.loads(event["content"])["card"] for event in seen if event["type"] == "TOOL_CALL_RESULT"]
    assert cards == ["professionals", "bookings"]
    assert stock["failures"] == []
    assert [meant(message) for message in stock["messages"]] == [meant(message) for message in snapshot["messages"]]


def searching(call_id: str) -> list[Json]:
    return [
        scripted.start(),
        *scripted.text("Un momento."),
        *scripted.call("search_professionals", SEARCH, call_id=call_id, index=1),
    ]


async def test_stop_and_every_failure_close_what_they_leave_open(service, upstream):
    held = scripted.says("Uno, ", "dos, ", "tres")
    held.until = asyncio.Event()
    both = [
        *(scripted.start(), *scripted.call("list_my_bookings", {}, call_id="toolu_c", index=0)),
        *scripted.call("search_professionals", SEARCH, call_id="toolu_d", index=1),
    ]
    upstream.then(
        held,
        scripted.Answer([scripted.start(), *scripted.text("Le cuento")], cut=True),
        # The stream just ends: a reset could overtake what was sent before it.
        scripted.Answer(searching("toolu_a")[:-2]),  # in its arguments
        scripted.says("Aquí sigo."),  # after three in a row a person would be called
        scripted.Answer(searching("toolu_b")),  # after the call, before the end
        scripted.Answer([*both, *scripted.end("tool_use")]),
        scripted.calls("no_such_tool", {}, call_id="toolu_e"),
        scripted.calls("get_booking", {"booking_id": 7}, call_id="toolu_f"),
        scripted.says("Aquí están."),
        scripted.fails(400),
    )
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        run_id = await chat.say("Cuente")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        await chat.send({"type": "abort", "runId": run_id})
        await chat.hear_until("RUN_FINISHED", "RUN_ERROR")
        for _ in range(6):
            await chat.ask("¿Y ahora?")
        seen = told(chat.frames)
    ends = [
        (e["type"], e.get("code") or e["outcome"]["type"]) for e in seen if e["type"] in {"RUN_FINISHED", "RUN_ERROR"}
    ]
    assert ends == [
        ("RUN_FINISHED", "cancelled"),
        *[("RUN_ERROR", "model_cut")] * 2,
        ("RUN_FINISHED", "success"),
        ("RUN_ERROR", "model_cut"),
        ("RUN_FINISHED", "success"),
        ("RUN_ERROR", "model_refused"),
    ]
    results = {e["toolCallId"]: json.loads(e["content"]) for e in seen if e["type"] == "TOOL_CALL_RESULT"}
    assert results["toolu_a"] == results["toolu_b"] == {"status": "not_started"}
    assert (results["toolu_c"]["card"], results["toolu_d"]["card"]) == ("bookings", "professionals")
    assert results["toolu_e"]["error"]["code"] == "unknown_tool"
    assert "error" in results["toolu_f"]


async def test_usage_counts_what_the_cache_gave_within_the_input(service, upstream):
    """AG-UI counts the cache as a part of the input, the vendor beside it."""
    begun = scripted.start(input_tokens=10, cache_read_input_tokens=100, cache_creation_input_tokens=20)
    upstream.then(scripted.Answer([begun, *scripted.text("Hola."), *scripted.end(output_tokens=7)]))
    async with chatting(service, service.token(demo.CUSTOMER_ID)) as chat:
        [usage] = told(await chat.ask(GREETING))[-1]["usage"]
    counted = {name: count for name, count in usage.items() if name.endswith("Tokens")}
    assert counted == {
        "inputTokens": 130,
        "outputTokens": 7,
        "totalTokens": 137,
        "cachedInputTokens": 100,
        "cacheWriteInputTokens": 20,
    }


async def test_a_stock_socket_hears_events_alone_even_for_a_refusal(server):
    """No welcome, no ack and no error frame: a stock client knows none of them."""
    thread_id = str(uuid4())
    header = {"Authorization": f"Bearer {server.token(demo.CUSTOMER_ID)}"}
    async with websockets.connect(server.socket_url(thread_id), additional_headers=header) as socket:
        chat = Chat(socket, thread_id)
        answered = told(await chat.ask(GREETING, message_id="one", run_id="run-one"))
        refused = told(await chat.ask("x" * (frames.TEXT_MAX + 1), run_id="run-two"))
        again = told(await chat.ask(GREETING, message_id="one", run_id="run-three"))
    assert answered[-1]["type"] == "RUN_FINISHED"
    assert [event["type"] for event in refused] == ["RUN_STARTED", "RUN_ERROR"]
    assert refused[0]["runId"] == "run-two"
    assert refused[1]["code"] == "text_too_long"
    assert [event["type"] for event in again] == ["RUN_STARTED", "MESSAGES_SNAPSHOT", "RUN_FINISHED"]
    assert [message["content"] for message in again[1]["messages"]] == [GREETING, text_of(chat.frames)]
    assert not CONTROL.keys() & {frame.get("type") for frame in chat.frames}
