"""The socket described for machines: AsyncAPI 3 and TypeScript, made from the structs that are really spoken.

Source: AsyncAPI 3.0.0. The document is an answer of the service and a file of the documentation; a test holds them
together.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from amara import frames, reading
from amara.schemas import REF, components

Json = dict[str, Any]


class Words(frames.Event, tag="TEXT_MESSAGE_CONTENT", frozen=True):
    """A piece of an answer."""

    message_id: str
    delta: str


class Arguments(frames.Event, tag="TOOL_CALL_ARGS", frozen=True):
    """A piece of a call's arguments, which are JSON when put together."""

    tool_call_id: str
    delta: str


class Happened(frames.Control, tag="event", frozen=True):
    """What happened outside a run, at its place in the log; told to those who said hello."""

    id: str
    name: str
    value: dict[str, Any]


class Ping(frames.Control, tag="ping", frozen=True):
    """Answer with pong."""


Chunk = (
    frames.RunStarted
    | frames.RunFinished
    | frames.RunError
    | frames.TextStart
    | Words
    | frames.TextEnd
    | frames.CallStart
    | Arguments
    | frames.CallEnd
    | frames.CallResult
    | frames.Snapshot
)


class Envelope(Struct, frozen=True):
    """An AG-UI event at its place in the conversation's log."""

    id: str
    """The cursor, `<epoch>-<seq>`."""
    chunk: Chunk


ALONE = "Without an envelope: told to this connection alone, in no log; keep the cursor you had."
SAID: dict[str, tuple[type, str]] = {
    "hello": (frames.Hello, "Authenticate by first message and subscribe from a cursor."),
    "run": (reading.RunAgentInput, "Say something, or answer an interrupt."),
    "abort": (frames.Abort, "Stop a run; from any device of the owner, as often as wanted."),
    "refresh": (frames.Refresh, "A fresh token of the same person."),
    "pong": (frames.Pong, "Answer to ping."),
}
HEARD: dict[str, tuple[type, str]] = {
    "welcome": (frames.Welcome, "Answer to hello."),
    "event": (Envelope, "The stream: an AG-UI event at its cursor."),
    "aside": (Happened, "What happened outside a run, in cursor order: `handoff`, `staff_message` and others."),
    "ack": (frames.Ack, "The message is committed, or why it is not."),
    "ping": (Ping, "Every 25 seconds."),
    "reconnect": (frames.Reconnect, "The process leaves; come back after that long. Close code 1012 follows."),
    "error": (frames.Refused, "A refusal outside a run."),
    "aloneStarted": (frames.RunStarted, ALONE),
    "aloneSnapshot": (frames.Snapshot, ALONE),
    "aloneFinished": (frames.RunFinished, ALONE),
    "aloneError": (frames.RunError, ALONE),
}
CLOSES: dict[int, str] = {
    frames.DONE: "the resumed run has ended",
    frames.NOTHING_TO_RESUME: "there is nothing to resume",
    frames.RESTARTING: "restart: come back, jittered, from the cursor",
    frames.TOO_SLOW: "overloaded or too slow: come back from the cursor",
    frames.BAD_FRAME: "a broken frame",
    frames.TOKEN: "token missing, invalid or expired: come back with a fresh one",
    frames.ORIGIN: "not allowed: origin or role",
    frames.NO_CONVERSATION: "no such conversation for you",
    frames.PROTOCOL_VERSION: "another protocol version is needed",
    frames.NO_HELLO: "no hello in time",
    frames.FRAME_TOO_LARGE: "the frame is too large",
    frames.TOO_MANY: "too many sockets or messages: come back later",
}


def document(*, version: str) -> Json:
    """The AsyncAPI document. Args: version is the service's."""
    told = SAID | HEARD
    _, schemas = components([kind for kind, _ in told.values()])
    messages = {
        name: {"summary": says, "payload": {"$ref": REF.format(name=kind.__name__)}}
        for name, (kind, says) in told.items()
    }
    channel = "#/channels/chat"
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Amara", "version": version, "description": f"The chat over a socket, {frames.VERSION}."},
        "defaultContentType": "application/json",
        "channels": {
            "chat": {
                "address": "/v1/amara/chat",
                "description": "One conversation. " + " ".join(f"{code}: {why}." for code, why in CLOSES.items()),
                "bindings": {
                    "ws": {
                        "query": {
                            "type": "object",
                            "required": ["threadId"],
                            "properties": {
                                "threadId": {"type": "string", "maxLength": frames.ID_MAX},
                                "runId": {"type": "string", "maxLength": frames.ID_MAX},
                                "offset": {"type": "string", "description": "A cursor, or -1 for the beginning."},
                            },
                        }
                    }
                },
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in told},
            }
        },
        "operations": {
            "say": {
                "action": "receive",
                "channel": {"$ref": channel},
                "messages": [{"$ref": f"{channel}/messages/{name}"} for name in SAID],
            },
            "tell": {
                "action": "send",
                "channel": {"$ref": channel},
                "messages": [{"$ref": f"{channel}/messages/{name}"} for name in HEARD],
            },
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def typescript() -> str:
    """The same frames as TypeScript types: `Said` is what a client may send, `Heard` what it may get."""
    told = SAID | HEARD
    _, schemas = components([kind for kind, _ in told.values()])
    lines = [f"// The frames of {frames.VERSION}; `amara asyncapi --typescript` makes this file.", ""]
    for name, schema in sorted(schemas.items()):
        if description := str(schema.get("description", "")).strip():
            lines.append(f"/** {description.splitlines()[0]} */")
        lines += [f"export interface {name} {_type(schema)}", ""]
    for name, kinds in (("Said", SAID), ("Heard", HEARD)):
        lines.append(f"export type {name} = {' | '.join(kind.__name__ for kind, _ in kinds.values())};")
    return "\n".join(lines) + "\n"


_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def _type(schema: Json) -> str:
    """A JSON schema as a TypeScript type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(msgspec.json.encode(value).decode() for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    match schema.get("type"):
        case "array":
            one = _type(schema.get("items") or {})
            return f"({one})[]" if " | " in one else f"{one}[]"
        case "object" if "properties" in schema:
            needed = set(schema.get("required", ()))
            fields = (
                f"  {name}{'' if name in needed else '?'}: {_type(inner)};"
                for name, inner in schema["properties"].items()
            )
            return "\n".join(["{", *fields, "}"])
        case "object":
            inner = schema.get("additionalProperties")
            return f"Record<string, {_type(inner) if isinstance(inner, dict) else 'unknown'}>"
        case kind:
            return _PLAIN.get(str(kind), "unknown")
