"""A request of the Messages API, checked as strictly as the vendor checks it where our transcript could go wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from amara.offline.tongue import Locale

Block = dict[str, Any]
_ADDED = "[MaidConnect]\n"  # what the service adds to what a person says
_MOMENT = f"{_ADDED}Language: "


class Malformed(Exception):
    """The request is not one of the Messages API; the message says where."""


class Message(msgspec.Struct):
    """One turn."""

    role: Literal["user", "assistant"]
    content: str | list[Block]

    def blocks(self) -> list[Block]:
        """The content as blocks, a plain string being one of text."""
        return [{"type": "text", "text": self.content}] if isinstance(self.content, str) else self.content

    def text(self) -> str:
        """What was said, without tools."""
        return " ".join(text for text in self._texts() if not text.startswith(_ADDED)).strip()

    def moment(self) -> str:
        """When and where it was said, as the service adds it."""
        return next((text for text in self._texts() if text.startswith(_MOMENT)), "")

    def _texts(self) -> list[str]:
        return [str(block.get("text", "")) for block in self.blocks() if block.get("type") == "text"]


class ToolName(msgspec.Struct):
    """Of a tool only its name matters here."""

    name: str


class Request(msgspec.Struct):
    """What is read of a request; everything else is let pass."""

    model: str
    messages: list[Message]
    max_tokens: int
    system: str | list[Block] = ""
    tools: list[ToolName] = []
    stream: bool = False

    def system_text(self) -> str:
        """The instructions in one piece, and behind them when and where this is."""
        told = [self.system] if isinstance(self.system, str) else [str(one.get("text", "")) for one in self.system]
        return "\n".join([*told, *filter(None, (message.moment() for message in self.messages))])

    def tool_names(self) -> frozenset[str]:
        """What may be called."""
        return frozenset(tool.name for tool in self.tools)


def decode(body: bytes) -> Request:
    """The request in a body.

    Raises:
        Malformed: It is no JSON, a field is missing, the last turn is not the person's, or a tool result belongs to
            no call.
    """
    try:
        request = msgspec.json.decode(body, type=Request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error) or "the body is not JSON") from error
    if request.max_tokens < 1:
        raise Malformed("max_tokens: must be at least 1")
    if not request.messages:
        raise Malformed("messages: at least one message is required")
    if request.messages[-1].role != "user":
        raise Malformed("messages: the conversation must end with a user message")
    _match_tools(request.messages)
    return request


def _match_tools(messages: list[Message]) -> None:
    """A call must be answered in the very next turn and nothing else may be answered, as the vendor demands."""
    called: list[str] = []
    for place, message in enumerate(messages):
        answered = [str(block.get("tool_use_id")) for block in message.blocks() if block.get("type") == "tool_result"]
        if strange := [name for name in answered if name not in called]:
            raise Malformed(f"messages.{place}: tool_result for {strange[0]!r} without its tool_use in the turn before")
        if forgotten := [name for name in called if name not in answered]:
            raise Malformed(f"messages.{place}: tool_use {forgotten[0]!r} has no tool_result right after it")
        called = [str(block.get("id")) for block in message.blocks() if block.get("type") == "tool_use"]


class Surroundings(msgspec.Struct, frozen=True):
    """What the last lines of the instructions tell about the person; each may be unknown."""

    locale: Locale = "es"
    name: str | None = None
    city: str | None = None
    zone: ZoneInfo | None = None
    now: datetime | None = None
    """On the person's clock; known where the zone is."""
    is_suggesting: bool = False
    """A colleague asks for words to send, and nobody is answered."""


def surroundings(system: str) -> Surroundings:
    """Read leniently: the last line that speaks of each thing counts."""
    # The part that changes from turn to turn stands last; the byte-stable part before it may be long.
    tail = system[-4_000:]
    language = _last(tail, "language|idioma|locale")
    name = _last(tail, "name|nombre|customer|person|user")
    city = _last(tail, "city|ciudad")
    english = language is not None and language.strip().lower().startswith(("en", "ing"))
    zone = _zone(tail)
    is_suggesting = re.search(r"(?m)^Task: suggest\b", tail) is not None
    return Surroundings("en" if english else "es", name, city, zone, _now(tail, zone), is_suggesting)


def _now(text: str, zone: ZoneInfo | None) -> datetime | None:
    found = re.findall(r"(?im)^[^\w\n]*(?:now|ahora|today|hoy)\b[^\d\n]*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d))?", text)
    if not found or zone is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[-1][0]}T{found[-1][1] or '00:00'}").replace(tzinfo=zone)
    except ValueError:
        return None


def _last(text: str, labels: str) -> str | None:
    found = re.findall(rf"(?im)^[^\w\n]*(?:[\w']+[ ]){{0,3}}(?:{labels})[^\w\n]*[:=]\s*([^\n]+)$", text)
    return str(found[-1]).strip(" .*`\"'") or None if found else None


def _zone(text: str) -> ZoneInfo | None:
    # Most have a slash; `UTC` has none, and stands in brackets behind the clock.
    named: Iterator[str] = (
        match.group(match.lastindex or 0)
        for match in re.finditer(r"\b[A-Z]\w+/[A-Z]\w+(?:/[A-Z]\w+)?\b|\(([A-Z][\w+/-]+)\)", text)
    )
    known = [name for name in named if name in available_timezones()]
    return ZoneInfo(known[-1]) if known else None
