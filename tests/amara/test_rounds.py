"""Whatever the reason was that a message ended, it has one meaning, and the next turn goes on."""

from __future__ import annotations

import json

import pytest

from amara import apologies, prompt, rounds
from tests import upstream as scripted
from tests import wire
from tests.rig import chatting, text_of

EMPTY = scripted.Answer([scripted.start(), *scripted.end()])
LOOKS = scripted.calls("list_my_bookings", {}, before="Miro. ")


def ended(*blocks, reason):
    return scripted.Answer([scripted.start(), *(event for block in blocks for event in block), *scripted.end(reason)])


def told(heard):
    return (heard[-1]["chunk"].get("metadata") or {}).get("amara", {})


def last_text(request):
    return [block["text"] for block in request["messages"][-1]["content"] if block["type"] == "text"]


# Refusal


@pytest.mark.parametrize("locale", ["es", "en"])
@pytest.mark.parametrize("words", ["", "Bueno, "])
async def test_a_refusal_is_said_kindly_and_leaves_no_trace_in_what_is_read_later(
    service, upstream, owner, token, locale, words
):
    upstream.then(ended(*([scripted.text(words)] if words else []), reason="refusal"))
    async with chatting(service, token, locale=locale) as chat:
        heard = await chat.ask("Algo feo")
        wire.check_run(wire.last_run(chat))
        assert text_of(heard) == (f"{words}\n\n" if words else "") + apologies.REFUSED[locale]
        assert heard[-1]["chunk"]["type"] == "RUN_FINISHED"
        assert told(heard) == {}
        assert (await wire.record(owner, chat.thread_id))[-1][2] == "refused"
        await chat.ask("Hola")
    assert "feo" not in json.dumps(upstream.requests[-1])
    assert apologies.REFUSED[locale] not in json.dumps(upstream.requests[-1], ensure_ascii=False)


async def test_a_refusal_after_a_tool_takes_the_whole_exchange_with_it(service, upstream, token):
    upstream.then(LOOKS, ended(reason="refusal"))
    async with chatting(service, token) as chat:
        await chat.ask("Algo feo")
        wire.check_run(wire.last_run(chat))
        await chat.ask("Hola")
    assert [message["role"] for message in upstream.requests[-1]["messages"]] == ["user"]


# Length


async def test_an_answer_that_was_cut_by_its_length_can_be_gone_on_with(service, upstream, owner, token):
    upstream.then(ended(scripted.text("Tengo tres: Ana, "), reason="max_tokens"), scripted.says("Luz y Sol."))
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿A quién tiene?")
        assert told(heard) == {"offer": "continue"}
        assert text_of(await chat.ask("Continúe")) == "Luz y Sol."
    roles = [(one["role"], one["content"][0]["text"]) for one in scripted.spoken(upstream.requests[-1])]
    assert roles == [("user", "¿A quién tiene?"), ("assistant", "Tengo tres: Ana, "), ("user", "Continúe")]


async def test_a_call_the_length_cut_is_never_carried_out(service, upstream, owner, token):
    half = scripted.call("list_my_bookings", '{"when"', index=1)[:-1]
    whole = scripted.call("list_my_bookings", {}, index=1)
    for call in (half, whole):
        upstream.then(ended(scripted.text("Miro."), call, reason="max_tokens"))
        async with chatting(service, token) as chat:
            heard = await chat.ask("¿Mis reservas?")
            wire.check_run(wire.last_run(chat))
            assert told(heard) == {"offer": "continue"}
            await chat.ask("Continúe")
    assert await owner.fetchval("select count(*) from amara_tool_runs") == 0


async def test_where_the_length_left_no_word_there_is_more_room_the_second_time(service, upstream, token):
    half = scripted.call("list_my_bookings", '{"when"', index=0)[:-1]
    upstream.then(ended(half, reason="max_tokens"), scripted.says("Ninguna."))
    async with chatting(service, token) as chat:
        assert text_of(await chat.ask("¿Mis reservas?")) == "Ninguna."
        wire.check_run(wire.last_run(chat))
    first, second = upstream.requests
    assert second["max_tokens"] == 2 * first["max_tokens"]
    assert second["messages"] == first["messages"]


async def test_a_call_that_was_to_be_whole_and_is_not_makes_no_answer(service, upstream, owner, token):
    half = scripted.call("list_my_bookings", '{"when"', index=1)
    upstream.then(ended(scripted.text("Miro."), half, reason="tool_use"))
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        assert (heard[-1]["chunk"]["code"], told(heard)) == ("model_cut", {"offer": "retry"})
        assert (await wire.record(owner, chat.thread_id))[-1] == ("assistant", "Miro.", "interrupted")
    assert await owner.fetchval("select count(*) from amara_tool_runs") == 0


# Nothing at all


@pytest.mark.parametrize("before", [[], [LOOKS]], ids=["at once", "after a tool"])
async def test_an_empty_answer_is_asked_for_once_more(service, upstream, owner, token, before):
    upstream.then(*before, EMPTY, scripted.says("Aquí estoy."))
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        assert text_of(heard).endswith("Aquí estoy.")
        assert len(upstream.requests) == len(before) + 2
        assert prompt.NUDGE["es"] in last_text(upstream.requests[-1])
        await chat.ask("Gracias")
        assert prompt.NUDGE["es"] not in json.dumps(upstream.requests[-1], ensure_ascii=False)
    counted = await owner.fetchval("select count(*) from amara_usage")
    assert counted == len(upstream.requests)  # what said nothing was paid all the same


async def test_a_model_that_has_nothing_to_say_twice_is_an_honest_end(service, upstream, token):
    upstream.then(LOOKS, EMPTY, scripted.Answer([scripted.start(), *scripted.text(" \n"), *scripted.end()]))
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿Mis reservas?")
        wire.check_run(wire.last_run(chat))
        assert heard[-1]["chunk"]["code"] == "model_cut"
        assert told(heard) == {"offer": "retry"}
        assert len(upstream.requests) == 3
        assert text_of(await chat.ask("¿Sigue ahí?")) == "Claro."


# A pause


async def test_a_model_that_pauses_is_asked_to_go_on_from_there(service, upstream, owner, token):
    searching = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "look", "input": {}}
    block = [
        {"type": "content_block_start", "index": 1, "content_block": searching},
        {"type": "content_block_stop", "index": 1},
    ]
    upstream.then(ended(scripted.text("Busco… "), block, reason="pause_turn"), scripted.says("Listo."))
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        wire.check_run(wire.last_run(chat))
        assert text_of(heard) == "Busco… Listo."
        assert told(heard) == {}
        await chat.ask("Gracias")
    said = [{"type": "text", "text": "Busco… "}, searching]
    assert scripted.spoken(upstream.requests[1])[-1] == {"role": "assistant", "content": said}
    assert scripted.spoken(upstream.requests[2])[1]["content"] == [*said, {"type": "text", "text": "Listo."}]


async def test_two_pauses_and_a_call_are_one_message_of_the_models(service, upstream, token):
    upstream.then(
        ended(scripted.text("Uno. "), reason="pause_turn"),
        ended(scripted.text("Dos. "), reason="pause_turn"),
        scripted.calls("list_my_bookings", {}),
        scripted.says("Tres."),
    )
    async with chatting(service, token) as chat:
        assert text_of(await chat.ask("Hola")) == "Uno. Dos. Tres."
        wire.check_run(wire.last_run(chat))
        await chat.ask("Gracias")


async def test_a_model_that_pauses_for_ever_stops_at_eight_rounds(service, upstream, token):
    upstream.otherwise = ended(scripted.text("Un momento. "), reason="pause_turn")
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        wire.check_run(wire.last_run(chat))
        assert len(upstream.requests) == rounds.ROUNDS_MAX
        assert told(heard) == {"offer": "continue"}
        upstream.otherwise = scripted.says("Claro.")
        await chat.ask("Gracias")


# Too much to read


TOO_LONG = scripted.fails(400, "invalid_request_error", message="prompt is too long: 9000 tokens > 8192 maximum")


@pytest.mark.parametrize("too_long", [TOO_LONG, ended(reason="model_context_window_exceeded")], ids=["400", "200"])
async def test_what_is_too_long_is_asked_once_more_without_its_older_half(service, upstream, token, too_long):
    async with chatting(service, token) as chat:
        for number in range(4):
            await chat.ask(f"Mensaje {number}")
        upstream.then(too_long, scripted.says("Aquí estoy."))
        assert text_of(await chat.ask("¿Y ahora?")) == "Aquí estoy."
        wire.check_run(wire.last_run(chat))
    whole, shorter = map(scripted.spoken, upstream.requests[4:6])  # what goes is summed up after that
    assert len(whole) == 9
    assert whole[6:] == shorter


async def test_what_is_too_long_by_itself_has_an_honest_end(service, upstream, token):
    upstream.then(TOO_LONG)
    async with chatting(service, token) as chat:
        heard = await chat.ask("Hola")
        assert (heard[-1]["chunk"]["code"], told(heard)) == ("model_full", {})
        assert len(upstream.requests) == 1
        assert text_of(await chat.ask("¿Sigue ahí?")) == "Claro."


async def test_words_that_filled_the_window_stand_and_can_be_gone_on_with(service, upstream, token):
    upstream.then(ended(scripted.text("Tengo tres: "), reason="model_context_window_exceeded"))
    async with chatting(service, token) as chat:
        heard = await chat.ask("¿A quién tiene?")
        assert (text_of(heard), told(heard)) == ("Tengo tres: ", {"offer": "continue"})


# Words for who waits


@pytest.mark.parametrize("locale", ["es", "en"])
async def test_a_failure_is_told_in_the_persons_language_and_offers_another_try(service, upstream, token, locale):
    upstream.then(scripted.fails(429, "rate_limit_error", **{"retry-after": "3600"}))
    async with chatting(service, token, locale=locale) as chat:
        heard = await chat.ask("Hola")
    end = heard[-1]["chunk"]
    assert end["message"].startswith("Amara está muy ocupada" if locale == "es" else "Amara is very busy")
    assert told(heard) == {"offer": "retry", "retryAfterMs": 3_600_000}


async def test_one_tap_tries_again_what_failed(service, upstream, owner, token):
    upstream.then(scripted.Answer([scripted.start(), *scripted.text("Tengo ")[:2]]), scripted.says("Tengo tres."))
    async with chatting(service, token) as chat:
        heard = await chat.ask("Busco aseo", message_id="m1")
        assert told(heard) == {"offer": "retry", "usageEstimated": True}
        assert text_of(await chat.ask("Busco aseo", message_id="m1")) == "Tengo tres."
        wire.check_run(wire.last_run(chat))
    assert scripted.spoken(upstream.requests[1]) == scripted.spoken(upstream.requests[0])


# Words that are told where they are read


def overheard(monkeypatch):
    """The words that are heard at the connection, as they come."""
    words_, hear = [], rounds._Ear.hear

    def overhear(ear, words, **more):
        words_.append(words)
        hear(ear, words, **more)

    monkeypatch.setattr(rounds._Ear, "hear", overhear)
    return words_


async def test_words_told_at_the_connection_are_recorded_paid_and_in_order(
    service, upstream, owner, token, monkeypatch
):
    heard_there = overheard(monkeypatch)
    words = [f"palabra {number}, " for number in range(20)]
    answer = scripted.says(*words)
    answer.pause_s = 0.01  # a read for each
    upstream.then(answer)
    async with chatting(service, token) as chat:
        heard = await chat.ask("Cuente")
        wire.check_run(wire.last_run(chat))
        assert heard_there  # else this is a test of the long way
        assert text_of(heard) == "".join(words)
        assert (await wire.record(owner, chat.thread_id))[-1][:2] == ("assistant", "".join(words))


async def test_what_was_told_at_the_connection_is_kept_and_paid_when_the_upstream_is_cut(
    service, upstream, owner, token, monkeypatch
):
    heard_there = overheard(monkeypatch)
    upstream.then(scripted.Answer([scripted.start(), *scripted.text(*["palabra "] * 20)], pause_s=0.01, cut=True))
    async with chatting(service, token) as chat:
        heard = await chat.ask("Cuente")
        assert heard_there
        assert (await wire.record(owner, chat.thread_id))[-1][:2] == ("assistant", text_of(heard))
        assert "".join(heard_there) in text_of(heard)
        said = await owner.fetchval("select output_tokens from amara_usage order by created_at desc limit 1")
        assert said >= len(text_of(heard)) // 4
