"""What people wrote, marked as such wherever the model reads it.

A tool's answer holds our own words and what somebody typed: names, bios, addresses, notes. In the model's copy each
text of the second kind stands in an envelope, `{"untrusted": "…"}`, and the system prompt says what that means. The
cards on the wire and the record stay as they are; the mark is put on whenever they are read, always in the same bytes.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

UNTRUSTED: Final = "untrusted"
"""The envelope's one key; it stands in the system prompt too."""

NOTICE: Final = "[platform notice]"
"""Opens what the platform told the person in the chat; it stands in the system prompt too."""

_WRITTEN: Final = frozenset(
    {"name", "about", "city", "cities", "address", "service", "special_instructions", "instructions"}
)
"""Whatever stands under these was typed by somebody, a single word too."""
_OURS: Final = frozenset({"detail", "reason"})
"""Sentences of ours, made of numbers and of nobody's words."""
_CODE: Final = re.compile(r"[A-Za-z0-9_:.+-]{1,64}")
"""Ids, days, slugs, states: anything else in words is somebody's, also in a field nobody thought of here."""


def told(answer: Any) -> str:
    """A tool's answer as the model reads it: the same bytes for the same answer, live or out of the record."""
    written = msgspec.json.encode(_marked(answer, ""), order="sorted").decode()
    # In JSON only texts hold these two: escaped, no text can look like the end of the result it stands in.
    return written.replace("<", "\\u003c").replace(">", "\\u003e")


def unmarked(answer: Any) -> Any:
    """The answer as the tool gave it, for a reader that is no model."""
    if isinstance(answer, dict):
        if answer.keys() == {UNTRUSTED} and isinstance(answer[UNTRUSTED], str):
            return answer[UNTRUSTED]
        return {key: unmarked(value) for key, value in answer.items()}
    return [unmarked(item) for item in answer] if isinstance(answer, list) else answer


def _marked(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _marked(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_marked(item, key) for item in value]
    if not isinstance(value, str) or key in _OURS or not value:
        return value
    return value if key not in _WRITTEN and _CODE.fullmatch(value) else {UNTRUSTED: value}
