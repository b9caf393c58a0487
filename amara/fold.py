"""What the frames of a run amount to: the words of its messages, and what was left open.

The first frames of a run that waited long for its end may have been tidied away: what is not known to be open is passed
over.
"""

from __future__ import annotations

from typing import Any

from amara import frames


class Fold:
    """What a run's frames amount to: texts by message, and what was left open."""

    def __init__(self, told: list[dict[str, Any]]) -> None:
        """Args: decoded frames `{id, chunk}`, in order."""
        self.texts: dict[str, list[str]] = {}
        self.open_texts: list[str] = []
        self.has_begun = False
        self._open_calls: list[str] = []
        self._unanswered: list[str] = []
        for frame in told:
            if "chunk" in frame:  # else it happened beside the run
                self._take(frame["chunk"])

    def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "RUN_STARTED":
                self.has_begun = True
            case "TEXT_MESSAGE_START":
                self.texts[event["messageId"]] = []
                self.open_texts.append(event["messageId"])
            case "TEXT_MESSAGE_CONTENT":
                self.texts.setdefault(event["messageId"], []).append(event["delta"])
            case "TEXT_MESSAGE_END":
                _close(self.open_texts, event["messageId"])
            case "TOOL_CALL_START":
                self._open_calls.append(event["toolCallId"])
                self._unanswered.append(event["toolCallId"])
            case "TOOL_CALL_END":
                _close(self._open_calls, event["toolCallId"])
            case "TOOL_CALL_RESULT":
                _close(self._unanswered, event["toolCallId"])
            case _:
                pass

    def closing_calls(self) -> list[frames.Event]:
        """END for every open call, and a RESULT that says so for every unanswered one."""
        ends: list[frames.Event] = [frames.CallEnd(tool_call_id=call) for call in self._open_calls]
        return ends + [frames.unanswered(call) for call in self._unanswered]


def _close(still_open: list[str], name: str) -> None:
    if name in still_open:
        still_open.remove(name)
