"""What the model's side and an AG-UI client demand of a conversation, and refuse the whole of it for."""

from __future__ import annotations

import json
from itertools import pairwise

from ag_ui.core import Message
from pydantic import TypeAdapter

AG_UI = TypeAdapter(list[Message])
THINKING = {"type": "thinking", "thinking": "Bogotá, aseo.", "signature": "c2lnbmVk"}


def assert_whole(messages):
    assert messages[0]["role"] == messages[-1]["role"] == "user"
    for before, after in pairwise(messages):
        assert before["role"] != after["role"]
    for number, message in enumerate(messages):
        assert message["content"]
        for block in message["content"]:
            assert block["type"] != "text" or block["text"].strip()
        used = [block["id"] for block in message["content"] if block["type"] == "tool_use"]
        answered = []
        if number + 1 < len(messages):
            after = messages[number + 1]["content"]
            answered = [block["tool_use_id"] for block in after if block["type"] == "tool_result"]
            assert all(block["type"] == "tool_result" for block in after[: len(answered)])  # they come first
        if message["role"] == "assistant":
            assert answered == used
            assert len(used) == len(set(used))
        else:
            assert not used
    json.dumps(messages)
