"""Stored messages ↔ model messages ↔ AG-UI messages.

Towards the model the record is cut by whole turns, and every tool call gets its result, whatever happened to it: one
unpaired call would make every later turn fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from amara import marks

Json = dict[str, Any]

HISTORY_CHARACTERS_MAX = 60_000  # about 15,000 tokens: a long conversation costs no more per turn than this
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
PLAIN_SHAPES = frozenset({(), ("text",), ("tool_use",), ("text", "tool_use")})
"""What text and calls alone can rebuild: at most one text, and it stands first."""

_LOST: Json = {"status": "unknown", "detail": "The outcome of this call was lost. Look again before relying on it."}


def model_messages(
    rows: Sequence[Mapping[str, Any]], *, run_id: str | None = None, characters_max: int = HISTORY_CHARACTERS_MAX
) -> list[Json]:
    """The conversation as the model reads it.

    Args:
        rows: stored messages in order; whatever stands after the last user message is left out, because that is what is
            being answered now.
        run_id: of the run that answers it; the rounds it has done already stay.
        characters_max: whole turns are dropped from the front beyond this; the last turn always stays.

    Returns:
        Alternating user and assistant messages, the last one the user's; each tool_use followed by its tool_result.
    """
    turns = _turns(rows, run_id)
    kept: list[list[Json]] = []
    size = 0
    for turn in reversed(turns):
        messages = [message for row in turn for message in _of_row(row)]
        size += sum(len(msgspec.json.encode(message)) for message in messages)
        if kept and size > characters_max:
            break
        kept.append(messages)
    return _merged(message for messages in reversed(kept) for message in messages)


def wire_messages(rows: Iterable[Mapping[str, Any]]) -> list[Json]:
    """The conversation as AG-UI messages, for a snapshot: what the fold of its events would give."""
    messages: list[Json] = []
    for row in rows:
        metadata = _metadata(row)
        if row["role"] == "user":
            messages.append(
                {"id": str(metadata.get("client_message_id") or row["id"]), "role": "user", "content": row["content"]}
            )
        elif row["role"] == "assistant":
            messages += _wire_reply(row)
    return messages


def calls_of(row: Mapping[str, Any]) -> list[Json]:
    """The row's tool calls; an older client stored the array as a JSON string."""
    calls = row["tool_calls"]
    if isinstance(calls, str):
        try:
            calls = msgspec.json.decode(calls)
        except msgspec.DecodeError:
            return []
    known = {_callable(call): call for call in calls if _callable(call)} if isinstance(calls, list) else {}
    return [{**call, "input": call["input"] if isinstance(call.get("input"), dict) else {}} for call in known.values()]


def needs_raw(blocks: Sequence[Json]) -> bool:
    """Text and calls alone would not give these blocks back: thinking with its signature, or an unusual order."""
    kinds = [str(block.get("type")) for block in blocks]
    return tuple(dict.fromkeys(kinds)) not in PLAIN_SHAPES or kinds.count("text") > 1 or kinds[1:].count("text") > 0


def _turns(rows: Sequence[Mapping[str, Any]], run_id: str | None) -> list[list[Mapping[str, Any]]]:
    """Rows by turn: each opens with a user message. Excluded exchanges and system rows are left out."""
    turns: list[list[Mapping[str, Any]]] = []
    for row in rows:
        if row["role"] == "user":
            turns.append([row])
        elif row["role"] == "assistant" and turns:
            turns[-1].append(row)
    if turns:
        said, *since = turns[-1]
        turns[-1] = [said, *(row for row in since if run_id is not None and _metadata(row).get("run_id") == run_id)]
    answered = [turn for turn in turns[:-1] if not any(_is_refused(row) for row in turn)]
    return answered + turns[-1:]


def _is_refused(row: Mapping[str, Any]) -> bool:
    return bool(_metadata(row).get("status") == "refused")


def _metadata(row: Mapping[str, Any]) -> Json:
    """People may write their own rows, so any JSON can stand there."""
    metadata = row["metadata"]
    return metadata if isinstance(metadata, dict) else {}


def _callable(call: Any) -> str | None:
    """The call's id, if the model's side would take the call back: one odd id there fails every later turn."""
    if not isinstance(call, dict):
        return None
    words = (call.get("id"), call.get("name"))
    return words[0] if all(isinstance(word, str) and _NAME.fullmatch(word) for word in words) else None


def _of_row(row: Mapping[str, Any]) -> list[Json]:
    if row["role"] == "user":
        return [
            {"role": "user", "content": [{"type": "text", "text": row["content"] if row["content"].strip() else "…"}]}
        ]
    calls = calls_of(row)
    blocks = _raw_blocks(row, calls) or [
        *([{"type": "text", "text": row["content"]}] if row["content"].strip() else []),
        *({"type": "tool_use", "id": call["id"], "name": call["name"], "input": call["input"]} for call in calls),
    ]
    if not blocks:
        return []
    messages: list[Json] = [{"role": "assistant", "content": blocks}]
    if calls:
        messages.append({"role": "user", "content": [tool_result(call) for call in calls]})
    return messages


def _raw_blocks(row: Mapping[str, Any], calls: Sequence[Json]) -> list[Json]:
    """The blocks as they came, where they were kept and say the same as the record; a call nobody made is left out."""
    raw, ids = _metadata(row).get("blocks"), [call["id"] for call in calls]
    blocks = [block for block in raw if _may_return(block, ids)] if isinstance(raw, list) else []
    are_the_calls = [block["id"] for block in blocks if block["type"] == "tool_use"] == ids
    return blocks if are_the_calls and any(block["type"] in {"text", "tool_use"} for block in blocks) else []


def _may_return(block: Any, ids: Sequence[str]) -> bool:
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return False
    if block["type"] == "text":
        return isinstance(block.get("text"), str) and bool(block["text"].strip())
    return block["type"] != "tool_use" or block.get("id") in ids


def tool_result(call: Json) -> Json:
    """The result block of a stored call, with what people wrote in it marked; a lost one says so."""
    result = call.get("result")
    text = marks.told(_LOST if result is None else result)
    block: Json = {"type": "tool_result", "tool_use_id": call["id"], "content": text}
    if call.get("is_error") or result is None:
        block["is_error"] = True
    return block


def _merged(messages: Iterable[Json]) -> list[Json]:
    """Neighbours of one role become one message: two user messages, or an answer that was cut."""
    merged: list[Json] = []
    for message in messages:
        if merged and merged[-1]["role"] == message["role"]:
            merged[-1] = {"role": message["role"], "content": [*merged[-1]["content"], *message["content"]]}
        else:
            merged.append(message)
    return merged


def _wire_reply(row: Mapping[str, Any]) -> list[Json]:
    calls = calls_of(row)
    reply: Json = {"id": str(row["id"]), "role": "assistant", "content": row["content"]}
    if calls:
        reply["toolCalls"] = [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": msgspec.json.encode(call.get("input") or {}).decode()},
            }
            for call in calls
        ]
    return [
        reply,
        *(
            {
                "id": f"{call['id']}:result",
                "role": "tool",
                "toolCallId": call["id"],
                "content": msgspec.json.encode(call["result"]).decode(),
            }
            for call in calls
            if call.get("result") is not None
        ),
    ]
