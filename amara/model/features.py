"""What an endpoint cannot take, left out of every request once it is known: from the settings, or from its refusal.

Whoever speaks the Messages API does not speak all of it. A refusal that names a part it was sent is taken at its word,
once for each part; the answer then comes without it, a little dearer or a little less sure, instead of never.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_THOUGHTS = {"thinking", "redacted_thinking"}


@dataclass(slots=True)
class Features:
    """What is missing at one endpoint."""

    missing: set[str] = field(default_factory=set)
    """Names of `NAMES`."""

    def fit(self, request: Json) -> Json:
        """The request as the endpoint can take it."""
        for name in NAMES:
            if name in self.missing:
                request = _FEATURES[name].leave_out(request)
        return request

    def learn(self, request: Json, complaint: str) -> str | None:
        """The part of this request that a refusal names, missing from now on; none where it names none we can spare."""
        for name in NAMES:
            feature = _FEATURES[name]
            if name not in self.missing and feature.complaint.search(complaint) and feature.is_in(request):
                self.missing.add(name)
                return name
        return None


@dataclass(frozen=True, slots=True)
class _Feature:
    complaint: re.Pattern[str]
    is_in: Callable[[Json], bool]
    leave_out: Callable[[Json], Json]


def _blocks(request: Json) -> Iterable[Json]:
    """Every block of it: of the system, of what was said, and the tools."""
    yield from request["system"] if isinstance(request["system"], list) else ()
    for message in request["messages"]:
        yield from message["content"] if isinstance(message["content"], list) else ()
    yield from request.get("tools", ())


def _is_cached(request: Json) -> bool:
    return any("cache_control" in block for block in _blocks(request))


def _uncached(request: Json) -> Json:
    def plain(blocks: Any) -> Any:
        if not isinstance(blocks, list):
            return blocks
        return [{key: value for key, value in block.items() if key != "cache_control"} for block in blocks]

    fitted = request | {
        "system": plain(request["system"]),
        "messages": [message | {"content": plain(message["content"])} for message in request["messages"]],
    }
    return fitted | {"tools": plain(request["tools"])} if "tools" in request else fitted


def _is_thoughtful(request: Json) -> bool:
    return any(block.get("type") in _THOUGHTS for block in _blocks(request))


def _thoughtless(request: Json) -> Json:
    messages = []
    for message in request["messages"]:
        content = message["content"]
        if isinstance(content, list):
            content = [block for block in content if block.get("type") not in _THOUGHTS]
        messages.append(message | {"content": content or [{"type": "text", "text": "…"}]})
    return request | {"messages": messages}


_FEATURES: dict[str, _Feature] = {
    "cache_control": _Feature(re.compile("cache_control"), _is_cached, _uncached),
    "tool_choice": _Feature(
        re.compile("tool_choice"),
        lambda request: "tool_choice" in request,
        lambda request: {key: value for key, value in request.items() if key != "tool_choice"},
    ),
    # A signature of another model, or of none, is refused for as long as its conversation lasts.
    "thinking": _Feature(re.compile("thinking|signature"), _is_thoughtful, _thoughtless),
    "system_blocks": _Feature(
        re.compile(r"\bsystem\b"),
        lambda request: isinstance(request["system"], list),
        lambda request: request | {"system": "\n\n".join(block["text"] for block in request["system"])},
    ),
}
NAMES = tuple(_FEATURES)
"""In the order in which a refusal is read: `system.0.cache_control` is about the latter."""

_FULL = re.compile(r"prompt is too long|context (length|window|size)|maximum context|too many tokens", re.IGNORECASE)


def says_full(complaint: str) -> bool:
    """The refusal is about how long it all is."""
    return _FULL.search(complaint) is not None
