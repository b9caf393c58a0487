"""The short way from a socket's bytes to words says what the long one says, however the bytes are cut."""

from __future__ import annotations

import asyncio
import gzip
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amara import errors
from amara.model import Ended, Words
from amara.model.assembly import Assembly
from amara.model.intake import NEVER, heard, reads, watching
from amara.model.sse import EventLines
from tests.amara.model.conftest import HELLO
from tests.upstream import Answer, call, end, says, sse, start, text

WORDS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"', "\\", "\\u00", '"}}', "\n\n", "\x00", "ñ👩‍👧", "\u2028", "data: {}", '"} }\n\n', ""]
)


def vendor(event):
    """As the vendor writes it: compact, in UTF-8, and a delta padded with blanks before its last brace."""
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return body if event["type"] != "content_block_delta" else body[:-1] + " " * (len(body) % 4) + "}"


def stream_of(deltas, *, is_ascii=False):
    events = [start(), *text(*deltas), *call("look", {"city": "Bogotá"}, index=1), *text(*deltas[:2], index=2), *end()]
    if is_ascii:
        return b"".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events)
    return b"".join(f"event: {e['type']}\ndata: {vendor(e)}\n\n".encode() for e in events)


def told(body, cuts):
    assembly, lines, found = Assembly(), EventLines(), []
    places = sorted({0, len(body), *(cut % len(body) for cut in cuts)})
    for at, to in pairwise(places):
        events, failure = heard(assembly, lines, body[at:to])
        assert failure is None
        found += events
    return found


def long_way(body):
    assembly, lines = Assembly(), EventLines()
    return [event for data in lines.feed(body) for event in assembly.take(data)]


def joined(events):
    """Neighbouring words are one: into how many reads they fell is nobody's promise."""
    found = []
    for event in events:
        if isinstance(event, Words) and found and isinstance(found[-1], Words):
            found[-1] = Words(found[-1].text + event.text)
        elif event != Words(""):
            found.append(event)
    return found


@given(st.lists(WORDS, max_size=12), st.lists(st.integers(min_value=0), max_size=8), st.booleans())
def test_both_ways_tell_the_same_however_the_bytes_are_cut(deltas, cuts, is_ascii):
    body = stream_of(deltas, is_ascii=is_ascii)
    assert joined(told(body, cuts)) == joined(long_way(body))


def test_words_of_one_read_are_one_event():
    body = stream_of(["Hola", ", ", "Laura."])
    opened = body.index(b"event: content_block_delta")
    assert told(body, [opened])[0] == Words("Hola, Laura.")


@pytest.mark.parametrize(
    "broken",
    [
        b'"text":"Ho\x01la"}}\n\n',
        b'"text":"Ho\xffla"}}\n\n',
        b'"text":"Ho"la"}}\n\n',
        b'"text":"Ho\\xla"}}\n\n',
        b'"text":"Ho\\u00',
    ],
)
def test_what_is_no_json_is_not_told(broken):
    body = stream_of(["Hola"])
    at = body.index(b'"text":"Hola"')
    rest = body[body.index(b"event: content_block_stop") :]
    assembly, lines = Assembly(), EventLines()
    opened, _ = heard(assembly, lines, body[: body.index(b"event: content_block_delta")])
    events, failure = heard(assembly, lines, body[body.index(b"event: content_block_delta") : at] + broken + rest)
    assert (opened, events) == ([], [])
    assert isinstance(failure, errors.ModelCut)


def test_what_stands_behind_the_text_is_no_part_of_it():
    body = stream_of(["Hola"]).replace(b'"text":"Hola"', b'"text":"Hola","type":"text_delta"')
    assert joined(told(body, [])) == joined(long_way(body))
    assert Words("Hola") in told(body, [])


async def test_the_sdk_as_it_is_locked_offers_the_short_way(claude, upstream):
    upstream.then(says("Hola"))
    model = await claude()
    request = model._request(HELLO)
    async with model.asked(request) as response:
        pieces = reads(response)
        assert type(pieces).__module__ == "aiohttp.streams"
        assert b"".join([piece async for piece in pieces]).endswith(sse({"type": "message_stop"}))


async def test_a_packed_answer_goes_the_sdks_own_way(claude, upstream):
    body = gzip.compress(stream_of(["Hola, ", "Laura."]))
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    upstream.then(Answer(body=body, headers=headers))
    model = await claude()
    events = [event async for batch in model.stream(HELLO) for event in batch]
    assert joined(events)[0] == Words("Hola, Laura.")
    assert isinstance(events[-1], Ended)


async def test_a_moment_that_has_come_ends_the_wait_wherever_it_was_before():
    loop = asyncio.get_running_loop()

    async def wait():
        async with asyncio.timeout(None) as scope:
            with watching(scope, loop.time() + 600, 0.001) as watch:
                watch.due = loop.time() + 0.001  # nearer than it was
                await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await wait()


async def test_a_held_clock_ends_nothing_until_it_goes_on():
    loop, looks = asyncio.get_running_loop(), []

    async def wait():
        async with asyncio.timeout(None) as scope:
            with watching(scope, loop.time(), 0.001) as watch:
                watch.due = NEVER
                timer = watch._timer
                while len(looks) < 2:
                    if watch._timer is not timer:
                        timer = watch._timer
                        looks.append(timer)
                    await asyncio.sleep(0)
                watch.due = loop.time() + 0.001
                await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await wait()
    assert len(looks) == 2
