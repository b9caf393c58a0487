"""One round of the model as it grows: told word by word, placed when it starts, recorded once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never
from uuid import UUID

from amara import frames, transcript
from amara.db import Connection
from amara.model import CallStarted, CallWords, Ended, ModelEvent, Words
from amara.run import Run
from amara.store import conversations
from amara.tools.tool import Tool

Json = dict[str, Any]


LENGTH, FULL, PAUSE = "max_tokens", "model_context_window_exceeded", "pause_turn"


@dataclass(slots=True)
class Reply:
    """An assistant message in the making."""

    id: UUID
    number: int
    """The round, from 1."""
    run: Run
    tools: Mapping[str, Tool]
    calls: list[Json] = field(default_factory=list)
    """`{id, name, input, result, is_error}`, filled when the message is whole; those may be carried out."""
    ended: Ended | None = None
    is_recorded: bool = False
    _sequence: int | None = None
    _text: list[str] = field(default_factory=list)
    _is_text_open: bool = False
    _open_calls: list[str] = field(default_factory=list)
    _hidden: set[str] = field(default_factory=set)
    _key: str = field(init=False)
    """The id as it stands in every frame of words."""

    def __post_init__(self) -> None:
        self._key = str(self.id)

    @property
    def text(self) -> str:
        """What was said so far."""
        return "".join(self._text)

    @property
    def stop_reason(self) -> str:
        """Why it ended; nothing while it has not."""
        return "" if self.ended is None else self.ended.stop_reason

    @property
    def is_empty(self) -> bool:
        """It ended, and there is nothing to read in it and nothing to do."""
        ends_so = self.stop_reason not in {"", "refusal", PAUSE}
        return ends_so and not self.calls and not self.text.strip()

    @property
    def is_half(self) -> bool:
        """It ended for a call, and no call in it is whole."""
        return self.stop_reason == "tool_use" and not self.calls

    @property
    def goes_on(self) -> bool:
        """The model waits for something before it says the rest: its tools, or just to be asked on."""
        return bool(self.calls) or self.stop_reason == PAUSE

    @property
    def is_cut(self) -> bool:
        """There was more to say than there was room for."""
        return self.stop_reason in {LENGTH, FULL, PAUSE}

    async def hear(self, batch: Sequence[ModelEvent]) -> None:
        """One upstream read goes out: neighbouring words as one frame, structure after its commit."""
        words: list[str] = []
        for event in batch:
            match event:
                case Words():
                    words.append(event.text)
                case CallStarted():
                    await self.say(words)
                    await self._start_call(event)
                case CallWords():
                    await self.say(words)
                    if event.call_id not in self._hidden:
                        self.run.feed.tell(frames.arguments(event.call_id, _storable(event.json)))
                case Ended():
                    self._end(event)
                case _:
                    assert_never(event)
        await self.say(words)

    async def say(self, words: list[str]) -> None:
        """Tells these words and empties the list; the first ones open the message."""
        delta = _storable("".join(words))
        words.clear()
        if not delta:
            return
        if not self._is_text_open:
            begins = frames.TextStart(message_id=str(self.id), role="assistant")
            await self.run.feed.say(begins, take_place=self._wanted_place)
            self._is_text_open = True
        self.go_on(delta)

    @property
    def is_telling(self) -> bool:
        """Its text is open, and the next words need nothing but to be told."""
        return self._is_text_open and not self.run.feed.is_fenced

    def go_on(self, words: str, *, is_plain: bool = False) -> None:
        """Tells these words, of a text that is open.

        Args: is_plain as Ear has it.

        Raises:
            Fenced: another process writes this conversation now.
        """
        if is_plain:
            self._text.append(words)
            self.run.feed.tell(frames.WORDS % (self._key, words))
            return
        delta = _storable(words)
        self._text.append(delta)
        self.run.feed.tell(frames.words(self._key, delta))

    async def _start_call(self, event: CallStarted) -> None:
        tool = self.tools.get(event.name)
        label = {} if tool is None else {"amara": {"label": tool.labels[self.run.locale]}}
        begins = frames.CallStart(
            tool_call_id=event.call_id,
            tool_call_name=event.name,
            parent_message_id=str(self.id),
            metadata=label,
        )
        await self.run.feed.say(begins, take_place=self._wanted_place)
        self._open_calls.append(event.call_id)
        if tool is None or not tool.streams_args:
            self._hidden.add(event.call_id)

    def _end(self, event: Ended) -> None:
        self.ended = event
        if event.stop_reason == "tool_use":
            self.calls = [
                {"id": block["id"], "name": block["name"], "input": block.get("input") or {}, "result": None}
                for block in event.blocks
                if block.get("type") == "tool_use"
            ]

    @property
    def _wanted_place(self) -> Callable[[int | None], None] | None:
        """A message's place is taken when it starts, not when it settles."""
        return self._placed if self._sequence is None else None

    def _placed(self, sequence: int | None) -> None:
        self._sequence = sequence

    def closers(self) -> list[frames.Event]:
        """The ends of whatever is open, and an answer for every call that will not be carried out."""
        ends: list[frames.Event] = [frames.CallEnd(tool_call_id=call) for call in self._open_calls]
        if self._is_text_open:
            ends.append(frames.TextEnd(message_id=str(self.id)))
        wanted = {call["id"] for call in self.calls}
        return ends + [frames.unanswered(call) for call in self._open_calls if call not in wanted]

    def write_off(self) -> list[frames.Event]:
        """Every call that was not carried out says so from now on; the answers to tell, as often as it is tried."""
        for call in self.calls:
            if call["result"] is None:
                call.update(result=frames.NOT_STARTED, is_error=True)
        return [frames.unanswered(call["id"]) for call in self.calls if call["result"] is frames.NOT_STARTED]

    async def record(self, db: Connection, status: str, *, begins_calls: bool = False) -> None:
        """*Service.* Writes the round down, and its calls as begun where they are about to be carried out."""
        run, ended = self.run, self.ended
        metadata: Json = {"run_id": str(run.id), "status": status, "locale": run.locale}
        if ended is not None:
            metadata |= {
                "model": ended.model,
                "stop_reason": ended.stop_reason,
                "usage": {"input_tokens": ended.usage.input, "output_tokens": ended.usage.output},
            }
            if transcript.needs_raw(ended.blocks):
                metadata["blocks"] = ended.blocks
        if self.text or self.calls:
            if self._sequence is None:
                self._sequence = await conversations.reserve_sequence(db)
            await conversations.add_reply(
                db,
                self.id,
                run.conversation_id,
                sequence=self._sequence,
                content=self.text,
                tool_calls=self.calls,
                metadata=metadata,
                begins=run.id if begins_calls and self.calls else None,
            )

    def recorded(self) -> None:
        """The row is committed and everything open was closed in the same breath."""
        self.is_recorded, self._is_text_open, self._open_calls = True, False, []

    def as_history(self) -> list[Json]:
        """The round as the model reads it next: what it said, and what the tools answered."""
        assert self.ended is not None  # only a whole round goes on
        said: list[Json] = [{"role": "assistant", "content": self.ended.blocks}] if self.ended.blocks else []
        if self.calls:
            said.append({"role": "user", "content": [transcript.tool_result(call) for call in self.calls]})
        return said


def _storable(text: str) -> str:
    return text.replace("\x00", "")  # PostgreSQL cannot hold it
