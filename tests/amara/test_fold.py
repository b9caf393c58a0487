"""What a run's frames amount to."""

from __future__ import annotations

from amara.fold import Fold


def told(*events):
    return [{"id": f"1-{number}", "chunk": event} for number, event in enumerate(events, 1)]


START = {"type": "TEXT_MESSAGE_START", "messageId": "a"}
CALL = {"type": "TOOL_CALL_START", "toolCallId": "c"}


def words(delta):
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": "a", "delta": delta}


def types(events):
    return [type(event).__struct_config__.tag for event in events]


def test_words_of_an_open_message_are_kept_in_order():
    fold = Fold(told({"type": "RUN_STARTED"}, START, words("Hola"), words(", Ana")))
    assert (fold.open_texts, "".join(fold.texts["a"])) == (["a"], "Hola, Ana")


def test_a_closed_message_is_not_open():
    fold = Fold(told(START, words("Hola"), {"type": "TEXT_MESSAGE_END", "messageId": "a"}))
    assert fold.open_texts == []


def test_an_open_call_is_ended_and_answered():
    assert types(Fold(told(CALL)).closing_calls()) == ["TOOL_CALL_END", "TOOL_CALL_RESULT"]


def test_a_call_that_ended_without_an_answer_gets_one():
    ended = {"type": "TOOL_CALL_END", "toolCallId": "c"}
    assert types(Fold(told(CALL, ended)).closing_calls()) == ["TOOL_CALL_RESULT"]
    answered = {"type": "TOOL_CALL_RESULT", "toolCallId": "c"}
    assert Fold(told(CALL, ended, answered)).closing_calls() == []
