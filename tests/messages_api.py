"""What the Messages API refuses, by its own rules: a request that breaks one is answered 400 now, and for ever after.

Source: the Messages API reference and "Tool use": every `tool_use` is answered in the next message and before anything
else in it, ids are unique, no content is empty, roles alternate, a thought never stands last and keeps its signature.
"""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
BREAKPOINTS_MAX = 4
FIELDS = {"model", "max_tokens", "system", "messages", "stream", "tools", "tool_choice"}
BLOCKS = {
    "text": {"type", "text", "cache_control"},
    "tool_use": {"type", "id", "name", "input", "cache_control"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
    "thinking": {"type", "thinking", "signature"},
    "redacted_thinking": {"type", "data"},
    "server_tool_use": {"type", "id", "name", "input", "cache_control"},
}


class Refused(AssertionError):
    """A rule is broken; the text says which, as the vendor's would."""


def check(request: Json, *, may_end_with_assistant: bool = False) -> None:
    """Args: the last message may be the model's own where it paused and is asked to go on."""
    _demand(not request.keys() - FIELDS, f"unknown fields {sorted(request.keys() - FIELDS)}")
    _demand(isinstance(request.get("model"), str) and request["model"], "model: required")
    _demand(isinstance(request.get("max_tokens"), int) and request["max_tokens"] > 0, "max_tokens: positive")
    _check_tools(request)
    _check_system(request.get("system", ""))
    messages = request.get("messages")
    _demand(isinstance(messages, list) and messages, "messages: at least one")
    _check_roles(messages, may_end_with_assistant=may_end_with_assistant)
    seen: set[str] = set()
    wanted: list[str] = []
    for number, message in enumerate(messages):
        where = f"messages.{number}"
        wanted = _check_message(where, message, wanted, seen)
    _demand(not wanted, f"tool_use ids {wanted} without tool_result at the end")
    marked = [block for block in _all_blocks(request) if "cache_control" in block]
    _demand(len(marked) <= BREAKPOINTS_MAX, f"{len(marked)} blocks with cache_control")


def _demand(holds: Any, rule: str) -> None:
    if not holds:
        raise Refused(rule)


def _check_tools(request: Json) -> None:
    for tool in request.get("tools", []):
        _demand(not tool.keys() - {"name", "description", "input_schema", "cache_control"}, "tools: unknown fields")
        _demand(NAME.fullmatch(tool["name"]), "tools: name")
        _demand(tool["input_schema"]["type"] == "object", "tools: input_schema is an object")
    _demand("tool_choice" not in request or request.get("tools"), "tool_choice without tools")


def _check_system(system: Any) -> None:
    if isinstance(system, str):
        return
    for block in system:
        _demand(block["type"] == "text" and block["text"].strip(), "system: text, not empty")
        _demand(not block.keys() - BLOCKS["text"], "system: unknown fields")


def _check_roles(messages: list[Json], *, may_end_with_assistant: bool) -> None:
    for number, message in enumerate(messages):
        _demand(set(message) == {"role", "content"}, f"messages.{number}: unknown fields")
        _demand(message["role"] == ("user", "assistant")[number % 2], f"messages.{number}: roles alternate, user first")
    _demand(messages[-1]["role"] == "user" or may_end_with_assistant, "the last message is the user's")


def _check_message(where: str, message: Json, wanted: list[str], seen: set[str]) -> list[str]:
    """The calls in it, to be answered in the next one."""
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    _demand(isinstance(blocks, list) and blocks, f"{where}: content must not be empty")
    for block in blocks:
        _check_block(where, message["role"], block)
    results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    _demand(sorted(results) == sorted(wanted), f"{where}: tool_result for {wanted}, found {results}")
    kinds = [block["type"] for block in blocks]
    _demand(all(kind == "tool_result" for kind in kinds[: len(results)]), f"{where}: tool_result blocks come first")
    if message["role"] == "assistant":
        _demand(kinds[-1] not in {"thinking", "redacted_thinking"}, f"{where}: the final block cannot be thinking")
    uses = [block["id"] for block in blocks if block["type"] == "tool_use"]
    for call_id in uses:
        _demand(call_id not in seen, f"{where}: tool_use ids must be unique")
        seen.add(call_id)
    return uses


def _check_block(where: str, role: str, block: Json) -> None:
    kind = block.get("type")
    _demand(kind in BLOCKS, f"{where}: unknown block {kind!r}")
    assert isinstance(kind, str)
    _demand(not block.keys() - BLOCKS[kind], f"{where}.{kind}: unknown fields {sorted(block.keys() - BLOCKS[kind])}")
    _demand((role == "user") == (kind in {"text", "tool_result"}) or kind == "text", f"{where}: {kind} of the {role}")
    match kind:
        case "text":
            _demand(isinstance(block["text"], str) and block["text"].strip(), f"{where}: text must not be empty")
        case "tool_use" | "server_tool_use":
            _demand(NAME.fullmatch(block["id"]) and NAME.fullmatch(block["name"]), f"{where}: id or name")
            _demand(isinstance(block["input"], dict), f"{where}: input is an object")
        case "tool_result":
            _demand(isinstance(block["content"], str | list), f"{where}: content of a result")
            _demand(isinstance(block.get("is_error", False), bool), f"{where}: is_error")
        case "thinking":
            _demand(isinstance(block["thinking"], str) and block["signature"], f"{where}: thinking needs its signature")


def _all_blocks(request: Json) -> list[Json]:
    lists = [request.get("system", ""), *(message["content"] for message in request["messages"])]
    return [block for part in (*lists, request.get("tools", [])) if isinstance(part, list) for block in part]
