"""A run as its log has it: what was said, which tools were used with what, what they answered, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element

import msgspec

from amara.inbox import cards
from amara.inbox.listing import PATH, assets, head
from amara.inbox.press import Language, Press
from amara.inbox.words import WORDS, word

Json = dict[str, Any]


def page(press: Press, spoken: Language, conversation_id: UUID, run_id: UUID, told: Sequence[Json]) -> bytes:
    """All of it. Args: told are the decoded frames of the run's log, in order; none where it is gone."""
    path = f"{PATH}/{conversation_id}"
    steps = list(_steps(press, spoken, [frame["chunk"] for frame in told if "chunk" in frame]))
    return press.page(
        spoken,
        word(spoken, "replay"),
        head(press, spoken, f"{path}/runs/{run_id}", {}),
        *assets(press),
        press.tag("p", press.tag("a", word(spoken, "back_talk"), href=f"{path}?lang={spoken}"), class_="way"),
        press.tag("h2", word(spoken, "log")),
        press.tag("ol", *steps, class_="card steps") if steps else press.tag("p", word(spoken, "replay_gone")),
    )


def _steps(press: Press, spoken: Language, events: Sequence[Json]) -> Iterator[Element]:
    pieces: dict[str, str] = {}
    tools: dict[str, str] = {}
    for event in events:
        about = str(event.get("toolCallId") or event.get("messageId"))
        match event["type"]:
            case "TEXT_MESSAGE_CONTENT" | "TOOL_CALL_ARGS":
                pieces[about] = pieces.get(about, "") + event["delta"]
            case "TEXT_MESSAGE_END":
                yield _step(press, word(spoken, "said"), pieces.get(about, ""))
            case "TOOL_CALL_START":
                tools[event["toolCallId"]] = event["toolCallName"]
            case "TOOL_CALL_END":
                called = word(spoken, "called", tool=tools.get(event["toolCallId"], ""))
                yield _step(press, called, pieces.get(event["toolCallId"], ""))
            case "TOOL_CALL_RESULT":
                step = _step(press, word(spoken, "answered"), "")
                result = msgspec.json.decode(event["content"])
                step.append(cards.card(press, spoken, tools.get(event["toolCallId"], ""), result))
                yield step
            case kind:
                yield from _edge(press, spoken, kind, event)


def _edge(press: Press, spoken: Language, kind: str, event: Json) -> Iterator[Element]:
    """Where the run begins and ends."""
    if kind == "RUN_STARTED":
        yield _step(press, word(spoken, "began"), _said(event))
    elif kind == "RUN_FINISHED":
        outcome = str(event["outcome"].get("type", ""))
        yield _step(press, word(spoken, "ended"), WORDS[spoken].get(f"outcome_{outcome}", outcome))
    elif kind == "RUN_ERROR":
        yield _step(press, word(spoken, "failed"), f"{event['code']}: {event['message']}")


def _said(started: Mapping[str, Any]) -> str:
    return "\n".join(str(message.get("content", "")) for message in (started.get("input") or {}).get("messages", []))


def _step(press: Press, name: str, text: str) -> Element:
    return press.tag(
        "li", press.tag("strong", name), press.tag("p", *cards.worded(press, text), class_="words") if text else None
    )
