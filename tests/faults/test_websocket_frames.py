"""Frames as RFC 6455 forbids them, on the service's own server class: each ends the connection with the right code.

The whole suite of the Autobahn project is run by hand (docs/reliability.md); these are its kinds.
"""

from __future__ import annotations

import json
import struct
from uuid import uuid4

import pytest

from amara import frames
from tests.faults import raw
from tests.faults.echo import echoing
from tests.faults.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame

BROKEN, NO_TEXT = 1002, 1007
SPLIT = "κόσμε".encode()


def code(number: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", number) + reason)


@pytest.mark.parametrize(
    ("sent", "ended"),
    [
        ([frame(TEXT, b"a", reserved=1)], BROKEN),
        ([frame(TEXT, b"a", reserved=4)], BROKEN),
        ([frame(3, b"a")], BROKEN),
        ([frame(11, b"a")], BROKEN),
        ([frame(PING, b"x" * 126)], BROKEN),
        ([frame(PING, b"x", fin=False), frame(CONTINUATION, b"x")], BROKEN),
        ([frame(CONTINUATION, b"a")], BROKEN),
        ([frame(TEXT, b"a", fin=False), frame(TEXT, b"b")], BROKEN),
        ([frame(TEXT, b"a", masked=False)], BROKEN),
        ([frame(CLOSE, b"\x03")], BROKEN),
        *(([code(number)], BROKEN) for number in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535)),
        ([code(1000, b"\xce\xba\xff")], NO_TEXT),
        ([frame(TEXT, b"\xed\xa0\x80")], NO_TEXT),
        ([frame(TEXT, b"\xf4\x90\x80\x80")], NO_TEXT),
        ([frame(TEXT, b"\xce", fin=False), frame(CONTINUATION, b"\xce")], NO_TEXT),
        ([frame(TEXT, SPLIT + b"\xff", fin=False)], NO_TEXT),  # at once, not at the message's end
    ],
)
async def test_a_frame_that_may_not_be_ends_the_connection(sent, ended):
    async with echoing() as (port, _):
        peer = await raw.connected(f"ws://127.0.0.1:{port}/")
        await peer.send(*sent)
        assert await peer.close_code() == ended
        peer.leave()


async def test_what_may_be_is_echoed_whole_however_it_is_cut():
    async with echoing() as (port, _):
        peer = await raw.connected(f"ws://127.0.0.1:{port}/")
        whole = SPLIT * 30_000
        for cut in (1, 3, len(SPLIT) - 1):
            await peer.send(
                frame(TEXT, SPLIT[:cut], fin=False),
                frame(PING, b"between"),
                frame(CONTINUATION, b"", fin=False),
                frame(PONG, b"nobody asked"),
                frame(CONTINUATION, SPLIT[cut:]),
            )
            assert await peer.hear() == (PONG, b"between")
            assert await peer.hear() == (TEXT, SPLIT)
        await peer.send(frame(PING, b"x" * 125), frame(BINARY, bytes(range(256)) * 300), frame(TEXT, whole))
        assert await peer.hear() == (PONG, b"x" * 125)
        assert await peer.hear() == (BINARY, bytes(range(256)) * 300)
        assert await peer.hear() == (TEXT, whole)
        for number in (1000, 1003, 3000, 4999):
            one = await raw.connected(f"ws://127.0.0.1:{port}/")
            await one.send(code(number))
            assert await one.close_code() == number
            one.leave()
        await peer.send(frame(CLOSE))
        assert await peer.close_code() is None
        peer.leave()


async def test_a_message_beyond_every_limit_is_refused_while_it_comes_in_pieces():
    async with echoing() as (port, _):
        peer = await raw.connected(f"ws://127.0.0.1:{port}/")
        piece = b"x" * (frames.FRAME_MAX // 2)
        await peer.send(
            frame(TEXT, piece, fin=False), frame(CONTINUATION, piece, fin=False), frame(CONTINUATION, b"x", fin=False)
        )
        assert await peer.close_code() == 1009
        peer.leave()


async def test_bytes_that_are_no_text_end_our_own_socket_too(service, token):
    peer = await raw.connected(service.socket_url(str(uuid4())))
    await peer.send(frame(TEXT, json.dumps({"type": "hello", "token": token}).encode()))
    assert json.loads((await peer.hear())[1])["type"] == "welcome"
    await peer.send(frame(TEXT, b'{"type":"\xc3\x28"}'))
    assert await peer.close_code() == NO_TEXT
    peer.leave()
