"""The vendor's events become whole blocks, and nothing that was cut is taken for whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amara import errors
from amara.model import CallStarted, CallWords, Ended, Usage, Words
from amara.model.assembly import Assembly
from tests.upstream import call, end, start, text


def told(*events):
    assembly = Assembly()
    return [event for given_ in events for event in assembly.take(json.dumps(given_).encode())]


def ended(*events) -> Ended:
    return told(*events)[-1]


def thinking(*deltas, index=0, signature="c2ln"):
    return [
        {
            "type": "content_block_start",
            "index": index,
            "content_block": {"type": "thinking", "thinking": "", "signature": ""},
        },
        *(
            {"type": "content_block_delta", "index": index, "delta": {"type": "thinking_delta", "thinking": d}}
            for d in deltas
        ),
        {"type": "content_block_delta", "index": index, "delta": {"type": "signature_delta", "signature": signature}},
        {"type": "content_block_stop", "index": index},
    ]


def test_text_is_told_as_it_comes_and_whole_at_the_end():
    heard = told(start("m"), *text("Hola, ", "", "Laura."), *end())
    assert heard[:-1] == [Words("Hola, "), Words("Laura.")]
    assert heard[-1] == Ended("end_turn", "m", [{"type": "text", "text": "Hola, Laura."}], Usage(10, 7, 0, 0))


def test_text_that_stands_in_the_start_of_its_block_is_told_too():
    opened = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Ho"}}
    heard = told(start(), opened, *text("la")[1:], *end())
    assert heard[:-1] == [Words("Ho"), Words("la")]
    assert heard[-1].blocks == [{"type": "text", "text": "Hola"}]


def test_a_call_is_told_in_pieces_and_whole_at_the_end():
    heard = told(start(), *call("look", {"city": "Bogotá"}), *end("tool_use"))
    assert heard[0] == CallStarted("toolu_1", "look")
    assert json.loads("".join(piece.json for piece in heard if isinstance(piece, CallWords))) == {"city": "Bogotá"}
    assert heard[-1].blocks == [{"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"city": "Bogotá"}}]


def test_blocks_that_grow_side_by_side_are_kept_apart():
    one, two = call("a", {"x": 1}, call_id="c1", index=1), call("b", {"y": 2}, call_id="c2", index=2)
    woven = [event for pair in zip(one, two, strict=True) for event in pair]
    heard = told(start(), *text("Miro."), *woven, *end("tool_use"))
    assert [block.get("input") for block in heard[-1].blocks] == [None, {"x": 1}, {"y": 2}]
    for call_id, given_ in (("c1", {"x": 1}), ("c2", {"y": 2})):
        pieces = [piece.json for piece in heard if isinstance(piece, CallWords) and piece.call_id == call_id]
        assert json.loads("".join(pieces)) == given_


def test_a_call_without_arguments_is_an_empty_object():
    opened, *_, stop = call("list_my_bookings", {})
    assert ended(start(), opened, stop, *end("tool_use")).blocks[0]["input"] == {}


def test_thinking_is_kept_with_its_signature_and_never_told():
    heard = told(start(), *thinking("Bogotá, ", "aseo."), *text("Claro.", index=1), *end())
    assert heard[:-1] == [Words("Claro.")]
    assert heard[-1].blocks[0] == {"type": "thinking", "thinking": "Bogotá, aseo.", "signature": "c2ln"}


def test_blocks_of_another_kind_are_kept_as_they_came():
    redacted = {"type": "redacted_thinking", "data": "eA=="}
    opened = {"type": "content_block_start", "index": 0, "content_block": redacted}
    stop = {"type": "content_block_stop", "index": 0}
    assert ended(start(), opened, stop, *text("x", index=1), *end()).blocks[0] == redacted


@pytest.mark.parametrize("raw", ["", '{"city":"Bo', "[1]", '"x"', "7", "null", "{]"])
def test_half_an_input_is_no_call(raw):
    """E10: the length ran out in the middle, or the closing event came without the end of its JSON."""
    pieces = call("look", raw or "{", pieces=1)
    events = pieces[:-1] if not raw or raw.startswith('{"') else pieces
    found = ended(start(), *text("Miro."), *[event | {"index": 1} for event in events], *end("max_tokens"))
    assert found.stop_reason == "max_tokens"
    assert found.blocks == [{"type": "text", "text": "Miro."}]


@pytest.mark.parametrize("deltas", [(), ("",), (" \n",)])
def test_a_block_without_words_is_no_block_to_replay(deltas):
    """The vendor refuses a conversation that holds one."""
    assert ended(start(), *text(*deltas), *end()).blocks == []


def test_text_that_was_never_closed_stands_as_it_was_told():
    assert ended(start(), *text("Hola")[:-1], *end("max_tokens")).blocks == [{"type": "text", "text": "Hola"}]


@pytest.mark.parametrize("reason", ["end_turn", "max_tokens", "stop_sequence", "refusal", "pause_turn", "of_tomorrow"])
def test_why_it_ended_is_handed_on(reason):
    assert ended(start(), *end(reason)).stop_reason == reason


def test_counts_are_cumulative_and_the_last_one_stands():
    opened = start(input_tokens=100, cache_read_input_tokens=80, cache_creation_input_tokens=5)
    closing = {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": 9, "input_tokens": None},
    }
    assert ended(opened, closing, {"type": "message_stop"}).usage == Usage(100, 9, 80, 5)


def test_what_the_vendor_adds_tomorrow_is_passed_over():
    odd = [
        {"type": "weather_report", "index": 0, "delta": {"type": "rain"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {"x": [1]}}},
        {"type": "message_start", "message": {"model": "m", "container": {"id": "x"}}},
        {},
    ]
    opened, delta, stop = text("Hola")
    assert told(start(), opened, *odd, delta, *odd, stop, *end())[:-1] == [Words("Hola")]


def test_a_ping_is_no_content():
    assembly = Assembly()
    assert assembly.take(b'{"type":"ping"}') == []
    assert not assembly.has_content
    assembly.take(json.dumps(start()).encode())
    assert assembly.has_content


def test_it_is_whole_with_the_last_event_alone():
    assembly = Assembly()
    for event in [start(), *text("x"), end()[0]]:
        assembly.take(json.dumps(event).encode())
        assert not assembly.is_whole
    (last,) = assembly.take(b'{"type":"message_stop"}')
    assert isinstance(last, Ended)
    assert assembly.is_whole


@pytest.mark.parametrize(
    ("kind", "situation"),
    [
        ("overloaded_error", errors.ModelOverloaded),
        ("api_error", errors.ModelOverloaded),
        ("rate_limit_error", errors.ModelBusy),
        ("invalid_request_error", errors.ModelCut),
        ("", errors.ModelCut),
    ],
)
def test_an_error_inside_the_stream_is_a_situation(kind, situation):
    with pytest.raises(errors.ModelFailed) as failed:
        told(start(), {"type": "error", "error": {"type": kind, "message": "Internal: key sk-ant-x"}})
    assert type(failed.value) is situation
    assert "sk-ant" not in failed.value.detail


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"[]", b"7", b'"x"', b"\xff", b'{"type":7}', b'{"type":"message_stop"', b"[" * 100_000, b"<html>"),
        *(b'{"content_block":' + b'{"a":' * 100_000, b'{"index":' + b"9" * 5000 + b"}"),
    ],
)
def test_an_event_that_is_none_means_the_answer_is_cut(data):
    with pytest.raises(errors.ModelCut):
        Assembly().take(data)


def test_words_for_a_block_that_was_never_opened_mean_the_answer_is_cut():
    with pytest.raises(errors.ModelCut):
        told(start(), text("x")[1])


@given(st.lists(st.text(min_size=1), min_size=1))
def test_words_are_told_as_they_were_written(deltas):
    heard = told(start(), *text(*deltas), *end())
    assert "".join(event.text for event in heard[:-1]) == "".join(deltas)


Storable = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


@given(st.dictionaries(Storable, st.none() | st.integers(-(2**53), 2**53) | Storable), st.integers(1, 20))
def test_arguments_come_out_as_they_went_in(given_, pieces):
    assert ended(start(), *call("look", given_, pieces=pieces), *end("tool_use")).blocks[0]["input"] == given_


def test_what_the_record_cannot_hold_is_taken_out_of_every_block():
    """U+0000 in a text or an argument would make the whole answer impossible to store."""
    said = ended(start(), *text("a\x00b"), *call("look", {"city\x00": ["Ca\x00li"]}, index=1), *end("tool_use"))
    assert "\\u0000" not in json.dumps(said.blocks)
    assert said.blocks[1]["input"] == {"city": ["Cali"]}
