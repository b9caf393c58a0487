"""Claude through the real SDK: what a scripted upstream says is what the story hears."""

from __future__ import annotations

import json

import pytest

from amara import errors
from amara.model import Ask, CallStarted, CallWords, Ended, Usage, Words
from tests import upstream as scripted

SYSTEM = [{"type": "text", "text": "Usted es Amara.", "cache_control": {"type": "ephemeral"}}]
TOOLS = [{"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {}}}]
THINKING = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Bogotá."}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "c2lnbmVk"}},
    {"type": "content_block_stop", "index": 0},
]
HARD = '¿Qué tal, Núñez? 👩‍👧‍👦 \u202e\ufeff\u2028 {"a":"\\u00e9"}\n\ndata: x'


def text_of(events) -> str:
    return "".join(event.text for event in events if isinstance(event, Words))


async def test_words_come_as_they_are_said_and_the_message_is_whole_at_the_end(upstream, ask):
    upstream.then(scripted.says("Hola, ", "Laura."))
    heard = await ask()
    assert text_of(heard) == "Hola, Laura."
    assert heard[-1] == Ended("end_turn", "scripted", [{"type": "text", "text": "Hola, Laura."}], Usage(10, 7))


async def test_a_call_comes_in_pieces_and_whole(upstream, ask):
    upstream.then(scripted.calls("look", {"city": "Bogotá"}, before="Miro."))
    heard = await ask()
    assert CallStarted("toolu_1", "look") in heard
    assert json.loads("".join(piece.json for piece in heard if isinstance(piece, CallWords))) == {"city": "Bogotá"}
    assert heard[-1].stop_reason == "tool_use"
    assert [block["type"] for block in heard[-1].blocks] == ["text", "tool_use"]


async def test_two_calls_of_one_round_are_kept_apart(upstream, ask):
    two = [*scripted.call("a", {"x": 1}, call_id="c1"), *scripted.call("b", {"y": [2]}, call_id="c2", index=1)]
    upstream.then(scripted.Answer([scripted.start(), *two, *scripted.end("tool_use")]))
    heard = await ask()
    assert [event.call_id for event in heard if isinstance(event, CallStarted)] == ["c1", "c2"]
    assert [(block["id"], block["input"]) for block in heard[-1].blocks] == [("c1", {"x": 1}), ("c2", {"y": [2]})]


async def test_thinking_is_kept_raw_with_its_signature_and_never_told(upstream, ask):
    upstream.then(scripted.Answer([scripted.start(), *THINKING, *scripted.text("Claro.", index=1), *scripted.end()]))
    heard = await ask()
    assert heard[:-1] == [Words("Claro.")]
    assert heard[-1].blocks[0] == {"type": "thinking", "thinking": "Bogotá.", "signature": "c2lnbmVk"}


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
async def test_text_cut_inside_every_character_arrives_byte_for_byte(upstream, ask, piece):
    """E09."""
    said = [scripted.start(), *scripted.text(*HARD, HARD), *scripted.call("look", {"city": HARD}, index=1)]
    upstream.then(scripted.Answer([*said, *scripted.end("tool_use")], piece=piece))
    heard = await ask()
    assert text_of(heard) == HARD + HARD
    assert [block.get("text") or block["input"]["city"] for block in heard[-1].blocks] == [HARD + HARD, HARD]


async def test_a_very_long_answer_arrives_whole(upstream, ask):
    upstream.then(scripted.says(*(["palabra "] * 20_000)))
    heard = await ask()
    assert text_of(heard) == "palabra " * 20_000
    assert heard[-1].blocks[0]["text"] == "palabra " * 20_000


async def test_events_and_deltas_of_tomorrow_are_passed_over(upstream, ask):
    """E08, the harmless half."""
    odd = [
        {"type": "ping"},
        {"type": "weather_report", "index": 9, "rain": True},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {}}},
    ]
    opened, delta, stop = scripted.text("Hola")
    upstream.then(scripted.Answer([odd[0], scripted.start(), opened, *odd, delta, *odd, stop, *scripted.end()]))
    heard = await ask()
    assert text_of(heard) == "Hola"
    assert heard[-1].blocks == [{"type": "text", "text": "Hola"}]


async def test_a_call_the_length_cut_in_half_is_not_offered(upstream, ask):
    """E10."""
    half = scripted.call("look", '{"city":"Bogo', index=1)[:-1]
    upstream.then(scripted.Answer([scripted.start(), *scripted.text("Miro."), *half, *scripted.end("max_tokens")]))
    last = (await ask())[-1]
    assert last.stop_reason == "max_tokens"
    assert last.blocks == [{"type": "text", "text": "Miro."}]


@pytest.mark.parametrize(
    "reason", ["end_turn", "refusal", "pause_turn", "stop_sequence", "model_context_window_exceeded"]
)
async def test_an_empty_message_still_says_why_it_ended(upstream, ask, reason):
    upstream.then(scripted.Answer([scripted.start(), *scripted.end(reason)]))
    (last,) = await ask()
    assert (last.stop_reason, last.blocks) == (reason, [])


async def test_the_request_is_what_was_asked_and_no_more(upstream, ask):
    messages = [{"role": "user", "content": [{"type": "text", "text": "Hola"}]}]
    await ask(Ask(SYSTEM, messages, TOOLS, max_tokens=99))
    assert upstream.requests == [
        {
            "model": "scripted",
            "max_tokens": 99,
            "system": SYSTEM,
            "messages": messages,
            "tools": TOOLS,
            "stream": True,
        }
    ]


async def test_on_the_last_round_tools_stay_declared_and_none_may_be_called(upstream, ask):
    await ask(Ask(SYSTEM, [{"role": "user", "content": "Hola"}], TOOLS, may_call=False))
    assert upstream.requests[0]["tools"] == TOOLS
    assert upstream.requests[0]["tool_choice"] == {"type": "none"}


async def test_without_tools_none_are_spoken_of(upstream, ask):
    await ask()
    assert not upstream.requests[0].keys() & {"tools", "tool_choice"}


async def test_one_batch_is_one_read(upstream, model):
    """The story tells a batch as one frame, so a batch must not wait for the next read."""
    upstream.then(scripted.says(*("x" * 50)))
    batches = [batch async for batch in model.stream(Ask(SYSTEM, [{"role": "user", "content": "Hola"}]))]
    assert all(batches)
    assert isinstance(batches[-1][-1], Ended)
    assert sum(isinstance(event, Ended) for batch in batches for event in batch) == 1


async def test_who_leaves_in_the_middle_lets_the_upstream_go(upstream, model):
    """A stopped turn pays for no more words."""
    held = scripted.asyncio.Event()
    upstream.then(scripted.Answer([scripted.start(), *scripted.text("Hola"), *scripted.end()], until=held))
    answer = model.stream(Ask(SYSTEM, [{"role": "user", "content": "Hola"}]))
    assert text_of(await anext(answer)) == "Hola"
    await answer.aclose()
    await upstream.gone.wait()


async def test_a_model_that_failed_once_answers_the_next_time(upstream, ask):
    upstream.then(scripted.fails(401, "authentication_error"), scripted.says("Hola"))
    with pytest.raises(errors.ModelRefusedUs):
        await ask()
    assert text_of(await ask()) == "Hola"
