"""Every word on the wire, in and out, and the limits they keep: `amara.v1`.

Outbound events are AG-UI 1.0 in the TanStack envelope `{"id": cursor, "chunk": event}`; control frames exist only where
AG-UI has no word. Inbound, only user messages, resumes and our own control frames are read: whatever else a client's
history claims is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET as UNSET  # noqa: PLC0414 - handed on: a field that stays off the wire
from msgspec import Meta, Struct, UnsetType

from amara.cursor import BIGINT_MAX as BIGINT_MAX  # noqa: PLC0414 - handed on, with the place
from amara.cursor import Cursor as Cursor  # noqa: PLC0414 - likewise

VERSION = "amara.v1"

TEXT_MAX = 8_000  # characters of one message
ID_MAX, ANALYTICS_ID_MAX = 128, 200  # characters
FRAME_MAX_OURS = 64 * 1024  # bytes, after hello
FRAME_MAX_STOCK = 1024 * 1024  # stock clients send their whole history
FRAME_MAX = 2 * 1024 * 1024  # beyond this the server class itself answers 1009
HEARTBEAT_S, HELLO_S = 25.0, 10.0

BAD_FRAME, PROTOCOL_VERSION, FRAME_TOO_LARGE = 4400, 4406, 4413
TOKEN, ORIGIN, NO_CONVERSATION, NO_HELLO, TOO_MANY = 4401, 4403, 4404, 4408, 4429
DONE, NOTHING_TO_RESUME, RESTARTING, TOO_SLOW = 1000, 1008, 1012, 1013

Id = Annotated[str, Meta(min_length=1, max_length=ID_MAX, pattern=r"\A[^\x00]*\Z")]  # U+0000 cannot be stored


# What a client says ---------------------------------------------------------------------------------------------------


class Hello(Struct, tag="hello", forbid_unknown_fields=True, frozen=True):
    """Authenticate by first message and subscribe."""

    token: str | None = None
    since: Annotated[str, Meta(max_length=64)] | None = None
    locale: Annotated[str, Meta(max_length=16)] | None = None
    device: Annotated[str, Meta(max_length=64)] | None = None


class Refresh(Struct, tag="refresh", forbid_unknown_fields=True, frozen=True):
    """A fresh token of the same subject."""

    token: str


class Abort(Struct, tag="abort", rename="camel", frozen=True):
    """Stop this run."""

    run_id: Id


class Pong(Struct, tag="pong", frozen=True):
    """Answer to ping."""


class Said(Struct, frozen=True):
    """One new user message."""

    id: str
    text: str


class Wishes(Struct, rename="camel", frozen=True):
    """`forwardedProps.amara`."""

    policy: Literal["enqueue", "interrupt", "reject"] | None = None
    locale: Annotated[str, Meta(max_length=16)] | None = None
    time_zone: Annotated[str, Meta(max_length=64)] | None = None
    analytics_session_id: Annotated[str, Meta(max_length=ANALYTICS_ID_MAX, pattern=r"\A[^\x00]*\Z")] | None = None
    regenerate: Id | None = None
    """The latest user message, by the id its client gave it, whose answer shall be another."""


class Resume(Struct, rename="camel", frozen=True):
    """The answer to an interrupt."""

    interrupt_id: Id
    status: Literal["resolved", "cancelled"]
    payload: Any = None


class Say(Struct, frozen=True):
    """A RunAgentInput, read: what is new in it."""

    thread_id: str
    run_id: str
    parent_run_id: str | None
    said: tuple[Said, ...]
    resume: tuple[Resume, ...]
    wishes: Wishes


Word = Hello | Refresh | Abort | Pong | Say


# What the service says: AG-UI events ----------------------------------------------------------------------------------


class Event(Struct, tag_field="type", rename="camel", frozen=True, kw_only=True):
    """One AG-UI event; unset fields stay off the wire."""

    metadata: dict[str, Any] | UnsetType = UNSET


class RunStarted(Event, tag="RUN_STARTED", frozen=True):
    thread_id: str
    run_id: str
    parent_run_id: str | UnsetType = UNSET
    input: dict[str, Any] | UnsetType = UNSET


class RunFinished(Event, tag="RUN_FINISHED", frozen=True):
    thread_id: str
    run_id: str
    outcome: dict[str, Any]
    usage: list[dict[str, Any]] | UnsetType = UNSET


class RunError(Event, tag="RUN_ERROR", frozen=True):
    message: str
    code: str
    usage: list[dict[str, Any]] | UnsetType = UNSET


class TextStart(Event, tag="TEXT_MESSAGE_START", frozen=True):
    message_id: str
    role: Literal["assistant"]


class TextEnd(Event, tag="TEXT_MESSAGE_END", frozen=True):
    message_id: str


class CallStart(Event, tag="TOOL_CALL_START", frozen=True):
    tool_call_id: str
    tool_call_name: str
    parent_message_id: str


class CallEnd(Event, tag="TOOL_CALL_END", frozen=True):
    tool_call_id: str


class CallResult(Event, tag="TOOL_CALL_RESULT", frozen=True):
    message_id: str
    tool_call_id: str
    content: str
    role: Literal["tool"]


class Snapshot(Event, tag="MESSAGES_SNAPSHOT", frozen=True):
    messages: Sequence[dict[str, Any]]


NOT_STARTED = {"status": "not_started"}
"""The result of a call that was never carried out."""


def result(call_id: str, content: str) -> CallResult:
    """A tool's answer; its message is named after its call, so that a snapshot names it alike."""
    return CallResult(message_id=f"{call_id}:result", tool_call_id=call_id, content=content, role="tool")


def unanswered(call_id: str) -> CallResult:
    """The closer of a call that was never carried out."""
    return result(call_id, msgspec.json.encode(NOT_STARTED).decode())


WORDS = '{"type":"TEXT_MESSAGE_CONTENT","messageId":"%s","delta":"%s"}'
"""TEXT_MESSAGE_CONTENT of (message, delta as it stands between quotes)."""

ENVELOPE = '{"id":"%d-%d","chunk":%s}'
"""The frame of (epoch, seq, event) that carries an encoded event of a run at its place in the log."""


def words(message_id: str, delta: str) -> str:
    """TEXT_MESSAGE_CONTENT, encoded: the hot path builds no object for it."""
    return WORDS % (message_id, quoted(delta)[1:-1])


def arguments(call_id: str, delta: str) -> str:
    """TOOL_CALL_ARGS, encoded."""
    return f'{{"type":"TOOL_CALL_ARGS","toolCallId":{quoted(call_id)},"delta":{quoted(delta)}}}'


def quoted(text: str) -> str:
    """The text as a JSON string."""
    return msgspec.json.encode(text).decode()


def encoded(event: Event) -> str:
    """The event as JSON."""
    return msgspec.json.encode(event).decode()


def aside(name: str, value: dict[str, Any]) -> str:
    """What happened outside a run, encoded: `{"type":"event","name","value"}`, for those who said hello."""
    return msgspec.json.encode({"type": "event", "name": name, "value": value}).decode()


def envelope(cursor: Cursor, event: str) -> str:
    """The frame that carries an encoded event, or an aside, at its place in the log."""
    if event.startswith('{"type":"event",'):
        return f'{{"id":"{cursor.epoch}-{cursor.seq}",{event[1:]}'
    return ENVELOPE % (*cursor, event)


def is_aside(frame: str) -> bool:
    """The frame of the log is about what happened outside a run."""
    return frame.startswith('"type":"event",', frame.index(",") + 1)


def cursor_of(frame: str) -> Cursor:
    """Where a frame of the log stands; we wrote it, so its form is known."""
    cursor = Cursor.parse(frame[7 : frame.index('"', 7)])
    assert cursor is not None  # only enveloped frames are asked
    return cursor


def begun(frame: str) -> tuple[str, list[str]] | None:
    """The run that this frame starts, and every name it goes by; none where it starts none."""
    chunk = frame.find('"chunk":')
    if not frame.startswith('{"type":"RUN_STARTED"', chunk + 8):
        return None
    event = msgspec.json.decode(frame)["chunk"]
    merged = (event.get("metadata") or {}).get("amara", {}).get("merged", [])
    return event["runId"], [event["runId"], *merged]


def under(frame: str, run_id: str) -> str:
    """The frame as it goes to whoever knows the run by this name."""
    told = msgspec.json.decode(frame)
    if "runId" in told["chunk"]:
        told["chunk"]["runId"] = run_id
    return msgspec.json.encode(told).decode()


def is_terminal(frame: str) -> bool:
    """The frame carries the end of its run."""
    chunk = frame.find('"chunk":')
    return frame.startswith(('{"type":"RUN_FINISHED"', '{"type":"RUN_ERROR"'), chunk + 8)


# Control frames -------------------------------------------------------------------------------------------------------


class Control(Struct, tag_field="type", rename="camel", frozen=True, kw_only=True):
    """A frame of our own."""

    def frame(self) -> str:
        """As it goes out."""
        return msgspec.json.encode(self).decode()


class Welcome(Control, tag="welcome", frozen=True):
    thread_id: str
    head: str
    heartbeat_ms: int
    limits: dict[str, int]
    capabilities: list[str]


class Ack(Control, tag="ack", frozen=True):
    ref: str
    run_id: str
    status: Literal["accepted", "duplicate", "queued", "merged", "superseded", "rejected"]
    position: int | UnsetType = UNSET


class Reconnect(Control, tag="reconnect", frozen=True):
    after_ms: int


class Refused(Control, tag="error", frozen=True):
    code: str
    message: str
    retryable: bool
    retry_after_ms: int | UnsetType = UNSET


PING = '{"type":"ping"}'
