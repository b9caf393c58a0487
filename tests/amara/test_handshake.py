"""What a socket's address and headers say."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from amara import frames, handshake
from amara.outbox import Closing

HERE = {"https://here.example"}


def read(query=None, *, offered=(), origin=()):
    headers = CIMultiDict([("origin", one) for one in origin])
    return handshake.read(headers, {"threadId": "t"} if query is None else query, offered, HERE)


def test_an_offset_alone_means_that_somebody_comes_back():
    assert read({"threadId": "t", "runId": "r"}).offset is None
    said = read({"threadId": "t", "runId": "r", "offset": "-1"}, origin=["https://here.example"])
    assert (said.thread_id, said.run_id, said.offset, said.origin) == ("t", "r", "-1", "https://here.example")


@pytest.mark.parametrize(
    ("query", "more", "code"),
    [
        ({}, {}, frames.BAD_FRAME),
        ({"threadId": "x" * 129}, {}, frames.BAD_FRAME),
        ({"threadId": "a\x00"}, {}, frames.BAD_FRAME),
        (None, {"offered": ["graphql-ws"]}, frames.PROTOCOL_VERSION),
        (None, {"origin": ["https://elsewhere.example"]}, frames.ORIGIN),
        (None, {"origin": ["null"]}, frames.ORIGIN),
        (None, {"origin": ["https://here.example", "https://here.example"]}, frames.ORIGIN),
    ],
)
def test_who_may_not_open_a_socket_is_told_why(query, more, code):
    with pytest.raises(Closing) as refused:
        read(query, **more)
    assert refused.value.code == code
