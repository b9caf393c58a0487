"""The Messages API as the vendor's client reads it."""

from __future__ import annotations

import json

from anthropic import AsyncAnthropic

from amara import offline
from amara.offline import stream
from tests.amara.offline.talk import SYSTEM, TOOLS, call_of, say, text_of


async def test_an_answer_arrives_in_several_deltas_and_ends_properly(client) -> None:
    async with client.messages.stream(
        model="m", max_tokens=500, system=SYSTEM, messages=[{"role": "user", "content": "hola"}]
    ) as told:
        deltas = [piece async for piece in told.text_stream]
        message = await told.get_final_message()
    assert len(deltas) > 3
    assert "".join(deltas) == text_of(message)
    assert "Ana" in text_of(message)
    assert (message.stop_reason, message.model) == ("end_turn", "m")
    assert message.usage.input_tokens > 10
    assert message.usage.output_tokens > 10


async def test_the_arguments_of_a_call_are_streamed_in_pieces(client) -> None:
    async with client.messages.stream(
        model="m",
        max_tokens=500,
        tools=TOOLS,
        messages=[{"role": "user", "content": "I need a nanny in Cali under 30k"}],
    ) as told:
        pieces = [event.partial_json async for event in told if event.type == "input_json"]
    assert len(pieces) > 2
    assert json.loads("".join(pieces))["service"] == "childcare"


async def test_the_token_limit_cuts_and_drops_the_call(client) -> None:
    message = await say(client, "aseo en Cali", max_tokens=2)
    assert message.stop_reason == "max_tokens"
    assert [block.type for block in message.content] == ["text"]


async def test_the_same_answer_comes_whole_when_no_stream_is_asked_for(client) -> None:
    message = await client.messages.create(
        model="m", max_tokens=100, tools=TOOLS, messages=[{"role": "user", "content": "cocinera en Cali"}]
    )
    assert call_of(message) == ("search_professionals", {"city": "Cali", "service": "cooking"})


async def test_the_same_ids_come_every_time_when_they_are_given() -> None:
    async with (
        offline.start(pace_s=0, ids=stream.numbered_ids()) as url,
        AsyncAnthropic(api_key="x", base_url=url, max_retries=0) as client,
    ):
        assert (await say(client, "hola")).id == "msg_000001"
