"""However the model's side fails, the run ends once, what was told is kept, and the next turn works."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import repeat
from typing import Any

import pytest

from amara import errors
from amara.model.assembly import CHARACTERS_MAX
from amara.model.claude import Patience
from tests import upstream as scripted
from tests import wire
from tests.rig import chatting, text_of

Json = dict[str, Any]

WORDS = scripted.says("Tengo ", "tres ", "opciones.")
PARTIAL = scripted.Answer([scripted.start(), *scripted.text("Tengo ", "tres ", "opciones.")])
RAW = "".join(scripted.sse(event).decode() for event in PARTIAL.events)


def raw(text: str) -> scripted.Answer:
    return scripted.Answer(body=text.encode())


def cut(events: int) -> scripted.Answer:
    return scripted.Answer(WORDS.events, cut=True, cut_after_events=events)


ERRORS = {
    "400": ([scripted.fails(400, "invalid_request_error")], errors.ModelRefusedUs, ""),
    "401": ([scripted.fails(401, "authentication_error")], errors.ModelRefusedUs, ""),
    "403": ([scripted.fails(403, "permission_error")], errors.ModelRefusedUs, ""),
    "429": ([scripted.fails(429, "rate_limit_error")] * 3, errors.ModelBusy, ""),
    "429 for an hour": ([scripted.fails(429, **{"retry-after": "3600"})], errors.ModelBusy, ""),
    "500": ([scripted.fails(500)] * 3, errors.ModelOverloaded, ""),
    "529": ([scripted.fails(529, "overloaded_error")] * 3, errors.ModelOverloaded, ""),
    "cut in the middle": ([cut(4)], errors.ModelCut, "Tengo tres "),
    "an end without message_stop": ([PARTIAL], errors.ModelCut, "Tengo tres opciones."),
    "an empty stream": ([raw("")], errors.ModelCut, ""),
    "an empty answer": ([scripted.Answer([scripted.start(), *scripted.end()])] * 2, errors.ModelCut, ""),
    "a page instead of a stream": (
        [scripted.Answer(body=b"<html>", headers={"content-type": "text/html"})],
        errors.ModelCut,
        "",
    ),
    "an event that is no JSON": ([raw(RAW + "data: {half\n\n")], errors.ModelCut, "Tengo tres opciones."),
    "bytes that are no text": (
        [scripted.Answer(body=RAW.encode() + b'data: {"type":"\xff"}\n\n')],
        errors.ModelCut,
        "Tengo tres opciones.",
    ),
    "words for no message": (
        [scripted.Answer([scripted.start(), scripted.text("x")[1]])],
        errors.ModelCut,
        "",
    ),
    "half a call": (
        [
            scripted.Answer(
                [scripted.start(), *scripted.text("Miro."), *scripted.call("list_my_bookings", {}, index=1)[:2]]
            )
        ],
        errors.ModelCut,
        "Miro.",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_a_failure_of_the_model_is_one_honest_end(service, upstream, owner, token, name):
    answers, situation, told = ERRORS[name]
    upstream.then(*answers)
    async with chatting(service, token) as chat:
        async with asyncio.timeout(15):
            heard = await chat.ask("Busco limpieza")
        wire.check_run(wire.last_run(chat))
        end = heard[-1]["chunk"]
        assert (end["type"], end["code"]) == ("RUN_ERROR", situation.code)
        assert end["message"]
        said = text_of(heard)
        assert told.startswith(said)  # what came in one read with the failure was not told any more
        kept = [("user", "Busco limpieza", None)] + ([("assistant", said, "interrupted")] if said else [])
        assert await wire.record(owner, chat.thread_id) == kept
        assert await wire.runs(owner, chat.thread_id) == [("failed", situation.code)]
        assert len(upstream.requests) == len(answers)
        assert text_of(await chat.ask("¿Sigue ahí?")) == "Claro."
        wire.check_run(wire.last_run(chat))
    await wire.at_rest(service)


ERROR_EVENT = {"type": "error", "error": {"type": "overloaded_error", "message": "scripted"}}


async def test_an_error_in_the_middle_of_the_words_ends_them_and_is_not_tried_again(service, upstream, owner, token):
    held = asyncio.Event()
    upstream.then(scripted.Answer([*PARTIAL.events, ERROR_EVENT, ERROR_EVENT], until=held))
    async with chatting(service, token) as chat:
        await chat.say("Busco limpieza")
        await chat.hear_until("TEXT_MESSAGE_CONTENT")
        held.set()
        end = (await chat.hear_until("RUN_ERROR"))[-1]["chunk"]
        assert end["code"] == errors.ModelOverloaded.code
        wire.check_run(wire.last_run(chat))
        assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", text_of(chat.frames), "interrupted")
    assert len(upstream.requests) == 1


async def test_an_error_before_the_first_word_is_tried_again(service, upstream, token):
    upstream.then(scripted.Answer([scripted.start(), ERROR_EVENT]), scripted.says("Hola."))
    async with chatting(service, token) as chat:
        assert text_of(await chat.ask("Hola")) == "Hola."
        wire.check_run(wire.last_run(chat))


@pytest.mark.parametrize("moment", ["before the header", "in the middle"])
async def test_a_model_that_falls_silent_is_given_up(service, upstream, owner, token, moment):
    answer = scripted.Answer() if moment == "before the header" else scripted.says("Tengo ", "tres.")
    answer.until = asyncio.Event()
    upstream.then(answer)
    service.door.house.model.patience = Patience(first_s=0.5, idle_s=0.5)
    async with chatting(service, token) as chat:
        heard = await chat.ask("Busco limpieza")
        wire.check_run(wire.last_run(chat))
        assert heard[-1]["chunk"]["code"] == errors.ModelSilent.code
        await asyncio.wait_for(upstream.gone.wait(), 5)
        service.door.house.model.patience = Patience()
        assert text_of(await chat.ask("¿Sigue ahí?")) == "Claro."
    assert len(upstream.requests) == 2


async def test_a_model_that_cannot_be_reached_at_all_is_said_to_be_busy(service, token):
    service.door.house.model._client.base_url = "http://127.0.0.1:9"
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        assert heard[-1]["chunk"]["code"] == errors.ModelOverloaded.code
        wire.check_run(wire.last_run(chat))


async def test_an_overload_that_passes_is_not_seen_by_anybody(service, upstream, owner, token):
    upstream.then(scripted.fails(529, "overloaded_error"), scripted.fails(500), scripted.says("Hola."))
    async with chatting(service, token) as chat:
        assert text_of(await chat.ask("Hola")) == "Hola."
        assert [row[1] for row in await wire.record(owner, chat.thread_id)] == ["Hola", "Hola."]
    assert len(upstream.requests) == 3


async def test_an_answer_that_reached_its_length_is_an_answer(service, upstream, token):
    half = scripted.call("list_my_bookings", '{"when"', index=1)[:-1]
    upstream.then(
        scripted.Answer([scripted.start(), *scripted.text("Tengo tres."), *half, *scripted.end("max_tokens")])
    )
    async with chatting(service, token) as chat:
        await chat.ask("Busco limpieza")
        wire.check_run(wire.last_run(chat))
        assert wire.last_run(chat)[-1]["type"] == "RUN_FINISHED"
        await chat.ask("Gracias")


async def test_a_failure_after_a_tool_keeps_what_the_tool_did(service, upstream, owner, token):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro. "), scripted.fails(400))
    async with chatting(service, token) as chat:
        await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        assert wire.last_run(chat)[-1]["code"] == errors.ModelRefusedUs.code
        assert await owner.fetchval("select state from public.amara_tool_runs") == "done"
        assert text_of(await chat.ask("¿Sigue ahí?")) == "Claro."


PIECE = "palabra " * 5_000


def without_end(kind: str) -> Iterator[Json]:
    """Forty thousand characters an event, for as long as anybody listens."""
    block, delta = {
        "words": ({"type": "text", "text": ""}, {"type": "text_delta", "text": PIECE}),
        "thoughts": ({"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": PIECE}),
        "arguments": (
            {"type": "tool_use", "id": "toolu_1", "name": "list_my_bookings", "input": {}},
            {"type": "input_json_delta", "partial_json": PIECE},
        ),
    }[kind]
    yield scripted.start()
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield from repeat({"type": "content_block_delta", "index": 0, "delta": delta})


@pytest.mark.parametrize("kind", ["words", "thoughts", "arguments"])
async def test_what_never_ends_is_ended_at_a_million_characters(service, upstream, owner, token, kind):
    upstream.then(scripted.Answer(without_end(kind)))
    async with chatting(service, token) as chat:
        heard = await chat.ask("Busco limpieza")
        wire.check_run(wire.last_run(chat))
        end = heard[-1]["chunk"]
        assert (end["type"], end["code"]) == ("RUN_ERROR", errors.ModelCut.code)
        assert end["usage"][0]["outputTokens"] > 250_000  # it is paid, all the same
        said = text_of(heard)
        if kind == "words":
            assert 900_000 < len(said) <= CHARACTERS_MAX
            assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", said, "interrupted")
        assert await owner.fetchval("select count(*) from amara_tool_runs") == 0
        assert text_of(await chat.ask("¿Sigue ahí?")) == "Claro."
        wire.check_run(wire.last_run(chat))
    await wire.at_rest(service)
