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

_MARKABLE = frozenset({"text", "tool_use", "tool_result"})
_THOUGHTS = frozenset({"thinking", "redacted_thinking"})
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
    answered = turns(rows, run_id)
    kept: list[list[Json]] = []
    together = 0
    for turn in reversed(answered):
        messages = _of_turn(turn)
        together += written(messages)
        if kept and together > characters_max:
            break
        kept.append(messages)
    return _repaired(merged(message for messages in reversed(kept) for message in messages))


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


def author_of(row: Mapping[str, Any]) -> Json | None:
    """Who of staff said it, by name; none where it was Amara."""
    author = _metadata(row).get("author")
    return {"name": author["name"]} if isinstance(author, dict) and isinstance(author.get("name"), str) else None


def needs_raw(blocks: Sequence[Json]) -> bool:
    """Text and calls alone would not give these blocks back: thinking with its signature, or an unusual order."""
    kinds = [str(block.get("type")) for block in blocks]
    return tuple(dict.fromkeys(kinds)) not in PLAIN_SHAPES or kinds.count("text") > 1 or kinds[1:].count("text") > 0


def turns(rows: Sequence[Mapping[str, Any]], run_id: str | None) -> list[list[Mapping[str, Any]]]:
    """Rows by turn: each opens with a user message. Excluded exchanges and system rows are left out."""
    found: list[list[Mapping[str, Any]]] = []
    for row in rows:
        if row["role"] == "user":
            found.append([row])
        elif row["role"] == "assistant" and found:
            found[-1].append(row)
    if found:
        said, *since = found[-1]
        found[-1] = [said, *(row for row in since if run_id is not None and _metadata(row).get("run_id") == run_id)]
    answered: list[list[Mapping[str, Any]]] = []
    for turn in found[:-1]:
        if not any(_metadata(row).get("status") == "refused" for row in turn):
            answered.append(turn)
        elif answered:  # what the platform said meanwhile stands all the same
            answered[-1] = [*answered[-1], *(row for row in turn if "notice" in _metadata(row))]
    return answered + found[-1:]


def size(turn: Sequence[Mapping[str, Any]]) -> int:
    """What a turn amounts to as the model reads it. Units: bytes of JSON."""
    return written(_of_turn(turn))


def _of_turn(turn: Sequence[Mapping[str, Any]]) -> list[Json]:
    return [message for row in turn for message in _of_row(row)]


def written(messages: Sequence[Json]) -> int:
    """What messages amount to. Units: bytes of JSON."""
    return sum(len(msgspec.json.encode(message)) for message in messages)


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
    calls, author = calls_of(row), author_of(row)
    content = row["content"] if author is None else f"[{author['name']} de nuestro equipo escribió:] {row['content']}"
    content = f"{marks.NOTICE} {content}" if "notice" in _metadata(row) else content
    blocks = _raw_blocks(row, calls) or [
        *([{"type": "text", "text": content}] if content.strip() else []),
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
    """Whether the model's side takes this block back; one that it does not fails the whole conversation."""
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        return False
    match block["type"]:
        case "text":
            return isinstance(block.get("text"), str) and bool(block["text"].strip())
        case "tool_use":
            return block.get("id") in ids and isinstance(block.get("input"), dict) and _callable(block) is not None
        case "thinking":
            signed = block.get("signature")
            return isinstance(block.get("thinking"), str) and isinstance(signed, str) and bool(signed)
        case "redacted_thinking":
            return isinstance(block.get("data"), str)
        case "server_tool_use":
            return isinstance(block.get("input"), dict) and _callable(block) is not None
        case kind:
            return kind.endswith("_tool_result") and isinstance(block.get("tool_use_id"), str)


def tool_result(call: Json) -> Json:
    """The result block of a stored call, with what people wrote in it marked; a lost one says so."""
    result = call.get("result")
    text = marks.told(_LOST if result is None else result)
    block: Json = {"type": "tool_result", "tool_use_id": call["id"], "content": text}
    if call.get("is_error") or result is None:
        block["is_error"] = True
    return block


def merged(messages: Iterable[Json]) -> list[Json]:
    """Neighbours of one role become one message: two user messages, or an answer that was cut."""
    joined: list[Json] = []
    for message in messages:
        if joined and joined[-1]["role"] == message["role"]:
            joined[-1] = {"role": message["role"], "content": [*joined[-1]["content"], *message["content"]]}
        else:
            joined.append(message)
    return joined


def cached(messages: Sequence[Json], *, before: Json | None) -> list[Json]:
    """With two places from which the next request can go on reading: before what changes with the turn, and at the end.

    Args:
        messages: what goes out; left as it is.
        before: the very block that the next turn does without.
    """
    marked = list(messages)
    for number, message in enumerate(marked):
        at = next((n for n, block in enumerate(message["content"]) if block is before), 0)
        if at:
            marked[number] = _marked(message, at - 1)
    last = marked[-1]["content"]
    if last[-1] is not before and last[-1]["type"] in _MARKABLE:
        marked[-1] = _marked(marked[-1], len(last) - 1)
    return marked


def _marked(message: Json, at: int) -> Json:
    content = list(message["content"])
    if content[at]["type"] in _MARKABLE:
        content[at] = content[at] | {"cache_control": {"type": "ephemeral"}}
    return message | {"content": content}


def shorter(messages: Sequence[Json]) -> list[Json] | None:
    """Without the older half of its turns; none where there is only one."""
    opens = [number for number, message in enumerate(messages) if _opens_a_turn(message)]
    return list(messages[opens[(len(opens) + 1) // 2] :]) if len(opens) > 1 else None


def _opens_a_turn(message: Json) -> bool:
    return message["role"] == "user" and all(block["type"] != "tool_result" for block in message["content"])


def _repaired(messages: Sequence[Json]) -> list[Json]:
    """No name of a call twice in a conversation, and no thought at the end of a message."""
    repaired: list[Json] = []
    taken: set[str] = set()
    renamed: dict[str, str] = {}
    for message in messages:
        content = list(message["content"])
        if message["role"] == "assistant":
            while content and content[-1]["type"] in _THOUGHTS:
                content.pop()
            renamed = {block["id"]: _unique(block["id"], taken) for block in content if block["type"] == "tool_use"}
            content = [b | {"id": renamed[b["id"]]} if b["type"] == "tool_use" else b for b in content]
        else:
            content = [
                b | {"tool_use_id": renamed[b["tool_use_id"]]} if b["type"] == "tool_result" else b for b in content
            ]
        repaired.append(message | {"content": content})
    return repaired


def _unique(call_id: str, taken: set[str]) -> str:
    name, number = call_id, 1
    while name in taken:
        number += 1
        name = f"{call_id[: 128 - 6]}_{number}"
    taken.add(name)
    return name


def _wire_reply(row: Mapping[str, Any]) -> list[Json]:
    calls = calls_of(row)
    reply: Json = {"id": str(row["id"]), "role": "assistant", "content": row["content"]}
    if (author := author_of(row)) is not None:
        reply["metadata"] = {"amara": {"author": author}}
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
