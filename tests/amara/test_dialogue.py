"""What one peer is told: ours the whole conversation, a stock client its own runs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import websockets

from amara.reading import language
from tests import upstream as scripted
from tests import wire
from tests.rig import Chat, chatting, events, text_of


@asynccontextmanager
async def stock(service, token: str, thread_id: str):
    """A client as TanStack's: a bearer header, and never a hello."""
    headers = {"authorization": f"Bearer {token}"}
    async with websockets.connect(service.socket_url(thread_id), additional_headers=headers) as socket:
        yield Chat(socket, thread_id)


async def test_two_sockets_of_one_owner_hear_the_same(service, upstream, token):
    upstream.then(scripted.calls("list_my_bookings", {}, before="Miro."), scripted.says("No tiene ", "reservas."))
    async with chatting(service, token) as one, chatting(service, token, thread_id=one.thread_id) as two:
        heard = await one.ask("¿Mis reservas?")
        assert [frame for frame in heard if frame.get("type") != "ack"] == await two.hear_until("RUN_FINISHED")
        heard = await two.ask("Gracias")
        assert [frame for frame in heard if frame.get("type") != "ack"] == await one.hear_until("RUN_FINISHED")


async def test_who_comes_in_the_middle_of_an_answer_hears_it_from_its_start(service, upstream, token):
    held = asyncio.Event()
    answer = scripted.says("Uno, ", "dos, ", "tres.")
    answer.until = held
    upstream.then(answer)
    async with chatting(service, token) as one:
        await one.say("Cuente")
        await one.hear_until("TEXT_MESSAGE_CONTENT")
        async with chatting(service, token, thread_id=one.thread_id) as two:
            await two.hear_until("TEXT_MESSAGE_CONTENT")
            held.set()
            await two.hear_until("RUN_FINISHED")
            await one.hear_until("RUN_FINISHED")
            assert wire.last_run(two) == wire.last_run(one)
            assert text_of(two.frames) == "Uno, dos, tres."


async def test_a_stock_client_hears_its_own_runs_and_no_word_of_ours(service, upstream, token):
    async with chatting(service, token) as ours:
        await ours.ask("Hola")
        service.door.sockets.heartbeat_s = 0.05  # for who comes now: the first one answers no ping in time
        async with stock(service, token, ours.thread_id) as other:
            await other.hear_until("ping")
            heard = await other.ask("¿Y a mí?")
            assert {frame["type"] for frame in heard + other.frames if "chunk" not in frame} == {"ping"}
            told = events(heard)
            wire.check_run(told)
            assert [event["type"] for event in events(other.frames)] == [event["type"] for event in told]
            await ours.hear_until("RUN_FINISHED")
            assert wire.last_run(ours) == told


async def test_a_stock_client_that_repeats_its_run_joins_it_once(service, upstream, token):
    held = asyncio.Event()
    answer = scripted.says("Uno, ", "dos.")
    answer.until = held
    upstream.then(answer)
    async with stock(service, token, "thread") as one:
        await one.say("Cuente", message_id="m1", run_id="r1")
        await one.hear_until("TEXT_MESSAGE_CONTENT")
        await one.say("Cuente", message_id="m1", run_id="r1")
        async with stock(service, token, "thread") as two:
            await two.say("Cuente", message_id="m1", run_id="r1")
            await two.hear_until("TEXT_MESSAGE_CONTENT")
            held.set()
            for client in (one, two):
                await client.hear_until("RUN_FINISHED")
                wire.check_run(events(client.frames))
                assert text_of(client.frames) == "Uno, dos."
    assert len(upstream.requests) == 1


async def test_a_stock_client_may_become_ours(service, token):
    async with stock(service, token, "thread") as client:
        await client.ask("Hola")
        await client.send({"type": "hello"})
        assert (await client.hear())["type"] == "welcome"
        assert (await client.ask("Gracias"))[0]["type"] == "ack"


async def test_the_welcome_says_where_the_conversation_stands_and_what_may_be_said(service, token):
    async with chatting(service, token) as chat:
        welcome = chat.frames[0]
        assert (welcome["threadId"], welcome["head"]) == (chat.thread_id, "0-0")
        assert welcome["limits"] == {"text": 8_000, "frame": 65_536}
        heard = await chat.ask("Hola")
    async with chatting(service, token, thread_id=chat.thread_id) as again:
        assert again.frames[0]["head"] == heard[-1]["id"]


async def test_a_wish_of_the_frame_goes_before_the_language_of_the_hello(service, upstream, token):
    async with chatting(service, token, locale="es-CO") as chat:
        await chat.ask("Hola")
        await chat.ask("Hello", forwardedProps={"amara": {"locale": "en-US"}})
    assert ["Language: es" in str(one["messages"]) for one in upstream.requests] == [True, False]
    assert "Language: en" in str(upstream.requests[1]["messages"])


def test_what_is_not_spanish_is_english():
    assert {said: language(said) for said in (None, "", "es", "ES-co", "en", "fr")} == {
        None: "es",
        "": "es",
        "es": "es",
        "ES-co": "es",
        "en": "en",
        "fr": "en",
    }
