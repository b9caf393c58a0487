"""Every word we say is AG-UI, and every place in a log has one name."""

from __future__ import annotations

import json

import msgspec
import pytest
from ag_ui.core import Event
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from amara import frames
from amara.frames import Cursor

AG_UI = TypeAdapter(Event)
USAGE = {
    "provider": "anthropic",
    "model": "claude-haiku-5-5",
    "inputTokens": 10,
    "outputTokens": 7,
    "totalTokens": 17,
    "cachedInputTokens": 3,
    "cacheWriteInputTokens": 0,
}
HISTORY = [
    {"id": "m1", "role": "user", "content": "Hola"},
    {
        "id": "m2",
        "role": "assistant",
        "content": "",
        "toolCalls": [{"id": "c1", "type": "function", "function": {"name": "get_booking", "arguments": "{}"}}],
    },
    {"id": "c1:result", "role": "tool", "toolCallId": "c1", "content": '{"card":"booking"}'},
]
SAID = [
    frames.RunStarted(thread_id="t", run_id="r"),
    frames.RunStarted(thread_id="t", run_id="r", parent_run_id="p"),
    frames.RunFinished(thread_id="t", run_id="r", outcome={"type": "success"}, usage=[USAGE]),
    frames.RunFinished(thread_id="t", run_id="r", outcome={"type": "cancelled"}),
    frames.RunError(message="Amara took too long to answer; try again.", code="model_silent", usage=[]),
    frames.TextStart(message_id="m", role="assistant"),
    frames.TextEnd(message_id="m"),
    frames.CallStart(
        tool_call_id="c",
        tool_call_name="get_booking",
        parent_message_id="m",
        metadata={"amara": {"label": "Consultando la reserva…"}},
    ),
    frames.CallEnd(tool_call_id="c"),
    frames.result("c", '{"card":"booking"}'),
    frames.unanswered("c"),
    frames.Snapshot(messages=HISTORY),
]


def as_ag_ui(event: str):
    return AG_UI.validate_json(event)


@pytest.mark.parametrize("event", SAID, ids=lambda event: type(event).__name__)
def test_an_event_is_ag_ui_and_says_the_same_there(event):
    sent = json.loads(frames.encoded(event))
    read = as_ag_ui(frames.encoded(event))
    assert read.model_dump(mode="json", by_alias=True, exclude_none=True) == sent
    assert not read.model_extra  # nothing of our own beside AG-UI's fields


def test_every_kind_of_event_is_among_the_examples():
    own = {kind for kind in frames.Event.__subclasses__() if kind.__module__ == frames.__name__}
    assert {type(event) for event in SAID} == own


@given(st.text(min_size=1))
def test_words_reach_an_ag_ui_client_as_they_were_said(text):
    said = as_ag_ui(frames.words("m", text))
    assert (said.message_id, said.delta) == ("m", text)
    given_ = as_ag_ui(frames.arguments('c"\\', text))
    assert (given_.tool_call_id, given_.delta) == ('c"\\', text)


@given(st.text())
def test_a_result_is_carried_whatever_it_says(text):
    told = as_ag_ui(frames.encoded(frames.result("c", text)))
    assert (told.content, told.tool_call_id, told.message_id, told.role) == (text, "c", "c:result", "tool")


def test_a_field_that_is_not_set_stays_off_the_wire():
    assert frames.encoded(frames.TextEnd(message_id="m")) == '{"type":"TEXT_MESSAGE_END","messageId":"m"}'


def test_an_envelope_carries_the_event_untouched_at_its_place():
    event = frames.words("m", "¿Qué tal? 👩‍👧\n")
    assert json.loads(frames.envelope(Cursor(7, 3), event)) == {"id": "7-3", "chunk": json.loads(event)}


def test_every_event_is_one_line():
    assert all("\n" not in frames.encoded(event) for event in SAID)
    assert "\n" not in frames.words("m", "a\nb\r\nc")


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (
            frames.Welcome(
                thread_id="t", head="0-0", heartbeat_ms=25_000, limits={"text": 8000}, capabilities=["abort"]
            ),
            '{"type":"welcome","threadId":"t","head":"0-0","heartbeatMs":25000,"limits":{"text":8000},"capabilities":["abort"]}',
        ),
        (
            frames.Ack(ref="m", run_id="r", status="accepted"),
            '{"type":"ack","ref":"m","runId":"r","status":"accepted"}',
        ),
        (
            frames.Ack(ref="m", run_id="r", status="queued", position=2),
            '{"type":"ack","ref":"m","runId":"r","status":"queued","position":2}',
        ),
        (frames.Reconnect(after_ms=1000), '{"type":"reconnect","afterMs":1000}'),
        (
            frames.Refused(code="busy", message="Wait.", retryable=True, retry_after_ms=500),
            '{"type":"error","code":"busy","message":"Wait.","retryable":true,"retryAfterMs":500}',
        ),
        (
            frames.Refused(code="bad_frame", message="No.", retryable=False),
            '{"type":"error","code":"bad_frame","message":"No.","retryable":false}',
        ),
    ],
)
def test_a_control_frame_has_exactly_these_words(frame, said):
    assert frame.frame() == said


def test_control_frames_and_events_cannot_be_taken_for_each_other():
    ours = {kind.__struct_config__.tag for kind in frames.Control.__subclasses__()} | {"event", "ping"}
    theirs = {kind.__struct_config__.tag for kind in frames.Event.__subclasses__()}
    assert all(str(tag).islower() for tag in ours)
    assert all(str(tag).isupper() for tag in theirs)
    assert json.loads(frames.PING) == {"type": "ping"}


Places = st.integers(0, 2**63 - 1)


@given(Places, Places)
def test_a_cursor_comes_back_from_the_wire(epoch, seq):
    assert Cursor.parse(str(Cursor(epoch, seq))) == Cursor(epoch, seq)


@given(Places, Places, Places, Places)
def test_cursors_are_compared_as_two_integers(a, b, c, d):
    assert (Cursor(a, b) < Cursor(c, d)) == ((a, b) < (c, d))
    assert Cursor(9, 10) > Cursor(9, 9)
    assert Cursor(10, 1) > Cursor(9, 99)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "-",
            "1",
            "1-",
            "-1",
            "--1",
            "1--1",
            "1-2-3",
            " 1-2",
            "1-2 ",
            "1-2\n",
            "+1-2",
            "1_0-2",
            "²-1",
            "٣-1",
            "a-b",
        ),
        *("1.0-2", "0x1-2", f"{2**63}-1", f"1-{2**63}", "9" * 5000 + "-1", "null", "\x001-2"),
    ],
)
def test_what_is_no_cursor_is_none(text):
    assert Cursor.parse(text) is None


@given(st.text())
def test_any_text_is_a_cursor_or_none(text):
    cursor = Cursor.parse(text)
    assert cursor is None or (cursor.epoch <= frames.BIGINT_MAX and cursor.seq <= frames.BIGINT_MAX)


@pytest.mark.parametrize(
    ("text", "fits"), [("", False), ("x", True), ("ñ" * 128, True), ("x" * 129, False), ("a\x00b", False)]
)
def test_an_id_has_1_to_128_characters_that_can_be_stored(text, fits):
    try:
        msgspec.convert(text, frames.Id)
    except msgspec.ValidationError:
        assert not fits
    else:
        assert fits
