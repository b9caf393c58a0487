"""However the model's side fails, it is one of our situations, soon, and never half an answer taken for whole."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from itertools import repeat

import pytest

from amara import errors
from amara.model import Ended, Words, claude
from amara.model.claude import Patience
from tests import upstream as scripted
from tests.amara.model.conftest import HELLO

OVERLOADED = scripted.fails(529, "overloaded_error")
SHORT = Patience(connect_s=0.3, first_s=0.3, idle_s=0.3, total_s=5.0)


async def heard_before(model):
    """What was told until it failed, and how it failed."""
    told = []
    async with aclosing(model.stream(HELLO)) as answer:
        try:
            async for batch in answer:
                told += batch
        except errors.ModelFailed as error:
            return told, error
    return told, None


def said(*events, **how):
    return scripted.Answer([scripted.start(), *events], **how)


async def test_an_overloaded_upstream_is_tried_again_and_answers_once(upstream, ask, waited):
    """E01."""
    upstream.then(OVERLOADED, OVERLOADED, scripted.says("Hola"))
    heard = await ask()
    assert [event for event in heard if isinstance(event, Words)] == [Words("Hola")]
    assert len(upstream.requests) == 3
    assert upstream.requests[0] == upstream.requests[2]
    assert len(waited) == 2
    assert 0 < waited[0] < 5
    assert sum(waited) < 5


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 529])
async def test_three_tries_are_all_there_are(upstream, ask, waited, status):
    upstream.then(*[scripted.fails(status)] * 5)
    with pytest.raises(errors.ModelOverloaded):
        await ask()
    assert len(upstream.requests) == 3
    assert len(waited) == 2


async def test_each_wait_is_longer_than_the_one_before_whatever_the_chance(upstream, ask, waited, monkeypatch):
    monkeypatch.setattr(claude.random, "random", iter([1.0, 0.0]).__next__)
    upstream.then(*[OVERLOADED] * 3)
    with pytest.raises(errors.ModelOverloaded):
        await ask()
    assert waited[1] > waited[0] * 1.2


async def test_a_short_wait_asked_for_is_waited(upstream, ask, waited):
    """E02."""
    upstream.then(scripted.fails(429, "rate_limit_error", **{"retry-after": "1"}), scripted.says("Hola"))
    assert isinstance((await ask())[-1], Ended)
    assert waited == [1.0]


async def test_a_long_wait_asked_for_is_handed_on_at_once(upstream, ask, waited):
    """E02."""
    upstream.then(scripted.fails(429, "rate_limit_error", **{"retry-after": "3600"}))
    with pytest.raises(errors.ModelBusy) as busy:
        await ask()
    assert busy.value.retry_after_s == 3600
    assert busy.value.retryable
    assert (waited, len(upstream.requests)) == ([], 1)


@pytest.mark.parametrize("odd", ["soon", "Wed, 21 Oct 2026 07:28:00 GMT", "", "-5"])
async def test_a_wait_nobody_can_read_falls_back_on_our_own(upstream, ask, waited, odd):
    upstream.then(scripted.fails(429, "rate_limit_error", **{"retry-after": odd}), scripted.says("Hola"))
    assert isinstance((await ask())[-1], Ended)
    assert len(waited) == 1
    assert 0 <= waited[0] < 3


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 410, 418, 422])
async def test_a_refusal_of_our_key_or_request_says_nothing_of_it(upstream, ask, waited, status):
    """E12."""
    upstream.then(scripted.fails(status, "authentication_error"))
    with pytest.raises(errors.ModelRefusedUs) as refused:
        await ask()
    assert not refused.value.retryable
    assert refused.value.detail == errors.ModelRefusedUs.message
    for word in ("sk-ant", "key", "scripted", str(status)):
        assert word not in refused.value.detail
    assert (waited, len(upstream.requests)) == ([], 1)


@pytest.mark.parametrize(
    ("kind", "situation"),
    [
        ("overloaded_error", errors.ModelOverloaded),
        ("rate_limit_error", errors.ModelBusy),
        ("odd_error", errors.ModelCut),
    ],
)
async def test_an_error_in_the_middle_keeps_the_words_and_is_not_tried_again(upstream, model, waited, kind, situation):
    """E03: the status was 200 long ago."""
    upstream.then(said(*scripted.text("Hola, ", "Lau"), {"type": "error", "error": {"type": kind, "message": "x"}}))
    told, error = await heard_before(model)
    assert "".join(event.text for event in told) == "Hola, Lau"
    assert type(error) is situation
    assert (waited, len(upstream.requests)) == ([], 1)


async def test_words_before_an_error_in_the_same_read_are_still_told(upstream, model):
    events = [scripted.start(), *scripted.text("Hola"), {"type": "error", "error": {"type": "overloaded_error"}}]
    upstream.then(scripted.Answer(body=b"".join(scripted.sse(event) for event in events)))
    told, error = await heard_before(model)
    assert told == [Words("Hola")]
    assert isinstance(error, errors.ModelOverloaded)
    assert len(upstream.requests) == 1


async def test_an_error_before_the_first_word_is_tried_again(upstream, ask):
    upstream.then(said({"type": "error", "error": {"type": "overloaded_error"}}), scripted.says("Hola"))
    assert [event for event in await ask() if isinstance(event, Words)] == [Words("Hola")]
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("is_cut", [True, False], ids=["reset", "clean end"])
async def test_an_answer_that_just_stops_is_cut_wherever_it_stops(upstream, model, waited, after, is_cut):
    """E05, and a clean end without message_stop."""
    upstream.then(scripted.Answer(scripted.says("Hola, ", "Laura.").events, cut=is_cut, cut_after_events=after))
    told, error = await heard_before(model)
    assert isinstance(error, errors.ModelCut)
    assert "Hola, Laura.".startswith("".join(event.text for event in told))
    assert not any(isinstance(event, Ended) for event in told)
    assert (waited, len(upstream.requests)) == ([], 1)


@pytest.mark.parametrize(
    ("status", "complaint"),
    [
        (400, "prompt is too long: 210000 tokens > 200000 maximum"),
        (400, "This model's maximum context length is 8192 tokens"),
        (422, "requested tokens exceed the context window"),
        (413, "request_too_large"),
    ],
)
async def test_what_is_too_long_to_be_read_is_a_situation_of_its_own(upstream, ask, waited, status, complaint):
    upstream.then(scripted.fails(status, "invalid_request_error", message=complaint))
    with pytest.raises(errors.ModelFull):
        await ask()
    assert (waited, len(upstream.requests)) == ([], 1)


async def test_tries_that_each_take_their_time_have_one_deadline(upstream, claude, ask):
    """E07: a refusal after nine seconds is not waited for three times."""
    slow = scripted.Answer(until=asyncio.Event())
    upstream.then(OVERLOADED, slow)
    async with asyncio.timeout(5):
        with pytest.raises(errors.ModelSilent):
            await ask(of=await claude(Patience(first_s=60, begin_s=1.0, backoff_s=0)))
    assert len(upstream.requests) == 2


async def test_a_connection_lost_before_the_header_is_tried_three_times_and_told(claude, ask, waited):
    connections = []

    def hang_up(_, writer):
        connections.append(writer)
        writer.transport.abort()

    rude = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    model = await claude(url=f"http://127.0.0.1:{rude.sockets[0].getsockname()[1]}")
    with pytest.raises(errors.ModelOverloaded):
        await ask(of=model)
    assert len(connections) == 3
    assert len(waited) == 2
    rude.close()


async def test_a_closed_port_is_tried_three_times_and_told(claude, ask, waited):
    closed = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    model = await claude(url=f"http://127.0.0.1:{port}")
    with pytest.raises(errors.ModelOverloaded):
        await ask(of=model)
    assert len(waited) == 2


async def test_an_upstream_that_never_answers_is_silent_once(upstream, claude, ask, waited):
    """E07: one deadline, not three."""
    upstream.then(scripted.Answer(until=asyncio.Event()))
    with pytest.raises(errors.ModelSilent):
        await ask(of=await claude(SHORT))
    assert (waited, len(upstream.requests)) == ([], 1)


async def test_pings_alone_are_silence(upstream, claude, ask):
    """E07: an endless stream of them is no answer."""
    upstream.then(scripted.Answer(repeat({"type": "ping"}), piece=1_000))
    model = await claude(Patience(first_s=0.3, idle_s=0.3, total_s=60))
    async with asyncio.timeout(5):
        with pytest.raises(errors.ModelSilent):
            await ask(of=model)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("rest", [[], [{"type": "ping"}] * 50], ids=["silence", "pings"])
async def test_silence_in_the_middle_keeps_the_words(upstream, claude, rest):
    held = [scripted.start(), *scripted.text("Hola")[:2], *rest, *scripted.end()]
    upstream.then(scripted.Answer(held, until=asyncio.Event()))
    told, error = await heard_before(await claude(SHORT))
    assert told == [Words("Hola")]
    assert isinstance(error, errors.ModelSilent)
    await upstream.gone.wait()


async def test_the_whole_answer_has_a_deadline_too(upstream, claude):
    endless = (
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}} for _ in repeat(0)
    )
    opened = [scripted.start(), scripted.text()[0]]
    upstream.then(scripted.Answer((event for part in (opened, endless) for event in part), piece=1_000))
    told, error = await heard_before(await claude(Patience(first_s=5, idle_s=5, total_s=0.5)))
    assert isinstance(error, errors.ModelSilent)
    assert told


async def test_time_the_reader_takes_is_not_the_upstreams(upstream, claude):
    """A commit stands between two reads; it may take longer than the upstream's patience."""
    upstream.then(scripted.says("Hola"))
    model = await claude(Patience(first_s=5, idle_s=0.05, total_s=5))
    async with aclosing(model.stream(HELLO)) as answer:
        told = list(await anext(answer))
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.2)  # busy elsewhere
        async for batch in answer:
            told += batch
    assert isinstance(told[-1], Ended)


@pytest.mark.parametrize("kind", ["text/html", "application/json", ""])
async def test_a_page_instead_of_a_stream_is_no_answer(upstream, ask, kind):
    """E08."""
    hidden = b"".join(scripted.sse(event) for event in scripted.says("Hola").events)
    upstream.then(scripted.Answer(body=b"<html>Welcome to the proxy\n\n" + hidden, headers={"content-type": kind}))
    with pytest.raises(errors.ModelCut) as cut:
        await ask()
    assert "proxy" not in cut.value.detail


@pytest.mark.parametrize(
    "broken", [b"{half", b"[]", b"\xff", b"[" * 100_000, b'{"type":"content_block_delta","index":9}']
)
async def test_an_event_nobody_can_read_ends_the_answer(upstream, model, broken):
    """E08."""
    before = b"".join(scripted.sse(event) for event in [scripted.start(), *scripted.text("Hola")])
    upstream.then(scripted.Answer(body=before + b"data: " + broken + b"\n\n"))
    told, error = await heard_before(model)
    assert told == [Words("Hola")]
    assert isinstance(error, errors.ModelCut)
