"""Words heard at the connection and words that come with the answer are together what was said, in its order."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler
from hypothesis import given
from hypothesis import strategies as st

from amara import errors
from amara.model import Ask, Words
from amara.model.assembly import Assembly
from amara.model.intake import watching
from amara.model.tap import SHORT, Tap, body_of, read, tapped
from tests.amara.model.conftest import HELLO
from tests.amara.model.test_intake import WORDS, joined, long_way, stream_of, vendor
from tests.upstream import says

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Ear:
    """Writes down what it hears, between what comes with the answer."""

    def __init__(self, told, *, hears=True):
        self.told = told
        self.hears = hears
        self.heard = []

    def is_open(self):
        return self.hears

    def hear(self, words, *, is_plain=False):
        assert not is_plain or json.loads(f'"{words}"') == words
        self.heard.append(words)
        self.told.append(Words(words))


class Wire(asyncio.Transport):
    """A connection without a network: as the HTTP client has it."""

    def __init__(self):
        super().__init__()
        self.is_paused = False

    def is_closing(self):
        return False

    def is_reading(self):
        return not self.is_paused

    def pause_reading(self):
        self.is_paused = True

    def resume_reading(self):
        self.is_paused = False

    def get_extra_info(self, name, default=None):
        del name
        return default

    def close(self):
        """Nothing is there to close."""


async def idle():
    """Until every task has come as far as it can."""
    for _ in range(12):
        await asyncio.sleep(0)


async def told_by(raw, cuts, *, lags=(), hears=True):
    """What is told of these bytes of a body, read in these pieces, by aiohttp's own parser with a tap before it.

    Args: lags are the pieces after which the reader of the answer does not have its turn before the next one.
    """
    client, told = ResponseHandler(asyncio.get_running_loop()), []
    ear = Ear(told, hears=hears)
    client.connection_made(Wire())
    client.set_response_params()
    client.data_received(HEAD)
    _, content = await client.read()
    assembly = Assembly()

    async def listen():
        async with asyncio.timeout(None) as scope:
            with watching(scope, asyncio.get_running_loop().time() + 600, 600) as watch:
                tap = Tap(client, content, assembly, ear, watch)
                tapping.set_result(tap)
                async for events in read(content.iter_any(), assembly, watch, tap):
                    told.extend(events)

    tapping = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(listen())
    tap = await tapping
    await idle()
    places = sorted({0, len(raw), *(cut % len(raw) for cut in cuts)})
    for number, (at, to) in enumerate(pairwise(places)):
        tap.data_received(raw[at:to])
        if number not in lags:
            await idle()
    await task
    return told, ear.heard


def chunked(body, cuts):
    """The body in chunks of HTTP: by event where nothing else is asked for."""
    places = sorted({0, len(body), *(cut % len(body) for cut in cuts)}) if cuts else [0]
    if not cuts:
        for event in body.split(b"\n\n")[:-1]:
            places.append(places[-1] + len(event) + 2)
    return [b"%x\r\n%b\r\n" % (to - at, body[at:to]) for at, to in pairwise(places)]


NUMBERS = st.lists(st.integers(min_value=0), max_size=8)


@given(st.lists(WORDS, max_size=12), NUMBERS, NUMBERS, st.sets(st.integers(0, 20)), st.booleans())
async def test_however_the_bytes_come_the_words_are_told_in_order(deltas, chunk_cuts, cuts, lags, is_ascii):
    body = stream_of(deltas, is_ascii=is_ascii)
    raw = b"".join([*chunked(body, chunk_cuts), b"0\r\n\r\n"])
    told, _ = await told_by(raw, cuts, lags=lags)
    assert joined(told) == joined(long_way(body))


@given(st.lists(WORDS, min_size=3, max_size=12), st.sets(st.integers(0, 20)))
async def test_a_read_for_each_event_says_the_same(deltas, lags):
    body = stream_of(deltas)
    chunks = [*chunked(body, []), b"0\r\n\r\n"]
    ends = [sum(len(chunk) for chunk in chunks[: number + 1]) for number in range(len(chunks) - 1)]
    told, _ = await told_by(b"".join(chunks), ends, lags=lags)
    assert joined(told) == joined(long_way(body))


async def told_event_by_event(*deltas, hears=True):
    chunks = [*chunked(stream_of(list(deltas)), []), b"0\r\n\r\n"]
    ends = [sum(len(chunk) for chunk in chunks[: number + 1]) for number in range(len(chunks) - 1)]
    return await told_by(b"".join(chunks), ends, hears=hears)


async def test_all_but_what_opens_a_text_is_heard_where_it_arrives():
    told, heard = await told_event_by_event("Uno, ", "dos, ", "tres \\", 'y "cuatro".')
    assert heard[:4] == ["Uno, ", "dos, ", "tres \\", 'y "cuatro".']
    assert "".join(event.text for event in told[:4]) == 'Uno, dos, tres \\y "cuatro".'


async def test_who_does_not_want_to_hear_now_is_told_with_the_answer():
    told, heard = await told_event_by_event("Uno, ", "dos.", hears=False)
    assert heard == []
    assert joined(told)[0] == Words("Uno, dos.")


_DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "dos"}}
WORD = f"event: content_block_delta\ndata: {vendor(_DELTA)}\n\n".encode()


async def test_a_read_that_looks_like_a_chunk_within_a_chunk_is_the_clients():
    opening, rest = stream_of(["uno"]).split(b"event: content_block_stop", 1)
    alike = b"%x\r\n%b\r\n" % (len(WORD), WORD)  # for who reads server-sent events: an unknown line, and an event
    body = opening + alike + b"event: content_block_stop" + rest
    raw = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    at = raw.index(alike)
    told, heard = await told_by(raw, [at, at + len(alike)])
    assert heard == []
    assert joined(told) == joined(long_way(body))
    assert Words("unodos") in joined(told)


async def test_words_that_follow_on_half_an_event_are_none():
    opening = stream_of(["uno", "y"]).split(b"event: content_block_stop", 1)[0]
    chunks = [*chunked(opening, []), b"8\r\ndata: {\n\r\n", *chunked(WORD, [])]
    ends = [sum(map(len, chunks[:number])) for number in range(1, len(chunks))]
    with pytest.raises(errors.ModelCut):
        await told_by(b"".join(chunks), ends)


@pytest.mark.parametrize(
    ("read_", "body"),
    [
        (b"4\r\nHola\r\n", b"Hola"),
        (b"04\r\nHola\r\n", b"Hola"),
        (b"5\r\nHola\r\n", None),  # its rest is on the way
        (b"3\r\nHola\r\n", None),
        (b"4\r\nHola\r\n2\r\n, \r\n", b"Hola, "),
        (b"4\r\nHola\r\n2\r\n,", None),
        (b"4\r\nHola\r\n0\r\n\r\n", None),  # whose end the client has to see
        (b"4;a=b\r\nHola\r\n", None),
        (b"Hola\r\n", None),
        (b"0\r\n\r\n", None),
        (b"", None),
    ],
)
def test_a_body_is_known_by_its_own_size(read_, body):
    assert body_of(read_) == body


async def test_through_the_sdk_as_it_is_locked_words_are_heard_at_the_tap(claude, upstream):
    answer = says("Uno, ", "dos, ", "tres, ", "cuatro.")
    answer.pause_s = 0.02  # a read for each
    upstream.then(answer)
    told = []
    ear = Ear(told)
    model = await claude()
    async for batch in model.stream(Ask(HELLO.system, HELLO.messages, ear=ear)):
        told.extend(batch)
    assert ear.heard
    assert joined(told)[0] == Words("Uno, dos, tres, cuatro.")


async def test_a_tapped_connection_is_the_clients_own_again(claude, upstream):
    upstream.then(says("Hola"))
    model = await claude()
    request = model._request(HELLO)
    async with model.asked(request) as response:
        connection = response.http_response.stream._stream._aiohttp_response.connection
        assert isinstance(connection, aiohttp.connector.Connection)
        with watching(asyncio.timeout(None), asyncio.get_running_loop().time() + 60, 60) as watch:
            with tapped(response, Assembly(), Ear([]), watch) as tap:
                assert connection.transport.get_protocol() is tap
            assert connection.transport.get_protocol() is connection.protocol


def test_one_word_of_the_vendor_is_short():
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "palabra " * 40}}
    assert len(json.dumps(event)) * 2 < SHORT
