"""The vendor's stream events, decoded and assembled into whole content blocks.

Source: the Messages streaming API. Blocks are told apart by type, not by index; unknown events and deltas are passed
over, because the vendor adds new ones without a new version.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from amara import errors
from amara.model import CallStarted, CallWords, Ended, Json, ModelEvent, Usage, Words


class _Delta(Struct):
    type: str = ""
    text: str = ""
    partial_json: str = ""
    thinking: str = ""
    signature: str = ""
    stop_reason: str | None = None


class _Usage(Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Message(Struct):
    model: str = ""
    usage: _Usage | None = None


class _Error(Struct):
    type: str = ""


class _Event(Struct):
    type: str = ""
    index: int = 0
    delta: _Delta | None = None
    content_block: Json | None = None
    message: _Message | None = None
    usage: _Usage | None = None
    error: _Error | None = None


_decode = msgspec.json.Decoder(_Event).decode


class Assembly:
    """One message as it grows."""

    def __init__(self) -> None:
        self.has_content = False
        """Something else than a ping came since this was last cleared."""
        self.is_whole = False
        """`message_stop` was seen."""
        self._model = ""
        self._stop_reason = ""
        self._usage = _Usage()
        self._blocks: dict[int, Json] = {}
        self._closed: set[int] = set()
        self._json: dict[int, list[str]] = {}

    def take(self, data: bytes) -> list[ModelEvent]:
        """What this event means to us.

        Raises:
            ModelOverloaded, ModelBusy, ModelCut: the vendor says so inside the stream, or the event is not JSON.
        """
        try:
            event = _decode(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise errors.ModelCut from error
        self.has_content = self.has_content or event.type != "ping"
        match event.type:
            case "content_block_delta":
                return self._grow(event.index, event.delta or _Delta())
            case "content_block_start":
                return self._open(event.index, event.content_block or {})
            case "content_block_stop":
                self._close(event.index)
            case "message_start":
                self._model = event.message.model if event.message else ""
                self._count(event.message.usage if event.message else None)
            case "message_delta":
                self._stop_reason = (event.delta.stop_reason if event.delta else None) or self._stop_reason
                self._count(event.usage)
            case "message_stop":
                self.is_whole = True
                return [self._ended()]
            case "error":
                raise _in_stream(event.error.type if event.error else "")
            case _:
                pass
        return []

    def _open(self, index: int, block: Json) -> list[ModelEvent]:
        self._blocks[index] = block = _storable(block)
        if block.get("type") == "tool_use":
            self._json[index] = []
            return [CallStarted(str(block.get("id", "")), str(block.get("name", "")))]
        text = block.get("text")
        return [Words(text)] if block.get("type") == "text" and text else []

    def _grow(self, index: int, delta: _Delta) -> list[ModelEvent]:
        block = self._blocks.get(index)
        if block is None:
            raise errors.ModelCut  # words for a block that was never opened: the stream is broken
        if delta.type == "text_delta":
            block["text"] = block.get("text", "") + delta.text
            return [Words(delta.text)] if delta.text else []
        if delta.type == "input_json_delta" and index in self._json:
            self._json[index].append(delta.partial_json)
            return [CallWords(str(block.get("id", "")), delta.partial_json)] if delta.partial_json else []
        if delta.type == "thinking_delta":
            block["thinking"] = block.get("thinking", "") + delta.thinking
        elif delta.type == "signature_delta":
            block["signature"] = block.get("signature", "") + delta.signature
        return []

    def _close(self, index: int) -> None:
        self._closed.add(index)
        if index in self._json:
            raw = "".join(self._json[index])
            try:
                self._blocks[index]["input"] = msgspec.json.decode(raw, type=Json) if raw else {}
            except msgspec.MsgspecError:
                self._closed.discard(index)  # half an input is no call

    def _count(self, usage: _Usage | None) -> None:
        """Later counts replace earlier ones: the vendor's are cumulative."""
        if usage is None:
            return
        for name in usage.__struct_fields__:
            value = getattr(usage, name)
            if value is not None:
                setattr(self._usage, name, value)

    def _ended(self) -> Ended:
        used = self._usage
        halves = self._json.keys() - self._closed
        whole = [_storable(block) for index, block in sorted(self._blocks.items()) if index not in halves]
        return Ended(
            self._stop_reason or "end_turn",
            self._model,
            # A call that was not closed is half an input; text stands as it was shown, but none is no block to replay.
            [block for block in whole if not _is_blank(block)],
            Usage(
                used.input_tokens or 0,
                used.output_tokens or 0,
                used.cache_read_input_tokens or 0,
                used.cache_creation_input_tokens or 0,
            ),
        )


def _storable(value: Any) -> Any:
    """Without U+0000, which PostgreSQL cannot hold in any text or JSON."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return {_storable(key): _storable(item) for key, item in value.items()} if isinstance(value, dict) else value


def _is_blank(block: Json) -> bool:
    return block.get("type") == "text" and not str(block.get("text", "")).strip()


def _in_stream(kind: str) -> errors.ModelFailed:
    if kind in {"overloaded_error", "api_error"}:
        return errors.ModelOverloaded()
    if kind == "rate_limit_error":
        return errors.ModelBusy()
    return errors.ModelCut()
