"""Who sends too much or opens too many sockets is told so, with the time to wait; the others are served."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
import websockets

from amara import errors, frames
from amara.limits import Limits, Rates
from tests.builders import a_person
from tests.rig import Chat, chatting, end_of, events, text_of

PONG = '{"type":"pong"}'


@pytest.fixture
def few(service):
    """The same rules with smaller figures."""
    service.door.sockets.limits = Limits(Rates(frames=10, messages=3, sockets=2, visitors=3))
    return service


async def test_the_frame_after_the_last_allowed_one_is_refused_with_the_time_to_wait(few, owner, token):
    async with chatting(few, token) as chat, chatting(few, few.token(await a_person(owner))) as neighbour:
        for _ in range(9):  # hello was the first
            await chat.send(PONG)
        await chat.say("Hola")
        error = (await chat.hear_until("error"))[-1]
        assert (error["code"], error["retryable"]) == (errors.TooMany.code, True)
        assert 0 < error["retryAfterMs"] <= 60_000
        for _ in range(9):
            await chat.send(PONG)
        assert await end_of(chat.socket) == frames.TOO_MANY  # it does not listen
        assert text_of(await neighbour.ask("Hola")) == "Claro."
    assert await owner.fetchval("select count(*) from public.amara_messages where role = 'user'") == 1


async def test_messages_count_together_on_all_sockets_of_a_person(few, owner, token):
    async with chatting(few, token) as one, chatting(few, token) as two:
        await one.ask("Hola")
        await two.ask("Hola")
        await one.ask("¿Qué tal?")
        await two.say("¿Y ahora?", message_id="m4", run_id="r4")
        ack, error = (await two.hear_until("error"))[-2:]
        assert (ack["ref"], ack["runId"], ack["status"]) == ("m4", "r4", "rejected")
        assert error["code"] == errors.TooMany.code
        assert error["retryAfterMs"] > 0
        async with chatting(few, few.token(await a_person(owner))) as neighbour:
            await neighbour.ask("Hola")
    assert await owner.fetchval("select count(*) from public.amara_messages where role = 'user'") == 4


async def test_a_stock_client_hears_of_it_as_a_run_that_fails(few, token):
    headers = {"authorization": f"Bearer {token}"}
    async with websockets.connect(few.socket_url("stock"), additional_headers=headers) as socket:
        chat = Chat(socket, "stock")
        for _ in range(3):
            await chat.ask("Hola")
        started, failed = await chat.ask("¿Y ahora?", run_id="r4")
        assert (started["type"], started["runId"]) == ("RUN_STARTED", "r4")
        assert (failed["type"], failed["code"]) == ("RUN_ERROR", errors.TooMany.code)
        for _ in range(6):
            await chat.send(PONG)
        started, failed = await chat.ask("¿Y ahora?", run_id="r5")
        assert (started["runId"], failed["code"]) == ("r5", errors.TooMany.code)
        assert events(chat.frames)[-1]["type"] == "RUN_FINISHED"
        await chat.send(PONG)  # nobody waits for an answer to this one
        assert await end_of(socket) == frames.TOO_MANY


async def test_a_third_socket_of_two_is_sent_away_and_the_others_stay(few, token):
    async with chatting(few, token) as one:
        async with chatting(few, token) as two:
            async with websockets.connect(few.socket_url(str(uuid4()))) as socket:
                await socket.send(json.dumps({"type": "hello", "token": token}))
                error = json.loads(await socket.recv())
                assert (error["code"], error["retryAfterMs"] > 0) == (errors.TooMany.code, True)
                assert await end_of(socket) == frames.TOO_MANY
            headers = {"authorization": f"Bearer {token}"}
            async with websockets.connect(few.socket_url("stock"), additional_headers=headers) as socket:
                assert await end_of(socket) == frames.TOO_MANY
            await two.ask("Hola")
        async with chatting(few, token) as again:
            await again.ask("Hola")
        await one.ask("Hola")


async def test_a_forged_address_does_not_make_another_visitor(few, owner):
    async with AsyncExitStack() as stack:
        for number in range(4):
            token = few.token(await a_person(owner, is_anonymous=True), is_anonymous=True)
            socket = await stack.enter_async_context(
                websockets.connect(
                    few.socket_url(str(uuid4())), additional_headers={"x-forwarded-for": f"198.51.100.{number}"}
                )
            )
            await socket.send(json.dumps({"type": "hello", "token": token}))
            heard = json.loads(await socket.recv())
            assert heard["type"] == ("welcome" if number < 3 else "error")
        async with chatting(few, few.token(await a_person(owner))) as known:
            await known.ask("Hola")
