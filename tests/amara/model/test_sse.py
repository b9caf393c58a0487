"""Events are found again whatever the network cut them into."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amara.model import sse
from amara.model.sse import EventLines, EventTooLarge

STREAM = (
    'event: message_start\ndata: {"a":1}\n\n'
    ": a comment\n"
    'event: content_block_delta\r\ndata: {"text":"¿Qué tal? 👩‍👧‍👦"}\r\n\r\n'
    'id: 7\nretry: 10\ndata:{"b":2}\n\n'
    "data: first\ndata: second\n\n"
).encode()
EVENTS = [b'{"a":1}', '{"text":"¿Qué tal? 👩‍👧‍👦"}'.encode(), b'{"b":2}', b"first\nsecond"]


def fed(*chunks):
    lines = EventLines()
    return [event for chunk in chunks for event in lines.feed(chunk)]


def test_events_are_split_at_every_byte_and_come_out_whole():
    assert fed(STREAM) == EVENTS
    assert fed(*(STREAM[at : at + 1] for at in range(len(STREAM)))) == EVENTS
    for at in range(len(STREAM)):
        assert fed(STREAM[:at], STREAM[at:]) == EVENTS


@given(st.lists(st.integers(0, len(STREAM))).map(sorted))
def test_events_are_the_same_however_they_are_cut(cuts):
    edges = [0, *cuts, len(STREAM)]
    assert fed(*(STREAM[a:b] for a, b in pairwise(edges))) == EVENTS


def test_an_event_is_there_once_its_empty_line_is():
    lines = EventLines()
    assert lines.feed(b"data: x\n") == []
    assert lines.feed(b"\n") == [b"x"]
    assert lines.feed(b"\n\n\n") == []


def test_half_an_event_is_none():
    assert fed(b"data: x\n") == []
    assert fed(b"data: x") == []


def test_lines_that_carry_no_data_are_passed_over():
    assert fed(b"event: ping\n\n: hello\n\nid: 1\n\ndatax: 1\n\n") == []


@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_nothing(chunk):
    assert all(isinstance(event, bytes) for event in fed(chunk, b"\n\n"))


@pytest.mark.parametrize(
    "endless", [b"x" * 64, b"data: " + b"x" * 64, b"data: " + b"x" * 10 + b"\n"], ids=["line", "data", "lines"]
)
def test_an_event_that_never_ends_does_not_fill_the_memory(monkeypatch, endless):
    monkeypatch.setattr(sse, "EVENT_MAX", 1_000)
    with pytest.raises(EventTooLarge):
        fed(*[endless] * 200)


def test_many_events_are_not_one_large_one(monkeypatch):
    monkeypatch.setattr(sse, "EVENT_MAX", 1_000)
    assert len(fed(*[b"data: " + b"x" * 90 + b"\n\n"] * 100)) == 100
