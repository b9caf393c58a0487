"""The vendor's stream events, decoded and assembled into whole content blocks.

Source: the Messages streaming API. Blocks are told apart by type, not by index; unknown events and deltas are passed
over, because the vendor adds new ones without a new version.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from amara import errors
from amara.model import CallStarted, CallWords, Ended, Json, Meter, ModelEvent, Usage, Words, plain
from amara.model.events import Counted, Delta, decode

NAME_MAX = 128  # characters; the vendor's pattern for ids and names
CALLS_MAX = 64  # of one message
CHARACTERS_MAX = 1_000_000  # of one message: a server that never ends one must not fill the memory


_text = msgspec.json.Decoder(str).decode


class Assembly:
    """One message as it grows."""

    def __init__(self, meter: Meter | None = None, taken_ids: AbstractSet[str] = frozenset()) -> None:
        """A message that has not begun.

        Args:
            meter: counts what no event of ours tells.
            taken_ids: names of earlier calls; some servers count theirs from one in every message.
        """
        self._meter = meter
        self.has_content = False
        """Something else than a ping came since this was last cleared."""
        self.is_whole = False
        """`message_stop` was seen."""
        self._model = ""
        self._stop_reason = ""
        self._usage = Counted()
        self._blocks: dict[int, Json] = {}
        self._closed: set[int] = set()
        self._json: dict[int, list[str]] = {}
        self._taken_ids = set(taken_ids)
        self._size = 0
        self._text: list[str] = []
        """Of the text block that is growing."""
        self._growing: int | None = None

    def skim(self, chunk: bytes) -> tuple[str, bytes]:
        """The words this chunk begins with, and what of it is left; for events that are cut nowhere.

        They are told apart by their bytes, and their text is decoded once for all of a read: half a microsecond a word,
        where decoding each event costs three. Whatever looks in any way different is left to `take`.
        """
        index = self._growing
        if index is None:
            return "", chunk
        word, words = plain.words(index)
        run = words.match(chunk)
        if run is None:
            return "", chunk
        text = self._skimmed(b"".join(word.findall(chunk, 0, run.end())))
        return (text, chunk[run.end() :]) if text else ("", chunk)

    def skim_whole(self, chunk: bytes) -> str:
        """The same of a chunk that is nothing but plain words; else nothing, and nothing is taken."""
        if self._growing is None:
            return ""
        word, words = plain.words(self._growing)
        if (one := word.fullmatch(chunk)) is not None:
            return self._skimmed(one[1])
        return self._skimmed(b"".join(word.findall(chunk))) if words.fullmatch(chunk) else ""

    def skim_read(self, read: bytes) -> str:
        """The word of a read that is one chunk with nothing but a plain word in it; else nothing, and nothing is taken.

        Nothing is decoded but UTF-8: what it answers stands between quotes as it is.
        """
        if self._growing is None or (one := plain.chunk(self._growing).fullmatch(read)) is None:
            return ""
        size, raw = one.groups()
        if int(size, 16) != len(read) - len(size) - 4:
            return ""
        try:
            text = raw.decode()
        except UnicodeError:
            return ""
        return self._grown(text)

    def _skimmed(self, raw: bytes) -> str:
        """What stood between quotes; nothing where `take` has to say at which event the message went wrong."""
        try:
            text: str = _text(b'"%b"' % raw)
        except (msgspec.MsgspecError, UnicodeError):
            return ""
        return self._grown(text)

    def _grown(self, text: str) -> str:
        """The text, which is the message's now; nothing where that grows too long."""
        if self._size + len(text) > CHARACTERS_MAX:
            return ""
        self.has_content = True
        self._size += len(text)
        self._text.append(text)
        return text

    def take(self, data: bytes) -> list[ModelEvent]:
        """What this event means to us.

        Raises:
            ModelOverloaded, ModelBusy, ModelCut: the vendor says so inside the stream, or the event is not JSON.
        """
        try:
            event = decode(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise errors.ModelCut from error
        self.has_content = self.has_content or event.type != "ping"
        match event.type:
            case "content_block_delta":
                return self._grow(event.index, event.delta or Delta())
            case "content_block_start":
                return self._open(event.index, event.content_block or {})
            case "content_block_stop":
                return self._close(event.index)
            case "message_start":
                self._model = event.message.model if event.message else ""
                self._count(event.message.usage if event.message else None)
                if self._meter is not None:
                    self._meter.begun(self._model, self._used())
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
            block |= {"id": self._unique(_name(block.get("id"))), "name": _name(block.get("name"))}
            self._json[index] = []
            if len(self._json) > CALLS_MAX:
                raise errors.ModelCut
            return [CallStarted(block["id"], block["name"])]
        if block.get("type") != "text":
            return []
        self._settle()
        text = block.get("text") or ""
        self._growing, self._text = index, [text]
        return [Words(text)] if text else []

    def _grow(self, index: int, delta: Delta) -> list[ModelEvent]:
        block = self._blocks.get(index)
        if block is None:
            raise errors.ModelCut  # words for a block that was never opened: the stream is broken
        self._size += len(delta.text) + len(delta.partial_json) + len(delta.thinking) + len(delta.signature)
        if self._size > CHARACTERS_MAX:
            raise errors.ModelCut
        if delta.type == "text_delta":
            if index == self._growing:
                self._text.append(delta.text)
            else:
                block["text"] = block.get("text", "") + delta.text
            return [Words(delta.text)] if delta.text else []
        if delta.type == "input_json_delta" and index in self._json:
            self._json[index].append(delta.partial_json)
            return [CallWords(str(block.get("id", "")), delta.partial_json)] if delta.partial_json else []
        if delta.type == "thinking_delta":
            block["thinking"] = block.get("thinking", "") + delta.thinking
            if self._meter is not None:
                self._meter.thought(len(delta.thinking))
        elif delta.type == "signature_delta":
            block["signature"] = block.get("signature", "") + delta.signature
        return []

    def _settle(self) -> None:
        """The text that grew is its block's; joined once, because a long one would be copied with every word."""
        if self._growing is not None:
            self._blocks[self._growing]["text"] = "".join(self._text)
        self._growing = None

    def _close(self, index: int) -> list[ModelEvent]:
        self._closed.add(index)
        if index == self._growing:
            self._settle()
        if index not in self._json:
            return []
        block, raw = self._blocks[index], "".join(self._json[index])
        given = block.get("input")
        if not raw and isinstance(given, dict) and given:  # some servers send it whole, with the start
            return [CallWords(block["id"], msgspec.json.encode(given).decode())]
        try:
            block["input"] = msgspec.json.decode(raw, type=Json) if raw else {}
        except msgspec.MsgspecError:
            self._closed.discard(index)  # half an input is no call
        return []

    def _unique(self, call_id: str) -> str:
        name, number = call_id, 1
        while name in self._taken_ids:
            number += 1
            name = f"{call_id[: NAME_MAX - 6]}_{number}"
        self._taken_ids.add(name)
        return name

    def _count(self, usage: Counted | None) -> None:
        """Later counts replace earlier ones: the vendor's are cumulative."""
        if usage is None:
            return
        for name in usage.__struct_fields__:
            value = getattr(usage, name)
            if value is not None:
                setattr(self._usage, name, value)

    def _ended(self) -> Ended:
        self._settle()
        halves = self._json.keys() - self._closed
        whole = [_storable(block) for index, block in sorted(self._blocks.items()) if index not in halves]
        return Ended(
            self._stop_reason or "end_turn",
            self._model,
            # A call that was not closed is half an input; text stands as it was shown, but none is no block to replay.
            [block for block in whole if not _is_blank(block)],
            self._used(),
        )

    def _used(self) -> Usage:
        used = self._usage
        return Usage(
            used.input_tokens or 0,
            used.output_tokens or 0,
            used.cache_read_input_tokens or 0,
            used.cache_creation_input_tokens or 0,
        )


def _storable(value: Any) -> Any:
    """Without U+0000, which PostgreSQL cannot hold in any text or JSON."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return {_storable(key): _storable(item) for key, item in value.items()} if isinstance(value, dict) else value


def _name(given: Any) -> str:
    """A call's id or name as the vendor would have it: others send dots and colons, and take ours back as well."""
    if not isinstance(given, str) or not given:
        raise errors.ModelCut
    return re.sub(r"[^a-zA-Z0-9_-]", "_", given)[:NAME_MAX]


def _is_blank(block: Json) -> bool:
    return block.get("type") == "text" and not str(block.get("text", "")).strip()


def _in_stream(kind: str) -> errors.ModelFailed:
    if kind in {"overloaded_error", "api_error"}:
        return errors.ModelOverloaded()
    if kind == "rate_limit_error":
        return errors.ModelBusy()
    return errors.ModelCut()
