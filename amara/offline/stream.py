"""The Messages API as bytes: server-sent events of a streamed answer, the same answer whole, and its errors.

Source: Anthropic's Messages API, streaming and errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from amara.offline.memory import Deed

Json = dict[str, Any]

_LETTERS_A_TOKEN: Final = 4
"""About what a token holds of Spanish or English; the usage here is an estimate."""
_WORDS_A_DELTA: Final = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """A deed ready to be sent."""

    message_id: str
    tool_id: str
    model: str
    deed: Deed
    input_tokens: int
    max_tokens: int

    def text(self) -> str:
        """What is said, cut where the request's limit cuts it."""
        return self.deed.text[: self.max_tokens * _LETTERS_A_TOKEN]

    def cut(self) -> bool:
        """The limit was reached; a call after the cut is never made."""
        return len(self.text()) < len(self.deed.text)

    def calls(self) -> bool:
        """A tool is called after the text."""
        return self.deed.tool is not None and not self.cut()

    def stop_reason(self) -> str:
        """Why the answer ends."""
        if self.cut():
            return "max_tokens"
        return "tool_use" if self.calls() else "end_turn"

    def output_tokens(self) -> int:
        """Estimated by length."""
        spoken = tokens(self.text())
        return spoken + tokens(_json(self.deed.input)) + 8 if self.calls() else spoken


def tokens(text: str) -> int:
    """The estimated tokens of a text, one at least."""
    return max(1, round(len(text) / _LETTERS_A_TOKEN))


def events(answer: Answer) -> Iterator[tuple[bytes, bool]]:
    """The events in order, each with whether a pause belongs before it."""
    start = _message(answer, content=[], stop_reason=None, output_tokens=1)
    yield _event("message_start", message=start), False
    yield _event("content_block_start", index=0, content_block={"type": "text", "text": ""}), False
    yield _event("ping"), False
    for piece in _pieces(answer.text()):
        yield _event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece}), True
    yield _event("content_block_stop", index=0), False
    if answer.calls():
        block: Json = {"type": "tool_use", "id": answer.tool_id, "name": answer.deed.tool, "input": {}}
        yield _event("content_block_start", index=1, content_block=block), False
        written = _json(answer.deed.input)
        for place in range(0, len(written), 16):
            delta = {"type": "input_json_delta", "partial_json": written[place : place + 16]}
            yield _event("content_block_delta", index=1, delta=delta), True
        yield _event("content_block_stop", index=1), False
    ending: Json = {"stop_reason": answer.stop_reason(), "stop_sequence": None}
    yield _event("message_delta", delta=ending, usage={"output_tokens": answer.output_tokens()}), False
    yield _event("message_stop"), False


def whole(answer: Answer) -> bytes:
    """The answer of a request that does not stream."""
    content: list[Json] = [{"type": "text", "text": answer.text()}]
    if answer.calls():
        content.append({"type": "tool_use", "id": answer.tool_id, "name": answer.deed.tool, "input": answer.deed.input})
    message = _message(answer, content=content, stop_reason=answer.stop_reason(), output_tokens=answer.output_tokens())
    return msgspec.json.encode(message)


def error(kind: str, message: str) -> bytes:
    """A refusal in the vendor's shape."""
    return msgspec.json.encode({"type": "error", "error": {"type": kind, "message": message}})


def numbered_ids() -> Callable[[str], str]:
    """Ids that count up, for whoever wants the same ones every time."""
    count = 0

    def next_id(prefix: str) -> str:
        nonlocal count
        count += 1
        return f"{prefix}_{count:06d}"

    return next_id


def _message(answer: Answer, *, content: list[Json], stop_reason: str | None, output_tokens: int) -> Json:
    return {
        "id": answer.message_id,
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": answer.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output_tokens,
        },
    }


def _pieces(text: str) -> Iterator[str]:
    """The text a few words at a time, white space kept with the word before it."""
    words = re.findall(r"\s*\S+\s*", text)
    for place in range(0, len(words), _WORDS_A_DELTA):
        yield "".join(words[place : place + _WORDS_A_DELTA])


def _event(kind: str, /, **fields: Any) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + msgspec.json.encode({"type": kind, **fields}) + b"\n\n"


def _json(value: Json) -> str:
    return msgspec.json.encode(value).decode()
